"""Jobs of the incidents area: who is told of what."""

from __future__ import annotations

from hub.delivery.actions import send_message, settle_pages
from hub.incidents import access
from hub.incidents.actions import assign_waiting_role as assign
from hub.incidents.letters import glass_letter, role_letter
from hub.incidents.models import RoleKind
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import job

PAGED_ROLES = frozenset({RoleKind.COMMANDER, RoleKind.RESPONDER})
"""Roles whose holder must say that they have it."""


@job
def tell_assignee(*, event_id: str, unit_id: int, incident_id: int, role: str, assignee_id: int, entry_id: int) -> None:
    """Tell somebody that a role in an incident is theirs, unless they took it themselves or no longer hold it."""
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        held = access.roles(SYSTEM, incident).filter(kind=role, person_id=assignee_id).first()
        if held is None or not incident.is_open or held.assigned_by_id == assignee_id or not held.person.is_active:
            return
        send_message(
            actor=SYSTEM,
            person_id=assignee_id,
            letter=role_letter(incident, held, access.roles(SYSTEM, incident)),
            dedupe_key=f"incident:{incident_id}:role:{role}:person:{assignee_id}:entry:{entry_id}",
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            is_page=role in PAGED_ROLES,
            severity=incident.severity,
        )


@job
def settle_answered_pages(
    *, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int
) -> None:
    """Whoever moves an incident on has answered their page about it, wherever they did so."""
    with acting_as(SYSTEM):
        entry = access.entry_for(SYSTEM, entry_id)
        if entry.author_id is not None:
            settle_pages(actor=SYSTEM, person_id=entry.author_id, incident_id=incident_id, at=entry.at)


@job
def tell_owners(*, event_id: str, unit_id: int, incident_id: int, by_id: int, entry_id: int) -> None:
    """Page everybody who owns a restricted incident that somebody broke the glass of; who owned it, if nobody does."""
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id)
        entry = access.entry_for(SYSTEM, entry_id)
        others = [grant.user for grant in access.owners(SYSTEM, incident) if grant.user_id != by_id]
        others = others or list(access.former_owners(SYSTEM, incident, but=by_id))
        for owner in others:
            send_message(
                actor=SYSTEM,
                person_id=owner.pk,
                letter=glass_letter(incident, entry, owner),
                dedupe_key=f"incident:{incident_id}:glass:{entry_id}:person:{owner.pk}",
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                is_page=True,
                severity=incident.severity,
            )


@job
def assign_waiting_role(*, incident_id: int, role: str, schedule_id: int) -> None:
    """Put whoever comes on call now on an incident that was declared while nobody was."""
    assign(actor=SYSTEM, incident_id=incident_id, role=RoleKind(role), schedule_id=schedule_id)
