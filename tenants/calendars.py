"""When a unit works: arithmetic over its working hours, its closures and its place's public holidays.

Public holidays come from the `holidays` package, by country and subdivision.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from hub.lib.errors import Invalid

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FURTHEST: Final = timedelta(days=366)
"""How far ahead working time is looked for."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)
_HOURS: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\Z")


@dataclass(frozen=True)
class Hours:
    """Hours of one weekday (0 is Monday), local; an end of 00:00 is the end of the day."""

    weekday: int
    starts_at: time
    ends_at: time

    def hold(self, local: datetime) -> bool:
        """Whether this local time is within them."""
        if local.weekday() != self.weekday or local.time() < self.starts_at:
            return False
        return self.ends_at == time(0) or local.time() < self.ends_at


@dataclass(frozen=True)
class Calendar:
    """What says when a unit works."""

    time_zone: str
    hours: Sequence[Hours] = ()
    country: str = ""
    subdivision: str = ""
    closures: Sequence[tuple[date, date, str]] = field(default=())

    def free_on(self, day: date) -> str:
        """Why the unit does not work on this day: the holiday's or the closure's name; empty for any other day."""
        for first, last, name in self.closures:
            if first <= day <= last:
                return name
        return public_holidays(self.country, self.subdivision, day.year).get(day, "")

    def works_at(self, moment: datetime) -> bool:
        """Whether the unit works at this moment (aware)."""
        local = moment.astimezone(ZoneInfo(self.time_zone))
        return not self.free_on(local.date()) and any(each.hold(local) for each in self.hours)

    def after(self, start: datetime, worked: timedelta) -> datetime | None:
        """The first moment at which the unit has worked for so long since `start` (aware), in UTC.

        An hour that the clocks repeat is worked twice, one that they leave out not at all. None for a unit that does
        not work that long within a year: one without working hours, with a minute a week, or closed.
        """
        left = worked
        for first, last in self._stretches(start, start + FURTHEST):
            if last - first >= left:
                return first + left
            left -= last - first
        return None

    def _stretches(self, start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The time that the unit works between two moments, in order, in UTC; one that ends may begin the next."""
        by_weekday: dict[int, list[Hours]] = {}
        for each in sorted(self.hours, key=lambda one: one.starts_at):
            by_weekday.setdefault(each.weekday, []).append(each)
        if not by_weekday:
            return
        for first, last, offset in _steady(ZoneInfo(self.time_zone), start, until):
            begins, ends = (first + offset).replace(tzinfo=None), (last + offset).replace(tzinfo=None)
            for number in range((ends.date() - begins.date()).days + 1):
                day = begins.date() + number * _DAY
                hours = by_weekday.get(day.weekday(), ())
                if not hours or self.free_on(day):
                    continue
                for each in hours:
                    closes = day + _DAY if each.ends_at == time(0) else day
                    opened = max(begins, datetime.combine(day, each.starts_at))
                    closed = min(ends, datetime.combine(closes, each.ends_at))
                    if opened < closed:
                        yield (opened - offset).replace(tzinfo=UTC), (closed - offset).replace(tzinfo=UTC)

    def free_days(self, start: date, days: int) -> list[tuple[date, str]]:
        """The days from `start` on, within so many, on which the unit does not work though it is no weekend of its."""
        found = ((day, self.free_on(day)) for day in (start + timedelta(days=number) for number in range(days)))
        return [(day, name) for day, name in found if name]


def _steady(zone: ZoneInfo, start: datetime, until: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The time between two moments in parts of a day at most, in UTC, each with the one offset that its clocks have.

    No zone changes its clocks twice within a day, so a change shows at a part's ends, and halving finds its second.
    """
    start, until = start.astimezone(UTC), until.astimezone(UTC)
    while start < until:
        end, offset = min(start + _DAY, until), _offset(zone, start)
        if _offset(zone, end) != offset:
            same, end = start.replace(microsecond=0), end.replace(microsecond=0) + _SECOND
            while end - same > _SECOND:
                middle = same + _SECOND * ((end - same) // _SECOND // 2)
                same, end = (middle, end) if _offset(zone, middle) == offset else (same, middle)
            end = min(end, until)
        yield start, end, offset
        start = end


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


@functools.lru_cache(maxsize=512)
def public_holidays(country: str, subdivision: str, year: int) -> Mapping[date, str]:
    """The public holidays of a place in a year, by day, in English where the package has it; none without a country."""
    if not country:
        return {}
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
    except (NotImplementedError, KeyError):
        return {}
    return dict(found.items())


@functools.cache
def supported_places() -> Mapping[str, Sequence[str]]:
    """The countries whose public holidays are known, each with its subdivisions."""
    return {code: tuple(subdivisions) for code, subdivisions in holidays.list_supported_countries().items()}


def is_place(country: str, subdivision: str) -> bool:
    """Whether the holidays of this place are known; no place at all is one without holidays."""
    places = supported_places()
    if not country:
        return not subdivision
    return country in places and (not subdivision or subdivision in places[country])


def overlapping(hours: Iterable[Hours]) -> Hours | None:
    """Hours that begin before others of the same day have ended, or None."""
    last: Hours | None = None
    for each in sorted(hours, key=lambda one: (one.weekday, one.starts_at)):
        if (
            last is not None
            and last.weekday == each.weekday
            and (last.ends_at == time(0) or each.starts_at < last.ends_at)
        ):
            return each
        last = each
    return None


def read_hours(weekday: int, text: str) -> list[Hours]:
    """What somebody wrote for a day: "09:00-12:30, 13:30-18:00"; nothing for a day off. Raises `Invalid`."""
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        match = _HOURS.match(part)
        try:
            if match is None:
                raise ValueError
            first, first_minute, last, last_minute = (int(each) for each in match.groups())
            found.append(
                Hours(weekday, time(first, first_minute), time(last % 24 if last == 24 else last, last_minute))
            )
        except ValueError:
            raise Invalid(
                f"{WEEKDAYS[weekday]}: “{part[:40]}” are no hours. Write them like 09:00-17:30.", path=["hours"]
            ) from None
    return found


def said(hours: Hours) -> str:
    """The hours as `read_hours` reads them: 09:00–12:30."""
    return f"{hours.starts_at:%H:%M}–{hours.ends_at:%H:%M}"
