"""What units have to do with each other: thresholds and response plans, owners, hand-overs, what is gathered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.bridge.models import SecurityLink
from hub.incidents.models import (
    Assessment,
    Duty,
    Engagement,
    EscalationCriteria,
    EscalationProposal,
    HandOff,
    HandOver,
    HandOverState,
    Impact,
    Incident,
    Ownership,
    OwnershipModel,
    ProposalState,
    RaciLine,
    ResponsePlan,
    ResponseTeam,
    Severity,
    SeverityThreshold,
)
from hub.oncall.models import Schedule
from tenants.models import (
    BusinessUnit,
    Person,
)

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def write_thresholds(person: Person) -> None:
    """Three units' thresholds and plans, each with teams; and every recent incident is assessed and has engaged."""
    schedules = list(Schedule.objects.order_by("pk")[:3])
    for unit in BusinessUnit.objects.filter(slug__in=["retail", "cloud", "logistics"]):
        SeverityThreshold.objects.create(
            unit=unit, position=90, impact=Impact.MAJOR, severity=Severity.SEV2, explanation="World"
        )
        RaciLine.objects.bulk_create(
            RaciLine(unit=unit, activity="review", part="c", schedule=schedule) for schedule in schedules
        )
        RaciLine.objects.create(unit=unit, activity="review", part="a", person=person)
        plan = ResponsePlan.objects.create(unit=unit, severity=Severity.SEV4, roles=["scribe"], updated_at=NOON)
        ResponseTeam.objects.bulk_create(
            ResponseTeam(plan=plan, unit=unit, schedule=schedule) for schedule in schedules
        )
    for incident in Incident.objects.filter(restricted=False).order_by("-declared_at")[:20]:
        scope = {"incident": incident, "unit_id": incident.unit_id, "restricted": False, "at": NOON}
        Assessment.objects.bulk_create(
            Assessment(**scope, person=person, impact=Impact.MAJOR, reasons=["World"]) for _ in range(3)
        )
        HandOff.objects.bulk_create(
            HandOff(
                incident=incident,
                unit_id=incident.unit_id,
                restricted=False,
                schedule=schedule,
                team=schedule.name,
                reason="World",
                offered_by=person,
                offered_at=NOON,
                expires_at=NOON,
                state="refused",
                decided_by=person,
                decided_at=NOON,
            )
            for schedule in schedules
        )
        Duty.objects.bulk_create(
            Duty(**scope, activity="review", part="i", person=person, source=f"World {number}") for number in range(3)
        )
        Engagement.objects.bulk_create(
            Engagement(**scope, plan_unit=unit, severity=Severity.SEV3, roles=["scribe"])
            for unit in BusinessUnit.objects.order_by("pk")[:3]
        )


def write_between_units(person: Person) -> None:
    group = BusinessUnit.objects.get(slug="group")
    schedule = Schedule.objects.get(slug="group-duty")
    latest = Incident.objects.filter(restricted=False, parent=None).exclude(unit=group).order_by("-declared_at")
    # Those of Payments first: chains of escalation run for them, and each has everything below it.
    recent = [*latest.filter(unit__slug="payments")[:6], *latest.exclude(unit__slug="payments")[:3]]
    SecurityLink.objects.bulk_create(
        SecurityLink(incident=each, unit_id=each.unit_id, restricted=False, reason="World", asked_at=NOON)
        for each in recent
        if not SecurityLink.objects.filter(incident=each).exists()
    )
    for unit in BusinessUnit.objects.filter(slug__in=["payments", "retail"]):
        EscalationCriteria.objects.create(unit=unit, units_hit=3, commander_schedule=schedule, updated_at=NOON)
        Ownership.objects.update_or_create(
            unit=unit,
            defaults={
                "model": OwnershipModel.CENTRALIZED,
                "central_unit": group,
                "commander_schedule": schedule,
                "updated_at": NOON,
            },
        )
    for number in range(3):
        gathered = recent[number::3]
        parent = Incident.objects.create(
            unit=group,
            reference=f"GRP-W{number}",
            title="World",
            severity=Severity.SEV2,
            service=gathered[0].service,
            commander=person,
            declared_by=person,
            declared_at=recent[0].declared_at + timedelta(seconds=number),
            updated_at=NOON,
        )
        Incident.objects.filter(pk__in=[each.pk for each in gathered]).update(parent=parent)
        EscalationProposal.objects.create(
            unit=group,
            trigger=gathered[0],
            incident_ids=[each.pk for each in gathered],
            criterion="severity",
            reason="World",
            state=ProposalState.ACCEPTED,
            proposed_at=NOON,
            decided_by=person,
            decided_at=NOON,
            parent=parent,
        )
        HandOver.objects.bulk_create(
            HandOver(
                incident=each,
                unit_id=each.unit_id,
                restricted=False,
                from_unit_id=each.unit_id,
                to_unit=group,
                state=HandOverState.REFUSED,
                reason="World",
                reference=each.reference,
                title=each.title,
                severity=each.severity,
                offered_by=person,
                offered_at=NOON + timedelta(minutes=at),
                expires_at=NOON,
                decided_by=person,
                decided_at=NOON,
                answer="World",
            )
            for each in gathered
            for at in range(3)
        )
