"""What a severity follows from and what it engages: thresholds, plans, responsibilities."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from hub.catalog.models import Sensitivity
from hub.incidents.models import (
    OVER,
    Assessment,
    Duty,
    Engagement,
    Impact,
    Incident,
    RaciLine,
    Reach,
    ResponsePlan,
    Severity,
    SeverityThreshold,
)
from hub.incidents.thresholds import Threshold
from hub.lib.identity import Actor
from hub.lib.prepared import Question, answer
from tenants import access as tenants
from tenants.models import TermKind


def severity_thresholds(actor: Actor) -> QuerySet[SeverityThreshold]:
    """The enterprise's thresholds and those of the units that `actor` sees, in their order."""
    return SeverityThreshold.objects.select_related("unit").order_by("unit__name", "position")


def thresholds(actor: Actor, unit_id: int | None) -> list[Threshold]:
    """The thresholds that hold for a unit, the enterprise's first; for None, the enterprise's alone."""
    return answer(thresholds_of_units(actor, [unit_id]))[unit_id]


def thresholds_of_units(actor: Actor, unit_ids: Collection[int | None]) -> Question[dict[int | None, list[Threshold]]]:
    """The same for each of these units."""

    def read(rows: Sequence[dict[str, Any]]) -> dict[int | None, list[Threshold]]:
        found = [SeverityThreshold(**row) for row in rows]
        common = [asked(row) for row in found if row.unit_id is None]
        return {
            unit: [*common, *(asked(row) for row in found if row.unit_id == unit)] if unit else common
            for unit in unit_ids
        }

    return Question(
        "SELECT unit_id, position, impact, criticality, recovery_minutes, reach, sensitivity, severity, explanation"
        " FROM incidents_severitythreshold WHERE unit_id IS NULL OR unit_id = ANY (%b::bigint[]) ORDER BY position",
        [[unit_id for unit_id in unit_ids if unit_id is not None]],
        read,
    )


def asked(row: SeverityThreshold) -> Threshold:
    """The threshold of this row, ready to be asked."""
    return Threshold(
        position=row.position,
        severity=Severity(row.severity),
        explanation=row.explanation,
        is_floor=row.unit_id is None,
        impact=Impact(row.impact) if row.impact else None,
        criticality=row.criticality,
        recovery_minutes=row.recovery_minutes,
        reach=Reach(row.reach) if row.reach else None,
        sensitivity=Sensitivity(row.sensitivity) if row.sensitivity else None,
    )


def last_assessment(actor: Actor, incident: Incident) -> Assessment | None:
    """What was last said of the incident, and what followed."""
    return incident.assessments.select_related("person").first()


def response_plans(actor: Actor) -> QuerySet[ResponsePlan]:
    """What severities engage, for every unit and for those that `actor` sees, the gravest first."""
    return (
        ResponsePlan.objects.select_related("unit")
        .prefetch_related("teams__schedule", "teams__incident_type", "teams__domain")
        .order_by("severity", "unit_id")
    )


def plans_for(unit_id: int, severity: str) -> Q:
    """That a plan holds for an incident of this unit and severity. SEV1, the gravest, is the first by name."""
    return (Q(unit=None) | Q(unit=unit_id)) & Q(severity__gte=severity)


def domains_of(actor: Actor, incident: Incident) -> set[int]:
    """The domains that an incident is in: its service's, and those that its tags name."""
    named = tenants.terms_named(actor, TermKind.DOMAIN, incident.unit_id, incident.tags)
    of_service = incident.service.domain_id if incident.service else None
    return named if of_service is None else named | tenants.with_meanings(actor, [of_service])


def types_of(actor: Actor, incident: Incident) -> list[int]:
    """What kind of incident it is, in its unit's own word first, and then in the global one that this means now."""
    return tenants.with_meaning(actor, incident.incident_type_id)


def engagements(actor: Actor, incident: Incident) -> QuerySet[Engagement]:
    """What the incident has engaged, the gravest plan first."""
    return incident.engagements.select_related("plan_unit")


def overdue_updates(actor: Actor, moment: datetime) -> QuerySet[Engagement]:
    """What open incidents have engaged that wanted an update by `moment` (aware), and has not been looked at since."""
    busy = Incident.objects.exclude(status__in=OVER).filter(is_quiet=False)
    return Engagement.objects.filter(incident__in=busy.values("pk"), update_due_at__lte=moment)


def raci_lines(actor: Actor) -> QuerySet[RaciLine]:
    """The responsibility matrices of the units that `actor` sees."""
    return RaciLine.objects.select_related("unit", "incident_type", "schedule", "person").order_by(
        "unit__name", "activity", "severity", "incident_type", "part", "id"
    )


def said_of_line(row: RaciLine) -> str:
    """A line as the audit trail tells it."""
    return f"{row.get_part_display()}: {holder_of(row)}"


def holder_of(row: RaciLine) -> str:
    """Whom a line names, in words."""
    if row.role_key:
        return f"everybody who is {row.role_key.replace('_', ' ')}"
    if row.person_id is not None:
        return row.person.name if row.person else "somebody"
    return f"on call for {row.schedule.name if row.schedule else 'a schedule that you do not see'}"


def duties(actor: Actor, incident: Incident) -> QuerySet[Duty]:
    """Who has which part in what about the incident now, as its unit's matrix resolved."""
    return incident.duties.filter(ended_at=None).select_related("person")
