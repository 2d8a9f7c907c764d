"""What people are told about incidents, in words."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.urls import reverse

from hub.delivery.letters import Letter
from hub.incidents.models import Incident, IncidentRole, RoleKind, Severity, Status, TimelineEntry
from hub.web import wording
from tenants.models import Person

BADGES = {
    Severity.SEV1: "#a3122a",
    Severity.SEV2: "#b8461a",
    Severity.SEV3: "#806200",
    Severity.SEV4: "#2b66ab",
    Severity.SEV5: "#62676f",
}
"""The severities' colours in mails, which know no style sheet of ours: each carries white letters."""


def role_letter(incident: Incident, held: IncidentRole, roles: Iterable[IncidentRole]) -> Letter:
    """Tells the holder of `held` that the role is theirs; `roles` are all that are held now."""
    role = RoleKind(held.kind).label.lower()
    severity = Severity(incident.severity)
    zone = ZoneInfo(held.person.time_zone)
    declared = wording.full(incident.declared_at.astimezone(zone))
    declarer = f" by {incident.declared_by.name}" if incident.declared_by else ""
    return Letter(
        subject=f"[{severity.upper()}] {incident.reference} {incident.title}: you are {role}",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"You are {role} of {incident.reference}.",
        headline=incident.title,
        facts=[
            ("Severity", " – ".join(filter(None, [severity.label, incident.severity_reason]))),
            ("Where", ", ".join(filter(None, [incident.service.name if incident.service else "", incident.unit.name]))),
            ("Impact", incident.summary),
            ("Status", "" if incident.status == Status.DECLARED else Status(incident.status).label),
            ("Declared", declared + declarer),
            ("On it", "; ".join(f"{each.person.name}, {RoleKind(each.kind).label.lower()}" for each in roles)),
        ],
        request=_request(incident, role),
        because=f"You were given the role of {role}: {held.reason}." if held.reason else "",
        badge=(severity.upper(), BADGES[severity]),
    )


def glass_letter(incident: Incident, entry: TimelineEntry, owner: Person) -> Letter:
    """Tells `owner` that somebody broke the glass of a restricted incident; `entry` says who and why."""
    severity = Severity(incident.severity)
    return Letter(
        subject=f"{incident.reference}: the glass was broken",
        reference=incident.reference,
        path=reverse("incident", args=[incident.reference]),
        lead=f"Somebody who was not admitted to {incident.reference} sees it now.",
        headline=incident.title,
        facts=[
            ("What happened", entry.body),
            ("When", wording.full(entry.at.astimezone(ZoneInfo(owner.time_zone)))),
            ("Where", incident.unit.name),
        ],
        request="Open the incident to see who has read it, and end the grant if it should not be.",
        because="You own this restricted incident.",
        badge=(severity.upper(), BADGES[severity]),
    )


def _request(incident: Incident, role: str) -> str:
    if incident.status == Status.DECLARED:
        return "Nobody has acknowledged it yet. Open it and press Acknowledge, so that everybody knows you have it."
    return f"Open it to take over as {role}."
