"""Incidents, their timeline and roles, and what an actor may do in the room of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from django.db.models import BooleanField, Func, Max, Q, QuerySet

from hub.incidents import rooms
from hub.incidents.access.restricted import live_grant
from hub.incidents.models import OVER, EntryKind, FieldValue, Incident, IncidentRole, RoleKind, TimelineEntry
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.web.wording import span
from tenants import access as tenants
from tenants.permissions import Permission, can

UNMAPPED: Final = "-"
"""Stands for the lack of a global type; no term has such a key."""


def incidents(actor: Actor) -> QuerySet[Incident]:
    """Every incident that `actor` may see: the database decides, the query only asks."""
    return Incident.objects.all()


class SeesSome(Func):
    """Whether whoever asks may see any incident at all: asked once for a statement, and not of each row."""

    template = "(SELECT app.sees_some('incident.view'))"
    output_field = BooleanField()


def listed(found: QuerySet[Incident]) -> QuerySet[Incident]:
    """`found` for a list of the newest: for somebody who sees none, all would be read to their end to find nothing."""
    return found.filter(SeesSome())


def of_types(found: QuerySet[Incident], keys: Sequence[str]) -> QuerySet[Incident]:
    """Those of `found` that meant these global types when they were declared; `UNMAPPED` are those that meant none."""
    meant = found.annotate(meant=tenants.global_term("incident_type_id", "declared_at"))
    none = Q(meant=None) if UNMAPPED in keys else Q(pk__in=[])
    return meant.filter(none | Q(meant__in=keys))


def incident_for(actor: Actor, incident_id: int, *, lock: bool = False, with_key: bool = False) -> Incident:
    """The incident with this id.

    Args:
        lock: hold the row until the transaction ends. The lock leaves the key free, so that children can be
            written at the same time.
        with_key: hold the key too, for a change of the scope that children carry: nobody writes one meanwhile.

    Raises `NotFound`.
    """
    incidents = Incident.objects
    queryset = incidents.select_for_update(no_key=not with_key, of=("self",)) if lock else incidents.all()
    try:
        return queryset.get(pk=incident_id)
    except Incident.DoesNotExist:
        raise NotFound("incident") from None


def incident_referenced(actor: Actor, reference: str) -> Incident:
    """The incident called PAY-142. Raises `NotFound`."""
    try:
        return Incident.objects.get(reference=reference.upper())
    except Incident.DoesNotExist:
        raise NotFound("incident") from None


def open_incidents(actor: Actor) -> QuerySet[Incident]:
    """What goes on, with unit, service and commander, of what is open to its unit."""
    going_on = Incident.objects.exclude(status__in=OVER).filter(restricted=False)
    return going_on.select_related("unit", "service", "commander")


def entry_for(actor: Actor, entry_id: int, *, lock: bool = False) -> TimelineEntry:
    """The timeline entry with this id. Raises `NotFound`."""
    queryset = TimelineEntry.objects.select_for_update(no_key=True, of=("self",)) if lock else TimelineEntry.objects
    try:
        return queryset.get(pk=entry_id)
    except TimelineEntry.DoesNotExist:
        raise NotFound("timeline entry") from None


def timeline(actor: Actor, incident: Incident) -> QuerySet[TimelineEntry]:
    """The incident's entries, oldest first, with their authors."""
    return incident.timeline.select_related("author").order_by("at", "id")


def last_updates(actor: Actor, incident_ids: Iterable[int]) -> dict[int, datetime]:
    """When a person last wrote something in each of the incidents, by id; those without are left out."""
    by_people = TimelineEntry.objects.filter(
        incident__in=list(incident_ids), author__isnull=False, author__is_service=False
    ).exclude(kind=EntryKind.SYSTEM)
    return dict(
        by_people.order_by().values_list("incident").annotate(latest=Max("at")).values_list("incident", "latest")
    )


def roles(actor: Actor, incident: Incident) -> QuerySet[IncidentRole]:
    """Who holds which role now."""
    return incident.roles.filter(ended_at=None).select_related("person")


def field_values(actor: Actor, incident: Incident) -> QuerySet[FieldValue]:
    """What the incident says in its unit's fields."""
    return incident.field_values.select_related("field", "person")


def words_of(actor: Actor, found: Iterable[Incident]) -> tenants.Vocabulary:
    """What readers call the severities and the types of these incidents."""
    return tenants.Vocabulary.of(
        actor, [term for each in found for term in (each.local_severity_id, each.incident_type_id)]
    )


def facts_in_words(incident: Incident) -> dict[str, str]:
    """What a unit's wording can stand for (`tenants.templates`)."""
    return {
        "reference": incident.reference,
        "title": incident.title,
        "severity": incident.severity.upper(),
        "status": incident.get_status_display().lower(),
        "service": incident.service.name if incident.service else "",
        "unit": incident.unit.name,
        "commander": incident.commander.name if incident.commander else "",
        "age": span(clock.now() - incident.declared_at),
    }


def schedules_of(incident: Incident) -> set[int]:
    """The schedules whose people work on the incident by its service."""
    service = incident.service
    return {key for key in (service.commander_schedule_id, service.responder_schedule_id) if key} if service else set()


def rights(actor: Actor, incident: Incident) -> frozenset[Act]:
    """What the actor may do in the incident's room, by their roles in it, their unit's and their grant."""
    if actor.is_system:
        return rooms.EVERYTHING
    held = {RoleKind(role.kind) for role in roles(actor, incident).filter(person_id=actor.person_id or 0)}
    if incident.commander_id == actor.person_id:
        held.add(RoleKind.COMMANDER)
    grant = live_grant(actor, incident) if incident.restricted else None
    return rooms.rights(
        roles=held,
        may_respond=can(actor, Permission.INCIDENT_RESPOND, incident.unit_id),
        may_command=can(actor, Permission.INCIDENT_COMMAND, incident.unit_id),
        is_admitted=incident.restricted,
        is_owner=grant is not None and grant.is_owner,
    )
