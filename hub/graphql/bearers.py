"""`/graphql/` for programs, which send a bearer token: past what only browsers need.

A token is no cookie: there is no session to read, nothing to forge across sites, no page to protect. So what is posted
with one does not go through Django's middleware, but through the parts of it that concern it: the host is checked, and
the response gets the headers of `SecurityMiddleware`. Requests with cookies go the whole way.

A query whose plan is kept takes a shorter way still: it is answered from the event loop in one round trip to
PostgreSQL, which looks the token up and runs the plan (`hub.graphql.compiler.pipeline`). Whatever is unusual about a
request, its token or its answer makes it go the other way, so that there is one place that says what is wrong.
"""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import Any, Final, TypeAlias, cast

import orjson
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.core.handlers.asgi import ASGIRequest
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.middleware.security import SecurityMiddleware
from graphql import GraphQLError
from psycopg.errors import QueryCanceled

from hub.graphql import http
from hub.graphql.compiler.leaves import with_json
from hub.graphql.compiler.pipeline import Broken, Ran, wires_of_loop
from hub.graphql.compiler.plans import is_sound, plans
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.sightings import has_marks
from hub.graphql.documents import Approved, Asked, checked, extensions
from hub.graphql.http import NotARequest
from hub.graphql.schema import schema
from hub.graphql.view import PATHS, bad_request, graphql
from hub.lib.api.errors import coded
from hub.lib.postgresql.base import DatabaseWrapper
from tenants import tokens
from tenants.middleware import authenticate_by_token

logger = logging.getLogger(__name__)

Scope: TypeAlias = dict[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[Mapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_JSON: Final = frozenset({b"application/json", b"application/json; charset=utf-8"})


class SenderGone(Exception):
    """The connection was closed before the body was complete: there is nobody to answer."""


class BearerRequests:
    """Answers what is posted to `/graphql/` with a bearer token, and passes everything else on."""

    def __init__(self, otherwise: Application) -> None:
        """`otherwise`: the application for every other request."""
        self._otherwise = otherwise
        # Threads of their own, each with its connection: what takes long here delays no socket.
        self._threads = ThreadPoolExecutor(settings.GRAPHQL_CONNECTIONS, thread_name_prefix="graphql")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await self._otherwise(scope, receive, send)
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        bears = headers.get(b"authorization", b"")[:7].lower() == b"bearer "
        if not bears or scope["method"] != "POST" or not _is_bounded(headers):
            await self._otherwise(scope, receive, send)
            return
        try:
            body = await _body(receive)
        except SenderGone:
            return
        status, written, content = await _quick(scope, headers, body) or await _thorough(self._threads, scope, body)
        await send({"type": "http.response.start", "status": status, "headers": written})
        await send({"type": "http.response.body", "body": content})


Response: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]


async def _quick(scope: Scope, headers: Mapping[bytes, bytes], body: bytes) -> Response | None:
    """The answer to a query whose plan is kept, by whoever may ask it; None for everything else."""
    secure = _is_secure(scope, headers)
    media = _media(headers.get(b"accept", b"*/*"))
    if settings.DEBUG or media is None or not _is_usual(headers) or (settings.SECURE_SSL_REDIRECT and not secure):
        return None
    try:
        asked = http.asked_for(orjson.loads(body))
    except (NotARequest, orjson.JSONDecodeError):
        return None
    if asked.counts_cost or not plans.know(schema, asked):
        return None
    approved = checked(schema, asked, None)
    if isinstance(approved, list):
        return None
    answer = _told(await _ran(headers[b"authorization"][7:].strip(), asked), asked, approved, media)
    if answer is None:
        return None
    status, content = answer
    return status, [*_headers(media, secure), (b"content-length", str(len(content)).encode())], content


def _is_usual(headers: Mapping[bytes, bytes]) -> bool:
    return (
        headers.get(b"content-type", b"").lower() in _JSON
        and b"content-encoding" not in headers
        and _is_our_host(headers.get(b"host", b""))
    )


async def _ran(token: bytes, asked: Asked) -> Ran | None:
    ready = plans.kept(schema, asked)
    digest = tokens.digest_of(token.decode("latin-1"))
    if ready is None or not ready.plan.is_whole or digest is None:
        # What is worked out in Python is worked out on a thread.
        return None
    milliseconds = int(settings.GRAPHQL_STATEMENT_SECONDS * 1000)
    try:
        return await wires_of_loop().run(digest, ready, milliseconds=milliseconds)
    except (Broken, NotCompiled):
        return None


def _told(ran: Ran | None, asked: Asked, approved: Approved, media: str) -> tuple[int, bytes] | None:
    """The status and body for what became of a plan; None where the long way has to say it."""
    if ran is not None and ran.is_known and ran.sqlstate == QueryCanceled.sqlstate:
        # It had its time, and does not begin anew on the long way.
        refusal = http.not_executed([coded(GraphQLError("", original_error=QueryCanceled()))], media)
        return refusal.status_code, refusal.content
    # This way only reads: where the reading is to be recorded, the long way does both.
    if ran is None or not ran.is_known or ran.data is None or not is_sound(ran.data) or has_marks(ran.data):
        return None
    try:
        return 200, _content(with_json(ran.data), asked, approved)
    except NotCompiled:
        return None


def _content(data: bytes, asked: Asked, approved: Approved) -> bytes:
    fragment = orjson.Fragment(data)
    return http.content(fragment, [], extensions(schema, asked, approved, fragment))


async def _thorough(threads: ThreadPoolExecutor, scope: Scope, body: bytes) -> Response:
    """The answer by way of Django's request and the endpoint's view, on a thread."""
    request = ASGIRequest(scope, io.BytesIO(body))
    response: HttpResponse = await asyncio.get_running_loop().run_in_executor(threads, _answered, request)
    written = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    written.append((b"content-length", str(len(response.content)).encode()))
    return response.status_code, written, response.content


def _answered(request: HttpRequest) -> HttpResponse:
    # The thread keeps its connection: whether that still lives is asked before the request's first statement.
    cast(DatabaseWrapper, connections[DEFAULT_DB_ALIAS]).doubt()
    try:
        request.get_host()
        return _secured(request)
    except DisallowedHost as error:
        return bad_request(request, error)
    except (OperationalError, InterfaceError) as error:
        logger.error("The database did not answer", exc_info=error)
        failure = coded(GraphQLError(str(error), original_error=error))
        return http.not_executed([failure], http.negotiated(request.headers.get("Accept")) or http.GRAPHQL)
    finally:
        if connection.errors_occurred:
            # It may have broken: it must not be met again on this thread.
            connection.close()


def _view(request: HttpRequest) -> HttpResponse:
    authenticate_by_token(request, request.headers.get("Authorization", "")[7:].strip())
    response = graphql(request)
    assert isinstance(response, HttpResponse)
    return response


_secured: Final = cast("Callable[[HttpRequest], HttpResponse]", SecurityMiddleware(_view))


def _is_bounded(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the body is not larger than may be held in memory, as far as its sender says."""
    length = headers.get(b"content-length", b"")
    return length.isdigit() and int(length) <= (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)


async def _body(receive: Receive) -> bytes:
    """The whole body. Raises `SenderGone`."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise SenderGone
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


def _is_secure(scope: Scope, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the client came over TLS, by the word of the proxy in front where there is one."""
    if settings.SECURE_PROXY_SSL_HEADER:
        name, value = settings.SECURE_PROXY_SSL_HEADER
        told = headers.get(name.removeprefix("HTTP_").replace("_", "-").lower().encode())
        if told is not None:
            return bool(told.decode("latin-1").split(",", 1)[0].strip() == value)
    return bool(scope.get("scheme") == "https")


@lru_cache(maxsize=64)
def _is_our_host(host: bytes) -> bool:
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@lru_cache(maxsize=64)
def _media(accept: bytes) -> str | None:
    return http.negotiated(accept.decode("latin-1"))


class _Request(HttpRequest):
    """A request of which nothing is known but whether it came over TLS."""

    def __init__(self, secure: bool) -> None:
        super().__init__()
        self._secure = secure

    def is_secure(self) -> bool:
        return self._secure


@lru_cache(maxsize=8)
def _headers(media: str, secure: bool) -> tuple[tuple[bytes, bytes], ...]:
    """The headers that a response has which took the longer way."""
    response = http.executed(None, [], {}, media)
    SecurityMiddleware(lambda _: response).process_response(_Request(secure), response)
    return tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items())
