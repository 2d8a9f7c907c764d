"""The only door to incidents and what belongs to them. Missing and forbidden are the same error."""

from __future__ import annotations

from django.db.models import QuerySet

from hub.incidents.models import Incident, IncidentPersonGrant, IncidentRole, TimelineEntry
from hub.lib.errors import NotFound
from hub.lib.identity import Actor


def incidents(actor: Actor) -> QuerySet[Incident]:
    """Every incident that `actor` may see: the database decides, the query only asks."""
    return Incident.objects.all()


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


def roles(actor: Actor, incident: Incident) -> QuerySet[IncidentRole]:
    """Who holds which role now."""
    return incident.roles.filter(ended_at=None).select_related("person")


def grants(actor: Actor, incident: Incident) -> QuerySet[IncidentPersonGrant]:
    """Who was admitted to a restricted incident and why, by name."""
    return incident.person_grants.select_related("user").order_by("user__name", "id")
