"""What happens when incidents escalate."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class PolicyChanged(Event):
    """Who is paged for the unit's incidents is another answer than before, for runs that begin from now on."""

    policy_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class EscalationStepTaken(Event):
    """A step of a run came, and paged these people; perhaps nobody."""

    run_id: int
    trigger: str
    position: int
    person_ids: list[int]


@dataclass(frozen=True, kw_only=True)
class EscalationChanged(Event):
    """A run began, ended, was paused or goes on: `what`."""

    run_id: int
    trigger: str
    what: str


@dataclass(frozen=True, kw_only=True)
class EscalationAsked(Event):
    """Somebody escalates an incident by hand; `entry_id` is the timeline entry that says why."""

    entry_id: int
