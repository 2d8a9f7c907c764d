"""What alerts mean for incidents: opening, telling, growing graver, and being over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from hub.alerts import access, wording
from hub.alerts.access import KnownSource
from hub.alerts.actions import storing
from hub.alerts.actions.storing import HeldGroup, PlacedAlert
from hub.alerts.events import AlertFired, AlertResolved
from hub.alerts.severity import Judgement, judge
from hub.alerts.wording import Told
from hub.incidents import access as incidents
from hub.incidents.actions import change_severity, declare_incident, resolve_incident
from hub.incidents.actions.writing import announce_entry, append_entry
from hub.incidents.models import EntryKind, Incident, TimelineEntry
from hub.lib.errors import Conflict, NotFound
from hub.lib.identity import Actor
from hub.live import outbox
from tenants import audit

LONGEST_DESCRIPTION = 2_000


class SettledMeanwhile(Conflict):
    """The incident that an alert was about to join was resolved at the same moment: the request begins again."""


def open_incidents(actor: Actor, source: KnownSource, groups: Iterable[HeldGroup], moment: datetime) -> None:
    """Declare an incident for each locked group in which something fires and that has none open."""
    for group in groups:
        if group.incident is not None and group.incident.is_open:
            continue
        firing = [placed for placed in group.arriving if placed.alert.is_firing]
        if firing:
            storing.follow(group, _declared(actor, source, group, firing), moment)


def settle(actor: Actor, source: KnownSource, groups: Iterable[HeldGroup], *, truncated: int = 0) -> None:
    """Tell each group's incident what is new about its alerts; nothing happens where nothing is.

    Args:
        truncated: how many alerts the sender left out: while there are any, an incident is not over.

    Locks the incidents, in the order of their ids. Raises `SettledMeanwhile`.
    """
    changed = [
        group for group in groups if group.incident and group.incident.is_open and (group.fired or group.resolved)
    ]
    for group in sorted(changed, key=_incident_id):
        try:
            incident = incidents.incident_for(actor, _incident_id(group), lock=True)
        except NotFound:
            # Restricted since. Its alerts are kept up to date; its state and its timeline are its people's.
            continue
        if not incident.is_open:
            if group.fired:
                raise SettledMeanwhile(f"{incident.reference} was resolved at the same moment.")
            continue
        if group.fired:
            _tell_fired(actor, source, incident, group, truncated)
        if group.resolved:
            _tell_resolved(actor, incident, group)
            if source.resolves_incidents and not truncated and not access.firing_alerts(actor, incident.pk).exists():
                resolve_incident(
                    actor=actor, incident_id=incident.pk, note=f"all of its alerts are resolved, says {source.name}"
                )


def _has_news(group: HeldGroup) -> bool:
    """Whether something changed that an open incident should know."""
    return group.incident is not None and group.incident.is_open and bool(group.fired or group.resolved)


def _incident_id(group: HeldGroup) -> int:
    return group.incident.id if group.incident else 0


def _declared(actor: Actor, source: KnownSource, group: HeldGroup, firing: Sequence[PlacedAlert]) -> Incident:
    judged = _judged(actor, source, group.unit_id, firing)
    gravest, judgement = min(judged, key=lambda each: each[1].severity.value)
    about = gravest.service or next((placed.service for placed in firing if placed.service), None)
    return declare_incident(
        actor=actor,
        title=wording.title(_told(firing)),
        summary=gravest.alert.annotations.get("description", "")[:LONGEST_DESCRIPTION],
        severity=judgement.severity,
        severity_reason=judgement.reason,
        unit_id=group.unit_id,
        service_id=about.id if about else None,
        opening=f"Declared as {judgement.severity.upper()} by {source.name}: {judgement.reason}",
    )


def _judged(
    actor: Actor, source: KnownSource, unit_id: int, alerts: Iterable[PlacedAlert]
) -> list[tuple[PlacedAlert, Judgement]]:
    rules = access.severity_rules(actor, [unit_id]).get(unit_id, ())
    default = Judgement(source.default_severity, f"No rule matched and the alert says nothing: {source.name}'s default")
    return [(placed, judge(placed.alert.labels, rules, default)) for placed in alerts]


def _tell_fired(actor: Actor, source: KnownSource, incident: Incident, group: HeldGroup, truncated: int) -> None:
    fired = list(group.fired.values())
    entry = _written(actor, incident, wording.entry("Firing", _told(fired), truncated=truncated))
    event = AlertFired(
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        alert_ids=list(group.fired),
        entry_id=entry.pk,
    )
    outbox.record(actor=actor, event=event)
    _audited(actor, incident, {"fired": [None, len(fired)]})
    _, gravest = min(_judged(actor, source, incident.unit_id, fired), key=lambda each: each[1].severity.value)
    if gravest.severity.value < incident.severity and not _judged_by_people(actor, incident):
        change_severity(actor=actor, incident_id=incident.pk, severity=gravest.severity, reason=gravest.reason[:300])


def _tell_resolved(actor: Actor, incident: Incident, group: HeldGroup) -> None:
    resolved = list(group.resolved.values())
    entry = _written(actor, incident, wording.entry("Resolved", _told(resolved)))
    event = AlertResolved(
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        alert_ids=list(group.resolved),
        entry_id=entry.pk,
    )
    outbox.record(actor=actor, event=event)
    _audited(actor, incident, {"resolved": [None, len(resolved)]})


def _written(actor: Actor, incident: Incident, body: str) -> TimelineEntry:
    entry = append_entry(actor=actor, incident=incident, kind=EntryKind.ALERT, body=body)
    announce_entry(actor, incident, entry)
    return entry


def _audited(actor: Actor, incident: Incident, change: dict[str, list[int | None]]) -> None:
    audit.record(
        actor=actor,
        verb="receive_alerts",
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change=change,
    )


def _judged_by_people(actor: Actor, incident: Incident) -> bool:
    """Whether somebody else has changed the severity: then alerts do not overrule them."""
    return incidents.timeline(actor, incident).filter(kind=EntryKind.SEVERITY).exclude(author=actor.person_id).exists()


def _told(alerts: Iterable[PlacedAlert]) -> list[Told]:
    return [Told(placed.alert, placed.service.name if placed.service else "") for placed in alerts]
