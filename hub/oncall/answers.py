"""What the one answer to who is on call looks like, to those who ask for a moment or for what is lacking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub.oncall.models import Schedule
from hub.oncall.shifts import Duty
from tenants.models import Person


@dataclass(frozen=True)
class OnCall:
    """Who is on, from `since` up to `until` (aware, UTC); None where that is more than a year away."""

    primary: tuple[Person, ...]
    secondary: tuple[Person, ...]
    since: datetime | None
    until: datetime | None
    is_needed: bool


@dataclass(frozen=True)
class OnDuty:
    """Who is on for a schedule at a moment.

    Attributes:
        lapsed: who would be on, if they might work in the schedule's unit then: their role there is over by then, or
            has yet to begin.
        short: who would be on, if they did not lack then what the schedule demands.
    """

    primary: tuple[int, ...] = ()
    secondary: tuple[int, ...] = ()
    lapsed: tuple[int, ...] = ()
    short: tuple[int, ...] = ()

    @property
    def people(self) -> tuple[int, ...]:
        """Everybody on, primaries first."""
        return self.primary + self.secondary

    def on(self, duty: Duty) -> tuple[int, ...]:
        return self.primary if duty is Duty.PRIMARY else self.secondary


@dataclass(frozen=True)
class Uncovered:
    """From `starts_at` up to `ends_at` (aware, UTC) the schedule lacks somebody of that duty."""

    schedule: Schedule
    starts_at: datetime
    ends_at: datetime
    lacks: Duty
