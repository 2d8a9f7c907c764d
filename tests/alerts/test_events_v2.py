"""PagerDuty's Events API v2: what its senders post and what its own client makes of the hub."""

from __future__ import annotations

from typing import Any

import pdpyras
import pytest

from hub.alerts.models import AlertStatus, SourceKind
from hub.incidents import actions
from hub.incidents.models import Status
from tests.alerts.senders import LiveHub, Source


@pytest.fixture
def source(hub: LiveHub) -> Source:
    return hub.source(kind=SourceKind.EVENTS_V2)


def payload(**fields: Any) -> dict[str, Any]:
    return {"summary": "Queue is stuck", "source": "worker-7.internal", "severity": "critical", **fields}


def test_a_trigger_opens_an_incident_and_is_answered_in_pagerdutys_words(source: Source) -> None:
    answer = source.event(
        "trigger",
        dedup_key="queue",
        payload=payload(
            component="Ledger",
            group="prod",
            **{"class": "QueueStuck"},
            custom_details={"depth": 900, "region": "eu", "parts": [1], "huge": 10**30},
            timestamp="2026-05-01T14:00:00.000+0200",
        ),
        links=[{"href": "https://runbooks.test/queue", "text": "Runbook"}],
        images=[{"src": "https://graphs.test/queue.png"}],
        client="Nagios",
        client_url="https://nagios.test",
    )

    assert (answer.status_code, answer.json()) == (
        202,
        {"status": "success", "message": "Event processed", "dedup_key": "queue"},
    )
    incident, alert = source.incident(), source.alert()
    assert (incident.title, incident.severity) == ("Queue is stuck", "sev2")
    assert incident.service == source.hub.service("ledger")
    assert (alert.name, alert.link) == ("QueueStuck", "https://nagios.test")
    assert alert.starts_at.isoformat() == "2026-05-01T12:00:00+00:00"
    assert alert.labels == {
        "source": "worker-7.internal",
        "severity": "critical",
        "component": "Ledger",
        "group": "prod",
        "class": "QueueStuck",
        "depth": "900",
        "region": "eu",
        "huge": str(10**30),
    }
    assert alert.annotations["links"] == [{"href": "https://runbooks.test/queue", "text": "Runbook"}]


@pytest.mark.parametrize(
    ("severity", "expected"), [("critical", "sev2"), ("error", "sev3"), ("warning", "sev4"), ("info", "sev5")]
)
def test_severities(source: Source, severity: str, expected: str) -> None:
    source.event("trigger", payload=payload(severity=severity))

    assert source.incident().severity == expected


@pytest.mark.parametrize(
    ("fields", "slug"),
    [
        ({"custom_details": {"service": "wallet"}, "component": "ledger"}, "wallet"),
        ({"component": "ledger", "source": "wallet"}, "ledger"),
        ({"source": "wallet"}, "wallet"),
    ],
)
def test_the_service_is_named_by_details_component_or_source(source: Source, fields: dict[str, Any], slug: str) -> None:
    source.event("trigger", payload=payload(**fields))

    assert source.incident().service == source.hub.service(slug)


@pytest.mark.parametrize(
    ("fields", "name", "title"),
    [({"class": " "}, "Queue is stuck", "Queue is stuck"), ({"summary": "\x1c"}, "Alert without a name", None)],
)
def test_words_that_say_nothing_are_made_up_for(
    source: Source, fields: dict[str, Any], name: str, title: str | None
) -> None:
    assert source.event("trigger", payload=payload(**fields)).status_code == 202

    assert (source.alert().name, source.incident().title) == (name, title or name)


def test_a_trigger_without_a_key_gets_one(source: Source) -> None:
    first, second = (source.event("trigger", payload=payload()).json()["dedup_key"] for _ in range(2))

    assert first != second
    assert len(source.incidents()) == 2


def test_the_life_of_an_event(source: Source) -> None:
    source.event("trigger", dedup_key="life", payload=payload())
    source.event("trigger", dedup_key="life", payload=payload())
    source.event("acknowledge", dedup_key="life")
    acknowledged = source.incident()
    source.event("acknowledge", dedup_key="life")
    source.event("resolve", dedup_key="life")
    resolved = source.incident()
    source.event("resolve", dedup_key="life")
    source.event("trigger", dedup_key="life", payload=payload())

    assert (acknowledged.status, resolved.status) == (Status.ACKNOWLEDGED, Status.RESOLVED)
    assert [each.status for each in source.incidents()] == [Status.RESOLVED, Status.DECLARED]
    assert [(each.status, each.count) for each in source.alerts()] == [("resolved", 2), ("firing", 1)]


def test_what_was_never_triggered_is_neither_acknowledged_nor_resolved(source: Source) -> None:
    for action in ("acknowledge", "resolve"):
        assert source.event(action, dedup_key="unheard of").status_code == 202

    assert source.incidents() == []


def test_an_acknowledgement_does_not_turn_back_what_people_did(source: Source) -> None:
    source.event("trigger", dedup_key="ahead", payload=payload(component="ledger"))
    actions.mitigate_incident(actor=source.hub.actor("responder.payments"), incident_id=source.incident().pk)

    source.event("acknowledge", dedup_key="ahead")

    assert source.incident().status == Status.MITIGATED


@pytest.mark.parametrize(
    "blanks",
    [
        {"payload": {"summary": "", "source": "", "severity": ""}, "links": [{}], "images": ["x"]},
        {"payload": {"timestamp": "0", "component": 5, "custom_details": [1]}, "client_url": None},
        {"payload": "none", "links": {}, "client": 7},
    ],
)
def test_what_comes_beside_an_acknowledgement_or_a_resolution_is_passed_over(
    source: Source, blanks: dict[str, Any]
) -> None:
    source.event("trigger", dedup_key="blank", payload=payload())

    assert source.event("acknowledge", dedup_key="blank", **blanks).status_code == 202
    assert source.incident().status == Status.ACKNOWLEDGED
    assert source.event("resolve", dedup_key="blank", **blanks).status_code == 202
    assert source.incident().status == Status.RESOLVED
    refused = source.event("trigger", dedup_key="blank", **blanks)
    assert (refused.status_code, refused.json()["status"]) == (400, "invalid event")


@pytest.mark.parametrize(
    ("event", "sentences"),
    [
        ({"event_action": "trigger"}, ["payload is missing."]),
        ({"event_action": "explode"}, ["event_action must be one of trigger, acknowledge, resolve."]),
        ({"event_action": "resolve"}, ["dedup_key is missing: what to resolve?"]),
        ({"event_action": "resolve", "dedup_key": "x" * 256}, ["dedup_key is longer than 255 characters."]),
        (
            {"event_action": "trigger", "payload": {"summary": " ", "severity": "fatal"}},
            [
                "payload.summary is empty.",
                "payload.source is missing.",
                "payload.severity must be one of critical, error, warning, info.",
            ],
        ),
        (
            {"event_action": "trigger", "payload": payload(timestamp="soon"), "links": [{}]},
            ["payload.timestamp must be a time such as 2026-05-01T12:00:00Z.", "links[0].href is missing."],
        ),
    ],
)
def test_a_malformed_event_is_answered_with_its_faults(
    source: Source, event: dict[str, Any], sentences: list[str]
) -> None:
    answer = source.post({"routing_key": source.made.key, **event})

    assert (answer.status_code, answer.json()) == (
        400,
        {"status": "invalid event", "message": "Event object is invalid", "errors": sentences},
    )
    assert source.incidents() == []


def test_an_unknown_routing_key(source: Source) -> None:
    answer = source.post(
        {"routing_key": "x" * 32, "event_action": "trigger", "dedup_key": "nobody", "payload": payload()}
    )

    assert answer.status_code == 401
    assert answer.json()["status"] == "unauthenticated"
    assert answer.json()["errors"] == ["This key is unknown or was revoked; `manage.py source` makes a new one."]


def test_a_missing_routing_key(source: Source) -> None:
    answer = source.post({"event_action": "resolve", "dedup_key": "x"})

    assert (answer.status_code, answer.json()["errors"]) == (400, ["routing_key is missing."])


@pytest.fixture
def client(source: Source) -> pdpyras.EventsAPISession:
    """PagerDuty's own client, told another address and nothing else."""
    session = pdpyras.EventsAPISession(source.made.key)
    session.url = f"{source.hub.address}/ingest/events"
    return session


def test_pagerdutys_own_client_needs_only_another_address(source: Source, client: pdpyras.EventsAPISession) -> None:
    key = client.trigger("Disk full", "db-1.internal", severity="error", custom_details={"service": "ledger"})
    client.acknowledge(key)
    acknowledged = source.incident()
    client.resolve(key)

    assert acknowledged.status == Status.ACKNOWLEDGED
    assert (source.incident().status, source.incident().title) == (Status.RESOLVED, "Disk full")
    assert source.alert().status == AlertStatus.RESOLVED


def test_pagerdutys_own_client_understands_a_refusal(client: pdpyras.EventsAPISession) -> None:
    with pytest.raises(pdpyras.PDClientError) as refusal:
        client.trigger("Disk full", "db-1.internal", severity="nonsense")

    assert refusal.value.response.status_code == 400


def test_pagerdutys_own_client_reads_why_changes_are_not_taken(source: Source) -> None:
    session = pdpyras.ChangeEventsAPISession(source.made.key)
    session.url = f"{source.hub.address}/ingest/events"
    with pytest.raises(pdpyras.PDClientError) as refusal:
        session.submit("Deployed 4.2", source="pipeline")

    assert refusal.value.response.status_code == 404
    assert refusal.value.response.json() == {
        "status": "not found",
        "message": "Nothing is sent to /ingest/events/v2/change/enqueue; `manage.py source` prints a source's address.",
        "errors": [
            "Nothing is sent to /ingest/events/v2/change/enqueue; `manage.py source` prints a source's address."
        ],
    }
