"""The addresses, and what a body that was posted to one of them asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hub.alerts.ingest import answers
from hub.alerts.ingest.answers import Answer, EventsProtocol, Protocol
from hub.alerts.intake import alertmanager, events_v2
from hub.alerts.intake.requests import Acknowledgement, Request, Resolution
from hub.alerts.models import SourceKind
from hub.lib.errors import InvalidMany


@dataclass(frozen=True, slots=True)
class Posted:
    """A request on its way to be stored.

    Attributes:
        key: the source's key, as it was shown.
        request: what is asked for, or why it cannot be understood; even that is only told to whoever has a key.
        answer: what to answer once it is stored or, for one that is not understood, once its key is known.
    """

    kind: SourceKind
    protocol: Protocol
    key: str
    request: Request | InvalidMany
    answer: Answer


@dataclass(frozen=True)
class AlertmanagerEndpoint:
    """`POST /ingest/alertmanager/<key>`: Alertmanager's webhook."""

    key: str

    protocol: ClassVar[Protocol] = answers.HUB

    def read(self, body: bytes) -> Posted:
        """What the body asks for."""
        try:
            report = alertmanager.read(body)
        except InvalidMany as faults:
            return self.unreadable(faults)
        return self._posted(report, self.protocol.accepted(len(report.alerts)))

    def unreadable(self, faults: InvalidMany) -> Posted:
        """The refusal of a body that cannot be understood, for whoever has the key."""
        return self._posted(faults, answers.malformed(self.protocol, faults.errors))

    def _posted(self, request: Request | InvalidMany, answer: Answer) -> Posted:
        return Posted(SourceKind.ALERTMANAGER, self.protocol, self.key, request, answer)


@dataclass(frozen=True)
class EventsEndpoint:
    """`POST /ingest/events/v2/enqueue`: PagerDuty's Events API v2."""

    protocol: ClassVar[EventsProtocol] = answers.EVENTS

    def read(self, body: bytes) -> Posted | Answer:
        """What the body asks for; the refusal of one that cannot be understood, since the key is part of it."""
        try:
            event = events_v2.read(body)
        except InvalidMany as faults:
            return self.unreadable(faults)
        answer = self.protocol.processed(event.dedup_key)
        return Posted(SourceKind.EVENTS_V2, self.protocol, event.routing_key, _request(event), answer)

    def unreadable(self, faults: InvalidMany) -> Answer:
        """The refusal of a body that cannot be understood."""
        return answers.malformed(self.protocol, faults.errors)


Endpoint = AlertmanagerEndpoint | EventsEndpoint


def endpoint_at(path: str) -> Endpoint | None:
    """The endpoint with this address below `/ingest/`, or None."""
    match path.strip("/").split("/"):
        case ["alertmanager", key]:
            return AlertmanagerEndpoint(key)
        case ["events", "v2", "enqueue"]:
            return EventsEndpoint()
    return None


def protocol_below(path: str) -> Protocol:
    """Whose words a sender reads that posts to an address below `/ingest/` where nothing is: PagerDuty's clients also
    send changes, for instance, which are not taken here."""
    return answers.EVENTS if path.startswith("events/") else answers.HUB


def _request(event: events_v2.Event) -> Request:
    if event.report is not None:
        return event.report
    if event.action == "acknowledge":
        return Acknowledgement(event.group_key)
    return Resolution(event.group_key, event.dedup_key)
