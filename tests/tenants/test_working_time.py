"""When a unit has worked for so long: held against an oracle that goes through the minutes one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as some

from tenants.calendars import Calendar, Hours

MINUTE = timedelta(minutes=1)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Australia/Lord_Howe",
    "Pacific/Chatham", "Africa/Casablanca", "America/St_Johns", "Asia/Beirut", "Pacific/Kiritimati",
)  # fmt: skip
PLACES = (("", ""), ("DE", "BE"), ("GB", "ENG"), ("US", "CA"), ("JP", ""))
OFFICE = tuple(Hours(day, time(9), time(17)) for day in range(5))
ALL_DAY = tuple(Hours(day, time(0), time(0)) for day in range(7))


def minutes_of_day(hours: Hours) -> range:
    """The minutes since local midnight at which these hours hold."""
    ends = hours.ends_at.hour * 60 + hours.ends_at.minute or 24 * 60
    return range(hours.starts_at.hour * 60 + hours.starts_at.minute, ends)


def oracle(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """The end of the last of so many minutes at which somebody who looks at the wall clock finds the unit at work."""
    zone = ZoneInfo(calendar.time_zone)
    worked, moment = 0, start
    public = (
        holidays.country_holidays(calendar.country, subdiv=calendar.subdivision or None) if calendar.country else {}
    )
    while worked < minutes:
        local = moment.astimezone(zone)
        day, minute = local.date(), local.hour * 60 + local.minute
        if any(each.weekday == day.weekday() and minute in minutes_of_day(each) for each in calendar.hours):
            worked += day not in public and not any(first <= day <= last for first, last, _ in calendar.closures)
        moment += MINUTE
    return moment


@some.composite
def weeks(draw: some.DrawFn) -> tuple[Hours, ...]:
    """Hours of a week: at least two days of it, perhaps with a pause, at quarters of an hour."""
    found = []
    for day in draw(some.sets(some.integers(0, 6), min_size=2)):
        quarters = sorted(draw(some.sets(some.integers(0, 96), min_size=2, max_size=4)))
        if len(quarters) % 2:
            quarters.pop()
        for first, last in zip(quarters[::2], quarters[1::2], strict=True):
            found.append(Hours(day, at_quarter(first), at_quarter(last % 96)))
    return tuple(found)


def at_quarter(number: int) -> time:
    return time(number // 4, number % 4 * 15)


@some.composite
def closures(draw: some.DrawFn) -> Sequence[tuple[date, date, str]]:
    first = NEW_YEAR.date()
    found = draw(some.lists(some.tuples(some.integers(0, 400), some.integers(0, 9)), max_size=3))
    return [(first + timedelta(days=day), first + timedelta(days=day + length), "Closed") for day, length in found]


@some.composite
def cases(draw: some.DrawFn) -> tuple[Calendar, datetime, int]:
    """A calendar, the minute from which it is asked for, and how many minutes are to be worked."""
    place = draw(some.sampled_from(PLACES))
    calendar = Calendar(draw(some.sampled_from(ZONES)), draw(weeks()), *place, draw(closures()))
    return calendar, NEW_YEAR + draw(some.integers(0, 400 * 24 * 60)) * MINUTE, draw(some.integers(1, 12 * 60))


# The night in which Berlin's clocks go forward, and the one in which they go back; Lord Howe's by half an hour.
@given(cases())
@example((Calendar("Europe/Berlin", ALL_DAY), datetime(2026, 3, 28, 20, tzinfo=UTC), 540))
@example((Calendar("Europe/Berlin", [Hours(6, time(2), time(3))]), datetime(2026, 10, 24, tzinfo=UTC), 150))
@example((Calendar("Europe/Berlin", [Hours(6, time(2), time(2, 30))]), datetime(2026, 10, 24, tzinfo=UTC), 50))
@example((Calendar("Australia/Lord_Howe", [Hours(6, time(1), time(3))]), datetime(2026, 4, 3, tzinfo=UTC), 150))
@settings(deadline=None, max_examples=80)
def test_it_is_the_moment_that_a_watch_finds(case: tuple[Calendar, datetime, int]) -> None:
    calendar, begins, minutes = case
    found = calendar.after(begins, minutes * MINUTE)

    if found is None:
        in_a_year = 52 * sum(len(minutes_of_day(each)) for each in calendar.hours)
        assert in_a_year < minutes * 2, "it works twice that in a year"
    else:
        assert found == oracle(calendar, begins, minutes)


def test_weekends_holidays_and_closures_are_no_working_time() -> None:
    office = Calendar("Europe/London", OFFICE, "GB", "ENG", [(date(2026, 12, 29), date(2026, 12, 31), "Stocktaking")])
    eve = datetime(2026, 12, 24, 16, tzinfo=UTC)

    assert office.after(eve, timedelta(hours=1)) == eve.replace(hour=17)
    # Christmas, a weekend with Boxing Day, its substitute on Monday, the closure, New Year and a weekend.
    assert office.after(eve, timedelta(hours=2)) == datetime(2027, 1, 4, 10, tzinfo=UTC)


def test_seconds_are_kept_and_every_zone_is_known() -> None:
    start = datetime(2026, 3, 2, 10, 30, 15, 250, tzinfo=UTC)

    assert Calendar("UTC", OFFICE).after(start, timedelta(hours=8)) == start + timedelta(days=1)
    berlin = start.astimezone(ZoneInfo("Europe/Berlin"))
    assert Calendar("UTC", OFFICE).after(berlin, timedelta(hours=8)) == start + timedelta(days=1)


@pytest.mark.parametrize(
    "calendar",
    [
        Calendar("Europe/Berlin"),
        Calendar("Europe/Berlin", [Hours(0, time(9), time(9, 1))]),
        Calendar("Europe/Berlin", OFFICE, closures=[(date(2026, 1, 1), date(2030, 1, 1), "Closed")]),
    ],
    ids=["no hours", "a minute a week", "closed for years"],
)
def test_a_unit_that_works_too_little_has_no_such_moment(calendar: Calendar) -> None:
    began = perf_counter()
    assert calendar.after(datetime(2026, 3, 2, tzinfo=UTC), timedelta(hours=48)) is None
    assert perf_counter() - began < 2
