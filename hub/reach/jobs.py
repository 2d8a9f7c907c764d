"""Jobs of the reach area: phone trees are carried on, and drills sent and followed."""

from __future__ import annotations

from datetime import timedelta

from hub.lib.identity import SYSTEM
from hub.lib.jobs import beat, job, urgent_job
from hub.reach import actions
from hub.reach.actions import calling


@urgent_job
def carry_on(run_id: int) -> None:
    """Carry on a phone tree that began, or of which somebody answered."""
    calling.carry_on(run_id)


@beat(timedelta(seconds=5))
def carry_on_trees() -> None:
    """The same for all, by the time that passes and whatever became of jobs."""
    actions.sweep_trees()


@job
def send_drill(drill_id: int) -> None:
    """Write to everybody whom a drill is to reach; who was written to already is not again."""
    actions.send_drill(actor=SYSTEM, drill_id=drill_id)


@beat(timedelta(seconds=10))
def follow_drills() -> None:
    """Keep what became of the messages of drills."""
    actions.settle_probes(actor=SYSTEM)
