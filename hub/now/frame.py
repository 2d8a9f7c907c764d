"""What this person's frame shows: where they may go, what they are on call for, and where they declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse

from hub.incidents import access as incidents
from hub.incidents.models import Incident, Status
from hub.lib import clock, identity
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from hub.web.frame import Item, Shift, reachable_items
from tenants.permissions import Permission, units_with

ADMINISTRATION = "admin:index"


def items(request: HttpRequest) -> Sequence[Item]:
    """The rail: the tenant admin only for those who administer something, and how many pages wait."""
    actor = identity.current()
    if actor is None:
        return ()
    administers = bool(units_with(actor, Permission.UNIT_ADMINISTER))
    waiting = waiting_for(actor).count()
    return [
        replace(item, count=waiting) if item.name == "now" else item
        for item in reachable_items(request)
        if item.name != ADMINISTRATION or administers
    ]


def on_call(request: HttpRequest) -> Sequence[Shift]:
    """What the person is on call for at this moment."""
    actor = identity.current()
    if actor is None or actor.person_id is None:
        return ()
    mine = Schedule.objects.filter(
        Q(rotation__members__person_id=actor.person_id)
        | Q(overrides__person_id=actor.person_id, overrides__ends_at__gt=clock.now())
    ).distinct()
    names = {schedule.pk: schedule.name for schedule in mine}
    if not names:
        return ()
    shifts = oncall.on_call(actor, names, clock.now())
    return [
        Shift(label=names[key], until=shift.ends_at, url=reverse("on-call"))
        for key, shift in shifts.items()
        if shift.person == actor.person_id
    ]


def declare_url(request: HttpRequest) -> str:
    """Where an incident is declared, for those who may anywhere."""
    actor = identity.current()
    return reverse("declare") if actor and units_with(actor, Permission.INCIDENT_DECLARE) else ""


def waiting_for(actor: Actor) -> QuerySet[Incident]:
    """Incidents that this person holds a role in and nobody has acknowledged."""
    return (
        incidents.incidents(actor)
        .filter(status=Status.DECLARED, roles__person_id=actor.person_id or 0, roles__ended_at=None)
        .distinct()
    )
