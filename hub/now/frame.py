"""What this person's frame shows: where they may go, what they are on call for, and where they declare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from hub.incidents import access as incidents
from hub.incidents.models import Incident, Status
from hub.incidents.rooms import RIGHTS, Act
from hub.lib import clock, identity
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.shifts import Duty
from hub.web.components import address
from hub.web.frame import ITEMS, Item, Scope, Shift, reachable_items
from tenants import scopes as tenants
from tenants.administration.site import administers_something, asked_once
from tenants.permissions import Permission, units_with

ADMINISTRATION = "admin:index"
AHEAD = timedelta(weeks=6)
"""How far ahead the end of a shift is looked for."""
MOVERS = [role for role, acts in RIGHTS.items() if Act.MOVE in acts]


def items(request: HttpRequest) -> Sequence[Item]:
    """The rail: the tenant admin only for those who administer something, and how many pages wait."""
    actor = identity.current()
    if actor is None:
        return ()
    administers = asked_once(request, administers_something)
    waiting = waiting_for(actor).count()
    return [
        replace(item, count=waiting) if item.name == "now" else item
        for item in reachable_items(request)
        if item.name != ADMINISTRATION or administers
    ]


def scopes(request: HttpRequest) -> Sequence[Scope]:
    """The parts of the organisation that the page can be narrowed to; none where it cannot, or there is one unit."""
    actor = identity.current()
    page = request.resolver_match.url_name if request.resolver_match else ""
    parts = tenants.offered(actor) if actor and page in {item.name for item in ITEMS if item.is_scoped} else ()
    if not parts:
        return ()
    code = request.GET.get(tenants.PARAMETER, "")
    without: dict[str, list[str]] = {tenants.PARAMETER: []} if tenants.PARAMETER in request.GET else {}
    return [
        Scope(code="", label="All I may see", url=address(request.GET, **without), is_current=not code),
        *(
            Scope(
                code=part.code,
                label=part.region or "My units",
                url=address(request.GET, **{tenants.PARAMETER: [part.code]}),
                group="Regions" if part.region else "",
                is_current=part.code == code,
            )
            for part in parts
        ),
    ]


def on_call(request: HttpRequest) -> Sequence[Shift]:
    """What the person is on call for at this moment."""
    actor = identity.current()
    if actor is None or actor.person_id is None:
        return ()
    names = dict(oncall.schedules_of(actor, actor.person_id).values_list("pk", "name"))
    if not names:
        return ()
    now = clock.now()
    mine = oncall.shifts_of_person(actor, actor.person_id, now, now + AHEAD)
    return [
        Shift(
            label=names[key] if shift.duty is Duty.PRIMARY else f"{names[key]}, secondary",
            until=shift.ends_at,
            url=reverse("on-call"),
        )
        for key, shifts in mine.items()
        for shift in shifts
        if shift.starts_at <= now
    ]


def declare_url(request: HttpRequest) -> str:
    """Where an incident is declared, for those who may anywhere."""
    actor = identity.current()
    return reverse("declare") if actor and units_with(actor, Permission.INCIDENT_DECLARE) else ""


def waiting_for(actor: Actor) -> QuerySet[Incident]:
    """Incidents that nobody has acknowledged, where a role of this person's is there to do so."""
    return (
        incidents.incidents(actor)
        .filter(
            status=Status.DECLARED,
            roles__person_id=actor.person_id or 0,
            roles__ended_at=None,
            roles__kind__in=MOVERS,
        )
        .distinct()
    )
