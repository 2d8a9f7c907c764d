"""The feed of one process: one read for all its subscribers, whatever their number.

A pump reads new events once, together with who of the connected people may see each of them now, and hands them to the
audiences: subscribers who ask the same. An audience executes an event's selection once for each group of equal rights
and writes the answer to all of the group. One that still works on former events is left out, and reads what it missed
by itself when it is done: nothing piles up for it, and the others do not wait.

A subscriber first catches up by itself, under its own identity, from its cursor to the place at which its audience took
it in; from there the audience serves it. Nothing falls between the two, because subscribers are taken in between two
reads, at the audience's own position: every read after that asks about them too. A subscriber whose rights change
leaves its audience, is told RESYNC, catches up with its new rights, and joins again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Hashable, Sequence
from contextlib import asynccontextmanager
from typing import Final
from weakref import WeakKeyDictionary

from django.db import InterfaceError, OperationalError

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.live import access
from hub.live.access import CONNECTED, RESYNC, Happened
from hub.live.audiences import ANSWERED_TOGETHER, Audience, Subscriber, settle
from hub.live.cursors import Cursor, decode
from hub.live.following import Behind, Delivery, Following, Reader, RightsChanged, SightInDoubt
from hub.live.threads import in_feed_thread, in_thread
from hub.live.wakeups import Bell, News, wakeups_of_loop

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0


class Feed:
    """The feed of one event loop. Get it with `feed_of_loop()`."""

    def __init__(self) -> None:
        self._audiences: dict[Hashable, Audience] = {}
        self._position = 0
        self._bell = Bell(News.EVENTS, News.RIGHTS)
        self._pump: asyncio.Task[None] | None = None
        self._followers = 0
        self._starting = asyncio.Lock()

    async def follow(self, following: Following[object], reader: Reader) -> None:
        """Write everything that happens to what is followed, first what was missed since its cursor.

        Returns when the reader has lost sight of the incident that is followed. Raises `InvalidCursor`,
        `NoLongerWelcome`, `SlowReader`.
        """
        cursor = None if following.after is None else decode(following.after)
        if cursor is not None:
            await in_thread(access.check_cursor, cursor)
        subscriber = Subscriber(following, reader)
        async with self._running():
            async with self._joined(subscriber):
                if cursor is None:
                    subscriber.passed = subscriber.joined_at
                    await _tell(subscriber, [_of_the_feed(CONNECTED, subscriber.joined_at)])
                    subscriber.go_live()
                else:
                    subscriber.passed = cursor.event_id
                    await _catch_up(subscriber, cursor.rights)
                reason = await subscriber.left
            while isinstance(reason, Behind | RightsChanged | SightInDoubt):
                if not isinstance(reason, Behind) and not await in_thread(_is_in_sight, following):
                    return
                former = subscriber.rights
                subscriber.rejoin()
                async with self._joined(subscriber):
                    await _catch_up(subscriber, former)
                    reason = await subscriber.left
            raise reason

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        """Read for as long as somebody is there."""
        self._followers += 1
        try:
            async with self._starting:
                if self._pump is None:
                    self._position = await in_thread(access.head)
                    wakeups_of_loop().add(self._bell)
                    self._pump = asyncio.create_task(self._run())
            yield
        finally:
            self._followers -= 1
            await self._rest()

    async def _rest(self) -> None:
        async with self._starting:
            if self._followers or self._pump is None:
                return
            pump, self._pump = self._pump, None
            pump.cancel()
            wakeups_of_loop().remove(self._bell)
            await asyncio.gather(pump, return_exceptions=True)

    @asynccontextmanager
    async def _joined(self, subscriber: Subscriber) -> AsyncIterator[None]:
        """Be a member of the audience that asks the same. Raises why there is no joining."""
        asks = subscriber.reader.asks
        if asks not in self._audiences:
            self._audiences[asks] = Audience(self._position)
        audience = self._audiences[asks]
        audience.joining.append(subscriber)
        self._bell.ring()
        try:
            refusal = await subscriber.joined
            if refusal is not None:
                raise refusal
            yield
        finally:
            audience.remove(subscriber)
            if not audience.members and not audience.joining:
                self._audiences.pop(asks, None)
                if audience.work is not None:
                    audience.work.cancel()

    async def _run(self) -> None:
        is_down = False
        while True:
            await self._bell.wait()
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
        """Read what is new, and hand it to whoever is not still at work."""
        while True:
            idle = [audience for audience in self._audiences.values() if audience.work is None]
            events = await self._news(idle, self._position)
            if events:
                for audience in idle:
                    self._set_to_work(audience, events)
                self._position = events[-1].id
            for audience in self._audiences.values():
                if audience.work is None and audience.position < self._position:
                    # It was still at work when this read began, or came since.
                    self._set_to_work(audience, [])
            if len(events) < access.BATCH:
                return
            await asyncio.sleep(0)

    async def _news(self, audiences: Sequence[Audience], since: int) -> list[Happened]:
        """What happened since, for the members of these audiences; and whoever does not stand as before is told."""
        for audience in audiences:
            audience.admit()
        readers = {subscriber.person_id for audience in audiences for subscriber in audience.members}
        everybody = [subscriber for audience in self._audiences.values() for subscriber in audience.members]
        people = {subscriber.person_id for subscriber in everybody}
        credentials = {subscriber.credential for subscriber in everybody if subscriber.credential is not None}
        events, standing = await in_feed_thread(access.news, since, readers, people, credentials)
        settle(everybody, standing)
        return events

    def _set_to_work(self, audience: Audience, events: Sequence[Happened]) -> None:
        audience.work = asyncio.create_task(self._work(audience, events))

    async def _work(self, audience: Audience, events: Sequence[Happened]) -> None:
        """Hand out events until the audience is where the feed is."""
        try:
            await audience.hand_out(events)
            while audience.position < (goal := self._position):
                try:
                    events = await self._news([audience], audience.position)
                except (OperationalError, InterfaceError):
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                await audience.hand_out(events)
                if len(events) < access.BATCH:
                    audience.position = max(audience.position, goal)
        except Exception as error:
            logger.exception("An audience stumbled")
            for subscriber in audience.members:
                subscriber.leave(error)
        finally:
            audience.work = None
            if audience.joining:
                self._bell.ring()


async def _catch_up(subscriber: Subscriber, former: str) -> None:
    """Tell of changed rights, and what happened until the subscriber joined, as the policies show it to it now."""
    following, until = subscriber.following, subscriber.joined_at
    if subscriber.rights != former:
        # Older events may have come into sight, or gone: what the client holds is to be read again.
        await _tell(subscriber, [_of_the_feed(RESYNC, subscriber.passed)])
    while subscriber.passed < until and not _is_out(subscriber):
        missed = await in_thread(
            access.events_between, following.actor, subscriber.passed, until, following.incident_id, ANSWERED_TOGETHER
        )
        await _tell(subscriber, missed)
        subscriber.passed = missed[-1].id if len(missed) == ANSWERED_TOGETHER else until
    subscriber.go_live()


def _is_out(subscriber: Subscriber) -> bool:
    """Whether it shall hear no more as things stand; who is merely behind goes on catching up."""
    return subscriber.left.done() and not isinstance(subscriber.left.result(), Behind)


async def _tell(subscriber: Subscriber, events: Sequence[Happened]) -> None:
    """Send these events to one subscriber, at the pace at which it takes them."""
    deliveries = [Delivery(event, Cursor(event.id, subscriber.rights)) for event in events]
    if deliveries:
        for answer in await in_thread(subscriber.reader.answers, deliveries):
            if answer is not None:
                await subscriber.reader.write_in_turn(answer)


def _is_in_sight(following: Following[object]) -> bool:
    try:
        following.check()
    except NotFound:
        return False
    return True


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()


def feed_of_loop() -> Feed:
    """The feed of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _feeds:
        _feeds[loop] = Feed()
    return _feeds[loop]


def _of_the_feed(type_: str, position: int) -> Happened:
    """An event about the feed itself."""
    return Happened(position, type_, clock.now(), None, None, {})
