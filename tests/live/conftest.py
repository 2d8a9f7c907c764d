"""A hub with web and sequencer processes, and clients of its sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
import websockets
from asgiref.sync import sync_to_async
from django.db import connections

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib import identity
from hub.lib.identity import Actor, acting_as
from tenants.actions import create_token
from tenants.models import Person
from tests.conftest import seeding
from tests.processes import Hub

T = TypeVar("T")

FEED = (
    "subscription($after: String) { feed(after: $after)"
    " { cursor type incident { reference title roles { kind } } entry { body } } }"
)
INCIDENT_FEED = (
    "subscription($id: ID!, $after: String)"
    " { incidentFeed(incidentId: $id, after: $after) { cursor type entry { body author { username } } } }"
)


@pytest.fixture
def hub(own_database: str, tmp_path: Path) -> Iterator[Hub]:
    """The processes of a hub on a database of its own; none runs yet."""
    with Hub(own_database, tmp_path) as running:
        yield running


@pytest.fixture
def actor_named(own_database: str) -> Callable[[str], Actor]:
    def find(username: str) -> Actor:
        with seeding():
            return identity.person(Person.objects.get(username=username).pk, through="test")

    return find


@pytest.fixture
def token(actor_named: Callable[[str], Actor]) -> Callable[[str], str]:
    """A bearer token for a person, by username."""

    def make(username: str) -> str:
        actor = actor_named(username)
        return create_token(actor=actor, name="test", valid_for=timedelta(days=1))

    return make


@pytest.fixture
def declare(actor_named: Callable[[str], Actor]) -> Callable[..., Incident]:
    """Declare an incident on a service, by slug."""

    def make(username: str, service: str, title: str, **more: Any) -> Incident:
        actor = actor_named(username)
        with acting_as(actor):
            service_id = Service.objects.get(slug=service).pk
        return actions.declare_incident(actor=actor, title=title, severity=Severity.SEV3, service_id=service_id, **more)

    return make


def off_loop(work: Callable[..., T]) -> Callable[..., Awaitable[T]]:
    """`work`, to be awaited: on another thread, whose connection ends with it and not with the test's database."""

    def closing(*args: Any, **kwargs: Any) -> T:
        try:
            return work(*args, **kwargs)
        finally:
            connections.close_all()

    return sync_to_async(closing)


class Client:
    """A client of graphql-transport-ws that keeps what it receives."""

    def __init__(self, socket: Any) -> None:
        self.socket = socket

    async def send(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def receive(self, within: float = 10) -> dict[str, Any]:
        # Not `wait_for`: in Python 3.11 it forgets that it was cancelled when a message comes at that very moment.
        async with asyncio.timeout(within):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        return message

    async def init(self, token: str | None = None) -> None:
        payload = {"Authorization": f"Bearer {token}"} if token else {}
        await self.send(type="connection_init", payload=payload)
        assert (await self.receive())["type"] == "connection_ack"

    async def subscribe(self, query: str, *, key: str = "1", **variables: Any) -> None:
        await self.send(id=key, type="subscribe", payload={"query": query, "variables": variables})

    async def event(self, within: float = 10) -> dict[str, Any]:
        """The next event, whatever subscription brings it."""
        return event_in(await self.receive(within))

    async def events_until(self, is_last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Events up to and including the one for which `is_last` holds."""
        events = []
        while True:
            events.append(await self.event())
            if is_last(events[-1]):
                return events

    async def events_until_complete(self) -> list[dict[str, Any]]:
        """Events up to the message that completes a subscription."""
        events = []
        while (message := await self.receive())["type"] != "complete":
            events.append(event_in(message))
        return events

    async def closed(self, within: float = 15) -> int:
        """The code with which the server closes the socket."""
        await asyncio.wait_for(self.socket.wait_closed(), within)
        return int(self.socket.close_code)


def event_in(message: dict[str, Any]) -> dict[str, Any]:
    """The event that a message of the protocol carries."""
    assert message["type"] == "next", message
    assert "errors" not in message["payload"], message
    (event,) = message["payload"]["data"].values()
    return dict(event)


@asynccontextmanager
async def connected(
    address: str, *, protocol: str | None = "graphql-transport-ws", max_queue: int | None = None, **options: Any
) -> AsyncIterator[Client]:
    """A socket to the hub at this address.

    With a `max_queue`, a client that has more than that unread reads no further, and so does not see its own close
    answered.
    """
    url = address.replace("http://", "ws://") + "/graphql/"
    protocols = [websockets.Subprotocol(protocol)] if protocol else None
    async with websockets.connect(url, subprotocols=protocols, max_queue=max_queue, **options) as socket:
        yield Client(socket)
