"""What senders are told, in the words of their protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from hub.alerts.ingest.encodings import PACKED
from hub.lib.errors import HubError

RETRY_SECONDS: Final = 5
"""When a sender may try again, where it honours that; Alertmanager keeps to its own times."""


@dataclass(frozen=True)
class Answer:
    """A status, a JSON document, and headers beside the usual ones."""

    status: int
    document: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> bytes:
        return orjson.dumps(self.document)


class Protocol:
    """How one protocol words its answers. This one is the hub's own, for senders that only look at the status."""

    busy_status = 503
    """Alertmanager drops what it is told with 429, and repeats what it is told with 503."""

    def accepted(self, count: int) -> Answer:
        """The request was stored, all of it."""
        return Answer(200, {"status": "accepted", "alerts": count})

    def refused(self, status: int, code: str, errors: Sequence[HubError], headers: Mapping[str, str]) -> Answer:
        """The request was refused, and nothing of it was stored."""
        faults = [{"message": error.message, "path": list(error.path)} for error in errors]
        return Answer(status, {"status": "refused", "code": code, "errors": faults}, headers)


class EventsProtocol(Protocol):
    """PagerDuty's words, which its clients parse."""

    busy_status = 429

    def processed(self, dedup_key: str) -> Answer:
        """The event was stored."""
        return Answer(202, {"status": "success", "message": "Event processed", "dedup_key": dedup_key})

    def refused(self, status: int, code: str, errors: Sequence[HubError], headers: Mapping[str, str]) -> Answer:
        words = {400: ("invalid event", "Event object is invalid"), 429: ("throttle exceeded", "Too many at once")}
        said, message = words.get(status, (code.lower().replace("_", " "), errors[0].message))
        return Answer(
            status, {"status": said, "message": message, "errors": [each.message for each in errors]}, headers
        )


HUB: Final = Protocol()
EVENTS: Final = EventsProtocol()


def malformed(protocol: Protocol, errors: Sequence[HubError]) -> Answer:
    """400: the document is not what the protocol says; sending it again would not help."""
    return protocol.refused(400, "INVALID", errors, {})


def unknown_key(protocol: Protocol) -> Answer:
    """401: no source has this key now."""
    fault = HubError("This key is unknown or was revoked; `manage.py source` makes a new one.")
    return protocol.refused(401, "UNAUTHENTICATED", [fault], {})


def wrong_method(protocol: Protocol) -> Answer:
    """405: alerts are posted."""
    return protocol.refused(405, "METHOD_NOT_ALLOWED", [HubError("Send alerts with POST.")], {"allow": "POST"})


def too_slow(protocol: Protocol, seconds: int) -> Answer:
    """408: the body did not arrive."""
    fault = HubError(f"The body did not arrive within {seconds} seconds.")
    return protocol.refused(408, "TIMEOUT", [fault], {"connection": "close"})


def too_large(protocol: Protocol, limit: int) -> Answer:
    """413: the body is larger than `limit` bytes."""
    fault = HubError(f"The body is larger than {limit:,} bytes; send fewer alerts at once.")
    return protocol.refused(413, "TOO_LARGE", [fault], {"connection": "close"})


def unknown_encoding(protocol: Protocol) -> Answer:
    """415: the body is packed in a way that is not known here."""
    taken = ", ".join(PACKED)
    fault = HubError(f"Send the body as it is, or with one Content-Encoding of {taken}.")
    return protocol.refused(415, "UNSUPPORTED_MEDIA_TYPE", [fault], {"accept-encoding": taken})


def busy(protocol: Protocol) -> Answer:
    """503, or 429 where the protocol has it: more requests wait than the hub takes."""
    fault = HubError("The hub is taking as many alerts as it can; send this again shortly.")
    return protocol.refused(protocol.busy_status, "TOO_MANY", [fault], {"retry-after": "1"})


def unavailable(protocol: Protocol) -> Answer:
    """503: the database did not answer; nothing was stored."""
    fault = HubError("The hub cannot store alerts at the moment; send this again.")
    return protocol.refused(503, "UNAVAILABLE", [fault], {"retry-after": str(RETRY_SECONDS)})


def failed(protocol: Protocol) -> Answer:
    """500: a fault of the hub's own; nothing was stored, and the log has the rest."""
    fault = HubError("The hub failed to take this; its log says why.")
    return protocol.refused(500, "INTERNAL", [fault], {"retry-after": str(RETRY_SECONDS)})


def unknown_address(protocol: Protocol, path: str) -> Answer:
    """404: nothing is sent here."""
    fault = HubError(f"Nothing is sent to {path[:200]}; `manage.py source` prints a source's address.")
    return protocol.refused(404, "NOT_FOUND", [fault], {})
