"""`/graphql/` over WebSocket: the protocol graphql-transport-ws, as a Channels consumer.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md says which message may come when, and with which code a
socket is closed for what should not. Queries and mutations are answered too, in one transaction each like over HTTP.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import AsyncIterable, Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard, cast

import orjson
from channels.auth import AuthMiddlewareStack
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.urls import path, re_path
from graphql import (
    DocumentNode,
    ExecutionResult,
    Executor,
    GraphQLError,
    OperationType,
    create_source_event_stream,
)

from hub.graphql.documents import Approved, Asked, checked, extensions, is_impersonal, prepare, variable_of_cursor
from hub.graphql.execution import Outcome, ended_by, execute
from hub.graphql.http import NotARequest, asked_for
from hub.graphql.limits import is_deeper
from hub.graphql.outgoing import Outgoing, Send
from hub.graphql.schema import schema
from hub.graphql.sessions import Session, sessions_of_loop, signed_in_by, still_opens
from hub.graphql.timing import TimedEvents
from hub.lib import identity
from hub.lib.api import Context, deadline
from hub.lib.api.deadline import OutOfTime
from hub.lib.api.errors import coded_all, refused
from hub.live.access import may_see
from hub.live.feed import feed_of_loop
from hub.live.following import Delivery, Following, NoLongerWelcome, SlowReader
from hub.live.threads import in_thread

logger = logging.getLogger("hub.graphql")

PROTOCOL: Final = "graphql-transport-ws"
MOST_SUBSCRIPTIONS: Final = 50
LONGEST_MESSAGE: Final = 256 * 1024
DEEPEST_MESSAGE: Final = 100
"""Levels of objects and lists; variables have a limit of their own, far below, whose error names it."""
LONGEST_REASON: Final = 123
WAY_OUT: Final = "hub.way_out"
"""Where a socket's scope has the server's own `send`."""


class Close:
    """Why a socket is closed: the protocol's codes, one of WebSocket's, and two of our own."""

    COME_BACK = 1013
    """Clients try again by themselves after this code, as they do not after one for a fault."""

    INVALID = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    BAD_PROTOCOL = 4406
    INIT_TIMEOUT = 4408
    DUPLICATE = 4409
    TOO_MANY_INITS = 4429
    SLOW = 4290
    FAULT = 4500


class Socket(AsyncWebsocketConsumer):
    """One connection: at most one identity, and up to `MOST_SUBSCRIPTIONS` operations at a time."""

    async def connect(self) -> None:
        self.session: Session | None = None
        self.is_initialised = False
        self.is_closed = False
        self.operations: dict[str, asyncio.Task[None]] = {}
        self.timer: asyncio.Task[None] | None = None
        self.outgoing = Outgoing(cast(dict[str, Any], self.scope)[WAY_OUT])
        if PROTOCOL not in self.scope["subprotocols"]:
            # A code can only be given to a socket that was accepted.
            await self.accept()
            await self._close(Close.BAD_PROTOCOL, "Subprotocol not acceptable")
            return
        await self.accept(PROTOCOL)
        self.timer = asyncio.create_task(self._expect_init())

    async def disconnect(self, code: int) -> None:
        sessions_of_loop().leave(self.session, self)
        tasks = [*self.operations.values(), *([self.timer] if self.timer else [])]
        for task in tasks:
            task.cancel()
        self.outgoing.stop()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.is_closed:
            # It was on its way when the socket was closed.
            return
        try:
            message = _message(text_data)
        except NotARequest as problem:
            await self._invalid(str(problem))
            return
        try:
            await self._take(message)
        except (OperationalError, InterfaceError) as error:
            logger.warning("A socket cannot be served without the database: %s", str(error).splitlines()[0])
            await self._close(Close.COME_BACK, "The database does not answer: try again later")
        except Exception:
            logger.exception("A socket's message could not be taken")
            await self._close(Close.FAULT, "Internal server error")

    async def _take(self, message: dict[str, Any]) -> None:
        payload = message.get("payload")
        match message["type"]:
            case "connection_init":
                await self._init(payload or {})
            case "ping":
                await self._send({"type": "pong", **({"payload": payload} if payload is not None else {})})
            case "pong":
                pass
            case "subscribe":
                await self._subscribe(message)
            case "complete" if isinstance(message.get("id"), str) and message["id"]:
                task = self.operations.pop(message["id"], None)
                if task is not None:
                    task.cancel()
            case _:
                await self._invalid("No message that a client may send")

    async def end(self, code: int, reason: str) -> None:
        """Close the socket because its session has ended."""
        for task in self.operations.values():
            task.cancel()
        self.outgoing.stop()
        await self._close(code, reason)

    async def _close(self, code: int, reason: str) -> None:
        """Close the socket, unless it is closed for another reason already: that one was told."""
        if self.is_closed:
            return
        self.is_closed = True
        # A close frame holds 123 bytes of reason; with one byte more there would be no code either.
        await self.close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))

    async def _invalid(self, reason: str) -> None:
        await self._close(Close.INVALID, reason)

    async def _expect_init(self) -> None:
        await asyncio.sleep(settings.GRAPHQL_INIT_SECONDS)
        if not self.is_initialised:
            await self._close(Close.INIT_TIMEOUT, "Connection initialisation timeout")

    async def _init(self, payload: dict[str, Any]) -> None:
        if self.is_initialised:
            await self._close(Close.TOO_MANY_INITS, "Too many initialisation requests")
            return
        self.is_initialised = True
        self.session = await in_thread(signed_in_by, payload, cast(dict[str, Any], self.scope))
        if self.session is None:
            await self._close(Close.FORBIDDEN, "Forbidden")
            return
        sessions_of_loop().join(self.session, self)
        await self._send({"type": "connection_ack"})

    async def _subscribe(self, message: dict[str, Any]) -> None:
        if self.session is None:
            await self._close(Close.UNAUTHORIZED, "Unauthorized")
            return
        key, problem = message.get("id"), None
        try:
            asked = asked_for(message.get("payload"))
        except NotARequest as error:
            asked, problem = None, error.error
        if not isinstance(key, str) or not key or (problem and (problem.extensions or {})["code"] == "BAD_REQUEST"):
            await self._invalid("A subscribe message has an id, and a query in its payload")
            return
        if key in self.operations:
            await self._close(Close.DUPLICATE, f"Subscriber for {key} already exists")
            return
        if len(self.operations) >= MOST_SUBSCRIPTIONS:
            sentence = f"A socket has at most {MOST_SUBSCRIPTIONS} operations at a time."
            found = len(self.operations) + 1
            await self._fail(key, [refused("TOO_MANY_SUBSCRIPTIONS", sentence, limit=MOST_SUBSCRIPTIONS, found=found)])
            return
        if asked is None:
            await self._fail(key, [problem] if problem else [])
            return
        self.operations[key] = asyncio.create_task(self._operate(key, asked, self.session))

    async def _operate(self, key: str, asked: Asked, session: Session) -> None:
        """Run one operation to its end; whatever goes wrong is told in the protocol's words."""
        try:
            approved = checked(schema, asked, session.documents)
            if isinstance(approved, list):
                failure: list[GraphQLError] | None = approved
            elif approved.kind is OperationType.SUBSCRIPTION:
                failure = await self._stream(key, asked, approved, session)
            else:
                failure = await self._answer(key, asked, approved, session)
        except SlowReader:
            await self._too_slow()
            return
        except NoLongerWelcome:
            await self._close(Close.FORBIDDEN, "Forbidden")
            return
        except Exception as error:
            failure = [ended_by(error)]
        finally:
            if self.operations.get(key) is asyncio.current_task():
                # Before the last word is sent: with it the id is free again.
                del self.operations[key]
        await (self._fail(key, failure) if failure else self._send({"id": key, "type": "complete"}))

    async def _answer(self, key: str, asked: Asked, approved: Approved, session: Session) -> list[GraphQLError] | None:
        """Send the result of a query or mutation; returns why it was not executed, if it was not.

        Raises `NoLongerWelcome`.
        """
        outcome: Outcome = await in_thread(_executed, session, asked, approved)
        if not outcome.is_executed:
            return outcome.errors
        payload = {**_payload(outcome.data, outcome.errors), "extensions": outcome.extensions}
        await self._send({"id": key, "type": "next", "payload": payload})
        return None

    async def _stream(self, key: str, asked: Asked, approved: Approved, session: Session) -> list[GraphQLError] | None:
        """Send a result for each event; returns why the subscription was refused, if it was.

        What an event costs at most is said beside the first of them: it is the same for all that follow.
        """
        document = prepare(schema, asked.query).document
        if document is None:
            raise ValueError("the document was approved")
        executor = executor_of(asked, document, Context(session.actor, self))
        if isinstance(executor, list):
            return coded_all(executor)
        source = create_source_event_stream(executor)
        if inspect.isawaitable(source):
            source = await source
        if isinstance(source, ExecutionResult):
            return coded_all(source.errors or [])
        # Every subscription of the schema follows the feed.
        following = cast(Following[object], source)
        subscription = _Subscription(asked, session, executor, following)
        await feed_of_loop().follow(following, _Reader(self.outgoing, key, subscription, approved))
        return None

    async def _fail(self, key: str, errors: list[GraphQLError]) -> None:
        await self._send({"id": key, "type": "error", "payload": [error.formatted for error in errors]})

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self.outgoing.write_in_turn(orjson.dumps(message).decode())
        except SlowReader:
            await self._too_slow()

    async def _too_slow(self) -> None:
        await self._close(Close.SLOW, "Too slow: come back with your last cursor")


def _executed(session: Session, asked: Asked, approved: Approved) -> Outcome:
    """What becomes of a query or mutation. Raises `NoLongerWelcome` for one that comes after its token has run out."""
    if not still_opens(session):
        raise NoLongerWelcome
    return execute(session.actor, asked, approved)


def executor_of(asked: Asked, document: DocumentNode, context: Context) -> Executor[Any] | list[GraphQLError]:
    """What executes a subscription's selection over each event; or why its variables do not fit."""
    return TimedEvents.build(
        schema._schema,
        document,
        context_value=context,
        raw_variable_values=asked.variables,
        operation_name=asked.operation_name,
        # Django's rows could be waited for, too: a list of them is to be read at once, as all of an event's answer is.
        is_async_iterable=_is_followed,
    )


def _is_followed(value: object) -> TypeGuard[AsyncIterable[Any]]:
    return isinstance(value, Following)


@dataclass(frozen=True)
class _Subscription:
    """An operation under way that follows the feed."""

    asked: Asked
    session: Session
    executor: Executor[Any]
    following: Following[object]

    def answers(self, deliveries: Sequence[Delivery]) -> list[str | None]:
        """The selection over each of these events, under the reader's identity; None where their key is too narrow.

        Raises what means that there is no database.
        """
        with identity.acting_as(self.session.actor):
            return [self._answer(delivery) for delivery in deliveries]

    def _answer(self, delivery: Delivery) -> str | None:
        actor = self.session.actor
        # The feed asks for people; a key that is narrower than its account is asked once more.
        if actor.key_id is not None and not delivery.event.is_of_the_feed and not may_see(actor, delivery.event):
            return None
        per_event = self.executor.build_per_event_executor(self.following.event(delivery))
        try:
            with deadline.within(settings.GRAPHQL_STATEMENT_SECONDS):
                result = per_event.execute_operation(False)
        except OutOfTime as over:
            return orjson.dumps(_payload(None, [ended_by(over)])).decode()
        if not isinstance(result, ExecutionResult):
            raise TypeError("an event's selection is answered at once")
        for error in result.errors or ():
            if isinstance(error.original_error, OperationalError | InterfaceError):
                raise error.original_error
        return orjson.dumps(_payload(result.data, coded_all(result.errors or []))).decode()


class _Reader:
    """A subscription of a socket as the feed sees it: how its events are answered, and where the answers go."""

    def __init__(self, outgoing: Outgoing, key: str, subscription: _Subscription, approved: Approved) -> None:
        self.asks = _what_is_asked(subscription.asked, subscription.session)
        self.credential = subscription.session.credential
        self.answers = subscription.answers
        self._outgoing = outgoing
        self._head = f'{{"id":{orjson.dumps(key).decode()},"type":"next","payload":'
        self._beside: Callable[[str], str] | None = lambda answer: _beside(subscription.asked, approved, answer)

    def write(self, answer: str) -> None:
        self._outgoing.write(self._message(answer))

    async def write_in_turn(self, answer: str) -> None:
        await self._outgoing.write_in_turn(self._message(answer))

    def _message(self, answer: str) -> str:
        beside, self._beside = self._beside, None
        # An answer is an object, and what many get is one and the same text: something is put into the first alone.
        return f"{self._head}{answer}}}" if beside is None else f"{self._head}{answer[:-1]},{beside(answer)}}}}}"


def _beside(asked: Asked, approved: Approved, answer: str) -> str:
    """What the first answer of a subscription says beside its data, as a query's does."""
    data = orjson.loads(answer)["data"] if asked.counts_cost else None
    return f'"extensions":{orjson.dumps(extensions(schema, asked, approved, data)).decode()}'


def _what_is_asked(asked: Asked, session: Session) -> Hashable:
    """Equal for subscriptions that get the same answers where their readers' rights are equal.

    Who is behind one does not count where nothing selected is shown to a person as such, nor does the place in the feed
    from which it goes on.
    """
    cursor = variable_of_cursor(schema, asked.query, asked.operation_name)
    variables = {name: value for name, value in (asked.variables or {}).items() if name != cursor}
    # A narrow key sees less than its person does: what is told to others is not for it.
    whom = None if is_impersonal(schema, asked.query) and session.actor.key_id is None else session.actor
    return asked.query, asked.operation_name, json.dumps(variables, sort_keys=True), whom


def _message(text: str | None) -> dict[str, Any]:
    """The message in a frame. Raises `NotARequest` where it holds none."""
    length = len(text or "")
    if length > LONGEST_MESSAGE:
        raise NotARequest("BAD_REQUEST", f"A message has at most {LONGEST_MESSAGE} characters, and this one {length}")
    try:
        # Strict: what it takes can be written as JSON again, if it is not too deep.
        message = orjson.loads(text or "")
    except orjson.JSONDecodeError:
        message = None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise NotARequest("BAD_REQUEST", "Messages are JSON objects in text, with a type")
    if not isinstance(message.get("payload"), dict | None):
        raise NotARequest("BAD_REQUEST", "The payload of a message is a JSON object")
    if is_deeper(message, DEEPEST_MESSAGE):
        raise NotARequest("BAD_REQUEST", f"A message is nested at most {DEEPEST_MESSAGE} levels deep")
    return message


def _payload(data: Any, errors: list[GraphQLError]) -> dict[str, Any]:
    return {"data": data, **({"errors": [error.formatted for error in errors]} if errors else {})}


# Django's paths, as Channels uses them.
_ROUTES: Final[Any] = [
    path("graphql/", Socket.as_asgi()),  # type: ignore[arg-type]
    path("graphql", Socket.as_asgi()),  # type: ignore[arg-type]
    re_path("", WebsocketDenier.as_asgi()),  # type: ignore[arg-type]
]
_signed_in: Final[Any] = AuthMiddlewareStack(URLRouter(_ROUTES))


async def websocket_application(scope: dict[str, Any], receive: Any, send: Send) -> None:
    """WebSockets of whoever is signed in, or has a token to show.

    The middleware of sessions looks at every message for a cookie to set, which only the handshake's answer can carry:
    three quarters of the time that it took to write a text. So texts go past it.
    """
    await _signed_in({**scope, WAY_OUT: send}, receive, send)
