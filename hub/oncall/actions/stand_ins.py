"""What changes a schedule for a time: stand-ins, shifts that somebody takes, and gaps that are meant."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid
from hub.lib.identity import Actor, acting_as
from hub.oncall import access
from hub.oncall.actions.writing import (
    changed,
    check_able,
    check_present,
    from_now,
    line,
    on_duty,
    schedule_for_writing,
    span,
    told,
    who,
)
from hub.oncall.models import Override, PlannedGap, Schedule
from hub.oncall.shifts import Duty, final_schedule
from tenants.permissions import Permission, can


def add_override(
    *,
    actor: Actor,
    schedule_id: int,
    person_id: int,
    starts_at: datetime,
    ends_at: datetime,
    duty: Duty = Duty.PRIMARY,
    replaces_id: int | None = None,
) -> Override:
    """Let somebody stand in from a moment up to another (aware).

    Args:
        starts_at: counts from now on if it is over: what was stays as it was.
        replaces_id: for whom; for everybody on if left out.

    Raises `NotFound`, `Forbidden`, `Invalid` for a span or somebody who lacks expertise, and `Conflict` for somebody on
    leave, or who would replace somebody not on then. Locks the schedule.
    """
    with acting_as(actor):
        schedule = schedule_for_writing(actor, schedule_id)
        span(starts_at, ends_at)
        starts_at = from_now(starts_at)
        person = on_duty(actor, person_id, "personId")
        check_able(schedule, [person], starts_at, "personId")
        check_present(person, starts_at, ends_at, "personId")
        if replaces_id is not None:
            replaced = on_duty(actor, replaces_id, "replacesId")
            if replaced.pk == person.pk:
                raise Invalid("Nobody stands in for themselves.", path=["replacesId"])
            plan = access.plan_for(actor, schedule.pk, starts_at, ends_at)
            if not any(replaced.pk in each.on(duty) for each in final_schedule(plan, starts_at, ends_at)):
                raise Conflict(f"{replaced.name} is not on call then.", path=["replacesId"])
        override = _write(
            actor,
            schedule,
            person_id=person.pk,
            starts_at=starts_at,
            ends_at=ends_at,
            duty=duty,
            replaces_id=replaces_id,
        )
        changed(actor, schedule, "add_override", override, _facts(override))
        return override


def remove_override(*, actor: Actor, override_id: int) -> Override:
    """End a stand-in: one that has begun ends now, one to come never begins. Raises `NotFound`, `Forbidden`, and
    `Conflict` for one that is over. Locks the schedule.
    """
    with acting_as(actor):
        override = access.override_for(actor, override_id)
        schedule = schedule_for_writing(actor, override.schedule_id)
        now = clock.now()
        if override.ends_at <= now:
            raise Conflict("That is over: what was stays as it was.")
        if override.starts_at < now:
            Override.objects.filter(pk=override.pk).update(ends_at=now)
        else:
            Override.objects.filter(pk=override.pk).delete()
        changed(actor, schedule, "remove_override", override, {"ends_at": [told(override.ends_at), told(now)]})
        return override


def take_shift(
    *, actor: Actor, schedule_id: int, starts_at: datetime, ends_at: datetime, duty: Duty = Duty.PRIMARY
) -> Override:
    """Take a time oneself that nobody is on for: whoever responds in the unit may, or takes part in the schedule.

    Raises `NotFound`, `Forbidden`, `Invalid` as `add_override`, `Conflict` where somebody is on, or for a secondary
    who is primary then. Locks the schedule.
    """
    with acting_as(actor):
        schedule = access.schedule_for(actor, schedule_id)
        check_may_stand_in(actor, schedule)
        person = on_duty(actor, actor.person_id or 0, "scheduleId")
        span(starts_at, ends_at)
        starts_at = from_now(starts_at)
        check_able(schedule, [person], starts_at)
        check_present(person, starts_at, ends_at)
        stretches = access.held_schedules(actor, {schedule.pk: schedule}, starts_at, ends_at)[schedule.pk]
        if any(each.on(duty) for each in stretches):
            raise Conflict("Somebody is on call for a part of that time.", path=["startsAt"])
        if duty is Duty.SECONDARY and any(person.pk in each.primary for each in stretches):
            raise Conflict("You are primary for a part of that time.", path=["startsAt"])
        override = _write(actor, schedule, person_id=person.pk, starts_at=starts_at, ends_at=ends_at, duty=duty)
        changed(actor, schedule, "take_shift", override, _facts(override))
        return override


def plan_gap(*, actor: Actor, schedule_id: int, starts_at: datetime, ends_at: datetime, reason: str) -> PlannedGap:
    """Let nobody be on from a moment up to another (aware), on purpose: no rotation is, and nobody is alarmed.

    Raises `NotFound`, `Forbidden`, `Invalid`. Locks the schedule.
    """
    with acting_as(actor):
        schedule = schedule_for_writing(actor, schedule_id)
        span(starts_at, ends_at)
        gap = PlannedGap.objects.create(
            schedule=schedule,
            unit_id=schedule.unit_id,
            starts_at=from_now(starts_at),
            ends_at=ends_at,
            reason=line(reason, "reason", longest=200),
            created_by_id=who(actor),
            created_at=clock.now(),
        )
        times = {"starts_at": [None, told(gap.starts_at)], "ends_at": [None, told(gap.ends_at)]}
        changed(actor, schedule, "plan_gap", gap, {**times, "reason": [None, gap.reason]})
        return gap


def remove_planned_gap(*, actor: Actor, planned_gap_id: int) -> PlannedGap:
    """Let somebody be on after all: a gap that has begun ends now. Raises `NotFound`, `Forbidden`, and `Conflict` for
    one that is over. Locks the schedule.
    """
    with acting_as(actor):
        gap = access.planned_gap_for(actor, planned_gap_id)
        schedule = schedule_for_writing(actor, gap.schedule_id)
        now = clock.now()
        if gap.ends_at <= now:
            raise Conflict("That is over: what was stays as it was.")
        if gap.starts_at < now:
            PlannedGap.objects.filter(pk=gap.pk).update(ends_at=now)
        else:
            PlannedGap.objects.filter(pk=gap.pk).delete()
        changed(actor, schedule, "remove_planned_gap", gap, {"ends_at": [told(gap.ends_at), told(now)]})
        return gap


def check_may_stand_in(actor: Actor, schedule: Schedule) -> None:
    """Raises `Forbidden` for somebody who neither responds in the unit nor takes part in the schedule."""
    takes_part = access.schedules_of(actor, actor.person_id or 0).filter(pk=schedule.pk).exists()
    responds = any(
        can(actor, each, schedule.unit_id) for each in (Permission.INCIDENT_RESPOND, Permission.ONCALL_WRITE)
    )
    if not takes_part and not responds:
        raise Forbidden(
            f"Only people who respond in {schedule.unit} or are on “{schedule.name}” can take a shift of it."
        )


def _write(actor: Actor, schedule: Schedule, **values: Any) -> Override:
    return Override.objects.create(
        schedule=schedule,
        unit_id=schedule.unit_id,
        created_by_id=who(actor),
        created_at=clock.now(),
        **values,
    )


def _facts(override: Override) -> dict[str, Any]:
    return {
        "person": [None, override.person_id],
        "replaces": [None, override.replaces_id],
        "duty": [None, str(override.duty)],
        "starts_at": [None, told(override.starts_at)],
        "ends_at": [None, told(override.ends_at)],
    }
