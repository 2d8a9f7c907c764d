"""The ASGI application: it takes bodies within bounds, reads them, and answers once they are stored."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeAlias

from hub.alerts.ingest import answers
from hub.alerts.ingest.answers import Answer
from hub.alerts.ingest.encodings import TooLarge, UnknownEncoding, encoding_of, unpacked
from hub.alerts.ingest.endpoints import Endpoint, Posted, endpoint_at, protocol_below
from hub.alerts.ingest.queues import Queues
from hub.lib.errors import InvalidMany

Scope: TypeAlias = dict[str, Any]
Message: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

PREFIX: Final = "/ingest/"
LARGEST_BODY: Final = 1024 * 1024
LARGEST_REFUSAL: Final = 16 * LARGEST_BODY
"""How much of a body that is too large is read to its end, since many senders listen only then."""

LARGEST_AT_ONCE: Final = 32 * 1024
"""Larger bodies, and those that are packed, are read in a thread, so that the process goes on answering others."""

BODY_SECONDS: Final = 30
MOST_WAITING: Final = 512
THREADS: Final = 4
"""Each keeps a database connection open. More would only queue in PostgreSQL instead of here."""


class SenderGone(Exception):
    """The connection was closed before the body was complete: there is nobody to answer."""


class Ingestion:
    """Answers what is posted below `/ingest/`, and passes everything else on."""

    def __init__(self, otherwise: Application) -> None:
        """`otherwise`: the application for every other address."""
        self._otherwise = otherwise
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="ingest-read")
        self._queues = Queues(ThreadPoolExecutor(THREADS, thread_name_prefix="ingest-store"))
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._otherwise(scope, receive, send)
            return
        place = scope["path"].removeprefix(PREFIX)
        endpoint = endpoint_at(place)
        try:
            if endpoint is None:
                given = answers.unknown_address(protocol_below(place), scope["path"])
            elif scope["method"] != "POST":
                given = answers.wrong_method(endpoint.protocol)
            else:
                given = await self._taken(endpoint, scope, receive)
        except SenderGone:
            return
        await _send(send, given)

    async def _taken(self, endpoint: Endpoint, scope: Scope, receive: Receive) -> Answer:
        if self._waiting >= MOST_WAITING:
            return answers.busy(endpoint.protocol)
        self._waiting += 1
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(scope, receive)
            posted = await self._read(endpoint, body, encoding_of(dict(scope["headers"])))
            return posted if isinstance(posted, Answer) else await self._queues.answer(posted)
        except TooLarge:
            return answers.too_large(endpoint.protocol, LARGEST_BODY)
        except UnknownEncoding:
            return answers.unknown_encoding(endpoint.protocol)
        except TimeoutError:
            return answers.too_slow(endpoint.protocol, BODY_SECONDS)
        finally:
            self._waiting -= 1

    async def _read(self, endpoint: Endpoint, body: bytes, encoding: str) -> Posted | Answer:
        if len(body) <= LARGEST_AT_ONCE and not encoding:
            return endpoint.read(body)
        return await asyncio.get_running_loop().run_in_executor(self._readers, _read, endpoint, body, encoding)


def _read(endpoint: Endpoint, body: bytes, encoding: str) -> Posted | Answer:
    """What the body asks for, unpacked first where it is packed. Raises `TooLarge`."""
    if encoding:
        try:
            body = unpacked(body, encoding, LARGEST_BODY)
        except InvalidMany as faults:
            return endpoint.unreadable(faults)
    return endpoint.read(body)


async def _body(scope: Scope, receive: Receive) -> bytes:
    """The whole body, whatever its Content-Length claims. Raises `TooLarge`, `SenderGone`."""
    headers = dict(scope["headers"])
    if b"expect" in headers and _declared_length(headers) > LARGEST_BODY:
        # The sender waits to hear whether it may send at all.
        raise TooLarge
    chunks: list[bytes] = []
    length = 0
    while length <= LARGEST_REFUSAL:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone
        chunk = message.get("body", b"")
        length += len(chunk)
        if length <= LARGEST_BODY:
            chunks.append(chunk)
        if not message.get("more_body", False):
            break
    if length > LARGEST_BODY:
        raise TooLarge
    return b"".join(chunks)


def _declared_length(headers: dict[bytes, bytes]) -> int:
    declared = headers.get(b"content-length", b"")
    return int(declared) if declared.isdigit() else 0


async def _send(send: Send, given: Answer) -> None:
    body = given.body
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **given.headers,
    }
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": given.status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
