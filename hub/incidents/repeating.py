"""When work that repeats begins, by the local clock of its time zone. Pure.

A local time that a change of the clock leaves out begins as if the clock had not been changed yet, one that comes twice
begins the first time (RFC 5545, 3.3.5). Each time lasts as long as the first one (RFC 5545, 3.8.5.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from hub.incidents.models import Frequency
from hub.lib.errors import Invalid
from hub.lib.zones import checked_zone
from hub.oncall.hours import DAYS

LONGEST_AHEAD: Final = timedelta(days=366)
LAST: Final = -1
"""The week of a month that is its last, for a day that it has four or five times."""
WEEKS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth", LAST: "last"}


@dataclass(frozen=True, kw_only=True)
class Repeat:
    """How work repeats.

    Attributes:
        frequency: every day; every week on `weekdays`; or every month on the one weekday in `week`.
        weekdays: 1 for Monday to 7 for Sunday; without any, the weekday of the first time.
        week: which of the month, 1 to 4 or `LAST`; None for that of the first time. A fifth one counts as the last.
        time_zone: by whose clock, as an IANA name.
        until: the last local day on which it may begin.
    """

    frequency: Frequency
    time_zone: str
    until: date
    weekdays: Sequence[int] = ()
    week: int | None = None


def settled(repeat: Repeat, starts_at: datetime) -> Repeat:
    """The same with what it leaves to the first time, `starts_at` (aware). Raises `Invalid` for what contradicts it."""
    first = starts_at.astimezone(ZoneInfo(checked_zone(repeat.time_zone, "timeZone"))).date()
    if repeat.until <= first:
        raise Invalid(f"It begins on {first} already: say a later day.", path=["until"])
    if repeat.until - first > LONGEST_AHEAD:
        raise Invalid("At most a year ahead: what repeats for longer is announced anew.", path=["until"])
    if repeat.frequency == Frequency.DAILY:
        if repeat.weekdays:
            raise Invalid("What repeats every day names no weekdays.", path=["weekdays"])
        return replace(repeat, weekdays=(), week=None)
    weekdays = tuple(sorted(set(repeat.weekdays))) or (first.isoweekday(),)
    if not all(1 <= each <= 7 for each in weekdays):
        raise Invalid("A weekday is 1 for Monday to 7 for Sunday.", path=["weekdays"])
    if first.isoweekday() not in weekdays:
        raise Invalid(
            f"It begins on a {DAYS[first.isoweekday() - 1]}, which is none of its weekdays.", path=["weekdays"]
        )
    if repeat.frequency == Frequency.WEEKLY:
        return replace(repeat, weekdays=weekdays, week=None)
    if len(weekdays) > 1:
        raise Invalid("What repeats every month has one weekday.", path=["weekdays"])
    week = repeat.week
    if week is None:
        week = (first.day - 1) // 7 + 1
        week = week if week in WEEKS else LAST
    if week not in WEEKS:
        raise Invalid("A week of the month is 1 to 4, or -1 for the last.", path=["week"])
    if _in_month(first, weekdays[0], week) != first:
        raise Invalid(f"{first} is not the {WEEKS[week]} {DAYS[weekdays[0] - 1]} of its month.", path=["week"])
    return replace(repeat, weekdays=weekdays, week=week)


def times(repeat: Repeat, starts_at: datetime, ends_at: datetime) -> list[tuple[datetime, datetime]]:
    """Every time, the first one as it is given (aware), by a rule that is `settled`.

    Raises `Invalid` for a rule that names only one, and where it would begin again before it ends.
    """
    place = ZoneInfo(repeat.time_zone)
    local = starts_at.astimezone(place)
    lasts = ends_at - starts_at
    later = [at_local(day, local, place) for day in _days(repeat, local.date()) if day > local.date()]
    if not later:
        raise Invalid("It would not come again by then.", path=["until"])
    found = [(starts_at, ends_at), *((each, each + lasts) for each in later)]
    if any(former[1] > latter[0] for former, latter in pairwise(found)):
        raise Invalid("It would begin again before it ends.", path=["frequency"])
    return found


def at_local(day: date, clock_time: datetime, place: ZoneInfo) -> datetime:
    """The moment at which the clocks of `place` show on `day` what `clock_time` says, whatever its zone."""
    return datetime.combine(day, clock_time.time(), place).astimezone(UTC)


def in_words(frequency: str, weekdays: Sequence[int], week: int | None) -> str:
    """How it repeats, to go on in a sentence: "every week on Tuesday and Thursday"."""
    named = _listed([DAYS[each - 1] for each in weekdays])
    if frequency == Frequency.DAILY:
        return "every day"
    return f"every week on {named}" if week is None else f"on the {WEEKS[week]} {named} of every month"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _days(repeat: Repeat, first: date) -> Iterator[date]:
    day = first
    while day <= repeat.until:
        is_day = not repeat.weekdays or day.isoweekday() in repeat.weekdays
        if is_day and (repeat.week is None or _in_month(day, repeat.weekdays[0], repeat.week) == day):
            yield day
        day += timedelta(days=1)


def _in_month(day: date, weekday: int, week: int) -> date:
    """The weekday in that week of the month of `day`."""
    if week == LAST:
        following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
        return following - timedelta(days=(following.isoweekday() - weekday - 1) % 7 + 1)
    begins = day.replace(day=1)
    return begins + timedelta(days=(weekday - begins.isoweekday()) % 7, weeks=week - 1)
