"""What the one answer to who is on call looks like, to those who ask for a moment or for what is lacking."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.oncall.models import Schedule
from hub.oncall.shifts import Duty, Plan, on_call_at, within
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
class DutyAhead:
    """Who is on for a schedule at whatever moment from `start` up to `end`, as it looked when it was read."""

    plan: Plan
    start: datetime
    end: datetime

    def covers(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    def at(self, moment: datetime, *, without: Collection[int] = ()) -> OnDuty:
        """Who is on at `moment`, which it covers.

        Args:
            without: people who are on for nothing, as though they were away.
        """
        plan = self.plan.without(without, moment, moment + timedelta(minutes=1))
        now = on_call_at(plan, moment)
        is_as_meant = not plan.work and not plan.lacks
        meant = () if is_as_meant else on_call_at(replace(plan, work={}, lacks={}), moment).people
        absent = [each for each in meant if each not in now.people]
        lapsed = tuple(each for each in absent if each in plan.work and not within(plan.work[each], moment))
        short = tuple(each for each in absent if each not in lapsed and within(plan.lacks.get(each, ()), moment))
        return OnDuty(now.primary, now.secondary, lapsed, short)


@dataclass(frozen=True)
class Uncovered:
    """From `starts_at` up to `ends_at` (aware, UTC) the schedule lacks somebody of that duty."""

    schedule: Schedule
    starts_at: datetime
    ends_at: datetime
    lacks: Duty
