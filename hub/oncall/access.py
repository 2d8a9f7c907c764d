"""The only door to schedules, and the one answer to who is on call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery, prefetch_related_objects

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.oncall import plans
from hub.oncall.ability import Able, able
from hub.oncall.answers import DutyAhead, OnCall, Uncovered
from hub.oncall.models import (
    CalendarLink,
    CalendarSource,
    Expertise,
    Layer,
    Leave,
    Override,
    PlannedGap,
    Rotation,
    RotationMember,
    Schedule,
    Swap,
    SwapState,
)
from hub.oncall.shifts import (
    LOOKS,
    Duty,
    Plan,
    Shift,
    Stretch,
    final_schedule,
    next_on_call,
    on_call_at,
    shifts_of,
    stretch_at,
)
from hub.oncall.work import FOREVER
from tenants import access as tenants
from tenants.models import BusinessUnit, Person, RoleAssignment
from tenants.permissions import ABOUT_SCHEDULES, Permission


def schedules(actor: Actor) -> QuerySet[Schedule]:
    """Every schedule that `actor` may see: their units', and those they take part in."""
    return Schedule.objects.select_related("unit")


def schedule_for(actor: Actor, schedule_id: int, *, lock: bool = False) -> Schedule:
    """The schedule with this id. Raises `NotFound`."""
    found = schedules(actor)
    try:
        return (found.select_for_update(of=("self",)) if lock else found).get(pk=schedule_id)
    except Schedule.DoesNotExist:
        raise NotFound("schedule") from None


def layer_for(actor: Actor, layer_id: int) -> Layer:
    """The layer with this id. Raises `NotFound`."""
    try:
        return Layer.objects.select_related("schedule__unit").get(pk=layer_id)
    except Layer.DoesNotExist:
        raise NotFound("layer") from None


def override_for(actor: Actor, override_id: int) -> Override:
    """The override with this id. Raises `NotFound`."""
    try:
        return Override.objects.select_related("schedule__unit", "person").get(pk=override_id)
    except Override.DoesNotExist:
        raise NotFound("override") from None


def planned_gap_for(actor: Actor, planned_gap_id: int) -> PlannedGap:
    """The planned gap with this id. Raises `NotFound`."""
    try:
        return PlannedGap.objects.select_related("schedule__unit").get(pk=planned_gap_id)
    except PlannedGap.DoesNotExist:
        raise NotFound("planned gap") from None


def swaps(actor: Actor) -> QuerySet[Swap]:
    """The swaps of all schedules that `actor` may see, and their own."""
    return Swap.objects.select_related("schedule__unit", "offered_by", "offered_to")


def swaps_waiting_for(actor: Actor, moment: datetime) -> QuerySet[Swap]:
    """Offers to `actor` alone, and to anybody, that can still be answered at `moment` (aware)."""
    waiting = swaps(actor).filter(state=SwapState.OFFERED, starts_at__gt=moment)
    return waiting.filter(Q(offered_to=actor.person_id) | Q(offered_to=None)).exclude(offered_by=actor.person_id)


def swap_for(actor: Actor, swap_id: int, *, lock: bool = False) -> Swap:
    """The swap with this id. Raises `NotFound`."""
    found = swaps(actor)
    try:
        return (found.select_for_update(of=("self",)) if lock else found).get(pk=swap_id)
    except Swap.DoesNotExist:
        raise NotFound("swap") from None


def leave(actor: Actor) -> QuerySet[Leave]:
    """When people are away: oneself, and whoever is on a schedule that `actor` may see."""
    return Leave.objects.select_related("person")


def leave_for(actor: Actor, leave_id: int) -> Leave:
    """The leave with this id. Raises `NotFound`."""
    try:
        return leave(actor).get(pk=leave_id)
    except Leave.DoesNotExist:
        raise NotFound("leave") from None


def lacking(schedule: Schedule, people: Iterable[int], moment: datetime) -> dict[int, list[str]]:
    """What of the expertise that the schedule requires each of the people does not hold at `moment`, if anything."""
    wanted = list(people)
    if not schedule.expertise:
        return {}
    held = _held(schedule.unit_id, moment).filter(person__in=wanted, key__in=schedule.expertise)
    holds = set(held.values_list("person_id", "key"))
    short = {person: [key for key in schedule.expertise if (person, key) not in holds] for person in wanted}
    return {person: keys for person, keys in short.items() if keys}


def calendar_links(actor: Actor) -> QuerySet[CalendarLink]:
    """The actor's own secret addresses that are in use."""
    return CalendarLink.objects.filter(owner=actor.person_id, revoked_at=None).select_related("schedule")


def calendar_link_for(actor: Actor, calendar_link_id: int) -> CalendarLink:
    """The actor's own link with this id, while it is in use. Raises `NotFound`."""
    try:
        return calendar_links(actor).get(pk=calendar_link_id)
    except CalendarLink.DoesNotExist:
        raise NotFound("calendar link") from None


def calendar_source_for(actor: Actor, calendar_source_id: int) -> CalendarSource:
    """The source with this id, for those who write the schedule. Raises `NotFound`."""
    try:
        return CalendarSource.objects.select_related("layer__schedule__unit").get(pk=calendar_source_id)
    except CalendarSource.DoesNotExist:
        raise NotFound("calendar source") from None


def calendar_sources(actor: Actor, schedule_id: int) -> dict[int, CalendarSource]:
    """The calendars that give a schedule's layers their shifts, by layer id, for those who write the schedule."""
    return {each.layer_id: each for each in CalendarSource.objects.filter(layer__schedule=schedule_id)}


def keepers(unit: BusinessUnit) -> QuerySet[Person]:
    """Who keeps a unit's schedules: people who may change them through a role in the unit or one above it.

    Of what somebody holds, the nearest role decides, as wherever schedules are changed.
    """
    held = RoleAssignment.objects.filter(
        tenants.held_now(), unit__in=unit.lineage, role__permissions__overlap=ABOUT_SCHEDULES
    ).values_list("person", "unit", "role__permissions")
    nearest: dict[int, tuple[int, bool]] = {}
    for person, where, permissions in held:
        distance, writes = unit.lineage.index(where), Permission.ONCALL_WRITE in permissions
        before = nearest.get(person, (distance, False))
        if distance <= before[0]:
            nearest[person] = distance, writes or (before[1] and distance == before[0])
    keep = [person for person, (_, writes) in nearest.items() if writes]
    return Person.objects.filter(pk__in=keep, is_active=True, is_service=False).order_by("name", "id")


def uncovered(schedule: Schedule, stretches: Iterable[Stretch]) -> list[Uncovered]:
    """When the schedule lacks somebody who has to be on: neighbouring times of the same lack are one."""
    found: list[Uncovered] = []
    for each in stretches:
        lacks = Duty.PRIMARY if each.is_uncovered else None
        if lacks is None and schedule.needs_secondary and each.is_needed and not each.secondary:
            lacks = Duty.SECONDARY
        if lacks is None:
            continue
        last = found[-1] if found else None
        if last and last.ends_at == each.starts_at and last.lacks is lacks:
            found[-1] = Uncovered(schedule, last.starts_at, each.ends_at, lacks)
        else:
            found.append(Uncovered(schedule, each.starts_at, each.ends_at, lacks))
    return found


def on_call(actor: Actor, schedule_ids: Iterable[int], moment: datetime) -> dict[int, Stretch]:
    """Who is on at `moment` (aware), by schedule id, in the same few queries for any number of schedules.

    Schedules that `actor` may not see, and those with nobody on, are absent.
    """
    found = plans.load_plans(schedule_ids, moment - LOOKS[-1], moment + LOOKS[-1])
    answers = {key: stretch_at(plan, moment) for key, plan in found.items()}
    return {key: stretch for key, stretch in answers.items() if stretch.people}


def who_answers(actor: Actor, schedule_ids: Iterable[int], moment: datetime) -> dict[int, Person]:
    """The one person who answers for each schedule at `moment` (aware), by its id.

    Where no primary is on, whoever is secondary does; schedules with nobody who is still active are absent.
    """
    on = {key: stretch.people for key, stretch in _on_at(schedule_ids, moment).items()}
    people = Person.objects.filter(is_active=True).in_bulk({each for keys in on.values() for each in keys})
    answers = {key: next((people[each] for each in keys if each in people), None) for key, keys in on.items()}
    return {key: person for key, person in answers.items() if person is not None}


def people_on(actor: Actor, schedule_ids: Iterable[int], moment: datetime) -> list[int]:
    """Everybody on at `moment` (aware), each once however many of the schedules they are on, primaries first."""
    wanted = list(schedule_ids)
    found = _on_at(wanted, moment)
    answers = [found[key] for key in wanted if key in found]
    return list(dict.fromkeys(person for duty in Duty for each in answers for person in each.on(duty)))


def duty_ahead(actor: Actor, schedule_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, DutyAhead]:
    """Who is on at whatever moment from `start` up to `end` (aware), by schedule id.

    In the same few queries for any number of schedules. Schedules that `actor` may not see are absent; it does not tell
    since when and until when somebody is on, as `on_call` does.
    """
    return {key: DutyAhead(plan, start, end) for key, plan in plans.load_plans(schedule_ids, start, end).items()}


def _on_at(schedule_ids: Iterable[int], moment: datetime) -> dict[int, Stretch]:
    """Who is on at that moment alone, by schedule id."""
    found = plans.load_plans(schedule_ids, moment, moment + timedelta(minutes=1))
    return {key: on_call_at(plan, moment) for key, plan in found.items()}


def holders(actor: Actor, unit_id: int, key: str, moment: datetime) -> set[int]:
    """The people who hold an expertise at `moment` (aware), in the eyes of the unit."""
    return set(_held(unit_id, moment).filter(key=key).values_list("person", flat=True))


def _held(unit_id: int, moment: datetime) -> QuerySet[Expertise]:
    """What people are able to do at `moment`, in the eyes of the unit."""
    begun = Q(valid_from=None) | Q(valid_from__lte=moment)
    return Expertise.objects.filter(begun, Q(valid_until=None) | Q(valid_until__gt=moment), unit=unit_id)


def teams(actor: Actor, schedule_ids: Iterable[int], moment: datetime) -> dict[int, tuple[int, ...]]:
    """Everybody who takes turns in each of the schedules at `moment` (aware) and is not away then."""
    members = (
        _places(schedule_ids, moment)
        .exclude(person__leave__starts_at__lte=moment, person__leave__ends_at__gt=moment)
        .order_by("position", "pk")
        .values_list("rotation__layer__schedule", "person")
    )
    found: dict[int, dict[int, None]] = {}
    for schedule, person in members:
        found.setdefault(schedule, {})[person] = None
    return {schedule: tuple(people) for schedule, people in found.items()}


def members(actor: Actor, schedule_id: int, moment: datetime) -> set[int]:
    """Everybody who takes turns in the schedule at `moment` (aware), also who is away then."""
    return set(_places([schedule_id], moment).values_list("person", flat=True))


def _places(schedule_ids: Iterable[int], moment: datetime) -> QuerySet[RotationMember]:
    """The places in the rotations that are in force at `moment`."""
    current = Rotation.objects.filter(layer=OuterRef("rotation__layer"), effective_from__lte=moment)
    return RotationMember.objects.filter(rotation__layer__schedule__in=list(schedule_ids)).filter(
        rotation=Subquery(current.order_by("-effective_from").values("pk")[:1])
    )


def next_on(actor: Actor, schedule_ids: Iterable[int], moment: datetime) -> dict[int, Stretch]:
    """Who comes on next after those at `moment` (aware), by schedule id; absent where nobody does within a year."""
    found = plans.load_plans(schedule_ids, moment, moment + LOOKS[-1])
    answers = {key: next_on_call(plan, moment) for key, plan in found.items()}
    return {key: stretch for key, stretch in answers.items() if stretch}


def final_schedules(
    actor: Actor, schedule_ids: Iterable[int], start: datetime, end: datetime
) -> dict[int, list[Stretch]]:
    """The final schedule from `start` up to `end` (aware), by schedule id: everything that is shown or counted."""
    found = plans.load_plans(schedule_ids, start, end)
    return {key: final_schedule(plan, start, end) for key, plan in found.items()}


def held_schedules(
    actor: Actor, schedules: Mapping[int, Schedule], start: datetime, end: datetime
) -> dict[int, list[Stretch]]:
    """The final schedules as incidents find them, by schedule id: what all who ask for gaps ask.

    Whoever may not work on incidents of the schedule's unit, and never could, is on for nothing from now on, and the
    next layer decides. The same few queries for any number of schedules.
    """
    now = clock.now()
    found = plans.load_plans(schedules, start, end)
    finals = {key: final_schedule(plan, start, end) for key, plan in found.items()}
    away: dict[int, set[int]] = {key: set() for key in finals}
    short = list(finals)
    while short:
        on = {key: {person for each in finals[key] if each.ends_at > now for person in each.people} for key in short}
        # With whom it begins or ends, the plan says when.
        asked = {key: people - found[key].work.keys() for key, people in on.items()}
        pairs = {(person, schedules[key].unit_id) for key, people in asked.items() for person in people}
        degrees = able(pairs, now)
        unable = {
            key: {person for person in people if degrees[person, schedules[key].unit_id] < Able.WORK} - away[key]
            for key, people in asked.items()
        }
        short = [key for key, people in unable.items() if people]
        for key in short:
            away[key] |= unable[key]
            finals[key] = final_schedule(found[key].without(away[key], now, FOREVER), start, end)
    return finals


def shifts(actor: Actor, schedule_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, list[Shift]]:
    """All shifts from `start` up to `end` (aware), person by person, by schedule id."""
    return {key: shifts_of(stretches) for key, stretches in final_schedules(actor, schedule_ids, start, end).items()}


def schedules_of(actor: Actor, person_id: int) -> QuerySet[Schedule]:
    """The schedules that a person has a place in, as far as `actor` may see them."""
    return schedules_with(actor, [person_id])


def schedules_with(actor: Actor, person_ids: Iterable[int]) -> QuerySet[Schedule]:
    """The schedules that any of these people has a place in, as far as `actor` may see them."""
    people = set(person_ids)
    places = (
        Q(layers__rotations__members__person__in=people)
        | Q(layers__fixed_shifts__person__in=people)
        | Q(overrides__person__in=people)
    )
    return schedules(actor).filter(pk__in=Schedule.objects.filter(places).values("pk"))


def shifts_of_person(actor: Actor, person_id: int, start: datetime, end: datetime) -> dict[int, list[Shift]]:
    """A person's shifts from `start` up to `end` (aware), by schedule id."""
    ids = list(schedules_of(actor, person_id).values_list("pk", flat=True))
    found = shifts(actor, ids, start, end) if ids else {}
    mine = {key: [each for each in every if each.person == person_id] for key, every in found.items()}
    return {key: every for key, every in mine.items() if every}


def plan_for(actor: Actor, schedule_id: int, start: datetime, end: datetime) -> Plan:
    """The plan of one schedule, with what matters from `start` up to `end`. Raises `NotFound`."""
    try:
        return plans.load_plans([schedule_id], start, end)[schedule_id]
    except KeyError:
        raise NotFound("schedule") from None


with_plan = plans.with_plan
"""What a query set of schedules has to prefetch for `on_call_of` and `next_of`."""


def on_call_of(schedule: Schedule, moment: datetime) -> OnCall | None:
    """Who is on at `moment` (aware), of a schedule read `with_plan`; None for nobody."""
    plan, people = plans.plan_of(_planned(schedule, moment))
    stretch = stretch_at(plan, moment)
    return _named(stretch, people, moment) if stretch.people else None


def short_of(schedule: Schedule, moment: datetime) -> list[tuple[Person, datetime, datetime]]:
    """Who stands in a schedule read `with_plan`, and from when until when they lack what it demands, `moment` or later.

    The earliest first; `EVER` and `FOREVER` where it has no beginning or end.
    """
    plan, people = plans.plan_of(_planned(schedule, moment))
    found = [(people[key], *span) for key, spans in plan.lacks.items() for span in spans if span[1] > moment]
    return sorted(found, key=lambda each: (each[1], each[0].name))


def unable_of(schedule: Schedule, moment: datetime) -> list[Person]:
    """Who stands in a schedule read `with_plan` and could never work on incidents of its unit, as `moment` has it.

    They are on by the plan, and for nothing where incidents ask.
    """
    plan, people = plans.plan_of(_planned(schedule, moment))
    degrees = able({(key, schedule.unit_id) for key in people if key not in plan.work}, moment)
    unable = [people[key] for (key, _), degree in degrees.items() if degree < Able.WORK and people[key].is_active]
    return sorted(unable, key=lambda each: (each.name, each.pk))


def next_of(schedule: Schedule, moment: datetime) -> OnCall | None:
    """Who comes on next after `moment` (aware), of a schedule read `with_plan`."""
    plan, people = plans.plan_of(_planned(schedule, moment))
    stretch = next_on_call(plan, moment)
    return _named(stretch, people, moment) if stretch else None


def _planned(schedule: Schedule, moment: datetime) -> Schedule:
    if not hasattr(schedule, "plan_layers"):
        prefetch_related_objects([schedule], *with_plan(moment))
    return schedule


def _named(stretch: Stretch, people: Mapping[int, Person], moment: datetime) -> OnCall:
    look = LOOKS[-1]
    return OnCall(
        primary=tuple(people[each] for each in stretch.primary),
        secondary=tuple(people[each] for each in stretch.secondary),
        since=None if stretch.starts_at <= moment - look else stretch.starts_at,
        until=None if stretch.ends_at >= moment + look else stretch.ends_at,
        is_needed=stretch.is_needed,
    )
