"""What each address does with a whole body, in a thread that may wait for the database."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Final, TypeVar

from django.db import IntegrityError, InterfaceError, OperationalError, connection

from hub.alerts import access, actions
from hub.alerts.access import KnownSource
from hub.alerts.actions import SettledMeanwhile
from hub.alerts.ingest import answers
from hub.alerts.ingest.answers import Answer, EventsProtocol, Protocol
from hub.alerts.intake import alertmanager, events_v2
from hub.alerts.models import SourceKind
from hub.lib.errors import InvalidMany

logger = logging.getLogger(__name__)

T = TypeVar("T")

ATTEMPTS: Final = 4
"""How often a request begins again: after a lock that somebody else kept, a race that it lost, or a connection that had
died while it was idle."""


@dataclass(frozen=True)
class AlertmanagerEndpoint:
    """`POST /ingest/alertmanager/<key>`: Alertmanager's webhook."""

    key: str

    protocol: ClassVar[Protocol] = answers.HUB

    def answer(self, body: bytes) -> Answer:
        source = _attempted(lambda: access.source_of_key(self.key, SourceKind.ALERTMANAGER))
        if source is None:
            return answers.unknown_key(self.protocol)
        report = alertmanager.read(body)
        _attempted(lambda: actions.receive_alerts(actor=source.actor, source=source, report=report))
        return self.protocol.accepted(len(report.alerts))


@dataclass(frozen=True)
class EventsEndpoint:
    """`POST /ingest/events/v2/enqueue`: PagerDuty's Events API v2."""

    protocol: ClassVar[EventsProtocol] = answers.EVENTS

    def answer(self, body: bytes) -> Answer:
        event = events_v2.read(body)
        source = _attempted(lambda: access.source_of_key(event.routing_key, SourceKind.EVENTS_V2))
        if source is None:
            return answers.unknown_key(self.protocol)
        _attempted(lambda: _perform(source, event))
        return self.protocol.processed(event.dedup_key)


Endpoint = AlertmanagerEndpoint | EventsEndpoint


def endpoint_at(path: str) -> Endpoint | None:
    """The endpoint with this address below `/ingest/`, or None."""
    match path.strip("/").split("/"):
        case ["alertmanager", key]:
            return AlertmanagerEndpoint(key)
        case ["events", "v2", "enqueue"]:
            return EventsEndpoint()
    return None


def answer(endpoint: Endpoint, body: bytes) -> Answer:
    """What the endpoint answers to this body, whatever happens. A 2xx is given after the commit and never before."""
    try:
        return endpoint.answer(body)
    except InvalidMany as faults:
        return answers.malformed(endpoint.protocol, faults.errors)
    except (OperationalError, InterfaceError, IntegrityError, SettledMeanwhile) as error:
        logger.error("Alerts were not stored, and their sender was asked to repeat them: %s", error)
        return answers.unavailable(endpoint.protocol)
    except Exception:
        logger.exception("Alerts were not stored")
        return answers.failed(endpoint.protocol)


def _perform(source: KnownSource, event: events_v2.Event) -> None:
    if event.report is not None:
        actions.receive_alerts(actor=source.actor, source=source, report=event.report)
    elif event.action == "acknowledge":
        actions.acknowledge_alert(actor=source.actor, source=source, group_key=event.group_key)
    else:
        actions.resolve_alert(actor=source.actor, source=source, group_key=event.group_key, fingerprint=event.dedup_key)


def _attempted(work: Callable[[], T]) -> T:
    """The result of `work`, a whole transaction, begun again where a second attempt can end otherwise."""
    for remaining in reversed(range(ATTEMPTS)):
        try:
            return work()
        except (IntegrityError, SettledMeanwhile):
            if not remaining:
                raise
        except (OperationalError, InterfaceError):
            if not remaining or connection.connection is None:  # it could not even connect
                raise
            if not connection.is_usable():
                connection.close()
    raise AssertionError("unreachable")
