"""Who holds which role in an incident."""

from __future__ import annotations

from datetime import datetime

from hub.incidents import access
from hub.incidents.actions.central import check_commander
from hub.incidents.actions.restriction import admit
from hub.incidents.actions.writing import append_entry, incident_for_work, is_responder, may_command
from hub.incidents.events import RoleAssigned
from hub.incidents.models import EntryKind, Incident, IncidentRole, RoleKind, Route, TimelineEntry
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.keys import key_for
from hub.live import outbox
from tenants import access as people
from tenants import audit
from tenants.models import AuditEntry, Person

SHARED_ROLES = frozenset({RoleKind.RESPONDER, RoleKind.OBSERVER})
"""Roles that several people hold at once; every other role has one holder, and assigning it again hands it over."""


def assign_role(
    *, actor: Actor, incident_id: int, role: RoleKind, person_id: int, reason: str = "By hand"
) -> IncidentRole:
    """Give somebody a role; a role with one holder is handed over.

    Anybody who may work on the incident can take a role or add a responder; replacing a commander takes one who
    may command. In a restricted incident the role comes with a grant, which takes an owner. Locks the incident.

    Raises `NotFound` for the incident or person, `Forbidden`, `Conflict` for a closed incident or a role held already.
    """
    with acting_as(actor):
        # Whoever works for the unit may take a role in the room, whichever they hold there already.
        joins = person_id == actor.person_id and is_responder(actor, access.incident_for(actor, incident_id))
        incident = incident_for_work(actor, incident_id, None if joins else Act.ASSIGN, lock=True)
        try:
            person = people.person_for(actor, person_id)
        except NotFound as error:
            raise error.at("personId") from None
        if incident.closed_at:
            raise Conflict(f"{incident.reference} is closed; its roles stay as they were.")
        taking_over = incident.commander_id not in (None, person.pk, actor.person_id)
        if role == RoleKind.COMMANDER and taking_over and not may_command(actor, incident):
            raise Forbidden("Only the commander, or somebody who may command here, can hand over command.")
        if role == RoleKind.COMMANDER:
            check_commander(actor, incident, person)
        if incident.restricted:
            # A role in something that cannot be opened would help nobody.
            admit(actor=actor, incident=incident, person=person, reason=f"To be {RoleKind(role).label.lower()}")
        return give_role(actor=actor, incident=incident, role=role, person=person, reason=reason)


def end_role(*, actor: Actor, incident_id: int, role: RoleKind, person_id: int) -> None:
    """Release somebody from a role. Locks the incident.

    Raises `NotFound`, `Forbidden`, and `Conflict` for the commander, whose role can only be handed over.
    """
    with acting_as(actor):
        leaves = person_id == actor.person_id
        incident = incident_for_work(actor, incident_id, None if leaves else Act.ASSIGN, lock=True)
        if role == RoleKind.COMMANDER:
            raise Conflict("An incident keeps a commander: hand the role to somebody else instead.")
        moment = clock.now()
        held = IncidentRole.objects.filter(incident=incident, kind=role, person_id=person_id, ended_at=None)
        holder = held.select_related("person").first()
        if holder is None or not held.update(ended_at=moment):
            raise NotFound("holder of this role")
        append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.ROLE,
            body=f"{holder.person.name} is no longer {RoleKind(role).label.lower()}",
        )
        audit.record(
            actor=actor,
            verb="end_role",
            obj=holder,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={role: [holder.person.username, None]},
        )


def pass_command(*, actor: Actor, incident: Incident, person_id: int, reason: str) -> IncidentRole | None:
    """Give command to whoever is next in line, for callers that hold the incident's lock and tell them themselves.

    None, and nothing is written, for somebody who commands already, has left, or may not command what another unit
    commands centrally.
    """
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    if person is None or incident.commander_id == person_id:
        return None
    try:
        check_commander(actor, incident, person)
    except Invalid:
        return None
    role = RoleKind.COMMANDER
    return give_role(actor=actor, incident=incident, role=role, person=person, reason=reason, is_succession=True)


def give_role(
    *,
    actor: Actor,
    incident: Incident,
    role: RoleKind,
    person: Person,
    reason: str,
    route: Route | None = None,
    is_succession: bool = False,
) -> IncidentRole:
    """The assignment itself, for callers that hold the incident's lock and have checked what they must.

    Args:
        route: what led to the person, where the hub found them.
        is_succession: whether it is passed on to who is next in line, whom the caller tells.

    Raises `Conflict` when the person holds the role already.
    """
    moment = clock.now()
    current = list(IncidentRole.objects.filter(incident=incident, kind=role, ended_at=None).select_related("person"))
    if any(held.person_id == person.pk for held in current):
        raise Conflict(f"{person.name} is {RoleKind(role).label.lower()} already.", path=["personId"])
    former = None
    if role not in SHARED_ROLES and current:
        former = current[0].person
        IncidentRole.objects.filter(pk=current[0].pk).update(ended_at=moment)
    held = new_role(actor, incident, role, person, reason=reason, moment=moment, route=route)
    held.is_succession = is_succession
    held.save(force_insert=True)
    if role == RoleKind.COMMANDER:
        Incident.objects.filter(pk=incident.pk).update(commander=person)
        incident.commander = person
    entry = append_entry(
        actor=actor, incident=incident, kind=EntryKind.ROLE, body=said_of(held, former.name if former else "")
    )
    outbox.record(actor=actor, event=assigned(held, entry))
    audit.record_all([trail_of(actor, held, former.username if former else None)])
    return held


def new_role(
    actor: Actor,
    incident: Incident,
    role: RoleKind,
    person: Person,
    *,
    reason: str,
    moment: datetime,
    route: Route | None = None,
) -> IncidentRole:
    """A role that is held from this moment (aware) on, not yet stored."""
    return IncidentRole(
        pk=key_for(restricted=incident.restricted),
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        kind=role,
        person=person,
        assigned_at=moment,
        assigned_by_id=actor.person_id,
        reason=reason[:200],
        route=route,
    )


def said_of(held: IncidentRole, former: str = "") -> str:
    """What the timeline says of a role that was given; `former` is the name of who held it before."""
    handed = f", taking over from {former}" if former else ""
    return f"{held.person.name} is {RoleKind(held.kind).label.lower()}{handed} ({held.reason})"


def assigned(held: IncidentRole, entry: TimelineEntry) -> RoleAssigned:
    """The event of a stored role, whose timeline entry this is."""
    return RoleAssigned(
        unit_id=held.unit_id,
        incident_id=held.incident_id,
        restricted=held.restricted,
        role=RoleKind(held.kind),
        assignee_id=held.person_id,
        entry_id=entry.pk,
        is_told=held.is_succession,
    )


def trail_of(actor: Actor, held: IncidentRole, former: str | None = None) -> AuditEntry:
    """The audit entry of a stored role; `former` is the username of who held it before."""
    return audit.entry(
        actor=actor,
        verb="assign_role",
        obj=held,
        unit_id=held.unit_id,
        incident_id=held.incident_id,
        restricted=held.restricted,
        change={held.kind: [former, held.person.username]},
    )
