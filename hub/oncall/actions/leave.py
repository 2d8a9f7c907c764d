"""Leave: when a person is on call for nothing."""

from __future__ import annotations

from datetime import datetime

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden
from hub.lib.identity import Actor, acting_as
from hub.oncall import access
from hub.oncall.actions.writing import from_now, on_duty, span, told, who
from hub.oncall.models import Leave
from tenants import audit
from tenants.models import Person
from tenants.permissions import Permission, units_with


def add_leave(*, actor: Actor, starts_at: datetime, ends_at: datetime, person_id: int | None = None) -> Leave:
    """Say that somebody is away from a moment up to another (aware): oneself, or somebody on a schedule that one may
    change. Their shifts in that time are not theirs: what nobody else takes is flagged.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` for leave that overlaps.
    """
    with acting_as(actor):
        person = on_duty(actor, person_id or actor.person_id or 0, "personId")
        _check_may(actor, person)
        span(starts_at, ends_at)
        starts_at = from_now(starts_at)
        if Leave.objects.filter(person=person, starts_at__lt=ends_at, ends_at__gt=starts_at).exists():
            raise Conflict(f"{person.name} has leave then already.", path=["startsAt"])
        leave = Leave.objects.create(
            person=person,
            starts_at=starts_at,
            ends_at=ends_at,
            created_by_id=who(actor),
            created_at=clock.now(),
        )
        _audit(actor, leave, "add_leave", {"starts_at": [None, told(starts_at)], "ends_at": [None, told(ends_at)]})
        return leave


def remove_leave(*, actor: Actor, leave_id: int) -> Leave:
    """Say that somebody is there after all: leave that has begun ends now. Raises `NotFound`, `Forbidden`, and
    `Conflict` for leave that is over.
    """
    with acting_as(actor):
        leave = access.leave_for(actor, leave_id)
        _check_may(actor, leave.person)
        now = clock.now()
        if leave.ends_at <= now:
            raise Conflict("That is over: what was stays as it was.")
        if leave.starts_at < now:
            Leave.objects.filter(pk=leave.pk).update(ends_at=now)
        else:
            Leave.objects.filter(pk=leave.pk).delete()
        _audit(actor, leave, "remove_leave", {"ends_at": [told(leave.ends_at), told(now)]})
        return leave


def _check_may(actor: Actor, person: Person) -> None:
    if person.pk == actor.person_id:
        return
    units = units_with(actor, Permission.ONCALL_WRITE)
    if not access.schedules_of(actor, person.pk).filter(unit__in=units).exists():
        raise Forbidden(f"Only {person.name}, and people who change a schedule that they are on, can say so.")


def _audit(actor: Actor, leave: Leave, verb: str, change: dict[str, list[str | None]]) -> None:
    """In the trail of each unit whose schedules it changes; of none, it stands in the actor's own."""
    units: set[int | None] = set(access.schedules_of(actor, leave.person_id).values_list("unit_id", flat=True))
    for unit_id in units or {None}:
        audit.record(actor=actor, verb=verb, obj=leave, unit_id=unit_id, change=dict(change))
