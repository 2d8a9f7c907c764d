"""PagerDuty's Events API v2, as its senders speak it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from math import isfinite
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, StringConstraints

from hub.alerts.intake.documents import Moment, Sent, read_document
from hub.alerts.intake.reports import (
    LONGEST_NAME,
    LONGEST_SUMMARY,
    NAMELESS,
    Report,
    ReportedAlert,
    group_digest,
    shortened,
)
from hub.lib.errors import Invalid, InvalidMany

Action = Literal["trigger", "acknowledge", "resolve"]
FilledText = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

LONGEST_LABEL = 1_000
"""Characters of a custom detail that still counts as a label; a longer one is text about the alert, not its name."""


class Payload(Sent):
    """What is wrong."""

    summary: FilledText
    source: FilledText
    severity: Literal["critical", "error", "warning", "info"]
    timestamp: Moment | None = None
    component: str | None = None
    group: str | None = None
    event_class: str | None = Field(None, alias="class")
    custom_details: Any = None


class Link(Sent):
    href: str
    text: str | None = None


class Image(Sent):
    src: str
    href: str | None = None
    alt: str | None = None


class SentEvent(Sent):
    """One request, whatever its action."""

    routing_key: FilledText
    event_action: Action
    dedup_key: Annotated[str, StringConstraints(max_length=255)] | None = None


class SentTrigger(SentEvent):
    """One request that says what is wrong. What comes with the other actions is passed over, since many senders fill it
    with blanks then, and an alert that could not be resolved would stay for ever."""

    payload: Payload | None = None
    links: list[Link] | None = None
    images: list[Image] | None = None
    client: str | None = None
    client_url: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """What a request asks for.

    Attributes:
        dedup_key: the sender's, or for a trigger without one a new one.
        report: the alert of a trigger; None otherwise.
    """

    routing_key: str
    action: Action
    dedup_key: str
    report: Report | None

    @property
    def group_key(self) -> str:
        return group_digest(self.dedup_key)


def read(body: bytes) -> Event:
    """What a request asks for. Raises `InvalidMany` naming what is wrong."""
    sent: SentEvent
    try:
        sent = read_document(SentTrigger, body)
    except InvalidMany:
        sent = read_document(SentEvent, body)
        if sent.event_action == "trigger":
            raise
    if not isinstance(sent, SentTrigger) or sent.event_action != "trigger":
        if not sent.dedup_key:
            raise InvalidMany([Invalid(f"dedup_key is missing: what to {sent.event_action}?", path=["dedup_key"])])
        return Event(sent.routing_key, sent.event_action, sent.dedup_key, None)
    if sent.payload is None:
        raise InvalidMany([Invalid("payload is missing.", path=["payload"])])
    dedup_key = sent.dedup_key or uuid.uuid4().hex
    report = Report(group_key=group_digest(dedup_key), alerts=[_reported(sent, sent.payload, dedup_key)])
    return Event(sent.routing_key, "trigger", dedup_key, report)


def _reported(sent: SentTrigger, payload: Payload, dedup_key: str) -> ReportedAlert:
    said = {
        "source": payload.source,
        "severity": payload.severity,
        "component": payload.component,
        "group": payload.group,
        "class": payload.event_class,
    }
    about = {
        "custom_details": _storable(payload.custom_details),
        "client": sent.client,
        "client_url": sent.client_url,
        "links": [link.model_dump(exclude_none=True) for link in sent.links or ()],
        "images": [image.model_dump(exclude_none=True) for image in sent.images or ()],
    }
    summary = shortened(payload.summary, LONGEST_SUMMARY)
    return ReportedAlert(
        fingerprint=dedup_key,
        name=shortened(payload.event_class or "", LONGEST_NAME) or shortened(summary, LONGEST_NAME) or NAMELESS,
        summary=summary,
        is_firing=True,
        labels=_details_as_labels(about["custom_details"]) | {key: value for key, value in said.items() if value},
        annotations={key: value for key, value in about.items() if value},
        starts_at=payload.timestamp,
        link=sent.client_url or "",
    )


def _details_as_labels(details: Any) -> dict[str, str]:
    """The plain values among the custom details: rules and the search for the service can then ask for them."""
    if not isinstance(details, dict):
        return {}
    plain = {key: value for key, value in details.items() if isinstance(value, str | int | float)}
    written = {key: value if isinstance(value, str) else orjson.dumps(value).decode() for key, value in plain.items()}
    return {key: value for key, value in written.items() if len(value) <= LONGEST_LABEL}


def _storable(value: Any) -> Any:
    """The value with what JSON can say but neither the hub's writer nor PostgreSQL can keep as a number made text."""
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    if isinstance(value, list):
        return [_storable(each) for each in value]
    if isinstance(value, dict):
        return {key: _storable(each) for key, each in value.items()}
    return value
