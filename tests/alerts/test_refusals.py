"""What is not accepted, and how the sender is told."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from hub.alerts.models import SourceKind
from tests.alerts.senders import LiveHub, Source, alert, notification

MIB = 1024 * 1024


@pytest.fixture
def source(hub: LiveHub) -> Source:
    return hub.source()


@pytest.mark.parametrize("key", ["x" * 32, "short", "%00", "ü" * 32])
def test_an_unknown_key(hub: LiveHub, key: str) -> None:
    answer = hub.http.post(f"{hub.address}/ingest/alertmanager/{key}", json=notification(alert()))

    assert answer.status_code in (401, 404)
    assert answer.json()["status"] == "refused"
    assert answer.headers["content-type"] == "application/json"


def test_an_unknown_key_is_refused_whatever_the_body(hub: LiveHub) -> None:
    assert hub.http.post(f"{hub.address}/ingest/alertmanager/{'x' * 32}", content=b"{").status_code == 401


def test_a_key_of_another_protocol(hub: LiveHub) -> None:
    events = hub.source(kind=SourceKind.EVENTS_V2)

    answer = hub.http.post(f"{hub.address}/ingest/alertmanager/{events.made.key}", json=notification(alert()))

    assert answer.status_code == 401


@pytest.mark.parametrize(
    ("document", "message", "path"),
    [
        ([], "The body must be an object.", []),
        ({"status": "firing", "alerts": []}, "groupKey is missing.", ["groupKey"]),
        ({**notification(), "version": "3"}, "version must be one of 4, 1.", ["version"]),
        ({**notification(), "truncatedAlerts": "many"}, "truncatedAlerts must be a whole number.", ["truncatedAlerts"]),
        ({**notification(), "alerts": {}}, "alerts must be a list.", ["alerts"]),
        (
            notification(alert(), {**alert(), "status": "odd"}),
            "alerts[1].status must be one of firing, resolved.",
            ["alerts", "1", "status"],
        ),
        (
            notification({**alert(), "labels": {"a": 1}}),
            "alerts[0].labels.a must be text.",
            ["alerts", "0", "labels", "a"],
        ),
        (notification({**alert(), "labels": None}), "alerts[0].labels must be an object.", ["alerts", "0", "labels"]),
        (
            notification({**alert(), "startsAt": "yesterday"}),
            "alerts[0].startsAt must be a time such as 2026-05-01T12:00:00Z.",
            ["alerts", "0", "startsAt"],
        ),
        (
            notification({**alert(), "startsAt": 1_777_636_800}),
            "alerts[0].startsAt must be a time such as 2026-05-01T12:00:00Z.",
            ["alerts", "0", "startsAt"],
        ),
        (
            notification(alert(), {**alert(), "endsAt": "20260501"}),
            "alerts[1].endsAt must be a time such as 2026-05-01T12:00:00Z.",
            ["alerts", "1", "endsAt"],
        ),
        (
            notification({**alert(), "fingerprint": "f" * 256}),
            "alerts[0].fingerprint is longer than 255 characters.",
            ["alerts", "0", "fingerprint"],
        ),
    ],
)
def test_a_malformed_body_is_answered_with_the_field(
    source: Source, document: Any, message: str, path: list[str]
) -> None:
    answer = source.post(document)

    assert (answer.status_code, answer.json()) == (
        400,
        {"status": "refused", "code": "INVALID", "errors": [{"message": message, "path": path}]},
    )
    assert source.incidents() == []


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b'{"groupKey": "\\ud800"}', b"[" * 5_000, b"nil", b'{"a": NaN', b"\x00"]
)
def test_what_is_no_json(source: Source, body: bytes) -> None:
    answer = source.hub.http.post(source.address, content=body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"].startswith("The body is not valid JSON")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods(source: Source, method: str) -> None:
    answer = source.hub.http.request(method, source.address)

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["", "events/v2", "events/v2/change/enqueue", "alertmanager", "alertmanager/a/b", "x"])
def test_other_addresses(hub: LiveHub, path: str) -> None:
    assert hub.http.post(f"{hub.address}/ingest/{path}", json={}).status_code == 404


def padded(size: int) -> bytes:
    """A valid notification of so many bytes."""
    bare = json.dumps({**notification(alert()), "padding": ""}).encode()
    return bare[:-2] + b"x" * (size - len(bare)) + b'"}'


def test_a_body_of_one_mebibyte_is_accepted(source: Source) -> None:
    assert source.hub.http.post(source.address, content=padded(MIB)).status_code == 200


def test_a_larger_body_is_refused(source: Source) -> None:
    answer = source.hub.http.post(source.address, content=padded(MIB + 1))

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["message"] == (
        "The body is larger than 1,048,576 bytes; send fewer alerts at once."
    )
    assert source.incidents() == []


def test_a_larger_body_in_chunks_is_refused(source: Source) -> None:
    def chunks() -> Iterator[bytes]:
        body = padded(3 * MIB)
        for start in range(0, len(body), 60_000):
            yield body[start : start + 60_000]

    assert source.hub.http.post(source.address, content=chunks()).status_code == 413


def raw(source: Source, head: str, body: bytes) -> str:
    """The first line of what is answered to exactly these bytes."""
    address = urlsplit(source.address)
    with (
        socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as connection,
        ThreadPoolExecutor(1) as reader,
    ):
        # Read while sending: the hub may answer and hang up with a large body still on its way, and what had arrived
        # unread would then be lost with the connection.
        answer = reader.submit(connection.makefile("rb").readline)
        start = f"POST {address.path} HTTP/1.1\r\nHost: hub.test\r\n{head}\r\n\r\n"
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(start.encode() + body)
        return answer.result(10).decode().strip()


def test_a_content_length_that_says_too_little(source: Source) -> None:
    body = padded(2_000)

    assert " 400 " in raw(source, "Content-Length: 100", body)
    assert source.incidents() == []


def test_a_content_length_that_says_too_much_is_told_before_the_body_comes(source: Source) -> None:
    answer = raw(source, f"Content-Length: {50 * MIB}\r\nExpect: 100-continue", b"")

    assert " 413 " in answer


def test_chunks_beside_a_content_length_that_says_too_little(source: Source) -> None:
    large = padded(2 * MIB)
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (large[:MIB], large[MIB:])) + b"0\r\n\r\n"

    answer = raw(source, "Content-Length: 10\r\nTransfer-Encoding: chunked", chunked)

    assert any(f" {status} " in answer for status in (400, 413)), answer
    assert source.incidents() == []


def test_a_sender_that_hangs_up_leaves_nothing(source: Source) -> None:
    address = urlsplit(source.address)
    body = padded(4_000)
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        head = f"POST {address.path} HTTP/1.1\r\nHost: hub.test\r\nContent-Length: {len(body)}\r\n\r\n"
        connection.sendall(head.encode() + body[:1_000])

    source.send(alert(), group="after")

    assert len(source.incidents()) == 1
