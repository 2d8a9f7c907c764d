"""What happens to schedules."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class ScheduleChanged(Event):
    """Who is on call may be another answer than before, now or later; `what` is the action's name."""

    schedule_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class SwapOffered(Event):
    """Somebody offers a shift, to one person or to anybody."""

    schedule_id: int
    swap_id: int


@dataclass(frozen=True, kw_only=True)
class SwapAnswered(Event):
    """An offer was accepted, refused or withdrawn."""

    schedule_id: int
    swap_id: int
    state: str
