"""From rows to the plans that `hub.oncall.shifts` calculates with: the only reader of rotations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any, Final, TypeAlias

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import F, Model, Prefetch, Q, QuerySet, Value, Window
from django.db.models.functions import Lead

from hub.lib import clock, week
from hub.oncall import rotations as turns
from hub.oncall import shifts
from hub.oncall.expertise import lacking_in, lacking_in_layer, lacking_of_stand_in, lacking_times
from hub.oncall.models import (
    FixedShift,
    Layer,
    Leave,
    Override,
    Period,
    PlannedGap,
    Rotation,
    RotationMember,
    Schedule,
)
from hub.oncall.shifts import LOOKS, Duty, Plan, Substitution
from hub.oncall.work import FOREVER, Times, times_in, work_in_layer, work_of_stand_in, work_times
from tenants.models import Person

MINUTES: Final = {Period.HOURS: 60, Period.DAYS: week.DAY, Period.WEEKS: week.WEEK}
ASKED_WITHIN: Final = timedelta(minutes=1)
"""A question about now takes its moment before it is answered: whoever has left is away for all who ask by then."""

Place: TypeAlias = tuple[int, int]
"""A position in a rotation and the person who is in it; several share one."""


def load_plans(schedule_ids: Iterable[int], start: datetime, end: datetime) -> dict[int, Plan]:
    """The plans of the schedules that the transaction's person sees, with what matters from `start` up to `end`.

    The same few queries for any number of schedules.
    """
    # As one value: of a list Django would look at each of a thousand keys, for each of the queries.
    ids = Value(list(set(schedule_ids)))
    rows = Schedule.objects.filter(pk__any_of=ids).order_by()
    found = rows.values_list("pk", "time_zone", "hours", "unit_id", "expertise", "demands", named=True)
    schedules = {each.pk: each for each in found}
    in_force = _with_layer(Rotation, ids).order_by("layer_id", "effective_from")
    rotations = list(_matters(in_force, start, end).values_list(*_ROTATION, named=True))
    places_of = _places_of([each.pk for each in rotations])
    fixed = list(
        _touching(_with_layer(FixedShift, ids), start, end)
        .order_by("starts_at", "pk")
        .values_list(*_LAYER, "person_id", "starts_at", "ends_at", named=True)
    )
    overrides = list(
        _touching(Override.objects.filter(schedule__any_of=ids), start, end)
        .order_by("pk")
        .values_list("schedule_id", "person_id", "starts_at", "ends_at", "duty", "replaces_id", named=True)
    )
    gaps = _touching(PlannedGap.objects.filter(schedule__any_of=ids), start, end).values_list(
        "schedule_id", "starts_at", "ends_at", named=True
    )
    everybody = {person for places in places_of.values() for _, person in places}
    everybody |= {each.person_id for each in (*fixed, *overrides)}
    times, gone = work_times(everybody, {each.unit_id for each in schedules.values()})
    leave = _leave_of(everybody, gone, start, end)

    # A layer in which nothing matters between the two moments says nothing.
    layers_of: dict[int, dict[int, Any]] = defaultdict(dict)
    for each in (*rotations, *fixed):
        layers_of[each.schedule_id][each.layer_id] = each
    rotations_of, fixed_of = _grouped(rotations, "layer_id"), _grouped(fixed, "layer_id")
    overrides_of, gaps_of = _grouped(overrides, "schedule_id"), _grouped(gaps, "schedule_id")
    plans: dict[int, Plan] = {}
    held_to: dict[int, set[int]] = {}
    for key, schedule in schedules.items():
        layers = []
        people: set[int] = set()
        for layer_id, layer in layers_of.get(key, {}).items():
            versions = []
            for rotation in rotations_of.get(layer_id, ()):
                places = places_of.get(rotation.pk, ())
                people.update(person for _, person in places)
                versions.append(rotation_of(rotation, places))
            fixed_here = fixed_of.get(layer_id, ())
            people.update(each.person_id for each in fixed_here)
            layers.append(layer_of(layer, versions, fixed_here))
        stand_ins = overrides_of.get(key, ())
        people.update(each.person_id for each in stand_ins)
        away = {person: leave[person] for person in leave.keys() & people}
        here = times.get(schedule.unit_id)
        work = {person: here[person] for person in here.keys() & people} if here else {}
        plans[key] = _plan(schedule, layers, stand_ins, gaps_of.get(key, ()), away, work=work)
        if schedule.expertise or schedule.demands:
            held_to[key] = people
    lacks = lacking_times((key, person) for key, each in held_to.items() for person in each)
    return plans | {key: replace(plans[key], lacks=each) for key, each in lacks.items()}


def with_plan(moment: datetime) -> list[Prefetch[str]]:
    """What a query set of schedules prefetches for `plan_of`, around `moment`: for lists that GraphQL optimises."""
    start, end = moment - LOOKS[-1], moment + LOOKS[-1]
    leave = Prefetch("leave", _touching(Leave.objects.all(), start, end), to_attr="plan_leave")
    people = Prefetch("person", Person.objects.prefetch_related(leave))
    members = RotationMember.objects.order_by("position", "pk").prefetch_related(people)
    rotations = Rotation.objects.order_by("effective_from").prefetch_related(
        Prefetch("members", members, to_attr="plan_members")
    )
    fixed = _touching(FixedShift.objects.order_by("starts_at", "pk"), start, end).prefetch_related(people)
    layers = Layer.objects.order_by("pk").annotate(plan_work=work_in_layer(), plan_lacks=lacking_in_layer())
    layers = layers.prefetch_related(
        Prefetch("rotations", rotations, to_attr="plan_rotations"),
        Prefetch("fixed_shifts", fixed, to_attr="plan_fixed"),
    )
    stand_ins = Override.objects.order_by("pk").annotate(plan_work=work_of_stand_in(), plan_lacks=lacking_of_stand_in())
    overrides = _touching(stand_ins, start, end).prefetch_related(people)
    gaps = _touching(PlannedGap.objects.all(), start, end)
    return [
        Prefetch("layers", layers, to_attr="plan_layers"),
        Prefetch("overrides", overrides, to_attr="plan_overrides"),
        Prefetch("planned_gaps", gaps, to_attr="plan_gaps"),
    ]


def plan_of(schedule: Any) -> tuple[Plan, dict[int, Person]]:
    """The plan of a schedule that was read `with_plan`, and the people in it."""
    people: dict[int, Person] = {}
    layers = []
    for layer in schedule.plan_layers:
        people |= {each.person_id: each.person for each in layer.plan_fixed}
        people |= {each.person_id: each.person for rotation in layer.plan_rotations for each in rotation.plan_members}
        versions = [rotation_of(rotation, places_in(rotation.plan_members)) for rotation in layer.plan_rotations]
        layers.append(layer_of(layer, versions, layer.plan_fixed))
    people |= {each.person_id: each.person for each in schedule.plan_overrides}
    away: dict[int, list[shifts.Span]] = {}
    for key, person in people.items():
        spans = [(each.starts_at, each.ends_at) for each in getattr(person, "plan_leave", ())]
        if not person.is_active:
            spans.append(_gone())
        if spans:
            away[key] = spans
    annotated = (*schedule.plan_layers, *schedule.plan_overrides)
    plan = _plan(schedule, layers, schedule.plan_overrides, schedule.plan_gaps, away, work=times_in(annotated))
    return replace(plan, lacks=lacking_in(annotated)), people


def places_in(members: Iterable[Any]) -> list[Place]:
    """The places of a rotation's members."""
    return [(each.position, each.person_id) for each in members]


def rotation_of(row: Any, places: Iterable[Place]) -> turns.Rotation:
    """The arithmetic of a rotation's row and the places in it, by position."""
    hand_overs: tuple[int, ...] = (0,)
    if row.period == Period.WEEKS and row.hand_over_days:
        first = row.starts_on.isoweekday()
        hand_overs = tuple(sorted({(day - first) % 7 * week.DAY for day in (first, *row.hand_over_days)}))
    return turns.Rotation(
        groups=[tuple([person for _, person in together]) for _, together in groupby(places, itemgetter(0))],
        first=datetime.combine(row.starts_on, row.hands_over_at),
        cycle=row.length * MINUTES[Period(row.period)],
        zone=row.time_zone,
        effective_from=row.effective_from,
        hand_overs=hand_overs,
        windows=windows_of(row.hours),
    )


def layer_of(row: Any, rotations: Sequence[turns.Rotation], fixed: Iterable[Any]) -> shifts.Layer:
    return shifts.Layer(
        duty=Duty(row.duty),
        priority=row.priority,
        rotations=rotations,
        fixed=[turns.Segment(each.starts_at, each.ends_at, (each.person_id,)) for each in fixed],
    )


def next_hand_over(layer: Layer) -> datetime:
    """When the layer's rotation hands over next; now for one in which nobody takes turns."""
    now = clock.now()
    row = layer.rotations.filter(effective_from__lte=now).prefetch_related("members").last()
    if row is None:
        return now
    rotation = rotation_of(row, places_in(row.members.all()))
    cadence = rotation.cadence
    return cadence.hand_over(max(cadence.number_at(now) + 1, 0)) if rotation.groups else now


def windows_of(hours: Iterable[Sequence[int]]) -> tuple[turns.Window, ...]:
    return tuple(turns.Window(start, end) for start, end in hours)


_LAYER: Final = ("layer_id", "schedule_id", "duty", "priority")
_ROTATION: Final = (
    "pk",
    *_LAYER,
    "effective_from",
    "time_zone",
    "starts_on",
    "hands_over_at",
    "period",
    "length",
    "hand_over_days",
    "hours",
)


def _plan(
    schedule: Any,
    layers: Sequence[shifts.Layer],
    overrides: Iterable[Any],
    gaps: Iterable[Any],
    away: Mapping[int, Sequence[shifts.Span]],
    *,
    work: Times,
) -> Plan:
    return Plan(
        layers=layers,
        substitutions=[
            Substitution(each.person_id, each.starts_at, each.ends_at, Duty(each.duty), each.replaces_id)
            for each in overrides
        ],
        gaps=[(each.starts_at, each.ends_at) for each in gaps],
        leave=away,
        work=work,
        hours=windows_of(schedule.hours),
        zone=schedule.time_zone,
    )


def _with_layer(model: type[Model], ids: Value) -> QuerySet[Any]:
    """What stands in the layers of these schedules, with what their plans say of the layer."""
    rows: QuerySet[Any] = model._default_manager.filter(layer__schedule__any_of=ids).annotate(
        schedule_id=F("layer__schedule_id"), duty=F("layer__duty"), priority=F("layer__priority")
    )
    return rows


def _matters(rotations: QuerySet[Rotation], start: datetime, end: datetime) -> QuerySet[Rotation]:
    """Without rotations that are no longer, or not yet, in force between the two moments."""
    following = Window(Lead("effective_from"), partition_by=F("layer_id"), order_by="effective_from")
    return rotations.annotate(following=following).filter(
        Q(following=None) | Q(following__gt=start), effective_from__lt=end
    )


def _places_of(rotation_ids: list[int]) -> dict[int, list[Place]]:
    """The places of each rotation, in their order."""
    order = ("position", "pk")
    rows = (
        RotationMember.objects.filter(rotation__any_of=Value(rotation_ids))
        .order_by()
        .values("rotation_id")
        .annotate(positions=ArrayAgg("position", order_by=order), people=ArrayAgg("person_id", order_by=order))
        .values_list("rotation_id", "positions", "people")
    )
    return {rotation: list(zip(positions, people, strict=True)) for rotation, positions, people in rows}


def _touching(rows: QuerySet[Any], start: datetime, end: datetime) -> QuerySet[Any]:
    return rows.filter(starts_at__lt=end, ends_at__gt=start)


def _leave_of(
    people: Collection[int], gone: Iterable[int], start: datetime, end: datetime
) -> dict[int, list[shifts.Span]]:
    leave: dict[int, list[shifts.Span]] = defaultdict(list)
    rows = _touching(Leave.objects.filter(person__any_of=Value(list(people))), start, end)
    for person, starts_at, ends_at in rows.order_by().values_list("person_id", "starts_at", "ends_at"):
        leave[person].append((starts_at, ends_at))
    for person in gone:
        leave[person].append(_gone())
    return dict(leave)


def _gone() -> shifts.Span:
    """Whoever has left is on call for nothing from now on; what was stays as it was."""
    return clock.now() - ASKED_WITHIN, FOREVER


def _grouped(rows: Iterable[Any], by: str) -> dict[int, list[Any]]:
    groups: dict[int, list[Any]] = defaultdict(list)
    key_of = attrgetter(by)
    for row in rows:
        groups[key_of(row)].append(row)
    return groups
