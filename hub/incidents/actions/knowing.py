"""The facts that a severity follows from: what people say, and what the catalog knows of the service."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from hub.catalog import access as catalog
from hub.catalog.models import Sensitivity, Service
from hub.incidents import access
from hub.incidents.models import Assessment, Impact, Incident, Reach
from hub.incidents.thresholds import Facts, Proposal, propose
from hub.lib import clock
from hub.lib.identity import Actor
from hub.lib.keys import key_for
from hub.lib.prepared import Question, answer


def facts_of(
    actor: Actor,
    service: Service | None,
    *,
    impact: Impact | None = None,
    reach: Reach | None = None,
    sensitivity: Sensitivity | None = None,
) -> Facts:
    """What somebody says, completed by the catalog: what needs the service says how wide a failure of it reaches."""
    known = answer(facts_of_services(actor, [service.pk])).get(service.pk, Facts()) if service else Facts()
    return replace(known, impact=impact, reach=reach or known.reach, sensitivity=sensitivity or known.sensitivity)


def facts_of_services(actor: Actor, service_ids: Collection[int]) -> Question[dict[int, Facts]]:
    """What the catalog knows of each of these services."""
    relied_on = catalog.services_relied_on(actor, service_ids)
    return relied_on.then(
        lambda found: {
            service.pk: Facts(
                criticality=service.criticality,
                recovery_minutes=service.recovery_minutes,
                reach=Reach.UNITS if units - {service.unit_id} else None,
                sensitivity=Sensitivity(service.sensitivity) if service.sensitivity else None,
            )
            for service, units in found
        }
    )


def keep_assessment(actor: Actor, incident: Incident, known: Facts, proposal: Proposal) -> Assessment:
    """Keep what was known and what followed, in the caller's transaction."""
    return Assessment.objects.create(
        pk=key_for(restricted=incident.restricted),
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        at=clock.now(),
        person_id=actor.person_id,
        impact=known.impact,
        criticality=known.criticality,
        recovery_minutes=known.recovery_minutes,
        reach=known.reach,
        sensitivity=known.sensitivity,
        proposed=proposal.severity,
        floor=proposal.floor,
        reasons=[each[:600] for each in proposal.reasons],
    )


def proposal_for(actor: Actor, incident: Incident) -> Proposal:
    """What follows, by the thresholds as they are now, from what was last said of the incident."""
    last = incident.assessments.first()
    known = facts_of(
        actor,
        incident.service,
        impact=Impact(last.impact) if last and last.impact else None,
        reach=Reach(last.reach) if last and last.reach else None,
        sensitivity=Sensitivity(last.sensitivity) if last and last.sensitivity else None,
    )
    return propose(known, access.thresholds(actor, incident.unit_id))
