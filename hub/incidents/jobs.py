"""Jobs of the incidents area: who is told of what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub.delivery.actions import Draft, send_message, send_messages, settle_pages
from hub.delivery.letters import Letter
from hub.incidents import access
from hub.incidents.actions import assign_waiting_role as assign
from hub.incidents.actions import (
    coming_on,
    considering,
    duties,
    engaging,
    gathering,
    handing_off,
    handing_over,
    maintenance,
    replying,
    updates,
)
from hub.incidents.letters import (
    admission_letter,
    glass_letter,
    hand_off_letter,
    hand_off_outcome_letter,
    hand_over_letter,
    hand_over_outcome_letter,
    role_letter,
)
from hub.incidents.models import HandOver, HandOverState, Incident, IncidentRole, RoleKind, Severity, Status
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import beat, job, periodic_job
from hub.oncall import access as oncall
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission

PAGED_ROLES = frozenset({RoleKind.COMMANDER, RoleKind.RESPONDER})
"""Roles whose holder must say that they have it."""


@job
def tell_assignee(
    *,
    event_id: str,
    unit_id: int,
    incident_id: int,
    role: str,
    assignee_id: int,
    entry_id: int,
    is_told: bool = False,
) -> None:
    """Tell somebody that a role in an incident is theirs, unless they know, took it themselves or no longer hold it."""
    if is_told:
        return
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        held = access.roles(SYSTEM, incident).filter(kind=role, person_id=assignee_id).first()
        if held is None or not incident.is_open or held.assigned_by_id == assignee_id or not held.person.is_active:
            return
        if incident.is_quiet and _by_rotation(incident, held):
            return
        _tell_holder(incident, held, f"entry:{entry_id}")


@job
def tell_holders(*, event_id: str, unit_id: int, incident_id: int, entry_id: int) -> None:
    """Tell those who were put on an incident while it was kept quiet, unless somebody has it by now."""
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if incident.status != Status.DECLARED or incident.restricted:
            return
        for held in access.roles(SYSTEM, incident).filter(kind__in=PAGED_ROLES, person__is_active=True):
            if _by_rotation(incident, held) and held.assigned_by_id != held.person_id:
                _tell_holder(incident, held, f"entry:{entry_id}")


def _by_rotation(incident: Incident, held: IncidentRole) -> bool:
    """Whether the hub put somebody on the incident, and no person did who wants them there now."""
    return held.assigned_by_id is None or held.assigned_at == incident.declared_at


def _tell_holder(incident: Incident, held: IncidentRole, why: str) -> None:
    send_message(
        actor=SYSTEM,
        person_id=held.person_id,
        letter=role_letter(incident, held, access.roles(SYSTEM, incident), access.words_of(SYSTEM, [incident])),
        dedupe_key=f"incident:{incident.pk}:role:{held.kind}:person:{held.person_id}:{why}",
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        is_page=held.kind in PAGED_ROLES,
        severity=incident.severity,
    )


@job
def end_quiet() -> None:
    """Let the incidents page whose maintenance is over by now."""
    maintenance.end_quiet()


@job
def tell_not_understood(message_id: int) -> None:
    """Tell somebody that their reply to a page acknowledged nothing."""
    replying.tell_not_understood(actor=SYSTEM, message_id=message_id)


@beat(timedelta(seconds=10))
def end_quiet_in_any_case() -> None:
    """The same, whatever became of the jobs that waited for the end of a maintenance."""
    maintenance.end_quiet()


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
def tell_admitted(*, event_id: str, unit_id: int, incident_id: int, admitted_id: int, entry_id: int) -> None:
    """Tell somebody that they see a restricted incident from now on: a page, while it is open and grave.

    Whoever was given a role with it is told of that (`tell_assignee`).
    """
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id)
        entry = access.entry_for(SYSTEM, entry_id)
        has_role = access.roles(SYSTEM, incident).filter(person_id=admitted_id, assigned_at__gte=entry.at).exists()
        if has_role or not access.is_admitted(SYSTEM, incident, admitted_id):
            return
        person = tenants.person_for(SYSTEM, admitted_id)
        is_page = incident.is_open and incident.severity in (Severity.SEV1, Severity.SEV2)
        letter = admission_letter(incident, person)
        _send_about(incident, person, letter, f"incident:{incident_id}:admitted:{entry_id}", is_page)


@job
def assign_waiting_role(*, incident_id: int, role: str, schedule_id: int) -> None:
    """Put whoever comes on call now on an incident that was declared while nobody was."""
    assign(actor=SYSTEM, incident_id=incident_id, role=RoleKind(role), schedule_id=schedule_id)


@job
def tell_receiver(
    *, event_id: str, unit_id: int, incident_id: int, hand_over_id: int, to_unit_id: int, entry_id: int
) -> None:
    """Tell those who command in the receiving unit that an incident is offered to it: a page for who is on call."""
    with acting_as(SYSTEM):
        offer = access.hand_over_for(SYSTEM, hand_over_id)
        if offer.state != HandOverState.OFFERED or offer.restricted:
            return
        on_call = access.commanders_on_call(SYSTEM, offer.to_unit_id, clock.now())
        words = access.words_of(SYSTEM, [])
        send_messages(
            actor=SYSTEM,
            drafts=[
                Draft(
                    person_id=person.pk,
                    letter=hand_over_letter(offer, person, words),
                    dedupe_key=f"handover:{offer.pk}:offered:person:{person.pk}",
                    unit_id=offer.unit_id,
                    incident_id=offer.incident_key,
                    restricted=offer.restricted,
                    is_page=person.pk in on_call,
                    severity=offer.severity,
                )
                for person in tenants.people_holding(SYSTEM, Permission.INCIDENT_COMMAND, offer.to_unit_id)
            ],
        )


@job
def tell_giver(*, event_id: str, unit_id: int, incident_id: int, hand_over_id: int, state: str, entry_id: int) -> None:
    """Tell whoever offered an incident what became of the offer, unless they took it back themselves."""
    with acting_as(SYSTEM):
        offer = access.hand_over_for(SYSTEM, hand_over_id)
        giver = offer.offered_by
        if offer.restricted or giver is None or not giver.is_active or offer.decided_by_id == giver.pk:
            return
        send_message(
            actor=SYSTEM,
            person_id=giver.pk,
            letter=hand_over_outcome_letter(offer),
            dedupe_key=f"handover:{offer.pk}:{offer.state}:person:{giver.pk}",
            unit_id=_unit_now(offer),
            incident_id=offer.incident_key,
            restricted=offer.restricted,
            is_page=False,
        )


def _unit_now(offer: HandOver) -> int:
    return access.incident_for(SYSTEM, offer.incident_key).unit_id


@job
def tell_specialists(*, event_id: str, unit_id: int, incident_id: int, hand_off_id: int, entry_id: int) -> None:
    """Page whoever is on call for the schedule that an incident is handed to, while the offer stands."""
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        offer = access.hand_off_for(SYSTEM, hand_off_id)
        if offer.state != HandOverState.OFFERED or incident.restricted or not incident.is_open:
            return
        person = oncall.who_answers(SYSTEM, [offer.schedule_id or 0], clock.now()).get(offer.schedule_id or 0)
        if person is not None:
            letter = hand_off_letter(incident, offer, person, access.words_of(SYSTEM, [incident]))
            _send_about(incident, person, letter, f"handoff:{offer.pk}:offered", True)


@job
def tell_first_level(
    *, event_id: str, unit_id: int, incident_id: int, hand_off_id: int, state: str, entry_id: int
) -> None:
    """Tell whoever handed an incident off what became of it: a page where it is theirs after all."""
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        offer = access.hand_off_for(SYSTEM, hand_off_id)
        giver = offer.offered_by
        if incident.restricted or giver is None or not giver.is_active or offer.decided_by_id == giver.pk:
            return
        back = offer.state in (HandOverState.REFUSED, HandOverState.EXPIRED) and incident.is_open
        letter = hand_off_outcome_letter(incident, offer, giver, access.words_of(SYSTEM, [incident]))
        _send_about(incident, giver, letter, f"handoff:{offer.pk}:{offer.state}", back)


def _send_about(incident: Incident, person: Person, letter: Letter, why: str, is_page: bool) -> None:
    send_message(
        actor=SYSTEM,
        person_id=person.pk,
        letter=letter,
        dedupe_key=f"{why}:person:{person.pk}",
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        is_page=is_page,
        severity=incident.severity,
    )


@beat(timedelta(minutes=1))
def expire_hand_offs() -> None:
    """End the hand-offs that no specialist answered in time."""
    handing_off.expire_hand_offs()


@job
def note_hand_over(*, hand_over_id: int) -> None:
    """Write into the giver's timeline that an offer was refused, or has expired."""
    handing_over.note_decision(hand_over_id=hand_over_id)


@beat(timedelta(minutes=1))
def expire_hand_overs() -> None:
    """End the offers that nobody answered in time."""
    handing_over.expire_hand_overs()


@beat(timedelta(minutes=5))
def tell_who_comes_on() -> None:
    """Tell whoever has come on call what is open."""
    coming_on.tell_who_comes_on()


@beat(timedelta(minutes=1))
def remind_of_updates() -> None:
    """Remind of the updates that are due by the protocols of what is open."""
    updates.remind_of_updates()


@job
def consider_escalation(*, event_id: str, unit_id: int, incident_id: int, **others: Any) -> None:
    """Hold an incident that is new, graver or of another service against the criteria of the units above."""
    considering.consider_escalation(incident_id=incident_id)


@job
def engage_plans(*, event_id: str, unit_id: int, incident_id: int, **others: Any) -> None:
    """Engage what an incident that is new, or graver than it was, asks for."""
    engaging.engage_plans(incident_id=incident_id)


@job
def engage_by_tags(*, event_id: str, unit_id: int, incident_id: int, added: list[str], entry_id: int) -> None:
    """Engage the specialists for what an incident turns out to be about."""
    engaging.engage_by_tags(incident_id=incident_id, added=added)


@job
def engage_by_type(*, event_id: str, unit_id: int, incident_id: int, what: list[str], entry_id: int) -> None:
    """Engage whom an incident of this kind asks for, and see whose it is by the matrix."""
    if "incident_type" in what:
        engaging.engage_by_type(incident_id=incident_id)
        duties.reassign_duties(incident_id=incident_id)


@job
def assign_duties(*, event_id: str, unit_id: int, incident_id: int, **others: Any) -> None:
    """Resolve the unit's responsibility matrix for a new incident."""
    duties.assign_duties(incident_id=incident_id)


@job
def reassign_duties(*, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int) -> None:
    """Resolve the matrix anew for an incident that has got graver."""
    if after < before:
        duties.reassign_duties(incident_id=incident_id)


@periodic_job("* * * * *")
def consider_open_incidents(timestamp: int) -> None:
    """Hold what goes on against the criteria of the units above: it may have been open for too long by now."""
    considering.consider_escalation()


@job
def flow_outcome(*, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int) -> None:
    """Bring what happened to an incident that gathers others back to each of them."""
    if after in (Status.ACKNOWLEDGED, Status.MITIGATED, Status.RESOLVED):
        gathering.flow_outcome(incident_id=incident_id, entry_id=entry_id, after=after)
