"""Schedules themselves, and who is able to do what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.zones import checked_zone
from hub.oncall.actions.writing import changed, keys, line, on_duty, schedule_for_writing, told
from hub.oncall.hours import WeekSpan, minutes_of
from hub.oncall.models import Expertise, Schedule, WhenNobody
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import require_keeper


def create_schedule(
    *,
    actor: Actor,
    unit_id: int,
    name: str,
    slug: str = "",
    time_zone_name: str = "",
    hours: Sequence[WeekSpan] = (),
    needs_secondary: bool = False,
    when_nobody: WhenNobody = WhenNobody.FALL_THROUGH,
    calendars_decide_at_once: bool = False,
    expertise: Iterable[str] = (),
) -> Schedule:
    """Make a schedule that nobody is on yet.

    Args:
        slug: its short name in the unit; made from its name if left out.
        time_zone_name: by IANA name; the unit's if left out.
        hours: when somebody has to be on; always if left out.
        calendars_decide_at_once: whether a calendar that is read at its address may change who is on at that moment.

    Raises `NotFound` for the unit, `Forbidden`, `Invalid`, `Conflict` for a short name that is taken.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        named = line(name, "name", longest=100)
        schedule = Schedule(
            unit=unit,
            name=named,
            slug=slug or slugify(named)[:60],
            time_zone=checked_zone(time_zone_name or unit.time_zone, "timeZone"),
            hours=minutes_of(hours, "hours"),
            needs_secondary=needs_secondary,
            when_nobody=when_nobody,
            calendars_decide_at_once=calendars_decide_at_once,
            expertise=keys(expertise, "expertise"),
        )
        if slugify(schedule.slug) != schedule.slug or not 0 < len(schedule.slug) <= 60:
            raise Invalid("A short name has small letters, digits and dashes: payments-nights.", path=["slug"])
        try:
            with transaction.atomic():
                schedule.save(force_insert=True)
        except IntegrityError:
            raise Conflict(f"{unit} has a schedule called {schedule.slug} already.", path=["slug"]) from None
        changed(actor, schedule, "create_schedule", schedule, {"name": [None, schedule.name]})
        return schedule


def update_schedule(
    *,
    actor: Actor,
    schedule_id: int,
    name: str | None = None,
    time_zone_name: str | None = None,
    hours: Sequence[WeekSpan] | None = None,
    needs_secondary: bool | None = None,
    when_nobody: WhenNobody | None = None,
    calendars_decide_at_once: bool | None = None,
    expertise: Iterable[str] | None = None,
) -> Schedule:
    """Change what a schedule asks for; None leaves a value as it is. Who is on stays the same: that is its layers'.

    Raises `NotFound`, `Forbidden`, `Invalid`. Locks the schedule.
    """
    with acting_as(actor):
        schedule = schedule_for_writing(actor, schedule_id)
        given = {
            "name": line(name, "name", longest=100) if name is not None else None,
            "time_zone": checked_zone(time_zone_name, "timeZone") if time_zone_name is not None else None,
            "hours": minutes_of(hours, "hours") if hours is not None else None,
            "needs_secondary": needs_secondary,
            "when_nobody": when_nobody,
            "calendars_decide_at_once": calendars_decide_at_once,
            "expertise": keys(expertise, "expertise") if expertise is not None else None,
        }
        change = {}
        for field, value in given.items():
            if value is not None and value != getattr(schedule, field):
                change[field] = [getattr(schedule, field), value]
                setattr(schedule, field, value)
        if change:
            schedule.save(update_fields=list(change))
            changed(actor, schedule, "update_schedule", schedule, change)
        return schedule


def certify_expertise(
    *, actor: Actor, unit_id: int, person_id: int, key: str, valid_until: datetime | None = None
) -> Expertise:
    """Say that a person is able to do something, until a moment (aware) or for good. What was said before is replaced.

    Raises `NotFound` for the unit or person, `Forbidden`, `Invalid`.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        person = on_duty(actor, person_id, "personId")
        (checked,) = keys([key], "key")
        if valid_until is not None and valid_until <= clock.now():
            raise Invalid("That is over already.", path=["validUntil"])
        held, _ = Expertise.objects.update_or_create(
            person=person, unit=unit, key=checked, defaults={"valid_until": valid_until}
        )
        audit.record(
            actor=actor,
            verb="certify_expertise",
            obj=held,
            unit_id=unit.pk,
            change={"person": [None, person.pk], "key": [None, checked], "valid_until": [None, told(valid_until)]},
        )
        return held


def revoke_expertise(*, actor: Actor, expertise_id: int) -> Expertise:
    """Say that a person is no longer able to do something. Raises `NotFound`, `Forbidden`."""
    with acting_as(actor):
        held = Expertise.objects.select_related("person", "unit").filter(pk=expertise_id).first()
        if held is None:
            raise NotFound("expertise")
        require_keeper(actor, held.unit_id, f"Only people who administer {held.unit} can say so.")
        audit.record(
            actor=actor,
            verb="revoke_expertise",
            obj=held,
            unit_id=held.unit_id,
            change={"person": [held.person_id, None], "key": [held.key, None]},
        )
        Expertise.objects.filter(pk=held.pk).delete()
        return held


def _unit(actor: Actor, unit_id: int) -> BusinessUnit:
    unit = tenants.unit_for(actor, unit_id)
    require_keeper(
        actor,
        unit.pk,
        f"Only people who lead or administer {unit} can change its schedules.",
    )
    return unit
