"""Which hours of a day somebody holds in each unit, and which nobody does.

An hour is held when somebody is on call for all of it, or when the unit works at it. Whoever is on call between 22:00
and 06:00 of their own time zone holds it by night: that is shown, since another zone might hold it awake.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.lib.identity import Actor
from hub.oncall import access
from hub.oncall.shifts import Shift, shifts_of
from tenants import access as tenants
from tenants.calendars import Calendar
from tenants.models import BusinessUnit, Person

HOUR = timedelta(hours=1)
NIGHT_FROM, NIGHT_UNTIL = 22, 6


@dataclass(frozen=True)
class HourHeld:
    """One hour of one unit.

    Attributes:
        starts_at: aware, UTC.
        people: who is on call for any part of it.
        is_covered: whether somebody is on call for all of it.
        is_working: whether the unit works when it begins.
        free: the holiday or closure on which it falls, in the unit's own zone.
        is_night: whether everybody who is on call has night.
    """

    starts_at: datetime
    people: tuple[Person, ...]
    is_covered: bool
    is_working: bool
    free: str
    is_night: bool

    @property
    def is_held(self) -> bool:
        return self.is_covered or self.is_working


@dataclass(frozen=True)
class UnitCoverage:
    """A unit's day, hour by hour: 24 of them, or one more or less where the clocks change."""

    unit: BusinessUnit
    hours: tuple[HourHeld, ...]

    @property
    def gaps(self) -> list[tuple[datetime, datetime]]:
        """The stretches that nobody holds, from and until."""
        found: list[tuple[datetime, datetime]] = []
        for hour in self.hours:
            if hour.is_held:
                continue
            if found and found[-1][1] == hour.starts_at:
                found[-1] = (found[-1][0], hour.starts_at + HOUR)
            else:
                found.append((hour.starts_at, hour.starts_at + HOUR))
        return found

    @property
    def uncovered(self) -> int:
        """How many hours nobody holds."""
        return sum(1 for hour in self.hours if not hour.is_held)


def coverage(actor: Actor, units: Sequence[BusinessUnit], day: date, zone: str) -> list[UnitCoverage]:
    """The coverage of these units over a day of a time zone (IANA name), as far as `actor` sees their schedules.

    A unit whose schedules the actor may not see shows its working hours alone.
    """
    starts = hours_of(day, zone)
    end = starts[-1] + HOUR
    schedules = list(access.schedules(actor).filter(unit__in=units))
    finals = access.held_schedules(actor, {each.pk: each for each in schedules}, starts[0], end)
    by_unit: dict[int, list[Shift]] = {}
    for schedule in schedules:
        by_unit.setdefault(schedule.unit_id, []).extend(shifts_of(finals.get(schedule.pk, ())))
    people = {
        each.pk: each for each in tenants.people(actor, {shift.person for found in by_unit.values() for shift in found})
    }
    calendars = tenants.calendars(actor, [unit.pk for unit in units])
    return [
        UnitCoverage(
            unit,
            tuple(held(start, by_unit.get(unit.pk, ()), calendars[unit.pk], people) for start in starts),
        )
        for unit in units
    ]


def hours_of(day: date, zone: str) -> list[datetime]:
    """The hours that begin on a day of a time zone, aware in UTC: 23 to 25 of them."""
    tz = ZoneInfo(zone)
    start = datetime.combine(day, time(0), tz).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(0), tz).astimezone(UTC)
    return [start + HOUR * number for number in range(round((end - start) / HOUR))]


def held(start: datetime, shifts: Sequence[Shift], calendar: Calendar, people: Mapping[int, Person]) -> HourHeld:
    """Who holds the hour that begins at `start`."""
    end = start + HOUR
    touching = sorted(
        (shift for shift in shifts if shift.starts_at < end and shift.ends_at > start), key=lambda each: each.starts_at
    )
    on_call = tuple(dict.fromkeys(people[each.person] for each in touching if each.person in people))
    local = start.astimezone(ZoneInfo(calendar.time_zone))
    return HourHeld(
        starts_at=start,
        people=on_call,
        is_covered=_covers(touching, start, end),
        is_working=calendar.works_at(start),
        free=calendar.free_on(local.date()),
        is_night=bool(on_call) and all(_sleeps(person, start) for person in on_call),
    )


def _covers(shifts: Sequence[Shift], start: datetime, end: datetime) -> bool:
    """Whether the shifts, in the order of their beginnings, leave no moment between the two without anybody."""
    reached = start
    for shift in shifts:
        if shift.starts_at > reached:
            return False
        reached = max(reached, shift.ends_at)
    return reached >= end


def _sleeps(person: Person, moment: datetime) -> bool:
    hour = moment.astimezone(ZoneInfo(person.time_zone)).hour
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL
