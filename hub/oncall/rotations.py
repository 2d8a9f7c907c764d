"""Whose turn it is: pure arithmetic over one rotation, on the wall clock of its place.

A rotation is counted in local time and only then turned into moments, by the rules of RFC 5545, section 3.3.5:

* a shift that starts at 09:00 does so on both sides of a change to or from summer time, so that a day of 23 or 25
  hours makes the shift that holds the change an hour shorter or longer;
* a local time that a change skips is read with the offset from before it: 02:30 becomes 03:30;
* a local time that occurs twice is its first occurrence.

Restricted hours use up no turn: a turn that none of them falls into is nobody's, and the order goes on after it.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from hub.lib.week import WEEK

_MINUTE: Final = timedelta(minutes=1)
_KEPT_CYCLES: Final = 100
"""Turns of so many cycles at most are kept, for the next rotation that hands over at the same times."""
_MONDAY: Final = datetime(1, 1, 1)  # noqa: DTZ001 - a wall clock has no zone
"""A Monday, from which minutes of the week are counted."""


Turn: TypeAlias = tuple[int, datetime, datetime]
"""The number of a turn, and from when until when it is (aware)."""


@dataclass(frozen=True, slots=True)
class Window:
    """Part of every local week, in minutes from Monday 00:00; `end` lies after `start`, in the next week if need be."""

    start: int
    end: int


class Segment(NamedTuple):
    """`people` are on from `starts_at` up to `ends_at` (aware, UTC)."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[int, ...]


@dataclass(frozen=True)
class Cadence:
    """When turns begin, whoever has them: many rotations hand over at the same times.

    Attributes:
        first: the local time of the first hand-over, without a zone.
        hand_overs: the hand-overs of a cycle, as minutes from its beginning; the first is 0.
        cycle: minutes after which the hand-overs repeat.
    """

    first: datetime
    cycle: int
    place: ZoneInfo
    hand_overs: tuple[int, ...]

    def local(self, number: int) -> datetime:
        """The local time at which turn `number` starts."""
        rounds, place = divmod(number, len(self.hand_overs))
        return self.first + (rounds * self.cycle + self.hand_overs[place]) * _MINUTE

    def hand_over(self, number: int) -> datetime:
        """The moment at which turn `number` starts."""
        return moment_of(self.local(number), self.place)

    def number_at(self, moment: datetime) -> int:
        """The number of the turn at `moment` (aware); negative before the first."""
        local = moment.astimezone(self.place).replace(tzinfo=None)
        rounds, rest = divmod(_minutes(local) - _minutes(self.first), self.cycle)
        number = rounds * len(self.hand_overs) + bisect_right(self.hand_overs, rest) - 1
        # Hand-overs drift by the zone's changes, at most a few hours: the neighbours settle it.
        while moment < self.hand_over(number):
            number -= 1
        while moment >= self.hand_over(number + 1):
            number += 1
        return number

    def turns(self, start: datetime, end: datetime) -> Sequence[Turn]:
        """The turns from `start` up to `end` (aware), in order, as far as they lie between the two."""
        is_short = end - start <= _KEPT_CYCLES * self.cycle * _MINUTE
        return _kept_turns(self, start, end) if is_short else _turns(self, start, end)


@dataclass(frozen=True)
class Rotation:
    """Groups of people who take turns.

    Attributes:
        groups: people by id, together on in a turn, in their order; empty for a rotation that has ended.
        first: the local time of the first hand-over, without a zone.
        hand_overs: the hand-overs of a cycle, as minutes from its beginning; the first is 0.
        cycle: minutes after which the hand-overs repeat.
        windows: the hours in which somebody is on; empty for all of them.
        effective_from: the moment from which it is in force (aware).
    """

    groups: Sequence[tuple[int, ...]]
    first: datetime
    cycle: int
    zone: str
    effective_from: datetime
    hand_overs: Sequence[int] = (0,)
    windows: Sequence[Window] = field(default=())

    @property
    def place(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def cadence(self) -> Cadence:
        return _cadence(self.first, self.cycle, self.place, tuple(self.hand_overs))

    def group(self, number: int) -> tuple[int, ...]:
        """Who has turn `number`; nobody has one that no hours fall into."""
        if not self.groups:
            return ()
        if not self.windows:
            return self.groups[number % len(self.groups)]
        counted, each = self._counted
        rounds, place = divmod(number, len(each))
        if not each[place]:
            return ()
        before = rounds * counted[-1] + counted[place]
        return self.groups[before % len(self.groups)]

    def segments(self, start: datetime, end: datetime) -> list[Segment]:
        """Who is on from `start` up to `end` (aware), in order; time that is nobody's is left out."""
        start = max(start, self.effective_from)
        if not self.groups or start >= end:
            return []
        turns = self.cadence.turns(start, end)
        if not self.windows:
            groups, count = self.groups, len(self.groups)
            return [Segment(starts, ends, groups[number % count]) for number, starts, ends in turns]
        taken = [Segment(starts, ends, people) for number, starts, ends in turns if (people := self.group(number))]
        return _within(taken, occurrences(self.windows, self.place, start, end))

    @cached_property
    def _counted(self) -> tuple[list[int], list[bool]]:
        """For the turns after which hours and hand-overs repeat together: how many count before each, and which do."""
        whole = math.lcm(self.cycle, WEEK)
        each = [
            self._has_hours(_minutes(self.cadence.local(number)), _minutes(self.cadence.local(number + 1)))
            for number in range(whole // self.cycle * len(self.hand_overs))
        ]
        counted = [0]
        for has_hours in each:
            counted.append(counted[-1] + has_hours)
        return counted, each

    def _has_hours(self, start: int, end: int) -> bool:
        for window in self.windows:
            # The last occurrence of the window that begins before the turn ends.
            begins = end - 1 - (end - 1 - window.start) % WEEK
            if begins + (window.end - window.start) > start:
                return True
        return False


_cadence: Final = lru_cache(maxsize=1024)(Cadence)


def _turns(cadence: Cadence, start: datetime, end: datetime) -> Sequence[Turn]:
    number = max(cadence.number_at(start), 0)
    starts = cadence.hand_over(number)
    turns: list[Turn] = []
    while starts < end:
        ends = cadence.hand_over(number + 1)
        if ends > start and ends > starts:
            turns.append((number, max(starts, start), min(ends, end)))
        number, starts = number + 1, ends
    return turns


_kept_turns: Final = lru_cache(maxsize=256)(_turns)


@lru_cache(maxsize=2**16)
def moment_of(local: datetime, place: ZoneInfo) -> datetime:
    """The moment of a local time without a zone, by the rules above."""
    return local.replace(tzinfo=place).astimezone(UTC)


def occurrences(
    windows: Iterable[Window], place: ZoneInfo, start: datetime, end: datetime
) -> list[tuple[datetime, datetime]]:
    """When the windows are open from `start` up to `end` (aware), in order and without overlaps."""
    local = start.astimezone(place).replace(tzinfo=None)
    week = local.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday() + 7)
    found: list[tuple[datetime, datetime]] = []
    windows = list(windows)
    while True:
        spans = [
            (moment_of(week + each.start * _MINUTE, place), moment_of(week + each.end * _MINUTE, place))
            for each in windows
        ]
        found += [(max(left, start), min(right, end)) for left, right in spans if left < end and right > start]
        if not spans or min(left for left, _ in spans) >= end:
            break
        week += timedelta(days=7)
    return united(found)


def united(spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same time as `spans`, in order and without overlaps or seams."""
    whole: list[tuple[datetime, datetime]] = []
    for left, right in sorted(span for span in spans if span[0] < span[1]):
        if whole and left <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], right))
        else:
            whole.append((left, right))
    return whole


def _within(turns: Sequence[Segment], hours: Sequence[tuple[datetime, datetime]]) -> list[Segment]:
    parts: list[Segment] = []
    at = 0
    for turn in turns:
        while at < len(hours) and hours[at][1] <= turn.starts_at:
            at += 1
        following = at
        while following < len(hours) and hours[following][0] < turn.ends_at:
            left, right = hours[following]
            parts.append(Segment(max(left, turn.starts_at), min(right, turn.ends_at), turn.people))
            following += 1
    return parts


def _minutes(local: datetime) -> int:
    return (local - _MONDAY) // _MINUTE
