"""The feed while everything around it breaks: writers at the same time, sequencers killed, connections cut."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import connections

from hub.incidents import actions
from hub.incidents.models import Incident, TimelineEntry
from hub.lib.identity import Actor, acting_as
from hub.live.models import FeedEvent, OutboxEntry, Stream
from tests.conftest import seeding
from tests.database import Server
from tests.live.conftest import FEED, Client, connected, off_loop
from tests.processes import Hub
from tests.services.process import ServerProcess
from tests.services.waiting import wait_until

ActorNamed = Callable[[str], Actor]
TokenOf = Callable[[str], str]
Declare = Callable[..., Incident]

SECONDS_OF_FAULTS = 9.0
SECONDS_TO_RECOVER = 90.0


class TakenBack(Exception):
    """A writer's transaction that shall not happen."""


@dataclass
class Writer:
    """Adds numbered notes to an incident of its own: some transactions linger before they commit, some roll back."""

    name: str
    actor: Actor
    incident: Incident
    dice: random.Random
    committed: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        try:
            number = 0
            while not stop.is_set():
                number += 1
                self._write(f"{self.name}-{number}")
        finally:
            connections.close_all()

    def _write(self, body: str) -> None:
        with suppress(TakenBack):
            with acting_as(self.actor):
                actions.add_timeline_entry(actor=self.actor, incident_id=self.incident.pk, body=body)
                time.sleep(self.dice.choice([0, 0, 0.002, 0.05]))
                if self.dice.random() < 0.15:
                    raise TakenBack
            self.committed.append(body)


@dataclass
class Reader:
    """Follows the feed over sockets that it drops at random, and comes back with the last cursor."""

    username: str
    addresses: Sequence[str]
    token: str
    dice: random.Random
    seen: list[str] = field(default_factory=list)
    cursor: str | None = None
    connections: int = 0

    async def begin(self) -> None:
        """Get a cursor before anything happens."""
        async with connected(self.addresses[0]) as client:
            await client.init(self.token)
            await client.subscribe(FEED)
            self.cursor = (await client.event())["cursor"]

    async def run(self, is_over: Callable[[], bool]) -> None:
        while not is_over():
            async with connected(self.dice.choice(self.addresses)) as client:
                self.connections += 1
                await client.init(self.token)
                await client.subscribe(FEED, after=self.cursor)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.dice.uniform(0.1, 1.5)):
                        await self._read(client)
                if self.dice.random() < 0.5:
                    client.socket.transport.abort()

    async def _read(self, client: Client) -> None:
        while True:
            event = await client.event()
            assert event["type"] not in {"RESYNC", "CONNECTED"}, event
            self.cursor = event["cursor"]
            if event["type"] == "TimelineEntryAdded":
                self.seen.append(event["entry"]["body"])


async def break_things(sequencers: Sequence[ServerProcess], server: Server, database: str, dice: random.Random) -> int:
    """Kill sequencers as a crash would, and cut their connections; returns how often."""
    faults = 0
    until = time.monotonic() + SECONDS_OF_FAULTS
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND usename = 'hub_worker'"
    )
    while time.monotonic() < until:
        await asyncio.sleep(dice.uniform(0.1, 0.7))
        faults += 1
        if dice.random() < 0.5:
            victim = dice.choice(sequencers)
            victim.kill()
            victim.start(ready=lambda: True)
        else:
            await off_loop(server.execute)(cut)
    return faults


async def test_nothing_is_lost_nothing_comes_twice_and_all_in_one_order(
    hub: Hub, server: Server, token: TokenOf, declare: Declare, actor_named: ActorNamed
) -> None:
    dice = random.Random(20_261_122)
    actor = await off_loop(actor_named)("responder.payments")
    # The last two see everything but the restricted incident, and are often the only socket of their person.
    people = ["responder.payments", "observer.payments", "coordinator"]
    services = {"a": "ledger", "b": "wallet", "c": "payouts", "d": "card-gateway"}
    incidents = {
        name: await off_loop(declare)("responder.payments", service, f"Incident {name}", restricted=name == "d")
        for name, service in services.items()
    }
    sequencers = [hub.sequencer(), hub.sequencer()]
    addresses = [hub.web(), hub.web()]
    readers = [Reader(name, addresses, await off_loop(token)(name), random.Random(name)) for name in people]
    writers = [Writer(name, actor, each, random.Random(name)) for name, each in incidents.items()]
    await off_loop(wait_for_empty_outbox)()
    for reader in readers:
        await reader.begin()

    stop = threading.Event()
    threads = [threading.Thread(target=writer.run, args=(stop,)) for writer in writers]
    for thread in threads:
        thread.start()
    give_up_at = time.monotonic() + SECONDS_OF_FAULTS + SECONDS_TO_RECOVER

    def is_over(reader: Reader) -> bool:
        mine = [each for each in writers if not each.incident.restricted or reader.username == "responder.payments"]
        expected = sum(len(writer.committed) for writer in mine)
        return time.monotonic() > give_up_at or (
            not any(thread.is_alive() for thread in threads) and len(reader.seen) >= expected
        )

    reading = [asyncio.create_task(reader.run(lambda reader=reader: is_over(reader))) for reader in readers]  # type: ignore[misc]
    try:
        faults = await break_things(sequencers, server, hub.database, dice)
    finally:
        stop.set()
        for thread in threads:
            await asyncio.to_thread(thread.join)
    await asyncio.gather(*reading)

    committed = [body for writer in writers for body in writer.committed]
    in_order = await off_loop(order_in_the_feed)()
    assert faults >= 8
    assert len(committed) > 100
    assert sorted(in_order) == sorted(committed), "every committed event has one place"
    for writer in writers:
        assert [body for body in in_order if body.startswith(f"{writer.name}-")] == writer.committed
    for reader in readers:
        assert reader.connections > 1, "it was cut off, and came back"
        sees_all = reader.username == "responder.payments"
        mine = [body for body in in_order if sees_all or not body.startswith("d-")]
        assert reader.seen == mine, "everything once, and in the feed's order"
    await off_loop(assert_streams_have_no_gap)()


def wait_for_empty_outbox() -> None:
    def is_empty() -> bool:
        with seeding():
            return not OutboxEntry.objects.exists()

    wait_until(is_empty, what="the outbox to be emptied", timeout=timedelta(seconds=60))


def order_in_the_feed() -> list[str]:
    """The writers' notes in the order of their places."""
    with seeding():
        assert not OutboxEntry.objects.exists()
        events = FeedEvent.objects.filter(type="TimelineEntryAdded").order_by("pk")
        keys = [event.payload["entry_id"] for event in events]
        bodies = dict(TimelineEntry.objects.filter(pk__in=keys).values_list("pk", "body"))
        return [bodies[key] for key in keys if "-" in bodies[key]]


def assert_streams_have_no_gap() -> None:
    with seeding():
        streams = list(Stream.objects.all())
        assert len(streams) == 2
        for stream in streams:
            positions = list(FeedEvent.objects.filter(stream=stream).order_by("pk").values_list("position", flat=True))
            assert positions == list(range(1, len(positions) + 1))
            assert stream.last_position == len(positions)
