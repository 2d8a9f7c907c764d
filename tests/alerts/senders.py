"""What senders post, and a hub that takes it."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from hub.alerts import actions
from hub.alerts.actions import NewKey
from hub.alerts.models import Alert, AlertSource, SourceKind
from hub.catalog.models import Service
from hub.incidents.models import EntryKind, Incident
from hub.lib import identity
from hub.lib.identity import Actor
from tenants.models import BusinessUnit, Person
from tests.conftest import as_system, seeding

_numbers = itertools.count(1)


@dataclass
class LiveHub:
    """A web process, its database, and sources that post to it."""

    address: str
    database: str
    # Nothing here speaks TLS, and reading the machine's certificates takes longer than a test's own work.
    http: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60, verify=False))

    def source(self, unit: str = "payments", kind: SourceKind = SourceKind.ALERTMANAGER, **more: Any) -> Source:
        """A new source of the unit."""
        with as_system():
            made = actions.create_alert_source(
                actor=identity.SYSTEM,
                unit_id=BusinessUnit.objects.get(slug=unit).pk,
                kind=kind,
                name=f"Source {next(_numbers)}",
                **more,
            )
        return Source(self, made)

    def actor(self, username: str) -> Actor:
        """The actor for a person, by username."""
        with seeding():
            return identity.person(Person.objects.get(username=username).pk, through="test")

    def service(self, slug: str) -> Service:
        """A service, by slug."""
        with seeding():
            return Service.objects.get(slug=slug)


@dataclass
class Source:
    """A source, as its sender knows it and as the tests look at what became of what it sent."""

    hub: LiveHub
    made: NewKey

    @property
    def model(self) -> AlertSource:
        return self.made.source

    @property
    def address(self) -> str:
        """Where it posts to."""
        if self.model.kind == SourceKind.ALERTMANAGER:
            return f"{self.hub.address}/ingest/alertmanager/{self.made.key}"
        return f"{self.hub.address}/ingest/events/v2/enqueue"

    def post(self, document: Any) -> httpx.Response:
        """Post a document and return the answer, whatever it is."""
        return self.hub.http.post(self.address, json=document)

    def send(self, *alerts: dict[str, Any], group: str = "group", truncated: int = 0) -> None:
        """Post a notification about one group, which the hub must accept."""
        answer = self.post(notification(*alerts, group=group, truncated=truncated))
        assert answer.status_code == 200, answer.text

    def event(self, action: str, **fields: Any) -> httpx.Response:
        """Post an event of the Events API, with this source's routing key."""
        return self.post({"routing_key": self.made.key, "event_action": action, **fields})

    def incidents(self) -> list[Incident]:
        """The incidents that it opened, the oldest first."""
        with seeding():
            opened = Incident.objects.filter(declared_by=self.model.account_id).select_related("unit", "service")
            return list(opened.order_by("id"))

    def incident(self) -> Incident:
        """The only incident that it opened."""
        (incident,) = self.incidents()
        return incident

    def alerts(self) -> list[Alert]:
        """Its alerts, in the order of their making."""
        with seeding():
            return list(Alert.objects.filter(source=self.model).order_by("id"))

    def alert(self) -> Alert:
        """Its only alert."""
        (alert,) = self.alerts()
        return alert


def alert(
    name: str = "HighLatency",
    service: str | None = "checkout-api",
    severity: str | None = "critical",
    status: str = "firing",
    summary: str = "p99 over 2 s",
    **labels: str,
) -> dict[str, Any]:
    """An alert of a notification; its labels are its identity, and tell its fingerprint."""
    said = {"alertname": name, "service": service, "severity": severity, **labels}
    kept = {label: value for label, value in said.items() if value is not None}
    return {
        "status": status,
        "labels": kept,
        "annotations": {"summary": summary, "description": f"{summary} for ten minutes"},
        "startsAt": "2026-05-01T12:00:00.123456789Z",
        "endsAt": "2026-05-01T12:30:00Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.test/graph",
        "fingerprint": f"{abs(hash(tuple(sorted(kept.items())))):016x}",
    }


def notification(*alerts: dict[str, Any], group: str = "group", truncated: int = 0) -> dict[str, Any]:
    """What Alertmanager posts about a group."""
    firing = any(each["status"] == "firing" for each in alerts)
    return {
        "version": "4",
        "groupKey": f'{{}}:{{group="{group}"}}',
        "truncatedAlerts": truncated,
        "status": "firing" if firing else "resolved",
        "receiver": "hub",
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.test",
        "alerts": list(alerts),
    }


def told(incident: Incident, kind: EntryKind = EntryKind.ALERT) -> Sequence[str]:
    """What the timeline says, the oldest first, of one kind of entries."""
    with seeding():
        return list(incident.timeline.filter(kind=kind).order_by("at", "id").values_list("body", flat=True))
