"""Who is on at T: pure arithmetic over a schedule's rotation and overrides.

Every consumer asks `on_call_at`, none reads a rotation by itself. A turn starts at a local wall-clock time and
lasts whole weeks of that wall clock, so a shift that starts at 09:00 does so on both sides of a change to or from
summer time, and the turn that contains the change is an hour shorter or longer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Turns:
    """A rotation: people by id in their order, `weeks` each, from the first hand-over on."""

    people: Sequence[int]
    starts_on: date
    hands_over_at: time
    weeks: int
    time_zone: str


@dataclass(frozen=True)
class Substitution:
    """`person` stands in from `starts_at` up to `ends_at` (aware)."""

    person: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Shift:
    """`person` is on from `starts_at` up to `ends_at` (aware, UTC)."""

    person: int
    starts_at: datetime
    ends_at: datetime


def _hand_over(turns: Turns, number: int) -> datetime:
    """The moment at which turn `number` starts. A wall-clock time that a change skips moves forward by the gap."""
    local = datetime.combine(
        turns.starts_on + timedelta(weeks=turns.weeks * number), turns.hands_over_at, ZoneInfo(turns.time_zone)
    )
    return local.astimezone(UTC)


def turn_at(turns: Turns, moment: datetime) -> Shift | None:
    """The rotation's shift at `moment` (aware), before overrides; None before it starts or with nobody in it."""
    if not turns.people or moment < _hand_over(turns, 0):
        return None
    number = (moment - _hand_over(turns, 0)) // timedelta(weeks=turns.weeks)
    # Hand-overs drift by the zone's changes, at most a few hours: the neighbours settle it.
    while moment < _hand_over(turns, number):
        number -= 1
    while moment >= _hand_over(turns, number + 1):
        number += 1
    person = turns.people[number % len(turns.people)]
    return Shift(person, _hand_over(turns, number), _hand_over(turns, number + 1))


def on_call_at(turns: Turns | None, substitutions: Sequence[Substitution], moment: datetime) -> Shift | None:
    """The final answer at `moment` (aware): the latest-starting substitution that covers it, else the rotation's turn.

    The shift ends where the answer may change: at the end of the turn or substitution, or where the next
    substitution begins.
    """
    covering = [each for each in substitutions if each.starts_at <= moment < each.ends_at]
    starts = [each.starts_at for each in substitutions if each.starts_at > moment]
    turn = turn_at(turns, moment) if turns else None
    if covering:
        chosen = max(covering, key=lambda each: each.starts_at)
        return Shift(chosen.person, chosen.starts_at, min([chosen.ends_at, *starts]))
    if turn is None:
        return None
    ended = [each.ends_at for each in substitutions if each.ends_at <= moment]
    return Shift(turn.person, max([turn.starts_at, *ended]), min([turn.ends_at, *starts]))


def shifts_between(
    turns: Turns | None, substitutions: Sequence[Substitution], start: datetime, end: datetime
) -> list[Shift]:
    """All shifts that touch the time from `start` up to `end` (aware), in order; gaps are simply absent."""
    edges = {start}
    edges.update(edge for each in substitutions for edge in (each.starts_at, each.ends_at) if start < edge < end)
    if turns and turns.people:
        first = turn_at(turns, start)
        edge = first.ends_at if first else _hand_over(turns, 0)
        while edge < end:
            if edge > start:
                edges.add(edge)
            following = turn_at(turns, edge)
            edge = following.ends_at if following else end
    ordered = [*sorted(edges), end]
    shifts: list[Shift] = []
    for left, right in pairwise(ordered):
        shift = on_call_at(turns, substitutions, left)
        if shift is None:
            continue
        if shifts and shifts[-1].person == shift.person and shifts[-1].ends_at == left:
            shifts[-1] = Shift(shift.person, shifts[-1].starts_at, right)
        else:
            shifts.append(Shift(shift.person, left, right))
    return shifts
