"""The feed in this process: one execution for a group of equal rights, whatever its size, and each its own group."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hub.incidents.models import Incident
from hub.lib.identity import Actor
from hub.live import access, sequencer
from hub.live.access import CONNECTED, RESYNC
from hub.live.feed import Feed
from hub.live.following import Delivery, Following, Full, SlowReader
from hub.live.threads import in_thread
from tenants.models import RoleAssignment
from tests.conftest import seeding
from tests.database import Server
from tests.live.conftest import off_loop

ActorNamed = Callable[[str], Actor]
Declare = Callable[..., Incident]


@dataclass
class Reader:
    """Takes answers, which are the events' types, and keeps count of how often it had to make one."""

    asks: str
    credential: None = None
    executions: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    takes_nothing: bool = False
    taking: asyncio.Event = field(default_factory=asyncio.Event)

    def answers(self, deliveries: Sequence[Delivery]) -> list[str | None]:
        made = [delivery.event.type for delivery in deliveries]
        self.executions += made
        return list(made)

    def write(self, answer: str) -> None:
        if self.takes_nothing:
            raise Full
        self.taken.append(answer)
        self.taking.set()

    async def write_in_turn(self, answer: str) -> None:
        if self.takes_nothing:
            raise SlowReader
        self.write(answer)

    async def has(self, type_: str) -> None:
        """Wait until an event of this type has come."""
        async with asyncio.timeout(20):
            while type_ not in self.taken:
                self.taking.clear()
                await self.taking.wait()


def following(actor: Actor) -> Following[object]:
    return Following(actor, None, None, event=lambda delivery: delivery, check=lambda: None)


async def test_one_execution_for_each_group_of_equal_questions_and_rights(
    own_database: str, declare: Declare, actor_named: ActorNamed
) -> None:
    people = [await off_loop(actor_named)(name) for name in ("observer.payments", "coordinator", "outsider.logistics")]
    feed = Feed()
    readers = {(person, asks): [Reader(asks) for _ in range(20)] for person in people for asks in ("this", "that")}
    tasks = [
        asyncio.create_task(feed.follow(following(person), reader))
        for (person, _), group in readers.items()
        for reader in group
    ]
    for group in readers.values():
        for reader in group:
            await reader.has(CONNECTED)
            reader.executions.clear()

    await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
    await off_loop(sequencer.sequence_batch)()

    for (person, _), group in readers.items():
        if person is people[2]:
            continue
        for reader in group:
            await reader.has("IncidentDeclared")
        assert sum(reader.executions.count("IncidentDeclared") for reader in group) == 1
        assert [reader.taken.count("IncidentDeclared") for reader in group] == [1] * 20
    assert not any(
        "IncidentDeclared" in reader.taken for asks in ("this", "that") for reader in readers[people[2], asks]
    )
    await end(tasks)


async def test_changed_rights_are_told_before_anything_else_and_divide_a_group(
    own_database: str, declare: Declare, actor_named: ActorNamed
) -> None:
    stays, leaves = [await off_loop(actor_named)(name) for name in ("responder.payments", "responder2.payments")]
    feed = Feed()
    readers = [Reader("this"), Reader("this")]
    tasks = [
        asyncio.create_task(feed.follow(following(actor), reader))
        for actor, reader in zip((stays, leaves), readers, strict=True)
    ]
    for reader in readers:
        await reader.has(CONNECTED)

    await off_loop(take_roles_from)(leaves)
    await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
    await off_loop(sequencer.sequence_batch)()

    await readers[0].has("IncidentDeclared")
    await readers[1].has(RESYNC)
    assert readers[1].taken == [CONNECTED, RESYNC]
    await end(tasks)


async def test_connections_that_broke_while_nobody_used_them_are_replaced(
    own_database: str, server: Server, declare: Declare, actor_named: ActorNamed
) -> None:
    actor = await off_loop(actor_named)("responder.payments")
    feed, reader = Feed(), Reader("this")
    for _ in range(10):
        await in_thread(access.head)
    server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{own_database}'")

    tasks = [asyncio.create_task(feed.follow(following(actor), reader))]
    await reader.has(CONNECTED)
    await off_loop(take_roles_from)(actor)

    await reader.has(RESYNC)
    await end(tasks)


async def test_a_reader_that_takes_nothing_leaves_and_the_others_stay(
    own_database: str, declare: Declare, actor_named: ActorNamed
) -> None:
    actor = await off_loop(actor_named)("observer.payments")
    feed = Feed()
    readers = [Reader("this") for _ in range(3)]
    tasks = [asyncio.create_task(feed.follow(following(actor), reader)) for reader in readers]
    for reader in readers:
        await reader.has(CONNECTED)
    readers[1].takes_nothing = True

    await off_loop(declare)("responder.payments", "ledger", "Ledger lags")
    await off_loop(sequencer.sequence_batch)()

    for reader in (readers[0], readers[2]):
        await reader.has("IncidentDeclared")
    async with asyncio.timeout(20):
        outcome = (await asyncio.gather(tasks[1], return_exceptions=True))[0]
    assert isinstance(outcome, SlowReader)
    await end(tasks)


def take_roles_from(actor: Actor) -> None:
    with seeding():
        RoleAssignment.objects.filter(person_id=actor.person_id or 0).delete()


async def end(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
