"""From a suspicion to a restricted investigation.

The suspicion is written by whoever has it. The investigation is opened by the system, in a job, since nobody of the IT
side may be admitted to it by having asked for it.
"""

from __future__ import annotations

import logging

from hub.bridge import access
from hub.bridge.criteria import suspicion
from hub.bridge.events import BreachSuspected
from hub.bridge.letters import investigation_letter
from hub.bridge.models import Crossing, Direction, Investigation, LinkState, SecurityLink
from hub.delivery.actions import send_message
from hub.incidents import access as incidents
from hub.incidents.actions import declare_incident
from hub.incidents.actions.restriction import give_grant
from hub.incidents.actions.writing import append_entry, incident_for_work
from hub.incidents.models import EntryKind, Incident, Severity
from hub.lib import clock
from hub.lib.errors import Conflict, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import audit

logger = logging.getLogger(__name__)


def suspect_breach(*, actor: Actor, incident_id: int, reason: str) -> SecurityLink:
    """Ask security to look at an incident, by a person's word. Locks the incident.

    Raises `NotFound`, `Forbidden` for somebody who may not write in its room, `Invalid` without a reason, `Conflict`
    if security was asked already.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        why = checked_text(reason, "reason", longest=300)
        if SecurityLink.objects.filter(incident=incident).exists():
            raise Conflict(f"Security was asked to look at {incident.reference} already.")
        return _linked(actor, incident, why)


def check_incident(*, incident_id: int) -> SecurityLink | None:
    """Ask security to look at an incident if a rule says so, as the system. Does so once. Locks the incident."""
    with acting_as(SYSTEM):
        try:
            incident = incidents.incident_for(SYSTEM, incident_id, lock=True)
        except NotFound:
            return None
        if incident.restricted or not incident.is_open or SecurityLink.objects.filter(incident=incident).exists():
            return None
        why = suspicion(access.facts(SYSTEM, incident), access.criteria(SYSTEM, incident.unit_id))
        return None if why is None else _linked(SYSTEM, incident, why[:300])


def open_investigation(*, link_id: int) -> Incident | None:
    """Open the restricted incident that looks into a suspicion, with the security responders of the unit, as the
    system. Does so once; returns None if it is open already. Locks the link.
    """
    with acting_as(SYSTEM):
        link = SecurityLink.objects.select_for_update().get(pk=link_id)
        if Investigation.objects.filter(link=link).exists():
            return None
        suspected = incidents.incident_for(SYSTEM, link.incident_id)
        investigated = declare_incident(
            actor=SYSTEM,
            title=f"Suspected breach: {suspected.title}"[:200],
            severity=Severity(suspected.severity),
            severity_reason=f"As grave as {suspected.reference}",
            unit_id=suspected.unit_id,
            restricted=True,
            opening=f"Opened because of {suspected.reference}: {link.reason}",
        )
        investigation = Investigation.objects.create(
            link=link, incident=investigated, unit_id=investigated.unit_id, restricted=True
        )
        Crossing.objects.create(
            investigation=investigation,
            incident=investigated,
            unit_id=investigated.unit_id,
            restricted=True,
            direction=Direction.TO_SECURITY,
            content={"incident": suspected.reference, "title": suspected.title},
            person_id=link.asked_by_id,
            reason=link.reason,
            at=clock.now(),
            dedupe_key=f"link:{link.pk}",
        )
        link.state = LinkState.INVESTIGATING
        link.save(update_fields=["state"])
        responders = list(access.security_responders(SYSTEM, suspected.unit))
        if not responders:
            logger.error(
                "Nobody holds security.respond for %s: %s has no owner", suspected.unit, investigated.reference
            )
        for responder in responders:
            give_grant(
                actor=SYSTEM,
                incident_id=investigated.pk,
                person_id=responder.pk,
                reason=f"Security responder, for {suspected.reference}",
                is_owner=True,
            )
        for responder in responders:
            send_message(
                actor=SYSTEM,
                person_id=responder.pk,
                letter=investigation_letter(investigated, suspected, link),
                dedupe_key=f"bridge:{link.pk}:person:{responder.pk}",
                unit_id=investigated.unit_id,
                incident_id=investigated.pk,
                restricted=True,
                is_page=True,
            )
        return investigated


def _linked(actor: Actor, incident: Incident, why: str) -> SecurityLink:
    link = SecurityLink.objects.create(
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        reason=why,
        asked_by_id=actor.person_id,
        asked_at=clock.now(),
    )
    append_entry(
        actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Security was asked to look at this: {why}"
    )
    outbox.record(
        actor=actor,
        event=BreachSuspected(
            unit_id=incident.unit_id, incident_id=incident.pk, restricted=incident.restricted, link_id=link.pk
        ),
    )
    audit.record(
        actor=actor,
        verb="suspect_breach",
        obj=link,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"reason": [None, why]},
    )
    return link
