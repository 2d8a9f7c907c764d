"""Looks at what is open, and proposes or makes an incident of the unit above where its criteria are met."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from hub.catalog import access as catalog
from hub.incidents.actions.gathering import propose_escalation
from hub.incidents.escalation import Bounds, Catalog, Open, Situation, met_by
from hub.incidents.models import OVER, EscalationCriteria, Incident
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as


def consider_escalation(*, incident_id: int | None = None) -> int:
    """Hold one open incident, or all of them, against the criteria of the units above. The system's own.

    Returns how many proposals were made. Restricted incidents take no part, nor do those that page nobody before their
    maintenance is over; those that are gathered already only count.
    """
    with acting_as(SYSTEM):
        criteria = list(EscalationCriteria.objects.select_related("unit"))
        if not criteria:
            return 0
        going_on = Incident.objects.filter(restricted=False, is_quiet=False).exclude(status__in=OVER)
        # What is less grave counts for no criterion; of an enterprise's thousands that is nearly all.
        counting = going_on.filter(severity__lte=max(each.considered_from for each in criteria))
        rows = {each.pk: each for each in counting.select_related("unit")}
        # What is gathered already counts beside the others, so that what comes later joins it.
        gathering = set(going_on.exclude(parent=None).values_list("parent_id", flat=True))
        considered = [
            each
            for key, each in rows.items()
            if incident_id in (None, key) and each.parent_id is None and key not in gathering
        ]
        if not considered:
            return 0
        known = _catalog()
        opened = {key: _open(each) for key, each in rows.items()}
        situation = Situation(opened.values(), known)
        proposed: set[int] = set()
        made = 0
        for each in considered:
            if each.pk not in proposed:
                together = _consider(each, opened[each.pk], situation, criteria, known)
                proposed.update(together)
                made += bool(together)
        return made


def _consider(
    incident: Incident,
    opened: Open,
    situation: Situation,
    criteria: Iterable[EscalationCriteria],
    known: Catalog,
) -> tuple[int, ...]:
    """The incidents that were proposed together with this one, which is among them; none if nothing new was."""
    # The nearest unit above is asked first, and the first that takes it has it.
    above = {unit_id: place for place, unit_id in enumerate(incident.unit.lineage)}
    for each in sorted((one for one in criteria if one.unit_id in above), key=lambda one: above[one.unit_id]):
        criteria_met = met_by(opened, situation, _bounds(each), known, clock.now())
        # One that was dismissed does not keep the next one from being said.
        for met in criteria_met:
            proposal = propose_escalation(
                criteria=each,
                trigger=incident,
                incident_ids=met.incidents,
                criterion=met.criterion,
                reason=met.reason,
            )
            if proposal is not None:
                return met.incidents
        if criteria_met:
            break
    return ()


def _open(incident: Incident) -> Open:
    return Open(
        id=incident.pk,
        unit=incident.unit_id,
        unit_name=incident.unit.name,
        lineage=incident.unit.lineage,
        severity=incident.severity,
        service=incident.service_id,
        declared_at=incident.declared_at,
    )


def _bounds(criteria: EscalationCriteria) -> Bounds:
    return Bounds(
        unit=criteria.unit_id,
        considered_from=criteria.considered_from,
        severity=criteria.severity,
        units_hit=criteria.units_hit,
        dependents=criteria.dependents,
        open_for=None if criteria.open_minutes is None else timedelta(minutes=criteria.open_minutes),
    )


def _catalog() -> Catalog:
    services = list(catalog.services(SYSTEM))
    needs: dict[int, set[int]] = {}
    for service_id, needed_id in catalog.dependencies(SYSTEM).values_list("service_id", "needs_id"):
        needs.setdefault(service_id, set()).add(needed_id)
    return Catalog(
        owner={each.pk: each.unit_id for each in services},
        needs=needs,
        names={each.pk: each.name for each in services},
    )
