"""Who is on: the one calculation that everybody asks, pure.

`final_schedule` says who is on between two moments, with rotations, stand-ins, swaps, leave and planned gaps applied;
`on_call_at` is the same at one moment. Pages, paging, calendars, GraphQL and figures read their answer and never a
rotation. In order:

1. Stand-ins take the place of whom they replace, who may be away by then, or of everybody. One who is away stands in
   for nobody, but whoever stands in for them does. Of those for the same person, who was recorded first has the place;
   of those for everybody, who was recorded last.
2. Of each duty's layers the highest with anybody in it who is not away is on. Away is who is on leave, who may not
   work then (their role has ended, or has yet to begin), and who lacks what the schedule demands then.
3. In a planned gap no layer is, and only who stands in for everybody.
4. Whoever is primary is not secondary as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from hub.oncall.rotations import Rotation, Segment, Window, occurrences

Span = tuple[datetime, datetime]
"""From a moment up to another (aware)."""

RESOLUTION: Final = timedelta(microseconds=1)
LOOKS: Final = (timedelta(days=9), timedelta(days=45), timedelta(days=370))
"""How far around a moment is looked for the ends of what holds there, nearer ones first."""


class Duty(StrEnum):
    """What somebody on call is asked for: first, or when the first does not answer."""

    PRIMARY = "primary"
    SECONDARY = "secondary"


@dataclass(frozen=True)
class Layer:
    """Rotations that follow each other, the earliest in force first, and shifts that follow no pattern.

    Attributes:
        priority: of the layers of a duty, the highest that has anybody decides.
        fixed: shifts that stand in place of the rotation for their time.
    """

    duty: Duty
    priority: int
    rotations: Sequence[Rotation] = ()
    fixed: Sequence[Segment] = ()

    def segments(self, start: datetime, end: datetime) -> list[Segment]:
        """Who is on in this layer alone, in order."""
        found: list[Segment] = []
        for number, rotation in enumerate(self.rotations):
            later = self.rotations[number + 1].effective_from if number + 1 < len(self.rotations) else end
            found += rotation.segments(start, min(end, later))
        return _overlaid(found, self.fixed, start, end) if self.fixed else found


@dataclass(frozen=True, slots=True)
class Substitution:
    """`person` stands in from `starts_at` up to `ends_at` (aware), for `replaces` or else for everybody on."""

    person: int
    starts_at: datetime
    ends_at: datetime
    duty: Duty = Duty.PRIMARY
    replaces: int | None = None


@dataclass(frozen=True)
class Plan:
    """Everything that decides who is on.

    Attributes:
        substitutions: in the order in which they were recorded.
        gaps: when nobody is meant to be on.
        leave: when people are away, by person.
        work: when they may work, by person, for those with whom that begins or ends.
        lacks: when they lack what the schedule demands, by person.
        hours: when somebody has to be on, in the time zone `zone`; empty for always.
    """

    layers: Sequence[Layer] = ()
    substitutions: Sequence[Substitution] = ()
    gaps: Sequence[Span] = ()
    leave: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    work: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    lacks: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    hours: Sequence[Window] = ()
    zone: str = "UTC"

    def without(self, people: Collection[int], start: datetime, end: datetime) -> Plan:
        """The same, with these people away from `start` up to `end`, beside their leave."""
        if not people:
            return self
        away = {person: [*self.leave.get(person, ()), (start, end)] for person in people}
        return replace(self, leave={**self.leave, **away})


class Stretch(NamedTuple):
    """From `starts_at` up to `ends_at` (aware, UTC) the answer is this one.

    Attributes:
        is_needed: whether anybody has to be on: an empty stretch that is not needed is meant to be empty.
    """

    starts_at: datetime
    ends_at: datetime
    primary: tuple[int, ...]
    secondary: tuple[int, ...]
    is_needed: bool

    @property
    def is_uncovered(self) -> bool:
        """Whether somebody has to be on as primary, and nobody is."""
        return self.is_needed and not self.primary

    @property
    def people(self) -> tuple[int, ...]:
        """Everybody on, those who are asked first before the others."""
        return self.primary + self.secondary

    def on(self, duty: Duty) -> tuple[int, ...]:
        return self.primary if duty is Duty.PRIMARY else self.secondary


def stretches_of(stretches: Iterable[Stretch], duty: Duty, *, needs: bool) -> list[Stretch]:
    """The stretches as one duty sees them: neighbours that differ only in the other are one.

    Args:
        needs: whether the schedule wants somebody on for this duty at all.
    """
    seen: list[Stretch] = []
    for each in stretches:
        on = each.on(duty)
        is_needed = each.is_needed and needs
        last = seen[-1] if seen else None
        if last and last.on(duty) == on and (on or last.is_needed == is_needed):
            seen[-1] = last._replace(ends_at=each.ends_at)
        else:
            primary, secondary = (on, ()) if duty is Duty.PRIMARY else ((), on)
            seen.append(Stretch(each.starts_at, each.ends_at, primary, secondary, is_needed))
    return seen


@dataclass(frozen=True, slots=True)
class Shift:
    """`person` is on for a duty from `starts_at` up to `ends_at` (aware, UTC)."""

    person: int
    starts_at: datetime
    ends_at: datetime
    duty: Duty = Duty.PRIMARY


def final_schedule(plan: Plan, start: datetime, end: datetime) -> list[Stretch]:
    """Who is on from `start` up to `end` (aware): stretches without gaps between them, neighbours always different."""
    if start >= end:
        return []
    ranked = sorted(plan.layers, key=lambda layer: -layer.priority)
    primaries = [_Reader(layer.segments(start, end)) for layer in ranked if layer.duty is Duty.PRIMARY]
    secondaries = [_Reader(layer.segments(start, end)) for layer in ranked if layer.duty is Duty.SECONDARY]
    hours = _Reader(_hours(plan, start, end))
    times = (*plan.leave.values(), *plan.work.values(), *plan.lacks.values())
    absences = {edge for spans in times for span in spans for edge in span}
    edges = {start, end, *absences, *(edge for span in plan.gaps for edge in span)}
    for each in plan.substitutions:
        edges.update((each.starts_at, each.ends_at))
    for reader in (hours, *primaries, *secondaries):
        edges.update(reader.edges())
    stretches: list[Stretch] = []
    since, answer, away = start, None, _away(plan, start)
    for left in sorted(edge for edge in edges if start <= edge < end):
        if left in absences:
            away = _away(plan, left)
        closed = bool(plan.gaps) and within(plan.gaps, left)
        stand_ins = [each for each in plan.substitutions if each.starts_at <= left < each.ends_at]
        primary = _on(Duty.PRIMARY, () if closed else primaries, stand_ins, left, away)
        secondary = _on(Duty.SECONDARY, () if closed else secondaries, stand_ins, left, away)
        if secondary and not set(primary).isdisjoint(secondary):
            secondary = tuple(each for each in secondary if each not in primary)
        now = primary, secondary, not closed and (not plan.hours or bool(hours.at(left)))
        if answer is None:
            answer = now
        elif now != answer:
            stretches.append(Stretch(since, left, *answer))
            since, answer = left, now
    assert answer is not None
    return [*stretches, Stretch(since, end, *answer)]


def on_call_at(plan: Plan, moment: datetime) -> Stretch:
    """Who is on at `moment` (aware). The stretch is that moment alone: `stretch_at` says how long the answer holds."""
    return final_schedule(plan, moment, moment + RESOLUTION)[0]


def stretch_at(plan: Plan, moment: datetime) -> Stretch:
    """Who is on at `moment` (aware), and from when until when nothing about that changes, a year around it at most."""
    for look in LOOKS:
        stretches = final_schedule(plan, moment - look, moment + look)
        found = next(each for each in stretches if each.starts_at <= moment < each.ends_at)
        if found is not stretches[0] and found is not stretches[-1]:
            break
    return found


def next_on_call(plan: Plan, moment: datetime) -> Stretch | None:
    """Who comes on as primary next after those at `moment` (aware); None if nobody does within a year."""
    now = on_call_at(plan, moment).primary
    for look in LOOKS:
        stretches = final_schedule(plan, moment, moment + look)
        coming = [each for each in stretches if each.primary and each.primary != now]
        if coming and coming[0] is not stretches[-1]:
            break
    return coming[0] if coming else None


def shifts_of(stretches: Iterable[Stretch]) -> list[Shift]:
    """The same, person by person: each shift from when they come on until they go off, the earliest first."""
    shifts: list[Shift] = []
    running: dict[tuple[int, Duty], Shift] = {}
    for stretch in stretches:
        on = [(person, duty) for duty in Duty for person in stretch.on(duty)]
        shifts += [shift for key, shift in running.items() if key not in on]
        running = {
            (person, duty): Shift(
                person,
                running[person, duty].starts_at if (person, duty) in running else stretch.starts_at,
                stretch.ends_at,
                duty,
            )
            for person, duty in on
        }
    shifts += running.values()
    return sorted(shifts, key=lambda shift: (shift.starts_at, shift.duty, shift.person))


def outside(spans: Sequence[Span], start: datetime, end: datetime) -> list[Span]:
    """What of the time from `start` up to `end` (aware) lies in none of these spans, which come in order."""
    found: list[Span] = []
    for left, right in spans:
        if start < left:
            found.append((start, min(left, end)))
        start = max(start, right)
        if start >= end:
            return found
    return [*found, (start, end)]


def within(spans: Iterable[Span], moment: datetime) -> bool:
    """Whether the moment (aware) lies in one of the spans."""
    return any(left <= moment < right for left, right in spans)


def freed_at(before: Sequence[Stretch], after: Sequence[Stretch]) -> datetime | None:
    """From when on a change takes nobody off who is on; None for one that takes off nobody at once.

    That is when those whom it would take off have finished their shift. Where they never do as long as `before` goes,
    it is when those who would come have finished theirs.

    Args:
        before, after: the final schedule without and with the change, from the same moment on.
    """
    frees: list[datetime] = []
    for duty in Duty:
        was, comes = before[0].on(duty), after[0].on(duty)
        if not was or was == comes:
            continue
        leaving = set(was) - set(comes) or set(was)
        running = [each for each in shifts_of(before) if each.starts_at == before[0].starts_at and each.duty is duty]
        end = max(each.ends_at for each in running if each.person in leaving)
        frees.append(stretches_of(after, duty, needs=True)[0].ends_at if end == before[-1].ends_at else end)
    return max(frees, default=None)


class _Reader:
    """Segments that are read forwards, one moment after the other."""

    def __init__(self, segments: Sequence[Segment]) -> None:
        self._segments = segments
        self._following = iter(segments)
        self._at = next(self._following, None)

    def edges(self) -> list[datetime]:
        return [edge for segment in self._segments for edge in (segment.starts_at, segment.ends_at)]

    def at(self, moment: datetime) -> tuple[int, ...]:
        segment = self._at
        while segment is not None and segment.ends_at <= moment:
            self._at = segment = next(self._following, None)
        return () if segment is None or segment.starts_at > moment else segment.people


def _hours(plan: Plan, start: datetime, end: datetime) -> list[Segment]:
    if not plan.hours:
        return []
    return [Segment(left, right, (0,)) for left, right in occurrences(plan.hours, ZoneInfo(plan.zone), start, end)]


def _overlaid(turns: Sequence[Segment], fixed: Sequence[Segment], start: datetime, end: datetime) -> list[Segment]:
    """The turns, with the fixed shifts in their place; fixed shifts of the same time are on together."""
    fixed = [each for each in fixed if each.ends_at > start and each.starts_at < end]
    if not fixed:
        return list(turns)
    edges = {start, end}
    for each in (*turns, *fixed):
        edges.update((max(each.starts_at, start), min(each.ends_at, end)))
    reader = _Reader(turns)
    parts: list[Segment] = []
    for left, right in pairwise(sorted(edges)):
        turn = reader.at(left)
        standing = [person for each in fixed if each.starts_at <= left < each.ends_at for person in each.people]
        people = tuple(dict.fromkeys(standing)) or turn
        if people:
            parts.append(Segment(left, right, people))
    return parts


def _on(
    duty: Duty, layers: Iterable[_Reader], stand_ins: Sequence[Substitution], moment: datetime, away: Set[int]
) -> tuple[int, ...]:
    """Who is on for the duty: in place of everybody, or else in the highest of these layers with anybody in it."""
    own = [each for each in stand_ins if each.duty is duty] if stand_ins else []
    for number in range(len(own) - 1, -1, -1):
        if own[number].replaces is None:
            whole = _having(own[number].person, own[number + 1 :], away)
            if whole is not None:
                return (whole,)
    for layer in layers:
        people = layer.at(moment)
        if own:
            found = (_having(each, own, away) for each in people)
            people = tuple(dict.fromkeys(each for each in found if each is not None))
        elif away and not away.isdisjoint(people):
            people = tuple(each for each in people if each not in away)
        if people:
            return people
    return ()


def _having(person: int, stand_ins: Sequence[Substitution], away: Set[int]) -> int | None:
    """Who has the place of a person: of those who stand in for them, or else themselves, whoever is not away."""
    for number, each in enumerate(stand_ins):
        if each.replaces == person:
            found = _having(each.person, stand_ins[number + 1 :], away)
            if found is not None:
                return found
    return None if person in away else person


def _away(plan: Plan, moment: datetime) -> set[int]:
    away = {person for person, spans in plan.leave.items() if within(spans, moment)}
    if plan.work:
        away.update(person for person, spans in plan.work.items() if not within(spans, moment))
    if plan.lacks:
        away.update(person for person, spans in plan.lacks.items() if within(spans, moment))
    return away
