"""Writes stories as rows: incidents, roles and timelines, in bulk and past the actions, as history is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from django.contrib.auth.models import Permission

from hub.demo.history import Story
from hub.demo.organisation import Organisation
from hub.incidents.models import (
    Incident,
    IncidentNumber,
    IncidentPersonGrant,
    IncidentRole,
    RoleKind,
    Status,
    TimelineEntry,
)

BATCH = 500


def load_stories(
    organisation: Organisation, stories: Sequence[Story], progress: Callable[[int], None]
) -> list[Incident]:
    """Write the stories, which come oldest first, and return their incidents in the same order."""
    numbers: Counter[int] = Counter()
    incidents = []
    for story in stories:
        numbers[story.unit.pk] += not story.restricted
        number = "R7C41F0A2" if story.restricted else str(numbers[story.unit.pk])
        incidents.append(_incident(story, f"{story.unit.prefix}-{number}"))
    for start in range(0, len(incidents), BATCH):
        Incident.objects.bulk_create(incidents[start : start + BATCH])
        pairs = list(zip(stories, incidents, strict=True))[start : start + BATCH]
        IncidentRole.objects.bulk_create([role for story, incident in pairs for role in _roles(story, incident)])
        TimelineEntry.objects.bulk_create(
            [
                TimelineEntry(
                    incident=incident,
                    unit_id=incident.unit_id,
                    restricted=incident.restricted,
                    kind=line.kind,
                    body=line.body,
                    rationale=line.rationale,
                    author=line.author,
                    at=line.at,
                )
                for story, incident in pairs
                for line in story.lines
            ]
        )
        progress(min(start + BATCH, len(incidents)))
    IncidentNumber.objects.bulk_create(IncidentNumber(unit_id=unit, last=last) for unit, last in numbers.items())
    return incidents


def grant_to(incident: Incident, organisation: Organisation, usernames: Sequence[str]) -> None:
    """Let these people see a restricted incident."""
    permission = Permission.objects.get(codename="view_restricted", content_type__app_label="incidents")
    IncidentPersonGrant.objects.bulk_create(
        IncidentPersonGrant(
            user=organisation.people[username],
            content_object=incident,
            permission=permission,
            reason="Member of the security team",
            granted_by=organisation.people["security"],
            granted_at=incident.declared_at,
            is_owner=username == "security",
        )
        for username in usernames
    )


def _incident(story: Story, reference: str) -> Incident:
    return Incident(
        unit=story.unit,
        reference=reference,
        title=story.title[:200],
        summary=story.summary,
        severity=story.severity,
        severity_reason=story.severity_reason,
        local_severity=story.local_severity,
        incident_type=story.type,
        status=story.status,
        restricted=story.restricted,
        service=story.service,
        commander=story.commander,
        declared_by=story.declared_by,
        declared_at=story.declared_at,
        acknowledged_at=story.times.get(Status.ACKNOWLEDGED),
        mitigated_at=story.times.get(Status.MITIGATED),
        resolved_at=story.times.get(Status.RESOLVED),
        closed_at=story.times.get(Status.CLOSED),
        updated_at=story.updated_at,
    )


def _roles(story: Story, incident: Incident) -> list[IncidentRole]:
    ended = story.times.get(Status.CLOSED)
    return [
        IncidentRole(
            incident=incident,
            unit_id=incident.unit_id,
            restricted=incident.restricted,
            kind=kind,
            person=person,
            assigned_at=story.declared_at,
            ended_at=ended,
            reason=f"on call for {story.unit.name}",
        )
        for kind, person in ((RoleKind.COMMANDER, story.commander), (RoleKind.RESPONDER, story.responder))
        if person is not None
    ]
