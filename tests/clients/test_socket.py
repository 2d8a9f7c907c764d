"""Sockets under whatever is sent: each ends with a code, or is answered, and nothing is a fault of the hub's."""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import websockets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.graphql.websocket import LONGEST_MESSAGE, MOST_SUBSCRIPTIONS
from tests.clients.conftest import Endpoint
from tests.live.conftest import FEED, Client, connected

OURS: Final = range(4000, 5000)
"""The protocol's close codes and our own."""

CLIENTS_FAULT: Final = re.compile(
    r"ERROR: +Invalid UTF-8 sequence received from client\.\nTraceback.*?\nUnicodeDecodeError[^\n]*", re.DOTALL
)

often = settings(
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module")
def token(endpoint: Endpoint) -> str:
    return endpoint.token("observer.payments")


def with_client(endpoint: Endpoint, work: Callable[[Client], Awaitable[Any]]) -> Any:
    """Do something with a new socket, within ten seconds."""

    async def run() -> Any:
        address = endpoint.url.removesuffix("/graphql/")
        async with asyncio.timeout(10), connected(address, max_size=None) as client:
            return await work(client)

    return asyncio.run(run())


def is_calm(endpoint: Endpoint) -> bool:
    """Whether the hub has found no fault of its own; that a client's text is none is said of the client."""
    said = CLIENTS_FAULT.sub("", endpoint.log)
    return not any(word in said for word in ("Traceback", "ERROR", "Fault "))


def test_a_socket_that_does_not_begin_is_closed(endpoint: Endpoint) -> None:
    assert with_client(endpoint, lambda client: client.closed()) == 4408


def test_an_id_is_free_again_once_its_operation_is_over(endpoint: Endpoint, token: str) -> None:
    async def work(client: Client) -> None:
        await client.init(token)
        for query in ("{ __typename }", "{ nothing }", "{ viewer { name } }"):
            await client.subscribe(query, key="same")
            while (await client.receive())["type"] == "next":
                pass

    with_client(endpoint, work)


def test_a_duplicate_id_is_told_however_long_it_is(endpoint: Endpoint, token: str) -> None:
    async def work(client: Client) -> tuple[int, str]:
        await client.init(token)
        await client.subscribe(FEED, key="🦊" * 100)
        await client.subscribe(FEED, key="🦊" * 100)
        return await client.closed(), client.socket.close_reason

    code, reason = with_client(endpoint, work)

    assert code == 4409
    assert reason.startswith("Subscriber for 🦊")


def test_operations_of_a_socket_are_limited(endpoint: Endpoint, token: str) -> None:
    async def work(client: Client) -> dict[str, Any]:
        await client.init(token)
        for number in range(MOST_SUBSCRIPTIONS + 1):
            await client.subscribe(FEED, key=str(number))
        while (message := await client.receive())["type"] == "next":
            pass
        return message

    message = with_client(endpoint, work)

    assert (message["type"], message["id"]) == ("error", str(MOST_SUBSCRIPTIONS))
    assert message["payload"][0]["extensions"] == {
        "code": "TOO_MANY_SUBSCRIPTIONS",
        "limit": MOST_SUBSCRIPTIONS,
        "found": MOST_SUBSCRIPTIONS + 1,
    }


def test_a_document_that_is_not_trusted_is_an_error_of_its_operation(endpoint: Endpoint, token: str) -> None:
    async def work(client: Client) -> dict[str, Any]:
        await client.init(token)
        await client.send(id="1", type="subscribe", payload={"documentId": "0" * 64})
        return await client.receive()

    message = with_client(endpoint, work)

    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "PERSISTED_QUERY_NOT_FOUND")


@pytest.mark.parametrize(
    "raw",
    [
        "", " ", "null", "7", '"x"', "[]", "{", '{"type": 7}', '{"type": null}', '{"type": "ping", "payload": []}',
        '{"type": "ping", "payload": "\\ud800"}', '{"type": "complete"}', '{"type": "complete", "id": ""}',
        '{"type": "complete", "id": 1}', '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ a }", "extensions": []}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ a }"}}',
        '{"type": "subscribe", "payload": {"query": "{ a }"}}',
        '{"type": "next", "id": "1"}', '{"type": "connection_ack"}', "[" * 50_000, "x" * (LONGEST_MESSAGE + 1),
        b"", b"\x00", b'{"type": "ping"}',
    ],
    ids=lambda raw: repr(raw[:40]),
)  # fmt: skip
def test_what_is_no_message_closes_the_socket(endpoint: Endpoint, token: str, raw: str | bytes) -> None:
    async def work(client: Client) -> int:
        await client.init(token)
        await client.socket.send(raw)
        return await client.closed()

    assert with_client(endpoint, work) == 4400
    assert is_calm(endpoint)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3),
    max_leaves=8,
)
messages = st.one_of(
    st.text(max_size=60),
    st.binary(max_size=60),
    values.map(json.dumps),
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["connection_init", "ping", "pong", "subscribe", "complete", "next", "x"]) | values,
            "id": st.sampled_from(["1", "2", ""]) | values,
            "payload": st.one_of(
                values,
                st.fixed_dictionaries(
                    {
                        "query": st.sampled_from(
                            ["{ __typename }", FEED, "{", "mutation { x }", "subscription { feed }"]
                        )
                    },
                    optional={"variables": values, "operationName": values, "extensions": values, "documentId": values},
                ),
            ),
        },
    ).map(json.dumps),
)


@often
@given(sent=st.lists(messages, max_size=6), begins=st.booleans())
def test_whatever_is_sent(endpoint: Endpoint, token: str, sent: list[str | bytes], begins: bool) -> None:
    async def work(client: Client) -> int | None:
        try:
            if begins:
                await client.init(token)
            for message in sent:
                await client.socket.send(message)
            # What comes before this answer is the answer to what was sent.
            await client.send(type="ping", payload={"last": True})
            while (received := await client.receive()) != {"type": "pong", "payload": {"last": True}}:
                assert received["type"] in ("connection_ack", "pong", "next", "error", "complete")
                for error in received["payload"] if received["type"] == "error" else ():
                    assert error["extensions"]["code"] not in ("INTERNAL", "UNAVAILABLE")
        except websockets.ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0
        return None

    code = with_client(endpoint, work)
    assert code is None or code in OURS
    assert is_calm(endpoint)


def masked(head: int, payload: bytes, *, length: int | None = None) -> bytes:
    """A frame as a client sends it: its first byte, and its payload with a mask of zeros."""
    size = len(payload) if length is None else length
    sized = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 127]) + struct.pack("!Q", size)
    return bytes([head]) + sized + bytes(4) + payload


@pytest.mark.parametrize(
    ("frames", "codes"),
    [
        (masked(0x81, b"\xff\xfe"), {1007}),
        (masked(0x83, b"x"), {1002}),
        (masked(0xC1, b"{}"), {1002}),
        (bytes([0x81, 2]) + b"{}", {1002}),
        (masked(0x80, b"{}"), {1002}),
        (masked(0x09, b"x"), {1002}),
        (masked(0x81, b"", length=2**40), {1009}),
        (masked(0x01, b'{"type":') + masked(0x80, b'"x"}'), {4400}),
        (masked(0x88, b"\x03"), {1002}),
        (masked(0x88, struct.pack("!H", 1000)), {1000}),
    ],
)
def test_odd_frames_end_with_a_code(endpoint: Endpoint, frames: bytes, codes: set[int]) -> None:
    address = urlsplit(endpoint.url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port or 80), timeout=10) as raw:
        raw.sendall(
            f"GET /graphql/ HTTP/1.1\r\nHost: {address.netloc}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += raw.recv(4096)
        assert answer.startswith(b"HTTP/1.1 101")
        raw.sendall(frames)
        rest = answer.partition(b"\r\n\r\n")[2]
        while len(rest) < 4 and (more := raw.recv(4096)):
            rest += more

    assert rest[0] == 0x88, "a close frame"
    assert struct.unpack("!H", rest[2:4])[0] in codes
    assert is_calm(endpoint)


def test_other_addresses_take_no_socket(endpoint: Endpoint) -> None:
    async def run() -> int:
        try:
            async with websockets.connect(endpoint.socket_url.replace("/graphql/", "/elsewhere")):
                return 101
        except websockets.InvalidStatus as refused:
            return refused.response.status_code

    assert asyncio.run(run()) == 403
    assert is_calm(endpoint)
