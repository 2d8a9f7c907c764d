"""Need-to-know: restricting an incident and granting sight of it."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Permission as DjangoPermission
from django.db.models import Q

from hub.incidents.actions.writing import append_entry, checked_text, incident_for_work, may_command
from hub.incidents.events import IncidentRestricted
from hub.incidents.models import EntryKind, Incident, IncidentPersonGrant
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import giving_way
from hub.live import outbox
from tenants import access as people
from tenants import audit
from tenants.models import Person


def restrict_incident(*, actor: Actor, incident_id: int, reason: str) -> Incident:
    """Close the incident to everybody but explicit grants, at once and with all that belongs to it.

    The actor gets a grant, and so does its commander. Locks the incident with its key, and all rows that belong to
    it; gives way to those who hold some of them.

    Raises `NotFound`, `Forbidden` unless the actor may command it, `Invalid` without a reason, `Conflict` if it is
    restricted already or others write in it without a pause.
    """
    return giving_way(
        lambda: _restricted(actor, incident_id, reason),
        busy="Others write in this incident without a pause, and it is not restricted yet: try again.",
    )


def _restricted(actor: Actor, incident_id: int, reason: str) -> Incident:
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True, with_key=True)
        why = checked_text(reason, "reason", longest=300)
        if incident.restricted:
            raise Conflict(f"{incident.reference} is restricted already.")
        if not may_command(actor, incident):
            raise Forbidden(f"Restricting {incident.reference} takes somebody who may command it.")
        for person_id in filter(None, {actor.person_id, incident.commander_id}):
            give_grant(actor=actor, incident_id=incident.pk, person_id=person_id, reason=why)
        # The children's scope follows through their composite foreign keys.
        Incident.objects.filter(pk=incident.pk).update(restricted=True)
        incident.restricted = True
        append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Restricted: {why}")
        outbox.record(
            actor=actor,
            event=IncidentRestricted(unit_id=incident.unit_id, incident_id=incident.pk, restricted=True),
        )
        audit.record(
            actor=actor,
            verb="restrict_incident",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=True,
            change={"restricted": [False, True], "reason": [None, why]},
        )
        return incident


def grant_access(
    *, actor: Actor, incident_id: int, person_id: int, reason: str, valid_until: datetime | None = None
) -> Incident:
    """Let one more person see a restricted incident. Locks the incident.

    Raises `NotFound` for the incident or person, `Invalid` without a reason, `Conflict` if it is not restricted or
    the person has a grant.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        if not incident.restricted:
            raise Conflict(f"{incident.reference} is open to its unit; there is nothing to grant.")
        try:
            person = people.person_for(actor, person_id)
        except NotFound as error:
            raise error.at("personId") from None
        why = checked_text(reason, "reason", longest=300)
        if not admit(actor=actor, incident=incident, person=person, reason=why, valid_until=valid_until):
            raise Conflict(f"{person.name} can see {incident.reference} already.", path=["personId"])
        return incident


def admit(
    *, actor: Actor, incident: Incident, person: Person, reason: str, valid_until: datetime | None = None
) -> bool:
    """Let the person see the restricted incident, which the caller has locked; whether they could not before.

    A grant that has ended makes room for the new one.
    """
    held = IncidentPersonGrant.objects.filter(content_object_id=incident.pk, user=person)
    if held.filter(Q(valid_until=None) | Q(valid_until__gt=clock.now())).exists():
        return False
    held.delete()
    give_grant(actor=actor, incident_id=incident.pk, person_id=person.pk, reason=reason, valid_until=valid_until)
    append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"{person.name} was admitted: {reason}")
    audit.record(
        actor=actor,
        verb="grant_access",
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=True,
        change={"granted": [None, person.username], "reason": [None, reason]},
    )
    return True


def give_grant(
    *, actor: Actor, incident_id: int, person_id: int, reason: str, valid_until: datetime | None = None
) -> None:
    """Store a grant in the caller's transaction; nothing happens if the person has one.

    `bulk_create`, because guardian's `save` reads the incident, which may not be there yet.
    """
    IncidentPersonGrant.objects.bulk_create(
        [
            IncidentPersonGrant(
                user_id=person_id,
                content_object_id=incident_id,
                permission=DjangoPermission.objects.get(
                    codename="view_restricted", content_type__app_label="incidents"
                ),
                reason=reason,
                granted_by_id=actor.person_id,
                valid_until=valid_until,
            )
        ],
        ignore_conflicts=True,
    )
