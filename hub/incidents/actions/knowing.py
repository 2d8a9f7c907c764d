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


def facts_of(
    actor: Actor,
    service: Service | None,
    *,
    impact: Impact | None = None,
    reach: Reach | None = None,
    sensitivity: Sensitivity | None = None,
) -> Facts:
    """What somebody says, completed by the catalog: what needs the service says how wide a failure of it reaches."""
    if service is None:
        return Facts(impact=impact, reach=reach, sensitivity=sensitivity)
    known = _facts_of_service(service, () if reach else catalog.units_relying_on(actor, [service.pk])[service.pk])
    return replace(known, impact=impact, reach=reach or known.reach, sensitivity=sensitivity or known.sensitivity)


def facts_of_services(actor: Actor, service_ids: Collection[int]) -> dict[int, Facts]:
    """What the catalog knows of each of these services, by the same two statements for any number of them."""
    relying = catalog.units_relying_on(actor, service_ids)
    services = catalog.services(actor).select_related(None).filter(pk__in=service_ids).order_by()
    return {service.pk: _facts_of_service(service, relying[service.pk]) for service in services}


def _facts_of_service(service: Service, relying: Collection[int]) -> Facts:
    return Facts(
        criticality=service.criticality,
        recovery_minutes=service.recovery_minutes,
        reach=Reach.UNITS if set(relying) - {service.unit_id} else None,
        sensitivity=Sensitivity(service.sensitivity) if service.sensitivity else None,
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
