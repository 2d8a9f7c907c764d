"""How a review begins: by itself, when its incident is over."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from hub.incidents import access as incidents
from hub.incidents.models import Incident, RoleKind, Severity
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from knowledge.postmortems import access, drafting
from knowledge.postmortems.actions.writing import announce, announce_change, audit_change, save_change, scope_of
from knowledge.postmortems.deadlines import Deadline, deadline
from knowledge.postmortems.events import PostmortemOpened
from knowledge.postmortems.models import Postmortem, PostmortemMoment, Section
from tenants import access as tenants
from tenants.permissions import Permission, require
from tenants.templates import fill


def open_postmortem(*, actor: Actor, incident_id: int) -> Postmortem:
    """Open the review of an incident that is over, drafted from its timeline and its unit's template.

    It is due 48 hours after the resolution or sooner, in plain hours or in the unit's working time, as the unit's
    policy says when it opens or its incident is resolved once more.

    Doing it again returns the same review. When the incident was reopened and resolved once more, a draft gets the
    new times, the moments since, and new wording where nobody has written yet. Locks the review, if there is one; of
    two that open it at the same moment, the unique incident lets one write.

    Raises `NotFound` for the incident, `Forbidden` without knowledge.write in its unit, `Conflict` while it goes on.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id)
        if not incident.restricted:
            require(
                actor,
                Permission.KNOWLEDGE_WRITE,
                incident.unit_id,
                f"You cannot open the review of {incident.reference}: that needs a responder's role in its unit.",
            )
        if incident.resolved_at is None:
            raise Conflict(f"{incident.reference} is not over yet; its review opens when it is resolved.")
        existing = access.postmortem_of(actor, incident.pk)
        if existing is None:
            try:
                with transaction.atomic():
                    return _opened(actor, incident, incident.resolved_at)
            except IntegrityError:
                existing = access.postmortem_of(actor, incident.pk)
                if existing is None:
                    raise
        return _caught_up(actor, existing, incident, incident.resolved_at)


def facts_of(incident: Incident) -> drafting.Facts:
    """What a draft and the figures are made from."""
    return drafting.Facts(
        title=incident.title,
        summary=incident.summary,
        severity=Severity(incident.severity).label,
        service=incident.service.name if incident.service else "",
        declared_at=incident.declared_at,
        acknowledged_at=incident.acknowledged_at,
        mitigated_at=incident.mitigated_at,
        resolved_at=incident.resolved_at,
    )


def facts_as_columns(incident: Incident) -> dict[str, Any]:
    """The copies of the incident's facts that a review keeps for readers who may not see the incident."""
    return {
        "reference": incident.reference,
        "service_id": incident.service_id,
        "severity": incident.severity,
        "occurred_at": incident.declared_at,
        "resolved_at": incident.resolved_at,
        **dataclasses.asdict(drafting.figures(facts_of(incident))),
    }


def _opened(actor: Actor, incident: Incident, resolved_at: datetime) -> Postmortem:
    entries = _entries(actor, incident)
    drafted = _drafted(actor, incident, entries)
    moment = clock.now()
    due = _due(actor, incident, resolved_at)
    postmortem = Postmortem.objects.create(
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        **facts_as_columns(incident),
        author_id=_author(actor, incident),
        title=incident.title,
        **drafted,
        drafted=drafted,
        opened_at=moment,
        **due.as_columns(),
        edited_at=moment,
    )
    _add_moments(postmortem, drafting.moments(entries))
    announce(
        actor,
        PostmortemOpened(
            unit_id=postmortem.unit_id,
            incident_id=incident.pk,
            restricted=postmortem.restricted,
            postmortem_id=postmortem.pk,
        ),
    )
    audit_change(actor, postmortem, "open_postmortem", _due_change(None, due))
    return postmortem


def _caught_up(actor: Actor, seen: Postmortem, incident: Incident, resolved_at: datetime) -> Postmortem:
    if seen.is_published or seen.resolved_at == resolved_at:
        return seen
    postmortem = access.postmortem_for(actor, seen.pk, lock=True)
    entries = _entries(actor, incident)
    due = _due(actor, incident, resolved_at)
    changes = facts_as_columns(incident) | due.as_columns()
    drafted = dict(postmortem.drafted)
    for section, text in _drafted(actor, incident, entries).items():
        if not postmortem.is_written(Section(section)):
            changes[section] = drafted[section] = text
    for name, value in (changes | {"drafted": drafted}).items():
        setattr(postmortem, name, value)
    save_change(actor, postmortem, [*changes, "drafted"])
    last = postmortem.moments.order_by("-at").first()
    _add_moments(postmortem, [each for each in drafting.moments(entries) if last is None or each.at > last.at])
    announce_change(actor, postmortem, "moments")
    change = {"resolved_at": [_iso(seen.resolved_at), _iso(resolved_at)], **_due_change(seen, due)}
    audit_change(actor, postmortem, "open_postmortem", change)
    return postmortem


def _due(actor: Actor, incident: Incident, resolved_at: datetime) -> Deadline:
    unit_id = incident.unit_id
    return deadline(resolved_at, tenants.policy_of(actor, unit_id), tenants.calendars(actor, [unit_id]).get(unit_id))


def _due_change(before: Postmortem | None, due: Deadline) -> dict[str, list[Any]]:
    return {
        "due_at": [_iso(before.due_at) if before else None, _iso(due.at)],
        "due_counted": [before.due_counted if before else None, due.counted.value],
    }


def _drafted(actor: Actor, incident: Incident, entries: Sequence[drafting.Entry]) -> dict[str, str]:
    """What the timeline says for each section, and below it what the unit's template says there."""
    drafted = {section.value: text for section, text in drafting.sections(facts_of(incident), entries).items()}
    template = tenants.review_template_of(actor, incident.unit_id)
    if template is not None:
        facts = incidents.facts_in_words(incident)
        for section, text in template.sections.items():
            drafted[section] = "\n\n".join(each for each in (drafted.get(section, ""), fill(text, facts)) if each)
    return drafted


def _entries(actor: Actor, incident: Incident) -> list[drafting.Entry]:
    return [
        drafting.Entry(
            at=entry.at,
            kind=entry.kind,
            body=entry.body,
            rationale=entry.rationale,
            author=entry.author.name if entry.author else "",
        )
        for entry in incidents.timeline(actor, incident)
    ]


def _author(actor: Actor, incident: Incident) -> int | None:
    """Who leads the review until somebody else takes it: the commander, or else the first of the responders."""
    if incident.commander_id is not None:
        return incident.commander_id
    responder = incidents.roles(actor, incident).filter(kind=RoleKind.RESPONDER).order_by("assigned_at", "id").first()
    return responder.person_id if responder else None


def _add_moments(postmortem: Postmortem, moments: Sequence[drafting.Moment]) -> None:
    PostmortemMoment.objects.bulk_create(
        PostmortemMoment(**scope_of(postmortem), at=each.at, kind=each.kind, text=each.text) for each in moments
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
