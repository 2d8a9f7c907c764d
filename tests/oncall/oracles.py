"""A calculator that knows nothing of turns and cycles: it walks the calendar and looks at every minute."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from hub.lib.week import WEEK
from hub.oncall.rotations import Rotation, Segment, Window
from hub.oncall.shifts import Duty, Layer, Plan, Substitution
from hub.oncall.work import EVER, FOREVER

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/Chicago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Sao_Paulo",
    "Pacific/Chatham",
    "Africa/Cairo",
    "America/Havana",
    "Africa/Casablanca",
]
EPOCH = datetime(2025, 1, 6, tzinfo=UTC)
DAYS = 730
MINUTE = timedelta(minutes=1)


@dataclass
class Minutes:
    """What is on in each minute from `start` on; the answer to a question about a moment is that of its minute."""

    start: datetime
    count: int

    def index(self, moment: datetime) -> int:
        """The first minute that does not begin before `moment`, within the range."""
        return min(max(-((self.start - moment) // MINUTE), 0), self.count)

    def paint(self, cells: list[tuple[int, ...]], left: datetime, right: datetime, people: tuple[int, ...]) -> None:
        first, last = self.index(left), self.index(right)
        if first < last:
            cells[first:last] = [people] * (last - first)

    def painted(self, spans: Iterable[tuple[datetime, datetime]]) -> list[tuple[int, ...]]:
        """A mark in each minute of the spans."""
        cells = self.blank()
        for left, right in spans:
            self.paint(cells, left, right, (1,))
        return cells

    def blank(self) -> list[tuple[int, ...]]:
        return [()] * self.count


def instant(local: datetime, zone: str) -> datetime:
    """The rule of the calendar standard, from the zone's offsets alone: before a gap's, or the first of two."""
    place = ZoneInfo(zone)
    offsets = {(local.replace(tzinfo=UTC) + timedelta(days=far)).astimezone(place).utcoffset() for far in (-1, 1)}
    fitting = []
    for offset in offsets:
        assert offset is not None
        moment = (local - offset).replace(tzinfo=UTC)
        if moment.astimezone(place).replace(tzinfo=None) == local:
            fitting.append(moment)
    if fitting:
        return min(fitting)
    before = (local.replace(tzinfo=UTC) - timedelta(days=1)).astimezone(place).utcoffset()
    assert before is not None
    return (local - before).replace(tzinfo=UTC)


def turns(rotation: Rotation, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The local times of turn after turn, by walking from hand-over to hand-over."""
    cycle = 0
    edges: list[datetime] = []
    while not edges or edges[-1] < until:
        edges += [rotation.first + timedelta(minutes=cycle * rotation.cycle + offset) for offset in rotation.hand_overs]
        cycle += 1
    yield from pairwise(edges)


def touched(rotation: Rotation, left: datetime, right: datetime) -> bool:
    """Whether any of the hours falls into a local time, looked for minute by minute in whole hours and at the ends."""
    if not rotation.windows:
        return True
    monday = left.replace(hour=0, minute=0) - timedelta(days=left.weekday() + 14)
    while monday < right:
        for window in rotation.windows:
            if monday + window.start * MINUTE < right and monday + window.end * MINUTE > left:
                return True
        monday += timedelta(days=7)
    return False


def rotation_minutes(rotation: Rotation, minutes: Minutes, until: datetime) -> list[tuple[int, ...]]:
    cells = minutes.blank()
    end = minutes.start + minutes.count * MINUTE
    if not rotation.groups:
        return cells
    open_hours = minutes.blank()
    if rotation.windows:
        monday = datetime(2024, 12, 2)  # noqa: DTZ001
        while monday < end.replace(tzinfo=None) + timedelta(days=2):
            for window in rotation.windows:
                left = instant(monday + window.start * MINUTE, rotation.zone)
                minutes.paint(open_hours, left, instant(monday + window.end * MINUTE, rotation.zone), (1,))
            monday += timedelta(days=7)
    place = 0
    for left, right in turns(rotation, end.replace(tzinfo=None) + timedelta(days=2)):
        if not touched(rotation, left, right):
            continue
        starts = max(instant(left, rotation.zone), rotation.effective_from)
        ends = min(instant(right, rotation.zone), until)
        minutes.paint(cells, starts, ends, rotation.groups[place % len(rotation.groups)])
        place += 1
    return [
        people if not rotation.windows or is_open else () for people, is_open in zip(cells, open_hours, strict=True)
    ]


def layer_minutes(layer: Layer, minutes: Minutes) -> list[tuple[int, ...]]:
    end = minutes.start + minutes.count * MINUTE
    versions = []
    for number, rotation in enumerate(layer.rotations):
        later = layer.rotations[number + 1].effective_from if number + 1 < len(layer.rotations) else end
        versions.append(rotation_minutes(rotation, minutes, later))
    marks = [minutes.painted([(each.starts_at, each.ends_at)]) for each in layer.fixed]
    cells = minutes.blank()
    for at, columns in enumerate(zip(*versions, *marks, strict=True)):
        standing = [each.people[0] for each, mark in zip(layer.fixed, columns[len(versions) :], strict=True) if mark]
        turn = [people for people in columns[: len(versions)] if people]
        cells[at] = tuple(dict.fromkeys(standing)) if standing else turn[-1] if turn else ()
    return cells


def brute_force(plan: Plan, minutes: Minutes) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Primary and secondary of every minute."""
    ranked = sorted(plan.layers, key=lambda layer: -layer.priority)
    columns = [layer_minutes(layer, minutes) for layer in ranked]
    columns += [minutes.painted(spans) for spans in plan.leave.values()]
    columns += [minutes.painted(spans) for spans in plan.work.values()]
    columns += [minutes.painted(spans) for spans in plan.lacks.values()]
    columns += [minutes.painted([(each.starts_at, each.ends_at)]) for each in plan.substitutions]
    columns.append(minutes.painted(plan.gaps))
    known: dict[tuple[tuple[int, ...], ...], tuple[tuple[int, ...], tuple[int, ...]]] = {}
    answers = []
    for minute in zip(*columns, strict=True):
        if minute not in known:
            known[minute] = answer_of(plan, ranked, minute)
        answers.append(known[minute])
    return answers


def answer_of(
    plan: Plan, ranked: list[Layer], minute: tuple[tuple[int, ...], ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Of one minute, from what each layer says in it and which leave, stand-ins and gaps hold."""
    count = len(ranked)
    says, rest = minute[:count], minute[count:-1]
    leave, rest = rest[: len(plan.leave)], rest[len(plan.leave) :]
    works, rest = rest[: len(plan.work)], rest[len(plan.work) :]
    lacks, stands_in = rest[: len(plan.lacks)], rest[len(plan.lacks) :]
    away = {person for person, mark in zip(plan.leave, leave, strict=True) if mark}
    away |= {person for person, mark in zip(plan.work, works, strict=True) if not mark}
    away |= {person for person, mark in zip(plan.lacks, lacks, strict=True) if mark}
    active = [each for each, mark in zip(plan.substitutions, stands_in, strict=True) if mark]
    on: dict[Duty, list[int]] = {Duty.PRIMARY: [], Duty.SECONDARY: []}
    for duty in Duty:
        own = [each for each in active if each.duty is duty]
        wholes = [(each.person, own[at + 1 :]) for at, each in enumerate(own) if each.replaces is None]
        teams = [[whole] for whole in reversed(wholes)]
        for layer, people in zip(ranked, says, strict=True):
            if layer.duty is duty and not minute[-1]:
                teams.append([(person, own) for person in people])
        for team in teams:
            if not on[duty]:
                having = [holder for person, later in team if (holder := place(person, later, away))]
                on[duty] = sorted(set(having), key=having.index)
    primary = tuple(on[Duty.PRIMARY])
    return primary, tuple(each for each in on[Duty.SECONDARY] if each not in primary)


def place(person: int, later: list[Substitution], away: set[int]) -> int | None:
    """Who has a person's place: every line of stand-ins is written down, and the first that ends with somebody there.

    A line goes before what it begins with, and of two that part the one whose next was recorded first.
    """
    lines = [
        picked
        for size in range(len(later) + 1)
        for picked in combinations(range(len(later)), size)
        if [person, *(later[at].person for at in picked)][:size] == [later[at].replaces for at in picked]
    ]
    lines.sort(key=lambda picked: (*picked, len(later)))
    ends = [later[picked[-1]].person if picked else person for picked in lines]
    return next((end for end in ends if end not in away), None)


people = st.integers(1, 5)
moments = st.integers(0, DAYS * 24 * 60).map(lambda minute: EPOCH + timedelta(minutes=minute))
spans = st.tuples(moments, st.integers(1, 400)).map(lambda pair: (pair[0], pair[0] + timedelta(hours=pair[1])))
terms = st.one_of(
    st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair))),
    moments.map(lambda moment: (EVER, moment)),
    moments.map(lambda moment: (moment, FOREVER)),
)
"""For how long somebody may work, or lacks something: in days and months, from ever on or forever."""
hands_over_at = st.one_of(
    st.sampled_from([time(2), time(2, 30), time(0), time(9)]), st.times().map(lambda t: time(t.hour, t.minute))
)
hours = st.lists(
    st.tuples(st.integers(0, WEEK - 1), st.integers(1, 3 * 24 * 60)).map(lambda p: Window(p[0], p[0] + p[1])),
    max_size=3,
)


@st.composite
def cycles(draw: st.DrawFn) -> tuple[int, tuple[int, ...]]:
    """A cycle in minutes and its hand-overs: every so many hours, days or weeks, or on several days of the week."""
    kind = draw(st.sampled_from(["hours", "days", "weeks", "weekdays"]))
    if kind == "hours":
        return draw(st.integers(1, 60)) * 60, (0,)
    if kind == "days":
        return draw(st.integers(1, 10)) * 24 * 60, (0,)
    weeks = draw(st.integers(1, 3)) * WEEK
    days = draw(st.sets(st.integers(1, 6), min_size=1, max_size=3)) if kind == "weekdays" else set()
    return weeks, (0, *(day * 24 * 60 for day in sorted(days)))


@st.composite
def rotations(draw: st.DrawFn, effective_from: datetime) -> Rotation:
    cycle, hand_overs = draw(cycles())
    day = draw(st.dates(date(2025, 1, 1), date(2026, 3, 31)))
    return Rotation(
        groups=draw(st.lists(st.lists(people, min_size=1, max_size=2, unique=True).map(tuple), max_size=5)),
        first=datetime.combine(day, draw(hands_over_at)),
        cycle=cycle,
        zone=draw(st.sampled_from(ZONES)),
        effective_from=effective_from,
        hand_overs=hand_overs,
        windows=draw(hours),
    )


@st.composite
def layers(draw: st.DrawFn, priority: int) -> Layer:
    since = sorted({EPOCH, *draw(st.lists(moments, max_size=1))})
    fixed = draw(st.lists(st.tuples(people, spans), max_size=2))
    return Layer(
        duty=draw(st.sampled_from(Duty)),
        priority=priority,
        rotations=[draw(rotations(each)) for each in since],
        fixed=[Segment(left, right, (person,)) for person, (left, right) in fixed],
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Schedules as nobody in their right mind would make them."""
    count = draw(st.integers(0, 3))
    return Plan(
        layers=[draw(layers(priority)) for priority in range(count)],
        substitutions=[
            Substitution(person, left, right, duty, replaces)
            for person, (left, right), duty, replaces in draw(
                st.lists(st.tuples(people, spans, st.sampled_from(Duty), st.none() | people), max_size=4)
            )
        ],
        gaps=draw(st.lists(spans, max_size=2)),
        leave=draw(st.dictionaries(people, st.lists(spans, min_size=1, max_size=2), max_size=2)),
        work=draw(st.dictionaries(people, st.lists(terms, min_size=1, max_size=3), max_size=2)),
        lacks=draw(st.dictionaries(people, st.lists(terms, min_size=1, max_size=2), max_size=1)),
        hours=draw(hours),
        zone=draw(st.sampled_from(ZONES)),
    )
