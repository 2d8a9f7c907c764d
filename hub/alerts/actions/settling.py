"""What alerts mean for incidents: opening, telling, growing graver, and being over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from hub.alerts import access, wording
from hub.alerts.access import KnownSource
from hub.alerts.actions import storing
from hub.alerts.actions.judging import Judge
from hub.alerts.actions.storing import HeldGroup, PlacedAlert
from hub.alerts.events import AlertFired, AlertResolved
from hub.alerts.wording import Told
from hub.incidents import access as incidents
from hub.incidents.actions import change_severity, declare_incident, hold_severity, resolve_incident
from hub.incidents.actions.writing import append_entries
from hub.incidents.fields import MissingFields
from hub.incidents.models import EntryKind, Incident
from hub.lib.errors import Conflict
from hub.lib.events import Event
from hub.lib.identity import Actor
from hub.live import outbox
from tenants import audit

LONGEST_DESCRIPTION: Final = 2_000

_VERBS: Final[Mapping[type[Event], str]] = {AlertFired: "Firing", AlertResolved: "Resolved"}


class SettledMeanwhile(Conflict):
    """The incident that an alert was about to join was resolved at the same moment: the request begins again."""


class Settlement:
    """What one request changes about the incidents of its groups, whose rows it has locked."""

    def __init__(self, actor: Actor, source: KnownSource, groups: Sequence[HeldGroup]) -> None:
        self._actor = actor
        self._source = source
        self._groups = groups
        arriving = [placed.service for group in groups for placed in group.arriving]
        self._judge = Judge(
            actor,
            source,
            unit_ids={group.unit_id for group in groups},
            service_ids={service.id for service in arriving if service},
        )
        self._opened: dict[int, Incident] = {}

    def open_incidents(self, moment: datetime) -> None:
        """Declare an incident for each group in which something fires and that has none open.

        Locks the units' counters, in the order of the units.
        """
        for group in sorted(self._groups, key=lambda group: group.unit_id):
            if group.incident is not None and group.incident.is_open:
                continue
            firing = [placed for placed in group.arriving if placed.alert.is_firing]
            if firing:
                incident = self._declared(group, firing)
                self._opened[incident.pk] = incident
                storing.follow(group, incident, moment)

    def settle(self) -> None:
        """Tell each group's incident what is new about its alerts; nothing happens where nothing is.

        An incident is over when no alert of it fires and the sender left none out, if its source resolves incidents.
        One that has become restricted is not told: its alerts are kept up to date, its state is its people's.

        Locks the incidents, in the order of their ids. Raises `SettledMeanwhile`.
        """
        changed = {group.incident.id: group for group in self._groups if group.incident and _has_news(group)}
        if not changed:
            return
        # Those that this request has opened are its own as they are.
        former = incidents.incidents(self._actor).filter(pk__in=changed.keys() - self._opened.keys()).order_by("pk")
        needed = ("reference", "unit_id", "restricted", "status", "severity", "least_severity")
        locked = former.select_for_update(no_key=True, of=("self",)).only(*needed)
        news: list[tuple[Incident, HeldGroup]] = []
        for incident in (*(each for key, each in self._opened.items() if key in changed), *locked):
            group = changed[incident.pk]
            if incident.is_open:
                news.append((incident, group))
            elif group.fired:
                raise SettledMeanwhile(f"{incident.reference} was resolved at the same moment.")
        self._tell(news)
        for incident, group in news:
            self._follow_severity(incident, group)
            self._resolve(incident, group)

    def _tell(self, news: Sequence[tuple[Incident, HeldGroup]]) -> None:
        """Write into each incident's timeline, the outbox and the audit trail: a statement each for all of them."""
        fired = [(incident, group.fired, AlertFired, group.truncated) for incident, group in news if group.fired]
        over = [(incident, group.resolved, AlertResolved, 0) for incident, group in news if group.resolved]
        entries = append_entries(
            actor=self._actor,
            kind=EntryKind.ALERT,
            bodies=[
                (incident, wording.entry(_VERBS[kind], _told(alerts.values()), truncated=truncated))
                for incident, alerts, kind, truncated in (*fired, *over)
            ],
            declared=self._opened.keys(),
        )
        outbox.record_all(
            actor=self._actor,
            events=[
                kind(
                    unit_id=incident.unit_id,
                    incident_id=incident.pk,
                    restricted=incident.restricted,
                    alert_ids=list(alerts),
                    entry_id=entry.pk,
                )
                for (incident, alerts, kind, _), entry in zip((*fired, *over), entries, strict=True)
            ],
        )
        audit.record_all(
            [
                audit.entry(
                    actor=self._actor,
                    verb="receive_alerts",
                    obj=incident,
                    unit_id=incident.unit_id,
                    incident_id=incident.pk,
                    restricted=incident.restricted,
                    change={"fired": [None, len(group.fired)], "resolved": [None, len(group.resolved)]},
                )
                for incident, group in news
            ]
        )

    def _follow_severity(self, incident: Incident, group: HeldGroup) -> None:
        """Follow an alert that is graver than its incident, unless people have judged that themselves.

        What the enterprise holds its alerts to holds whatever people have judged.
        """
        if not group.fired:
            return
        verdict = self._judge.gravest(group.unit_id, group.fired.values())
        gravest, floor = verdict.judgement, verdict.floor
        if gravest.severity.value < incident.severity and not self._is_judged_by_people(incident):
            change_severity(
                actor=self._actor, incident_id=incident.pk, severity=gravest.severity, reason=gravest.reason[:300]
            )
        if floor is not None and (not incident.least_severity or floor.severity.value < incident.least_severity):
            hold_severity(actor=self._actor, incident_id=incident.pk, severity=floor.severity, reason=floor.words)

    def _resolve(self, incident: Incident, group: HeldGroup) -> None:
        """Resolve an incident of which nothing fires any more."""
        if not group.resolved or group.truncated or not self._source.resolves_incidents:
            return
        if not access.firing_alerts(self._actor, incident.pk).exists():
            note = f"all of its alerts are resolved, says {self._source.name}"
            try:
                resolve_incident(actor=self._actor, incident_id=incident.pk, note=note)
            except MissingFields as missing:
                # People have to say something first: the incident waits for them, and says so.
                body = f"Not resolved by itself although {note}. {missing.message}"
                append_entries(actor=self._actor, kind=EntryKind.SYSTEM, bodies=[(incident, body)])

    def _declared(self, group: HeldGroup, firing: Sequence[PlacedAlert]) -> Incident:
        verdict = self._judge.gravest(group.unit_id, firing)
        gravest, judgement, floor = verdict.alert, verdict.judgement, verdict.floor
        about = gravest.service or next((placed.service for placed in firing if placed.service), None)
        return declare_incident(
            actor=self._actor,
            title=wording.title(_told(firing)),
            summary=str(gravest.alert.annotations.get("description", ""))[:LONGEST_DESCRIPTION],
            severity=judgement.severity,
            severity_reason=judgement.reason,
            unit_id=group.unit_id,
            service_id=about.id if about else None,
            assessed=self._judge.assessed(group.unit_id, gravest),
            least_severity=floor.severity if floor else None,
            least_reason=floor.words if floor else "",
            opening=f"Declared as {judgement.severity.upper()} by {self._source.name}: {judgement.reason}",
        )

    def _is_judged_by_people(self, incident: Incident) -> bool:
        """Whether somebody else has changed the severity: then alerts do not overrule them."""
        changes = incidents.timeline(self._actor, incident).filter(kind=EntryKind.SEVERITY)
        return changes.exclude(author=self._actor.person_id).exists()


def _has_news(group: HeldGroup) -> bool:
    """Whether something changed that an open incident should know."""
    return group.incident is not None and group.incident.is_open and bool(group.fired or group.resolved)


def _told(alerts: Iterable[PlacedAlert]) -> list[Told]:
    return [Told(placed.alert, placed.service.name if placed.service else "") for placed in alerts]
