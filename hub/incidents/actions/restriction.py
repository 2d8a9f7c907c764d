"""Need-to-know: restricting an incident, granting sight of it and ending that, and breaking the glass."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import Permission as DjangoPermission
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from hub.incidents import access
from hub.incidents.actions.writing import append_entry, incident_for_work, may_command, require_right
from hub.incidents.events import AccessEnded, AccessGranted, GlassBroken, IncidentRestricted
from hub.incidents.models import EntryKind, Incident, IncidentPersonGrant, IncidentRole
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import giving_way
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import access as people
from tenants import audit
from tenants.models import Person
from tenants.permissions import Permission, units_with


def restrict_incident(*, actor: Actor, incident_id: int, reason: str) -> Incident:
    """Close the incident to everybody but explicit grants, at once and with all that belongs to it.

    The actor and its commander get a grant and own it from here on. Locks the incident with its key, and all rows that
    belong to it; gives way to those who hold some of them.

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
            give_grant(actor=actor, incident_id=incident.pk, person_id=person_id, reason=why, is_owner=True)
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
    *,
    actor: Actor,
    incident_id: int,
    person_id: int,
    reason: str,
    valid_until: datetime | None = None,
    is_owner: bool = False,
) -> Incident:
    """Let one more person see a restricted incident. Locks the incident.

    Args:
        valid_until: when the grant ends (aware); it lasts otherwise.
        is_owner: whether they admit others in turn, and end grants.

    Raises `NotFound` for the incident or person, `Forbidden` unless the actor owns it, `Invalid` without a reason or
    for an end in the past, `Conflict` if it is not restricted or the person has a grant.
    """
    with acting_as(actor):
        incident = access.incident_for(actor, incident_id)
        if not incident.restricted:
            require_right(actor, incident, Act.WRITE)
            raise Conflict(f"{incident.reference} is open to its unit; there is nothing to grant.")
        incident = incident_for_work(actor, incident_id, Act.ADMIT, lock=True)
        try:
            person = people.person_for(actor, person_id)
        except NotFound as error:
            raise error.at("personId") from None
        why = checked_text(reason, "reason", longest=300)
        if valid_until is not None and valid_until <= clock.now():
            raise Invalid("A grant does not end in the past.", path=["validUntil"])
        if not admit(
            actor=actor, incident=incident, person=person, reason=why, valid_until=valid_until, is_owner=is_owner
        ):
            raise Conflict(f"{person.name} can see {incident.reference} already.", path=["personId"])
        return incident


def end_access(*, actor: Actor, incident_id: int, person_id: int, reason: str) -> None:
    """End somebody's sight of a restricted incident at once, and with it their roles there. Locks the incident.

    Everybody may give up their own. Raises `NotFound` for the incident or a grant of that person, `Forbidden` unless
    the actor owns it, `Invalid` without a reason, `Conflict` for the commander and for the last who owns it.
    """
    with acting_as(actor):
        incident = access.incident_for(actor, incident_id)
        if not incident.restricted:
            require_right(actor, incident, Act.WRITE)
            raise Conflict(f"{incident.reference} is open to its unit; there is no grant to end.")
        if person_id != actor.person_id:
            require_right(actor, incident, Act.ADMIT)
        incident = access.incident_for(actor, incident_id, lock=True)
        why = checked_text(reason, "reason", longest=300)
        held = _lasting_grants(incident).filter(user_id=person_id).select_related("user").first()
        if held is None:
            raise NotFound("grant of this person", path=["personId"])
        if incident.commander_id == person_id and incident.is_open:
            raise Conflict(f"{held.user} commands {incident.reference}: hand over command first.", path=["personId"])
        if held.is_owner and not access.owners(actor, incident).exclude(pk=held.pk).exists():
            raise Conflict(
                f"{held.user} is the last who owns {incident.reference}: admit another owner first.", path=["personId"]
            )
        IncidentRole.objects.filter(incident=incident, person_id=person_id, ended_at=None).update(ended_at=clock.now())
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"{held.user} is no longer admitted: {why}"
        )
        outbox.record(
            actor=actor,
            event=AccessEnded(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=True,
                former_id=person_id,
                entry_id=entry.pk,
            ),
        )
        audit.record(
            actor=actor,
            verb="end_access",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=True,
            change={"granted": [held.user.username, None], "reason": [None, why]},
        )
        # Last: whoever gives up their own grant could write nothing of the above after it.
        IncidentPersonGrant.objects.filter(pk=held.pk).update(valid_until=Now(), ended_by_id=actor.person_id)


def break_glass(*, actor: Actor, reference: str, reason: str) -> Incident:
    """See a restricted incident without having been admitted, in an emergency: for an hour, and its owners are told.

    Takes somebody who holds incident.break_glass in its unit and knows its reference. They own it only if nobody
    does any more. Locks the incident.

    Raises `NotFound` for a reference that is unknown or beyond reach, `Forbidden` for somebody who may break the
    glass nowhere, `Invalid` without a reason, `Conflict` for an incident that they can see.
    """
    with acting_as(actor):
        why = checked_text(reason, "reason", longest=300)
        wanted = reference.replace("\x00", "").strip().upper()
        if Incident.objects.filter(reference=wanted).exists():
            raise Conflict(f"You can see {wanted} already.", path=["reference"])
        if not units_with(actor, Permission.INCIDENT_BREAK_GLASS):
            raise Forbidden("Breaking the glass takes a regional lead, a coordinator or a security responder.")
        with connection.cursor() as cursor:
            cursor.execute("SELECT app.break_glass(%s, %s)", [wanted, why])
            (incident_id,) = cursor.fetchone()
        if incident_id is None:
            raise NotFound("incident", path=["reference"])
        incident = access.incident_for(actor, incident_id, lock=True)
        person = people.person_for(actor, actor.person_id or 0)
        entry = append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.SYSTEM,
            body=f"{person.name} broke the glass and sees it for an hour: {why}",
        )
        outbox.record(
            actor=actor,
            event=GlassBroken(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=True,
                by_id=person.pk,
                entry_id=entry.pk,
            ),
        )
        audit.record(
            actor=actor,
            verb="break_glass",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=True,
            change={"granted": [None, person.username], "reason": [None, why]},
        )
        return incident


def admit(
    *,
    actor: Actor,
    incident: Incident,
    person: Person,
    reason: str,
    valid_until: datetime | None = None,
    is_owner: bool = False,
) -> bool:
    """Let the person see the restricted incident, which the caller has locked; whether they could not before.

    A grant that has ended is given anew; who gave it before stays in the audit trail. Raises `Forbidden` unless the
    actor owns the incident.
    """
    if _lasting_grants(incident).filter(user=person).exists():
        return False
    require_right(actor, incident, Act.ADMIT)
    former = IncidentPersonGrant.objects.filter(content_object=incident, user=person)
    if not former.update(
        reason=reason,
        granted_by_id=actor.person_id,
        granted_at=clock.now(),
        valid_until=valid_until,
        ended_by=None,
        is_owner=is_owner,
        is_emergency=False,
    ):
        give_grant(
            actor=actor,
            incident_id=incident.pk,
            person_id=person.pk,
            reason=reason,
            valid_until=valid_until,
            is_owner=is_owner,
        )
    entry = append_entry(
        actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"{person.name} was admitted: {reason}"
    )
    outbox.record(
        actor=actor,
        event=AccessGranted(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=True,
            admitted_id=person.pk,
            entry_id=entry.pk,
        ),
    )
    audit.record(
        actor=actor,
        verb="grant_access",
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=True,
        change={
            "granted": [None, person.username],
            "reason": [None, reason],
            "owner": [None, is_owner],
            "until": [None, valid_until.isoformat() if valid_until else None],
        },
    )
    return True


def give_grant(
    *,
    actor: Actor,
    incident_id: int,
    person_id: int,
    reason: str,
    valid_until: datetime | None = None,
    is_owner: bool = False,
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
                granted_at=clock.now(),
                valid_until=valid_until,
                is_owner=is_owner,
            )
        ],
        ignore_conflicts=True,
    )


def _lasting_grants(incident: Incident) -> QuerySet[IncidentPersonGrant]:
    return incident.person_grants.filter(Q(valid_until=None) | Q(valid_until__gt=Now()))
