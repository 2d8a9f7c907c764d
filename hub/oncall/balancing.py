"""What being on call has cost people and teams, where plans collide, and the next rotation that evens the load out.

A person's load counts in all that they are on for: every layer and every schedule. Holidays are those of where somebody
is, by their time zone; where that is the country of the schedule's unit, they are the unit's own, with its closures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeAlias

from django.db import connection

from hub.lib.errors import Conflict
from hub.lib.identity import Actor
from hub.lib.zones import country_of
from hub.oncall import access, plans, shifts
from hub.oncall.balance import Candidate, Load, Proposal, fairness, load_of, propose
from hub.oncall.models import Layer, Schedule
from hub.oncall.rotations import Segment
from hub.oncall.shifts import Duty, Plan, Shift, Span, final_schedule, outside, shifts_of
from tenants import access as tenants
from tenants.calendars import Calendar
from tenants.models import Person

MEMORY: Final = timedelta(weeks=12)
"""How far back load counts."""
MOST_SLOTS: Final = 400
_WHOEVER: Final = -1
"""Stands in a plan for whoever will have the turns that are to be distributed; nobody's id."""

Holidays: TypeAlias = Container[date]


class Reason(StrEnum):
    """Why two plans collide."""

    LEAVE = "leave"
    DOUBLE_DUTY = "double_duty"


@dataclass(frozen=True)
class Collision:
    """A person is planned for a schedule from `starts_at` up to `ends_at` (aware, UTC), and cannot or should not be.

    Attributes:
        duty: what they are planned for there.
        other: the other schedule they are primary of at the same time; None for leave.
    """

    person: int
    schedule: Schedule
    reason: Reason
    starts_at: datetime
    ends_at: datetime
    other: Schedule | None = None
    duty: Duty = Duty.PRIMARY


@dataclass(frozen=True)
class NextRotation:
    """Who shall be on in a layer, slot by slot, beside who is planned to be.

    Attributes:
        loads: what each person has carried in the twelve weeks before.
        as_planned: what each would have carried at the end of it as it is planned, in other layers and schedules too.
        after: the same with what is proposed.
    """

    layer: Layer
    slots: list[Span]
    planned: list[int | None]
    proposal: Proposal
    loads: dict[int, Load]
    as_planned: dict[int, Load]
    after: dict[int, Load]
    people: dict[int, Person]


@dataclass(frozen=True)
class TeamLoad:
    """What a schedule has cost those who take turns in it.

    Attributes:
        loads: by person; pages at night count with the schedule that its reader was on most for.
    """

    schedule: Schedule
    loads: dict[int, Load]

    @cached_property
    def total(self) -> Load:
        return sum(self.loads.values(), Load())

    @property
    def for_each(self) -> float:
        """Weighted, for each of its people in the mean."""
        return self.total.weighted / len(self.loads) if self.loads else 0.0

    @property
    def fairness(self) -> float:
        return fairness(load.weighted for load in self.loads.values())


@dataclass(frozen=True)
class Balance:
    """What being on call has cost teams, and each of their people in all of these teams together."""

    teams: list[TeamLoad]
    people: dict[int, Person]

    @cached_property
    def loads(self) -> dict[int, Load]:
        found: dict[int, Load] = {}
        for team in self.teams:
            for key, load in team.loads.items():
                found[key] = found.get(key, Load()) + load
        return found

    @property
    def among_people(self) -> float:
        """How even the load is across people."""
        return fairness(load.weighted for load in self.loads.values())

    @property
    def among_teams(self) -> float:
        """How even it is across teams, by what each of their people carries in the mean."""
        return fairness(team.for_each for team in self.teams)


@dataclass(frozen=True)
class _FreeDays:
    """The holidays of a calendar, and some more."""

    calendar: Calendar
    more: frozenset[date] = frozenset()

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (day in self.more or bool(self.calendar.free_on(day)))


def collisions(actor: Actor, schedule_ids: Iterable[int], start: datetime, end: datetime) -> list[Collision]:
    """Where leave meets a shift, or one person is primary of two schedules, from `start` up to `end` (aware)."""
    schedules = {each.pk: each for each in access.schedules(actor).filter(pk__in=schedule_ids)}
    loaded = plans.load_plans(schedules, start, end)
    found: list[Collision] = []
    primaries: dict[int, list[tuple[Shift, Schedule]]] = defaultdict(list)
    for key, plan in loaded.items():
        # Whom leave has taken off is only to be seen in the plan without it.
        for shift in shifts_of(final_schedule(replace(plan, leave={}), start, end)) if plan.leave else ():
            for left, right in plan.leave.get(shift.person, ()):
                if left < shift.ends_at and right > shift.starts_at:
                    during = (max(left, shift.starts_at), min(right, shift.ends_at))
                    found.append(Collision(shift.person, schedules[key], Reason.LEAVE, *during, duty=shift.duty))
        for shift in shifts_of(final_schedule(plan, start, end)):
            if shift.duty is Duty.PRIMARY:
                primaries[shift.person].append((shift, schedules[key]))
    for person, mine in primaries.items():
        mine.sort(key=lambda each: (each[0].starts_at, each[1].pk))
        for number, (shift, schedule) in enumerate(mine):
            for later, other in mine[number + 1 :]:
                if later.starts_at >= shift.ends_at:
                    break
                until = min(shift.ends_at, later.ends_at)
                found.append(Collision(person, schedule, Reason.DOUBLE_DUTY, later.starts_at, until, other))
    return sorted(found, key=lambda each: (each.starts_at, each.person, each.schedule.pk))


def balance_of(
    actor: Actor,
    schedules: Sequence[Schedule],
    start: datetime,
    end: datetime,
    *,
    only: Collection[int] | None = None,
    holidays: Collection[date] = (),
) -> Balance:
    """What these schedules have cost everybody who was on from `start` up to `end` (aware), or takes turns at `end`.

    Args:
        only: the people who are looked at; everybody without it.
        holidays: days that count as holidays for everybody, beside those of where each is.
    """
    ids = [schedule.pk for schedule in schedules]
    found = access.shifts(actor, ids, start, end)
    members = access.teams(actor, ids, end)
    takers = {key: {shift.person for shift in found.get(key, ())} | set(members.get(key, ())) for key in ids}
    wanted = {person for each in takers.values() for person in each if only is None or person in only}
    people = {person.pk: person for person in tenants.people(actor, wanted) if person.is_active}
    days = _holidays(actor, {schedule.unit_id for schedule in schedules}, people.values(), frozenset(holidays))
    teams = [
        TeamLoad(
            schedule,
            {
                key: _load(found.get(schedule.pk, ()), people[key], days[schedule.unit_id, people[key].time_zone])
                for key in sorted(takers[schedule.pk] & people.keys(), key=lambda each: people[each].name)
            },
        )
        for schedule in schedules
    ]
    _count_pages(teams, pages_at_night(start))
    return Balance(teams, people)


def balance_around(actor: Actor, schedule: Schedule, start: datetime, end: datetime) -> Balance:
    """What everybody who takes turns in a schedule at `end` has carried, in it and in all others that `actor` sees."""
    people = access.teams(actor, [schedule.pk], end).get(schedule.pk, ())
    return balance_of(actor, list(access.schedules_with(actor, people)), start, end, only=people)


def next_rotation(
    actor: Actor, layer_id: int, start: datetime, weeks: int, *, holidays: Collection[date] = ()
) -> NextRotation:
    """Propose who takes the layer's turns for some weeks from `start` on (aware). Nothing is written.

    Args:
        holidays: as for `balance_of`.

    Counts what people carried, and will carry meanwhile, in all layers and schedules that `actor` sees, and leaves out
    who is on leave or on duty elsewhere. Raises `NotFound`, and `Conflict` for a layer in which nobody takes turns
    then, or too many turns.
    """
    layer = access.layer_for(actor, layer_id)
    end = start + timedelta(weeks=weeks)
    slots, planned, members = _turns(layer, start, end)
    people = {person.pk: person for person in tenants.people(actor, members) if person.is_active}
    if not slots or not people:
        raise Conflict("Nobody takes turns in that layer then.", path=["layerId"])
    if len(slots) > MOST_SLOTS:
        raise Conflict(f"That are {len(slots)} turns; {MOST_SLOTS} can be planned at once.", path=["weeks"])
    duty, unit = Duty(layer.duty), layer.unit_id
    days = _holidays(actor, [unit], people.values(), frozenset(holidays))
    schedules = list(access.schedules_with(actor, people))
    so_far = balance_of(actor, schedules, start - MEMORY, start, only=people, holidays=holidays).loads
    ahead = _Ahead(actor, layer, [each.pk for each in schedules], slots, (start, end))
    coming = {key: _load(ahead.shifts, person, days[unit, person.time_zone]) for key, person in people.items()}
    loads = {key: so_far.get(key, Load()) for key in people}
    candidates = [
        Candidate(
            person=key,
            zone=person.time_zone,
            load=loads[key],
            blocked=ahead.blocked[key],
            coming=coming[key],
            holidays=days[unit, person.time_zone],
        )
        for key, person in sorted(people.items())
    ]
    proposal = propose(slots, candidates, planned, worked=ahead.worked, duty=duty)

    def with_turns(chosen: Sequence[int | None]) -> dict[int, Load]:
        given: dict[int | None, list[Span]] = defaultdict(list)
        for taker, parts in zip(chosen, ahead.worked, strict=True):
            given[taker] += parts
        turns = {
            key: load_of(given[key], person.time_zone, holidays=days[unit, person.time_zone], duty=duty)
            for key, person in people.items()
        }
        return {key: loads[key] + coming[key] + turns[key] for key in people}

    return NextRotation(
        layer, slots, planned, proposal, loads, with_turns(planned), with_turns(proposal.people), people
    )


def pages_at_night(since: datetime) -> dict[int, int]:
    """How many pages people on schedules that the transaction's person sees have received in their own night."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT person_id, pages FROM app.pages_at_night(%s)", [since])
        return {int(person): int(pages) for person, pages in cursor.fetchall()}


def _turns(layer: Layer, start: datetime, end: datetime) -> tuple[list[Span], list[int | None], list[int]]:
    """The turns that begin in the time, who is planned for each, and everybody who takes turns then.

    A turn that several people have together stands there as often.
    """
    rows = list(layer.rotations.filter(effective_from__lt=end).prefetch_related("members"))
    members = [member.person_id for row in rows[-1:] for member in row.members.all()]
    alone = plans.layer_of(layer, [plans.rotation_of(row, plans.places_in(row.members.all())) for row in rows], ())
    fixed = list(layer.fixed_shifts.filter(ends_at__gt=start, starts_at__lt=end))
    slots: list[Span] = []
    planned: list[int | None] = []
    for segment in alone.segments(start, end):
        standing = [each.person_id for each in fixed if each.starts_at <= segment.starts_at < each.ends_at]
        for seat, person in enumerate(segment.people):
            slots.append((segment.starts_at, segment.ends_at))
            planned.append((standing[seat] if seat < len(standing) else None) if standing else person)
    return slots, planned, list(dict.fromkeys(members))


class _Ahead:
    """What stands in the way of a layer's turns, and what people carry beside them.

    Attributes:
        worked: the parts of each turn in which whoever has it is on, and no higher layer or stand-in is.
        shifts: everybody's shifts in other layers and schedules.
        blocked: when people cannot have a turn, by person.
    """

    def __init__(
        self, actor: Actor, layer: Layer, schedule_ids: Sequence[int], slots: Sequence[Span], during: Span
    ) -> None:
        start, end = during
        self.shifts: list[Shift] = []
        self.blocked: dict[int, list[Span]] = defaultdict(list)
        duty, taken = Duty(layer.duty), list[Span]()
        for key, plan in plans.load_plans({*schedule_ids, layer.schedule_id}, start, end).items():
            is_own = key == layer.schedule_id
            given = _with_whoever(plan, layer, slots) if is_own else plan
            for shift in shifts_of(final_schedule(given, start, end)):
                if shift.person == _WHOEVER:
                    if shift.duty is duty:
                        taken.append((shift.starts_at, shift.ends_at))
                    continue
                self.shifts.append(shift)
                # Nobody is primary and secondary of the same, or primary of two; secondary elsewhere may be.
                if is_own or shift.duty is Duty.PRIMARY:
                    self.blocked[shift.person].append((shift.starts_at, shift.ends_at))
            if is_own:
                for person, times in plan.work.items():
                    self.blocked[person] += outside(times, start, end)
                for person, times in plan.lacks.items():
                    self.blocked[person] += times
        away = access.leave(actor).filter(ends_at__gt=start, starts_at__lt=end)
        for person, left, right in away.values_list("person_id", "starts_at", "ends_at"):
            self.blocked[person].append((left, right))
        self.worked: list[list[Span]] = [
            [(max(left, a), min(right, b)) for left, right in taken if left < b and right > a] for a, b in slots
        ]


def _with_whoever(plan: Plan, layer: Layer, slots: Iterable[Span]) -> Plan:
    """The plan of a layer's schedule, with somebody in its turns of whom nothing is known."""
    place = Duty(layer.duty), layer.priority
    turns = [Segment(*slot, (_WHOEVER,)) for slot in dict.fromkeys(slots)]
    return replace(
        plan,
        layers=[
            shifts.Layer(each.duty, each.priority, fixed=turns) if (each.duty, each.priority) == place else each
            for each in plan.layers
        ],
    )


def _load(found: Iterable[Shift], person: Person, holidays: Holidays) -> Load:
    """What of these shifts are the person's, in both duties."""
    mine = [shift for shift in found if shift.person == person.pk]
    each = (
        load_of(
            [(shift.starts_at, shift.ends_at) for shift in mine if shift.duty is duty],
            person.time_zone,
            holidays=holidays,
            duty=duty,
        )
        for duty in Duty
    )
    return sum(each, Load())


def _count_pages(teams: Sequence[TeamLoad], pages: Mapping[int, int]) -> None:
    for person, count in pages.items():
        of_theirs = [team for team in teams if person in team.loads]
        if of_theirs:
            most = max(of_theirs, key=lambda team: (team.loads[person].hours, team.loads[person].secondary_hours))
            most.loads[person] += Load(night_pages=count)


def _holidays(
    actor: Actor, unit_ids: Iterable[int], people: Iterable[Person], more: frozenset[date] = frozenset()
) -> dict[tuple[int, str], Holidays]:
    """What is a holiday for whoever is on for a unit, by the unit and the time zone that they are in."""
    calendars = tenants.calendars(actor, unit_ids)
    found: dict[tuple[int, str], Holidays] = {}
    zones = {person.time_zone for person in people}
    for unit_id in unit_ids:
        own = calendars.get(unit_id)
        for zone in zones:
            country = country_of(zone)
            at_home = own is not None and (not country or country == own.country)
            calendar = own if own is not None and at_home else Calendar(zone, country=country)
            found[unit_id, zone] = _FreeDays(calendar, more)
    return found
