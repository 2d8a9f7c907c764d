"""The demonstration's responsibility matrices, and what they made of the incidents that are open."""

from __future__ import annotations

from typing import Final

from hub.demo.organisation import Organisation
from hub.incidents.models import (
    OVER,
    Activity,
    Duty,
    Incident,
    Part,
    RaciLine,
    Severity,
)
from hub.incidents.resolution import resolved_matrix
from hub.lib.identity import SEED
from hub.oncall.models import Schedule
from tenants.models import Term

R, A, C, I = Part.RESPONSIBLE, Part.ACCOUNTABLE, Part.CONSULTED, Part.INFORMED  # noqa: E741  # as the matrix has them

# Unit, activity, type, from which severity on, and who: a schedule, @person or =role.
LINES: Final = (
    ("health", Activity.TRIAGE, None, None, ((R, "health-responders"), (A, "health-commanders"))),
    ("health", Activity.COMMAND, None, None, ((R, "health-commanders"), (A, "=unit_admin"))),
    ("health", Activity.REPAIR, None, None, ((R, "health-responders"), (A, "health-commanders"))),
    ("health", Activity.INFORM, None, Severity.SEV2, ((R, "health-commanders"), (A, "=unit_admin"))),
    ("health", Activity.RECORD, None, None, ((R, "health-responders"), (A, "health-commanders"))),
    ("health", Activity.REPORT, None, None, ((R, "=unit_admin"), (A, "@lead.apac"))),
    ("health", Activity.REPORT, "security", None, ((R, "@security"), (A, "=unit_admin"), (C, "@lead.apac"))),
    ("health", Activity.REVIEW, None, Severity.SEV3, ((R, "health-commanders"), (A, "=unit_admin"))),
    ("media", Activity.COMMAND, None, None, ((R, "media-commanders"), (A, "media-commanders"))),
    ("media", Activity.REPAIR, None, None, ((R, "media-responders"), (A, "media-commanders"))),
    ("media", Activity.STATUS_PAGE, None, Severity.SEV2, ((R, "media-responders"), (A, "media-commanders"))),
)


def load_responsibilities(organisation: Organisation) -> None:
    """Write the matrices, and resolve them for the open incidents of their units."""
    schedules = {each.slug: each for each in Schedule.objects.all()}
    types = {each.key: each for each in Term.objects.filter(kind="incident_type", unit=None)}
    for slug, activity, of_type, severity, held in LINES:
        for part, who in held:
            RaciLine.objects.create(
                unit=organisation.units[slug],
                activity=activity,
                incident_type=types[of_type] if of_type else None,
                severity=severity,
                part=part,
                schedule=schedules[who] if who[0] not in "@=" else None,
                person=organisation.people[who[1:]] if who[0] == "@" else None,
                role_key=who[1:] if who[0] == "=" else "",
            )
    units = {organisation.units[slug].pk for slug, *_ in LINES}
    for incident in Incident.objects.filter(unit__in=units, restricted=False).exclude(status__in=OVER):
        _resolve(incident)


def _resolve(incident: Incident) -> None:
    resolved = resolved_matrix(
        SEED,
        incident.unit_id,
        severity=incident.severity,
        incident_type=incident.incident_type_id,
        moment=incident.declared_at,
    )
    Duty.objects.bulk_create(
        Duty(
            incident=incident,
            unit_id=incident.unit_id,
            restricted=False,
            at=incident.declared_at,
            activity=each.line.activity,
            part=each.line.part,
            person=person,
            source=each.line.holder[:200],
            gap="" if person else each.gap,
        )
        for each in resolved
        for person in (each.people or (None,))
    )
