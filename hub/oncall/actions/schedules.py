"""Schedules themselves, and who is able to do what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils.text import slugify

from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.zones import checked_zone
from hub.oncall.actions.writing import (
    ahead,
    changed,
    check_moment,
    check_now,
    keys,
    line,
    on_duty,
    on_now,
    schedule_for_writing,
    told,
)
from hub.oncall.expertise import demand
from hub.oncall.hours import WeekSpan, minutes_of
from hub.oncall.models import Expertise, Schedule, WhenNobody
from hub.oncall.shifts import freed_at
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
    expertise_from: datetime | None = None,
    changes_who_is_on_now: bool = False,
) -> Schedule:
    """Change what a schedule asks for; None leaves a value as it is.

    Args:
        expertise: what everybody on must be able to do; whoever lacks something of it is on no longer from then on.
        expertise_from: from when on (aware). If left out: at once where that takes nobody off who is on or where it is
            asked for, and otherwise once those whom it takes off have finished their shift.
        changes_who_is_on_now: without it a demand that would change that is refused.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` where somebody would be on no longer. Locks the schedule.
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
        }
        change = {}
        for field, value in given.items():
            if value is not None and value != getattr(schedule, field):
                change[field] = [getattr(schedule, field), value]
                setattr(schedule, field, value)
        if change:
            schedule.save(update_fields=list(change))
        if expertise is not None:
            demanded = keys(expertise, "expertise")
            change |= _demanded(actor, schedule, demanded, expertise_from, asked=changes_who_is_on_now)
        elif expertise_from is not None:
            raise Invalid("Say what is demanded from then on.", path=["expertise"])
        if change:
            changed(actor, schedule, "update_schedule", schedule, change)
        return schedule


def _demanded(
    actor: Actor, schedule: Schedule, demanded: list[str], since: datetime | None, *, asked: bool
) -> dict[str, list[Any]]:
    """Let the schedule demand this from a moment on; what that changes. Raises as `update_schedule` does."""
    former, versions = schedule.expertise, schedule.demands
    if demanded == former and since is None:
        return {}
    now = clock.now()
    if since is not None:
        check_moment(since, "expertiseFrom")
        on = on_now(actor, schedule)
        _write_demand(schedule, demanded, since)
        check_now(actor, schedule, on, since, asked=asked, field="expertiseFrom")
    else:
        before = ahead(actor, schedule, now)
        _write_demand(schedule, demanded, now)
        since = None if asked else freed_at(before, ahead(actor, schedule, now))
        if since is not None:
            schedule.expertise, schedule.demands = former, versions
            _write_demand(schedule, demanded, since)
    return {"expertise": [former, demanded], "expertise_from": [None, told(since or now)]}


def _write_demand(schedule: Schedule, demanded: list[str], since: datetime) -> None:
    demand(schedule, demanded, since)
    schedule.save(update_fields=["expertise", "demands"])


def certify_expertise(
    *, actor: Actor, unit_id: int, person_id: int, key: str, valid_until: datetime | None = None
) -> Expertise:
    """Say that a person is able to do something, from now on, until a moment (aware) or for good.

    For who is so already, the moment takes the place of the one that was said before; one who was to become so later
    is so from now on.

    Raises `NotFound` for the unit or person, `Forbidden`, `Invalid`. Holds what the person is able to do.
    """
    with acting_as(actor):
        unit = _unit(actor, unit_id)
        person = on_duty(actor, person_id, "personId")
        (checked,) = keys([key], "key")
        now = clock.now()
        if valid_until is not None and valid_until <= now:
            raise Invalid("That is over already.", path=["validUntil"])
        # There may be no row to lock yet, and two at once would each write one.
        hold("expertise", person.pk)
        who = {"person": person, "unit": unit, "key": checked}
        ahead_of_now = Expertise.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), **who)
        held, *later = ahead_of_now.order_by(F("valid_from").asc(nulls_first=True)) or (
            Expertise(valid_from=now, **who),
        )
        for each in later:
            if valid_until is None or each.valid_from is None or each.valid_from < valid_until:
                each.delete()
        if held.valid_from is not None:
            held.valid_from = min(held.valid_from, now)
        held.valid_until = valid_until
        held.save()
        audit.record(
            actor=actor,
            verb="certify_expertise",
            obj=held,
            unit_id=unit.pk,
            change={"person": [None, person.pk], "key": [None, checked], "valid_until": [None, told(valid_until)]},
        )
        return held


def revoke_expertise(*, actor: Actor, expertise_id: int) -> Expertise:
    """Say that a person is no longer able to do something, from now on. Raises `NotFound`, `Forbidden`, and `Conflict`
    for what is over. Holds what the person is able to do.
    """
    with acting_as(actor):
        known = Expertise.objects.select_related("person", "unit").filter(pk=expertise_id)
        held = known.first()
        if held is None:
            raise NotFound("expertise")
        require_keeper(actor, held.unit_id, f"Only people who administer {held.unit} can say so.")
        hold("expertise", held.person_id)
        held = known.first()
        if held is None:
            raise NotFound("expertise")
        now = clock.now()
        if held.valid_until is not None and held.valid_until <= now:
            raise Conflict("That is over: what was stays as it was.")
        audit.record(
            actor=actor,
            verb="revoke_expertise",
            obj=held,
            unit_id=held.unit_id,
            change={"person": [held.person_id, None], "key": [held.key, None]},
        )
        if held.valid_from is not None and held.valid_from >= now:
            Expertise.objects.filter(pk=held.pk).delete()
        else:
            held.valid_until = now
            held.save(update_fields=["valid_until"])
        return held


def _unit(actor: Actor, unit_id: int) -> BusinessUnit:
    unit = tenants.unit_for(actor, unit_id)
    require_keeper(
        actor,
        unit.pk,
        f"Only people who lead or administer {unit} can change its schedules.",
    )
    return unit
