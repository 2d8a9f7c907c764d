"""What is known of an incident, and the severity that follows from it."""

from __future__ import annotations

from hub.catalog.models import Sensitivity
from hub.incidents import access
from hub.incidents.actions.knowing import facts_of, keep_assessment
from hub.incidents.actions.progress import regrade
from hub.incidents.actions.writing import append_entry, incident_for_work
from hub.incidents.models import EntryKind, Impact, Incident, Reach
from hub.incidents.rooms import Act
from hub.incidents.thresholds import Facts, Proposal, propose
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from tenants import audit


def assess_incident(
    *,
    actor: Actor,
    incident_id: int,
    impact: Impact | None = None,
    reach: Reach | None = None,
    sensitivity: Sensitivity | None = None,
) -> Incident:
    """Say what is known of an incident by now. Where a graver severity follows, it is that grave from now on.

    A laxer one is proposed and no more: that an incident is less grave than was thought is for people to say.

    Args:
        sensitivity: of the data that is concerned; that of the service's data if left out.

    Raises `NotFound`, `Forbidden` for somebody who may not judge it, `Conflict` once it is closed. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.JUDGE, lock=True)
        if incident.closed_at:
            raise Conflict(f"{incident.reference} is closed; what is known of it stays as it was.")
        known = facts_of(actor, incident.service, impact=impact, reach=reach, sensitivity=sensitivity)
        proposal = propose(known, access.thresholds(actor, incident.unit_id))
        keep_assessment(actor, incident, known, proposal)
        told = _told(known, proposal)
        append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Assessed: {told}")
        audit.record(
            actor=actor,
            verb="assess_incident",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"facts": [None, told]},
        )
        if proposal.severity is not None and proposal.severity.value < incident.severity:
            regrade(actor, incident, proposal.severity, proposal.reason[:300], verb="assess_incident")
        return incident


def _told(known: Facts, proposal: Proposal) -> str:
    """What was said and what follows, as the timeline tells it."""
    said = [
        f"impact {known.impact.value}" if known.impact else "",
        f"reach: {known.reach.label.lower()}" if known.reach else "",
        f"{known.sensitivity.value} data" if known.sensitivity else "",
    ]
    follows = (
        f"{proposal.severity.upper()} follows: {proposal.reason}"
        if proposal.severity
        else "no threshold says how grave that is"
    )
    return f"{', '.join(filter(None, said)) or 'nothing is known yet'}. {follows}"
