"""The feed of one process: one read for all its subscribers, whatever their number.

A pump reads new events once, together with who of the connected people may see each of them now, and puts them into
the subscribers' queues. A subscriber first catches up by itself, under its own identity, from its cursor to the moment
at which it joined; from there the pump serves it. Nothing falls between the two, because the pump itself lets
subscribers in, between two reads, at its own position: every read after that asks about them too.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection

from hub.lib import clock, identity
from hub.live import access
from hub.live.access import Happened
from hub.live.cursors import Cursor, decode
from hub.live.wakeups import Wakeups

logger = logging.getLogger(__name__)

QUEUE: Final = 1_000
"""How many events a slow reader may fall behind before its socket is closed; its cursor brings it back."""
ANSWERS_KEPT: Final = 512
RETRY_SECONDS: Final = 1.0

CONNECTED: Final = "CONNECTED"
RESYNC: Final = "RESYNC"


class SlowReader(Exception):
    """The subscriber does not keep up."""


class NoLongerWelcome(Exception):
    """The subscriber's account was switched off."""


@dataclass(frozen=True)
class Delivery:
    """An event on its way to one reader.

    Attributes:
        cursor: where the reader is after it, with the rights that it has at this moment.
        is_live: whether the pump hands it to everybody at this moment; false while one reader catches up.
    """

    event: Happened
    cursor: Cursor
    is_live: bool


class Subscriber:
    """One subscription: whose it is, of which incident, and what waits to be sent."""

    def __init__(self, person_id: int, incident_id: int | None) -> None:
        self.person_id = person_id
        self.incident_id = incident_id
        self.rights = ""
        self.joined_at = 0
        self.waiting: asyncio.Queue[Delivery | Exception] = asyncio.Queue(maxsize=QUEUE)
        self.is_lost = False
        self.joined: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wants(self, event: Happened) -> bool:
        """Whether the event belongs to this subscription and its reader may see it now."""
        return self.person_id in event.seen_by and self.incident_id in (None, event.incident_id)

    def put(self, item: Happened | Exception) -> None:
        """Queue it; a reader that is too far behind is given up instead."""
        if self.is_lost:
            return
        try:
            # The cursor is taken now: with rights that change while the event waits, their RESYNC could be skipped.
            self.waiting.put_nowait(item if isinstance(item, Exception) else self.delivery(item))
        except asyncio.QueueFull:
            self.is_lost = True
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(SlowReader())

    def delivery(self, event: Happened, *, is_live: bool = True) -> Delivery:
        """The event with the cursor after it."""
        return Delivery(event, Cursor(event.id, self.rights), is_live)


class Feed:
    """The feed of one event loop. Get it with `feed_of_loop()`."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()
        self._joining: list[Subscriber] = []
        self._position = 0
        self._wakeups = Wakeups()
        self._pump: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._answers: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()

    @asynccontextmanager
    async def subscribed(self, person_id: int, incident_id: int | None) -> AsyncIterator[Subscriber]:
        """Join the feed, and leave it at the end of the block. Raises `NoLongerWelcome`."""
        subscriber = Subscriber(person_id, incident_id)
        self._joining.append(subscriber)
        try:
            async with self._starting:
                if self._pump is None:
                    self._position = await in_thread(access.head)
                    self._wakeups.start()
                    self._pump = asyncio.create_task(self._run())
            self._wakeups.hurry()
            await subscriber.joined
            yield subscriber
        finally:
            if subscriber in self._joining:
                self._joining.remove(subscriber)
            self._subscribers.discard(subscriber)
            await self._rest()

    async def follow(self, subscriber: Subscriber, after: str | None) -> AsyncIterator[Delivery]:
        """The subscription's events, first those missed since `after`, without an end.

        Raises `InvalidCursor`, `SlowReader`, `NoLongerWelcome`.
        """
        start = subscriber.joined_at
        if after is None:
            yield subscriber.delivery(_of_the_feed(CONNECTED, start), is_live=False)
        else:
            cursor = decode(after)
            await in_thread(access.check_cursor, cursor)
            # Another process may have been ahead of this one's pump: what it delivered is not delivered again.
            start = max(start, cursor.event_id)
            if cursor.rights != subscriber.rights:
                # Older events may have come into sight, or gone: what the client holds is to be read again.
                yield subscriber.delivery(_of_the_feed(RESYNC, cursor.event_id), is_live=False)
            async for event in self._missed(subscriber, cursor.event_id, start):
                yield subscriber.delivery(event, is_live=False)
        while True:
            item = await subscriber.waiting.get()
            if isinstance(item, Exception):
                raise item
            if item.event.id > start:
                yield item
            elif item.event.type == RESYNC:
                yield subscriber.delivery(_of_the_feed(RESYNC, start))

    async def shared(self, key: Hashable, answer: Callable[[], Awaitable[Any]]) -> Any:
        """The answer under this key, computed once for all who ask at about the same time."""
        future = self._answers.get(key)
        if future is None:
            future = asyncio.get_running_loop().create_future()
            self._answers[key] = future
            while len(self._answers) > ANSWERS_KEPT:
                self._answers.popitem(last=False)
            try:
                future.set_result(await answer())
            except BaseException as error:
                self._answers.pop(key, None)
                future.set_exception(error)
                future.exception()
                raise
        # Shielded: one reader that leaves must not take the others' answer along.
        return await asyncio.shield(future)

    async def _missed(self, subscriber: Subscriber, after: int, until: int) -> AsyncIterator[Happened]:
        actor = identity.person(subscriber.person_id, through="graphql")
        while after < until:
            batch = await in_thread(access.events_between, actor, after, until, subscriber.incident_id)
            for event in batch:
                yield event
            if len(batch) < access.BATCH:
                return
            after = batch[-1].id

    async def _run(self) -> None:
        is_down = False
        while True:
            await self._wakeups.wait()
            try:
                await self._advance()
                is_down = False
            except (OperationalError, InterfaceError) as error:
                if not is_down:
                    logger.warning("The feed waits for the database: %s", str(error).splitlines()[0])
                is_down = True
                await asyncio.sleep(RETRY_SECONDS)
            except Exception:
                logger.exception("The feed stumbled and goes on")
                await asyncio.sleep(RETRY_SECONDS)

    async def _advance(self) -> None:
        """Read what is new and hand it out. What arrives for changed rights is said first."""
        while True:
            joining = list(self._joining)
            readers = [*self._subscribers, *joining]
            people = sorted({subscriber.person_id for subscriber in readers})
            rights = await in_thread(access.rights_of, people)
            self._let_in(joining, rights)
            self._tell_changed_rights(readers, rights)
            events = await in_thread(access.events_since, self._position, people)
            for event in events:
                for subscriber in readers:
                    if subscriber.wants(event):
                        subscriber.put(event)
                self._position = event.id
            if len(events) < access.BATCH:
                return
            await asyncio.sleep(0)

    def _let_in(self, joining: list[Subscriber], rights: dict[int, str]) -> None:
        for subscriber in joining:
            if subscriber not in self._joining:
                continue  # it left meanwhile
            self._joining.remove(subscriber)
            if subscriber.person_id not in rights:
                subscriber.joined.set_exception(NoLongerWelcome())
                continue
            subscriber.rights = rights[subscriber.person_id]
            subscriber.joined_at = self._position
            self._subscribers.add(subscriber)
            subscriber.joined.set_result(None)

    def _tell_changed_rights(self, readers: list[Subscriber], rights: dict[int, str]) -> None:
        for subscriber in readers:
            now = rights.get(subscriber.person_id)
            if now is None:
                subscriber.put(NoLongerWelcome())
            elif now != subscriber.rights:
                subscriber.rights = now
                subscriber.put(_of_the_feed(RESYNC, self._position))

    async def _rest(self) -> None:
        """Stop reading once nobody is there, nor about to be."""
        async with self._starting:
            if self._subscribers or self._joining or self._pump is None:
                return
            pump, self._pump = self._pump, None
            pump.cancel()
            await asyncio.gather(pump, return_exceptions=True)
            await self._wakeups.stop()
            self._answers.clear()


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()


def feed_of_loop() -> Feed:
    """The feed of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = Feed()
    return _feeds[loop]


async def in_thread(work: Callable[..., Any], *args: Any) -> Any:
    """Run database work off the event loop, on a thread of a small pool that keeps its connection."""
    return await sync_to_async(_with_usable_connection, thread_sensitive=False)(work, *args)


def _with_usable_connection(work: Callable[..., Any], *args: Any) -> Any:
    try:
        return work(*args)
    except (OperationalError, InterfaceError):
        # A connection that broke must not be met again on this thread.
        connection.close()
        raise


def _of_the_feed(type_: str, position: int) -> Happened:
    """An event about the feed itself."""
    return Happened(position, type_, clock.now(), None, None, {})
