"""The demonstration's severity matrix, what the enterprise holds alerts to, and what severities engage.

Also what is known of the incidents that are open.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from hub.alerts.models import SeverityFloor
from hub.catalog.models import Sensitivity
from hub.demo.organisation import Organisation
from hub.incidents import access
from hub.incidents.models import (
    OVER,
    Assessment,
    Engagement,
    HandOffChecklist,
    Impact,
    Incident,
    IncidentRole,
    Reach,
    ResponsePlan,
    ResponseTeam,
    RoleKind,
    Route,
    Severity,
    SeverityThreshold,
)
from hub.incidents.routing import led_by
from hub.incidents.thresholds import Facts, propose
from hub.lib import clock
from hub.lib.identity import SEED
from hub.oncall.models import Expertise, Schedule
from tenants.models import Term, TermKind

# Whose (nothing: every unit's), the severity, why, and what must be known of the incident. All of them ask for an
# impact: how critical a service is says nothing yet about how bad it is today.
THRESHOLDS: Final[tuple[tuple[str, Severity, str, dict[str, Any]], ...]] = (
    ("", Severity.SEV1, "The business of several units stands still",
     {"impact": Impact.SEVERE, "reach": Reach.UNITS}),
    ("", Severity.SEV2, "An important process of several units stands still",
     {"impact": Impact.MAJOR, "reach": Reach.UNITS}),
    ("", Severity.SEV2, "Work with protected data stands still",
     {"impact": Impact.MODERATE, "sensitivity": Sensitivity.SECRET}),
    ("payments", Severity.SEV1, "Nobody can pay, and the service has to be back within the quarter of an hour",
     {"impact": Impact.MAJOR, "criticality": 1, "recovery_minutes": 15}),
    ("payments", Severity.SEV2, "Some payments stand still",
     {"impact": Impact.MODERATE, "criticality": 1}),
    ("payments", Severity.SEV3, "Payments go through with a detour",
     {"impact": Impact.MINOR, "criticality": 2}),
    ("health", Severity.SEV1, "Care stands still, or what is known of patients is at risk",
     {"impact": Impact.MAJOR, "sensitivity": Sensitivity.SECRET}),
    ("health", Severity.SEV2, "A practice cannot work", {"impact": Impact.MODERATE, "reach": Reach.TEAM}),
)  # fmt: skip

# What the enterprise holds alerts to, whatever units say: the matchers, the severity, and why. All of them are about
# production, so that a unit's rule for its tests meets none.
FLOORS: Final = (
    (('env="prod"', 'safety="people"'), Severity.SEV1, "People may come to harm: nothing is weighed against that"),
    (('env="prod"', 'data=~"cardholder|patient"', 'exposed="true"'), Severity.SEV2,
     "Protected data lies open, and the hours in which authorities must be told run"),
    (('env="prod"', 'backup="missing"'), Severity.SEV3, "Without a backup the next failure is a loss"),
)  # fmt: skip

# Whose, from which severity on, the roles that must be held, the schedules and roles of teams, minutes, the protocol.
PLANS: Final = (
    ("", Severity.SEV1, (RoleKind.COMMUNICATIONS_LEAD, RoleKind.TECHNICAL_LEAD, RoleKind.SCRIBE), (), 30,
     ("First update to the enterprise within 15 minutes of the declaration",
      "Say who is affected, what is done and when the next update comes",
      "The communications lead alone speaks to customers and authorities")),
    ("health", Severity.SEV2, (RoleKind.TECHNICAL_LEAD,), (("health-responders", RoleKind.TECHNICAL_LEAD),), 60,
     ("Tell the practices that are affected by telephone",
      "Ask the data protection officer before anything about patients is written down")),
    ("cloud", Severity.SEV2, (), (), 30, ("Name the units that depend on it in the first update",)),
    ("payments", Severity.SEV1, (), (), 30, ("Tell the card schemes within 30 minutes if cards are declined",)),
    ("media", Severity.SEV1, (), (("media-commanders", RoleKind.COMMUNICATIONS_LEAD),), 20,
     ("The newsroom is told before the audience is",)),
)  # fmt: skip


# Who comes to grave incidents of Health by what they are about: schedule, tag, and what they must hold.
SPECIALISTS: Final = (
    ("health-commanders", "health-data", ""),
    ("health-responders", "external-partner", ""),
)


# Who leads technically in a field of technology: whose plan, the domain, the schedule, and what they must hold.
DOMAIN_LEADS: Final = (
    ("cloud", "databases", "cloud-responders", "postgresql"),
    ("cloud", "containers", "cloud-responders", "kubernetes"),
    ("cloud", "event-streams", "cloud-responders", "kafka"),
    ("cloud", "networks", "cloud-follow-the-sun", ""),
    ("payments", "databases", "payments-responders", "postgresql"),
)


# What the first level must say before specialists take over, and how many minutes these have.
CHECKLISTS: Final = (
    ("payments", 15, ("What fails, and since when?", "Who suffers?", "What changed before it began?",
                      "What was tried, and what did that do?")),
    ("health", 10, ("What fails, and since when?", "Which practices cannot work?", "Are records concerned?")),
)  # fmt: skip


def load_thresholds(organisation: Organisation) -> None:
    """Write the matrix and the plans, and assess the grave incidents that are open."""
    places: dict[str, int] = {}
    for slug, severity, explanation, asks in THRESHOLDS:
        places[slug] = places.get(slug, 0) + 1
        SeverityThreshold.objects.create(
            unit=organisation.units.get(slug),
            position=places[slug],
            severity=severity,
            explanation=explanation,
            **asks,
        )
    SeverityFloor.objects.bulk_create(
        SeverityFloor(
            position=position,
            matchers=list(matchers),
            severity=severity,
            explanation=explanation,
            set_by=organisation.people["steward"],
            set_at=clock.now() - timedelta(days=400),
        )
        for position, (matchers, severity, explanation) in enumerate(FLOORS, start=1)
    )
    schedules = {each.slug: each for each in Schedule.objects.all()}
    now = clock.now()
    for slug, severity, roles, teams, minutes, protocol in PLANS:
        plan = ResponsePlan.objects.create(
            unit=organisation.units.get(slug),
            severity=severity,
            roles=list(roles),
            protocol="\n".join(protocol),
            update_minutes=minutes,
            updated_at=now,
        )
        ResponseTeam.objects.bulk_create(
            ResponseTeam(plan=plan, unit=plan.unit, schedule=schedules[schedule], role=role) for schedule, role in teams
        )
    HandOffChecklist.objects.bulk_create(
        HandOffChecklist(unit=organisation.units[slug], minutes=minutes, items=list(items))
        for slug, minutes, items in CHECKLISTS
    )
    health = ResponsePlan.objects.get(unit=organisation.units["health"])
    ResponseTeam.objects.bulk_create(
        ResponseTeam(plan=health, unit=health.unit, schedule=schedules[schedule], tag=tag, expertise=expertise)
        for schedule, tag, expertise in SPECIALISTS
    )
    domains = {each.key: each for each in Term.objects.filter(kind=TermKind.DOMAIN, unit=None)}
    plans = {each.unit_id: each for each in ResponsePlan.objects.all()}
    ResponseTeam.objects.bulk_create(
        ResponseTeam(
            plan=plans[organisation.units[slug].pk],
            unit=organisation.units[slug],
            schedule=schedules[schedule],
            role=RoleKind.TECHNICAL_LEAD,
            domain=domains[domain],
            expertise=expertise,
        )
        for slug, domain, schedule, expertise in DOMAIN_LEADS
    )
    for incident in Incident.objects.filter(service__isnull=False).exclude(status__in=OVER).select_related("service"):
        Incident.objects.filter(pk=incident.pk).update(tags=incident.service.tags if incident.service else [])
    for incident in Incident.objects.filter(severity__lte=Severity.SEV2, restricted=False).exclude(status__in=OVER):
        _assess(incident)
        _lead(incident)


def _lead(incident: Incident) -> None:
    """Whoever leads technically by the plan of its unit for its domain, as it was engaged."""
    domain = incident.service.domain_id if incident.service else None
    team = ResponseTeam.objects.filter(
        plan__unit=incident.unit_id, plan__severity__gte=incident.severity, domain=domain, domain__isnull=False
    ).first()
    if team is None or not team.expertise:
        return
    able = Expertise.objects.filter(unit=team.unit, key=team.expertise).select_related("person").first()
    if able is not None:
        IncidentRole.objects.create(
            incident=incident,
            unit_id=incident.unit_id,
            restricted=incident.restricted,
            kind=team.role,
            person=able.person,
            assigned_at=incident.declared_at,
            route=Route.DOMAIN,
            reason=f"of {team.schedule}, able in {team.expertise}, {led_by(team)}",
        )


def _assess(incident: Incident) -> None:
    """As whoever declared it would have, with what it had engaged by then."""
    impact = Impact.SEVERE if incident.severity == Severity.SEV1 else Impact.MAJOR
    service = incident.service
    known = Facts(
        impact=impact,
        criticality=service.criticality if service else None,
        recovery_minutes=service.recovery_minutes if service else None,
        reach=Reach.UNITS,
        sensitivity=Sensitivity(service.sensitivity) if service and service.sensitivity else None,
    )
    proposal = propose(known, access.thresholds(SEED, incident.unit_id))
    scope = {"incident": incident, "unit_id": incident.unit_id, "restricted": False, "at": incident.declared_at}
    Assessment.objects.create(
        **scope,
        person_id=incident.declared_by_id,
        impact=known.impact,
        criticality=known.criticality,
        recovery_minutes=known.recovery_minutes,
        reach=known.reach,
        sensitivity=known.sensitivity,
        proposed=proposal.severity,
        floor=proposal.floor,
        reasons=proposal.reasons,
    )
    Engagement.objects.bulk_create(
        Engagement(
            **scope,
            plan_unit_id=plan.unit_id,
            severity=plan.severity,
            roles=plan.roles,
            protocol=plan.protocol,
            update_minutes=plan.update_minutes,
        )
        for plan in access.response_plans(SEED).filter(access.plans_for(incident.unit_id, incident.severity))
    )
