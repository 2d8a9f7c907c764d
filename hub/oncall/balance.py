"""Rotations balanced by load: what being on call has cost each person, and a next rotation that evens it out. Pure.

Load is counted in weighted hours: an hour on call is one, and what makes it harder adds to it (`WEIGHTS`). How even a
distribution is, is told by Jain's index (R. Jain et al., 1984): 1 where all carry the same, 1/n where one carries all.
"""

from __future__ import annotations

import math
import time as wall
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.oncall.shifts import Duty, Span

NIGHT_ENDS: Final = 7
NIGHT_BEGINS: Final = 22
"""Local hours of the person who is on."""
WEIGHTS: Final = {
    "hours": 1.0,
    "night_hours": 0.5,
    "weekend_hours": 0.5,
    "holiday_hours": 1.0,
    "night_pages": 4.0,
    "secondary_hours": 0.25,
}
"""Whoever is second in line is seldom called, and still cannot go far."""
REST: Final = timedelta(days=2)
"""Less than this between two shifts of a person is avoided where it costs little evenness."""
PATIENCE: Final = 1.2
"""Seconds after which the search takes the best that it has."""


@dataclass(frozen=True)
class Load:
    """What somebody has carried.

    Attributes:
        hours: as primary; those at night, on weekends and on holidays are counted among them.
        night_pages: pages received at night.
        last_ended: when they were last on (aware); None for never.
        secondary_hours: as secondary, whenever that was.
    """

    hours: float = 0.0
    night_hours: float = 0.0
    weekend_hours: float = 0.0
    holiday_hours: float = 0.0
    night_pages: int = 0
    last_ended: datetime | None = None
    secondary_hours: float = 0.0

    @property
    def weighted(self) -> float:
        """In hours on call without anything that makes them harder."""
        return sum(weight * float(getattr(self, name)) for name, weight in WEIGHTS.items())

    def __add__(self, other: Load) -> Load:
        ended = [each.last_ended for each in (self, other) if each.last_ended]
        return Load(
            self.hours + other.hours,
            self.night_hours + other.night_hours,
            self.weekend_hours + other.weekend_hours,
            self.holiday_hours + other.holiday_hours,
            self.night_pages + other.night_pages,
            max(ended) if ended else None,
            self.secondary_hours + other.secondary_hours,
        )


@dataclass(frozen=True)
class Candidate:
    """Somebody who can take shifts.

    Attributes:
        load: what they have carried so far.
        blocked: when they cannot be on: leave, and duty elsewhere.
        coming: what they will carry elsewhere meanwhile: other layers and other schedules.
        holidays: the days that are holidays for them.
    """

    person: int
    zone: str
    load: Load = field(default_factory=Load)
    blocked: Sequence[Span] = ()
    coming: Load = field(default_factory=Load)
    holidays: Container[date] = ()

    @property
    def carried(self) -> float:
        """Weighted, before any of the shifts that are to be distributed."""
        return self.load.weighted + self.coming.weighted


@dataclass(frozen=True)
class Proposal:
    """Who shall be on in each slot, None where nobody can, and how even the load is.

    Attributes:
        before: with the shifts as they are planned now.
        after: with these.
    """

    people: tuple[int | None, ...]
    before: float
    after: float


def load_of(
    spans: Iterable[Span],
    zone: str,
    *,
    holidays: Container[date] = (),
    night_pages: int = 0,
    duty: Duty = Duty.PRIMARY,
) -> Load:
    """What shifts of a duty cost somebody in this time zone, by their wall clock."""
    place = ZoneInfo(zone)
    hours = night = weekend = holiday = 0.0
    last: datetime | None = None
    for start, end in spans:
        last = end if last is None else max(last, end)
        moment = start
        while moment < end:
            local = moment.astimezone(place)
            until = min(_changes_after(moment, local, place), end)
            part = (until - moment).total_seconds() / 3600
            hours += part
            night += part if local.hour < NIGHT_ENDS or local.hour >= NIGHT_BEGINS else 0.0
            weekend += part if local.weekday() >= 5 else 0.0
            holiday += part if local.date() in holidays else 0.0
            moment = until
    if duty is Duty.SECONDARY:
        return Load(night_pages=night_pages, last_ended=last, secondary_hours=hours)
    return Load(hours, night, weekend, holiday, night_pages, last)


def _changes_after(moment: datetime, local: datetime, place: ZoneInfo) -> datetime:
    """When the next night begins or ends, or the next day begins, after a moment that is `local` there."""
    day, hour = local.date(), local.hour
    if hour < NIGHT_ENDS:
        at = datetime.combine(day, time(NIGHT_ENDS), place)
    elif hour < NIGHT_BEGINS:
        at = datetime.combine(day, time(NIGHT_BEGINS), place)
    else:
        at = datetime.combine(day + timedelta(days=1), time(), place)
    until = at.astimezone(UTC)
    # Where the clocks go back over one of these times, it has been once already.
    return until if until > moment else moment + timedelta(hours=1)


def fairness(loads: Iterable[float]) -> float:
    """Jain's index of the loads: from 1/n for one who carries all to 1 for an even load. Nobody's load is even."""
    values = list(loads)
    squares = sum(value * value for value in values)
    return 1.0 if not values or squares == 0 else sum(values) ** 2 / (len(values) * squares)


def propose(
    slots: Sequence[Span],
    candidates: Sequence[Candidate],
    planned: Sequence[int | None],
    *,
    worked: Sequence[Sequence[Span]] | None = None,
    duty: Duty = Duty.PRIMARY,
) -> Proposal:
    """Distribute the slots so that the load is as even as it can be, leaving out whoever cannot be on.

    Args:
        slots: in order of time; several of the same time are for as many people.
        planned: who is planned for each slot now, for comparison.
        worked: the parts of each slot in which whoever has it is on; all of it unless given.

    Slots go one after the other to whoever has carried least, and whose last shift is longest ago where that is equal;
    then single shifts move and pairs change places as long as that makes the load more even.
    """
    people = {candidate.person: candidate for candidate in candidates}
    cost = _costs([[slot] for slot in slots] if worked is None else worked, candidates, duty)
    free = [
        [each.person for each in candidates if not any(a < slot[1] and b > slot[0] for a, b in each.blocked)]
        for slot in slots
    ]
    start = {each.person: each.carried for each in candidates}
    chosen = _in_turn(slots, people, cost, free, start)
    _Search(slots, chosen, cost, free, _totals(start, chosen, cost)).run()
    return Proposal(
        people=tuple(chosen),
        before=fairness(_totals(start, planned, cost).values()),
        after=fairness(_totals(start, chosen, cost).values()),
    )


def _costs(
    worked: Sequence[Sequence[Span]], candidates: Sequence[Candidate], duty: Duty
) -> dict[tuple[int, int], float]:
    """What each slot costs each person; calculated once for all of whom it costs the same."""
    alike: dict[tuple[str, int], list[float]] = {}
    costs: dict[tuple[int, int], float] = {}
    for each in candidates:
        key = each.zone, id(each.holidays)
        if key not in alike:
            alike[key] = [load_of(spans, each.zone, holidays=each.holidays, duty=duty).weighted for spans in worked]
        costs |= {(number, each.person): cost for number, cost in enumerate(alike[key])}
    return costs


def _in_turn(
    slots: Sequence[Span],
    people: Mapping[int, Candidate],
    cost: Mapping[tuple[int, int], float],
    free: Sequence[Sequence[int]],
    start: Mapping[int, float],
) -> list[int | None]:
    total = dict(start)
    ended = {person: each.load.last_ended for person, each in people.items()}
    chosen: list[int | None] = []
    for number, slot in enumerate(slots):

        def rank(person: int, number: int = number, slot: Span = slot) -> tuple[bool, float, float]:
            last = ended[person]
            rested = (slot[0] - last).total_seconds() if last else math.inf
            return rested < REST.total_seconds(), total[person] + cost[number, person], -rested

        beside = {
            person
            for other, person in zip(reversed(slots[:number]), reversed(chosen), strict=True)
            if other[1] > slot[0]
        }
        person = min((each for each in free[number] if each not in beside), key=rank, default=None)
        chosen.append(person)
        if person is not None:
            total[person] += cost[number, person]
            ended[person] = slot[1]
    return chosen


class _Search:
    """Single shifts move and pairs change places as long as that makes the load more even."""

    def __init__(
        self,
        slots: Sequence[Span],
        chosen: list[int | None],
        cost: Mapping[tuple[int, int], float],
        free: Sequence[Sequence[int]],
        total: dict[int, float],
    ) -> None:
        self.slots = slots
        self.chosen = chosen
        self.cost = cost
        self.free = free
        self.may = [frozenset(each) for each in free]
        self.total = total

    def run(self) -> None:
        until = wall.monotonic() + PATIENCE
        numbers = range(len(self.slots))
        improved = True
        while improved and wall.monotonic() < until:
            moved = [self._moved(number) for number in numbers]
            exchanged = [self._exchanged(first, second) for first in numbers for second in numbers[first + 1 :]]
            improved = any(moved) or any(exchanged)

    def _moved(self, number: int) -> bool:
        person = self.chosen[number]
        if person is None:
            return False
        for other in self.free[number]:
            if other == person:
                continue
            gives = self.total[person] - self.cost[number, person]
            takes = self.total[other] + self.cost[number, other]
            if self._is_evener(person, other, gives, takes) and not self._crowded(number, other):
                self.total[person], self.total[other] = gives, takes
                self.chosen[number] = other
                return True
        return False

    def _exchanged(self, first: int, second: int) -> bool:
        one, other = self.chosen[first], self.chosen[second]
        if one is None or other is None or one == other:
            return False
        if other not in self.may[first] or one not in self.may[second]:
            return False
        new_one = self.total[one] - self.cost[first, one] + self.cost[second, one]
        new_other = self.total[other] - self.cost[second, other] + self.cost[first, other]
        if not self._is_evener(one, other, new_one, new_other):
            return False
        self.chosen[first], self.chosen[second] = other, one
        if self._crowded(first, other) or self._crowded(second, one):
            self.chosen[first], self.chosen[second] = one, other
            return False
        self.total[one], self.total[other] = new_one, new_other
        return True

    def _is_evener(self, one: int, other: int, new_one: float, new_other: float) -> bool:
        return new_one**2 + new_other**2 < self.total[one] ** 2 + self.total[other] ** 2 - 1e-6

    def _crowded(self, number: int, person: int) -> bool:
        """Whether the person would be on again too soon before or after this slot."""
        start, end = self.slots[number]
        for step in (-1, 1):
            at = number + step
            while 0 <= at < len(self.slots):
                near = self.slots[at][1] > start - REST if step < 0 else self.slots[at][0] < end + REST
                if not near:
                    break
                if self.chosen[at] == person:
                    return True
                at += step
        return False


def _totals(
    start: Mapping[int, float], chosen: Sequence[int | None], cost: Mapping[tuple[int, int], float]
) -> dict[int, float]:
    total = dict(start)
    for number, person in enumerate(chosen):
        if person in total and person is not None:
            total[person] += cost[number, person]
    return total


def midnight(day: date, zone: str) -> datetime:
    """When a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone))
