"""Layers and their rotations. An edit is in force from a moment on, and changes who is on now only if it says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.zones import checked_zone
from hub.oncall import access
from hub.oncall.actions.writing import (
    changed,
    check_able,
    check_moment,
    check_now,
    line,
    on_duty,
    on_now,
    schedule_for_writing,
    told,
)
from hub.oncall.hours import WeekSpan, minutes_of
from hub.oncall.models import Layer, Period, Rotation, RotationMember, Schedule
from hub.oncall.plans import next_hand_over
from hub.oncall.shifts import LOOKS, Duty, stretch_at
from tenants import access as tenants
from tenants.models import Person

MOST_TURNS: Final = 100
MOST_TOGETHER: Final = 10
LONGEST_TURN: Final = {Period.HOURS: 744, Period.DAYS: 366, Period.WEEKS: 52}


@dataclass(frozen=True, kw_only=True)
class Turns:
    """Who takes turns, and how.

    Attributes:
        groups: people by id, those of a turn together, in their order from the first hand-over on.
        starts_on, hands_over_at: the local date and time of the first hand-over.
        period, length: how long a turn is.
        hand_over_days: for weeks, further days of the week to hand over on, 1 for Monday.
        hours: when somebody is on; always if empty.
        time_zone: by IANA name; the schedule's if empty.
    """

    groups: Sequence[Sequence[int]]
    starts_on: date
    hands_over_at: time = time(9)
    period: Period = Period.WEEKS
    length: int = 1
    hand_over_days: Sequence[int] = ()
    hours: Sequence[WeekSpan] = field(default=())
    time_zone: str = ""


def add_layer(
    *,
    actor: Actor,
    schedule_id: int,
    name: str,
    turns: Turns,
    duty: Duty = Duty.PRIMARY,
    priority: int | None = None,
    effective_from: datetime | None = None,
    changes_who_is_on_now: bool = False,
) -> Layer:
    """Put a layer into a schedule.

    Args:
        priority: its height among the duty's layers, from 0; above them all if left out.
        effective_from: from when on (aware). If left out: at once where nobody is on for the schedule or where it is
            asked for, and otherwise when those who are on now next hand over.
        changes_who_is_on_now: without it an edit that would change that is refused.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` for a height that is taken, or where somebody else would
    be on now. Locks the schedule.
    """
    with acting_as(actor):
        schedule = schedule_for_writing(actor, schedule_id)
        highest = schedule.layers.filter(duty=duty).aggregate(highest=Max("priority"))["highest"]
        if priority is None:
            priority = 0 if highest is None else highest + 1
        if not 0 <= priority <= 1000:
            raise Invalid("The height of a layer is a number from 0 to 1000.", path=["priority"])
        before = on_now(actor, schedule)
        if effective_from is None:
            effective_from = _next_change(actor, schedule, at_once=changes_who_is_on_now or not any(before))
        layer = Layer(
            schedule=schedule,
            unit_id=schedule.unit_id,
            name=line(name, "name", longest=100),
            duty=duty,
            priority=priority,
        )
        try:
            with transaction.atomic():
                layer.save(force_insert=True)
        except IntegrityError:
            raise Conflict(f"There is a {duty} layer of height {priority} already.", path=["priority"]) from None
        rotation = _write_rotation(actor, schedule, layer, turns, effective_from)
        check_now(actor, schedule, before, effective_from, asked=changes_who_is_on_now)
        changed(actor, schedule, "add_layer", layer, _facts(rotation, turns))
        return layer


def set_rotation(
    *,
    actor: Actor,
    layer_id: int,
    turns: Turns,
    effective_from: datetime | None = None,
    changes_who_is_on_now: bool = False,
) -> Rotation:
    """Give a layer another rotation, from a moment on; the arguments are as those of `add_layer`.

    If no moment is given, the layer's own next hand-over is it. A rotation that was planned for the same moment is
    replaced; planned ones of other moments stay.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` where somebody else would be on now. Locks the schedule.
    """
    with acting_as(actor):
        layer, schedule = _layer_for_writing(actor, layer_id)
        before = on_now(actor, schedule)
        if effective_from is None:
            effective_from = clock.now() if changes_who_is_on_now else next_hand_over(layer)
        rotation = _write_rotation(actor, schedule, layer, turns, effective_from)
        check_now(actor, schedule, before, effective_from, asked=changes_who_is_on_now)
        changed(actor, schedule, "set_rotation", rotation, _facts(rotation, turns))
        return rotation


def end_layer(
    *,
    actor: Actor,
    layer_id: int,
    effective_from: datetime | None = None,
    changes_who_is_on_now: bool = False,
) -> Layer:
    """Let nobody take turns in a layer from a moment on; what was planned for later there is given up.

    The arguments and errors are as those of `set_rotation`. Locks the schedule.
    """
    with acting_as(actor):
        layer, schedule = _layer_for_writing(actor, layer_id)
        before = on_now(actor, schedule)
        moment = effective_from or (clock.now() if changes_who_is_on_now else next_hand_over(layer))
        check_moment(moment)
        layer.rotations.filter(effective_from__gte=moment).delete()
        last = layer.rotations.last()
        rotation = Rotation.objects.create(
            layer=layer,
            unit_id=layer.unit_id,
            effective_from=moment,
            time_zone=last.time_zone if last else schedule.time_zone,
            starts_on=moment.date(),
            created_by_id=actor.person_id,
            created_at=clock.now(),
        )
        layer.fixed_shifts.filter(starts_at__gte=moment).delete()
        layer.fixed_shifts.filter(ends_at__gt=moment).update(ends_at=moment)
        check_now(actor, schedule, before, moment, asked=changes_who_is_on_now)
        changed(actor, schedule, "end_layer", layer, {"effective_from": [None, told(rotation.effective_from)]})
        return layer


def _layer_for_writing(actor: Actor, layer_id: int) -> tuple[Layer, Schedule]:
    layer = access.layer_for(actor, layer_id)
    return layer, schedule_for_writing(actor, layer.schedule_id)


def _write_rotation(actor: Actor, schedule: Schedule, layer: Layer, turns: Turns, effective_from: datetime) -> Rotation:
    check_moment(effective_from)
    _check_length(turns)
    people = _people(actor, schedule, turns, effective_from)
    rotation = Rotation(
        layer=layer,
        unit_id=layer.unit_id,
        effective_from=effective_from,
        time_zone=checked_zone(turns.time_zone or schedule.time_zone, "timeZone"),
        starts_on=turns.starts_on,
        hands_over_at=turns.hands_over_at,
        period=turns.period,
        length=turns.length,
        hand_over_days=sorted(set(turns.hand_over_days)),
        hours=minutes_of(turns.hours, "hours"),
        created_by_id=actor.person_id,
        created_at=clock.now(),
    )
    layer.rotations.filter(effective_from=effective_from).delete()
    rotation.save(force_insert=True)
    RotationMember.objects.bulk_create(
        RotationMember(rotation=rotation, unit_id=layer.unit_id, position=position, person=people[person])
        for position, group in enumerate(turns.groups)
        for person in group
    )
    return rotation


def _people(actor: Actor, schedule: Schedule, turns: Turns, moment: datetime) -> dict[int, Person]:
    if not turns.groups or not all(turns.groups):
        raise Invalid("Every turn needs somebody.", path=["turns"])
    if len(turns.groups) > MOST_TURNS or max(len(group) for group in turns.groups) > MOST_TOGETHER:
        raise Invalid(f"At most {MOST_TURNS} turns, of at most {MOST_TOGETHER} people each.", path=["turns"])
    if any(len(set(group)) < len(group) for group in turns.groups):
        raise Invalid("Somebody stands twice in the same turn.", path=["turns"])
    wanted = dict.fromkeys(person for group in turns.groups for person in group)
    found = {person.pk: person for person in tenants.people(actor, wanted)}
    for key in wanted:
        if key not in found or not found[key].is_active:
            raise NotFound("person", path=["turns"])
        if found[key].is_service:
            on_duty(actor, key, "turns")
    check_able(schedule, [found[key] for key in wanted], moment, "turns")
    return found


def _check_length(turns: Turns) -> None:
    longest = LONGEST_TURN[turns.period]
    if not 1 <= turns.length <= longest:
        raise Invalid(f"A turn lasts 1 to {longest} {turns.period.label.lower()}.", path=["length"])
    if turns.hand_over_days and turns.period is not Period.WEEKS:
        raise Invalid("Only turns of weeks hand over on days of the week.", path=["handOverDays"])
    if not all(1 <= day <= 7 for day in turns.hand_over_days):
        raise Invalid("Days of the week are 1 for Monday to 7 for Sunday.", path=["handOverDays"])
    if turns.hands_over_at.second or turns.hands_over_at.microsecond or turns.hands_over_at.tzinfo:
        raise Invalid("Hand-overs are at whole minutes of the local time: 09:00.", path=["handsOverAt"])
    if not 2000 <= turns.starts_on.year <= 2200:
        raise Invalid("The first hand-over lies too far away.", path=["startsOn"])


def _next_change(actor: Actor, schedule: Schedule, *, at_once: bool) -> datetime:
    now = clock.now()
    if at_once:
        return now
    plan = access.plan_for(actor, schedule.pk, now - LOOKS[-1], now + LOOKS[-1])
    until = stretch_at(plan, now).ends_at
    if until >= now + LOOKS[-1]:
        raise Conflict(
            "Those who are on now never hand over: say from when it shall be in force.", path=["effectiveFrom"]
        )
    return until


def _facts(rotation: Rotation, turns: Turns) -> dict[str, Any]:
    return {
        "effective_from": [None, told(rotation.effective_from)],
        "turns": [None, [list(group) for group in turns.groups]],
        "length": [None, f"{turns.length} {turns.period}"],
    }
