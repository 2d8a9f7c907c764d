"""The feed of one process: one read for all its subscribers, whatever their number.

A pump reads new events once, together with who of the connected people may see each of them now, and puts them into
the subscribers' queues. A subscriber first catches up by itself, under its own identity, from its cursor to the moment
at which it joined; from there the pump serves it. Nothing falls between the two, because joining takes the pump's own
position.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
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


class Subscriber:
    """One subscription: whose it is, of which incident, and what waits to be sent."""

    def __init__(self, person_id: int, incident_id: int | None, rights: str, joined_at: int) -> None:
        self.person_id = person_id
        self.incident_id = incident_id
        self.rights = rights
        self.joined_at = joined_at
        self.waiting: asyncio.Queue[Happened | Exception] = asyncio.Queue(maxsize=QUEUE)
        self.is_lost = False

    def wants(self, event: Happened) -> bool:
        """Whether the event belongs to this subscription and its reader may see it now."""
        return self.person_id in event.seen_by and self.incident_id in (None, event.incident_id)

    def put(self, item: Happened | Exception) -> None:
        """Queue it; a reader that is too far behind is given up instead."""
        if self.is_lost:
            return
        try:
            self.waiting.put_nowait(item)
        except asyncio.QueueFull:
            self.is_lost = True
            while not self.waiting.empty():
                self.waiting.get_nowait()
            self.waiting.put_nowait(SlowReader())

    def cursor(self, event_id: int) -> Cursor:
        return Cursor(event_id, self.rights)


class Feed:
    """The feed of one event loop. Get it with `feed_of_loop()`."""

    def __init__(self) -> None:
        self._subscribers: set[Subscriber] = set()
        self._position = 0
        self._wakeups = Wakeups()
        self._pump: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._answers: OrderedDict[Hashable, asyncio.Future[Any]] = OrderedDict()

    @asynccontextmanager
    async def subscribed(self, person_id: int, incident_id: int | None) -> AsyncIterator[Subscriber]:
        """Join the feed, and leave it at the end of the block."""
        async with self._starting:
            if self._pump is None:
                self._position = await in_thread(access.head)
                self._wakeups = Wakeups()
                self._wakeups.start()
                self._pump = asyncio.create_task(self._run())
        rights = (await in_thread(access.rights_of, [person_id])).get(person_id, "")
        subscriber = Subscriber(person_id, incident_id, rights, self._position)
        self._subscribers.add(subscriber)
        try:
            yield subscriber
        finally:
            self._subscribers.discard(subscriber)
            if not self._subscribers:
                await self._rest()

    async def follow(self, subscriber: Subscriber, after: str | None) -> AsyncIterator[tuple[Happened, Cursor]]:
        """The subscription's events with the cursor after each, first those missed since `after`, without an end.

        Raises `InvalidCursor`, `SlowReader`, `NoLongerWelcome`.
        """
        start = subscriber.joined_at
        if after is None:
            yield _of_the_feed(CONNECTED, start), subscriber.cursor(start)
        else:
            cursor = decode(after)
            await in_thread(access.check_age, cursor)
            if cursor.rights != subscriber.rights:
                # Older events may have come into sight, or gone: what the client holds is to be read again.
                yield _of_the_feed(RESYNC, start), subscriber.cursor(min(cursor.event_id, start))
            async for event in self._missed(subscriber, cursor.event_id, start):
                yield event, subscriber.cursor(event.id)
        while True:
            item = await subscriber.waiting.get()
            if isinstance(item, Exception):
                raise item
            yield item, subscriber.cursor(item.id)

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
        people = sorted({subscriber.person_id for subscriber in self._subscribers})
        rights = await in_thread(access.rights_of, people)
        self._tell_changed_rights(rights)
        while True:
            events = await in_thread(access.events_since, self._position, people)
            for event in events:
                for subscriber in list(self._subscribers):
                    if event.id > subscriber.joined_at and subscriber.wants(event):
                        subscriber.put(event)
                self._position = event.id
            if len(events) < access.BATCH:
                return
            await asyncio.sleep(0)

    def _tell_changed_rights(self, rights: dict[int, str]) -> None:
        for subscriber in list(self._subscribers):
            now = rights.get(subscriber.person_id)
            if now is None:
                subscriber.put(NoLongerWelcome())
            elif now != subscriber.rights:
                subscriber.rights = now
                subscriber.put(_of_the_feed(RESYNC, self._position))

    async def _rest(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
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
