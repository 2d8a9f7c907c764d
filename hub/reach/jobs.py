"""Jobs of the reach area: phone trees are carried on."""

from __future__ import annotations

from datetime import timedelta

from hub.lib.jobs import beat, urgent_job
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
