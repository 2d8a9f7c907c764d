"""Subscribers who ask the same: one execution for those with equal rights, and its answer to each of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from typing import Final

from django.db import InterfaceError, OperationalError

from hub.live.access import Happened, Standing
from hub.live.cursors import Cursor
from hub.live.following import (
    Behind,
    Delivery,
    Following,
    Full,
    NoLongerWelcome,
    Reader,
    RightsChanged,
    SightInDoubt,
)
from hub.live.threads import in_feed_thread

logger = logging.getLogger(__name__)

RETRY_SECONDS: Final = 1.0
WRITES_AT_ONCE: Final = 250
"""After so many writes others get their turn."""
ANSWERED_TOGETHER: Final = 20
"""How many events are answered in one go while there are many."""
MOST_HELD: Final = 1_000
"""How many answers are kept for a subscriber that still catches up. What is more it reads again by itself."""


class Subscriber:
    """One subscription of one reader.

    Attributes:
        rights: the fingerprint of its person's rights, as its present membership knows them.
        passed: the id of the last event that it is past, seen or not.
        audience: the one that has taken it in.
        joined: done when it is known with which rights; the result is None, or why it may not stay.
        left: done when it is to leave its audience; the result says why.
    """

    def __init__(self, following: Following[object], reader: Reader) -> None:
        self.following = following
        self.reader = reader
        self.person_id = following.actor.person_id or 0
        self.incident_id = following.incident_id
        self.credential = reader.credential
        self.rights = ""
        self.passed = 0
        self.rejoin()

    def rejoin(self) -> None:
        """Be ready to join an audience, for the first time or again."""
        loop = asyncio.get_running_loop()
        self.joined: asyncio.Future[Exception | None] = loop.create_future()
        self.left: asyncio.Future[Exception] = loop.create_future()
        self.audience: Audience | None = None
        self.joined_at = 0
        self._held: list[tuple[int, str]] | None = []

    def may_see(self, event: Happened) -> bool:
        """Whether the event is of what it follows, and for its person's eyes."""
        return self.incident_id in (None, event.incident_id) and self.person_id in event.seen_by

    def leave(self, reason: Exception) -> None:
        """Get nothing more from this membership; the first reason counts."""
        if not self.joined.done():
            self.joined.set_result(reason)
        if self.left.done():
            return
        self.left.set_result(reason)
        if self._held is None and self.audience is not None:
            # It is past what it was not shown, too: that is not read again for it.
            self.passed = max(self.passed, self.audience.position)

    def offer(self, event_id: int, answer: str) -> None:
        """Write an answer, or keep it until the subscriber has caught up."""
        if self.left.done() or event_id <= self.passed:
            return
        if self._held is not None:
            if len(self._held) < MOST_HELD:
                self._held.append((event_id, answer))
            else:
                self.leave(Behind())
            return
        try:
            self.reader.write(answer)
        except Full:
            self.leave(Behind())
        else:
            self.passed = event_id

    def go_live(self) -> None:
        """Write what was kept; from here on everything at once."""
        if self.left.done():
            return
        held, self._held = self._held or [], None
        for event_id, answer in held:
            self.offer(event_id, answer)


class Audience:
    """Subscribers who ask the same, at one place in the feed.

    Attributes:
        position: the id of the last event that was handed out, or that nobody here was to see.
        work: hands out what was read; None while there is nothing to do.
    """

    def __init__(self, position: int) -> None:
        self.position = position
        self.members: set[Subscriber] = set()
        self.joining: list[Subscriber] = []
        self.work: asyncio.Task[None] | None = None

    def admit(self) -> None:
        """Take in those who wait. Only between two reads: every read after it asks about them too."""
        for subscriber in self.joining:
            subscriber.audience, subscriber.joined_at = self, self.position
        self.members.update(self.joining)
        self.joining.clear()

    def remove(self, subscriber: Subscriber) -> None:
        """Let a subscriber go."""
        if subscriber in self.joining:
            self.joining.remove(subscriber)
        self.members.discard(subscriber)
        subscriber.audience = None

    async def hand_out(self, events: Sequence[Happened]) -> None:
        """Answer these events for everybody who may see them, in their order."""
        # Its own reads may have been ahead of the feed's.
        waiting = [event for event in events if event.id > self.position]
        while waiting:
            together, groups = self._next_of(waiting)
            await asyncio.gather(*(self._answer(together, rights, group) for rights, group in groups.items()))
            self.position = together[-1].id
            waiting = waiting[len(together) :]

    def _next_of(self, events: Sequence[Happened]) -> tuple[list[Happened], dict[str, list[Subscriber]]]:
        """The first events that are for the same readers, at most `ANSWERED_TOGETHER`; and these, by their rights."""
        groups = self._readers_of(events[0])
        together = [events[0]]
        for event in events[1:ANSWERED_TOGETHER]:
            if self._readers_of(event) != groups:
                break
            together.append(event)
        return together, groups

    def _readers_of(self, event: Happened) -> dict[str, list[Subscriber]]:
        groups: dict[str, list[Subscriber]] = {}
        for subscriber in self.members:
            if subscriber.may_see(event):
                groups.setdefault(subscriber.rights, []).append(subscriber)
            elif event.incident_id is not None and subscriber.incident_id == event.incident_id:
                subscriber.leave(SightInDoubt())
        return groups

    async def _answer(self, events: Sequence[Happened], rights: str, group: Sequence[Subscriber]) -> None:
        deliveries = [Delivery(event, Cursor(event.id, rights)) for event in events]
        try:
            answers = await self._answered(group[0], deliveries)
        except Exception as error:
            logger.exception("A feed's selection failed")
            for subscriber in group:
                subscriber.leave(error)
            return
        written = 0
        for delivery, answer in zip(deliveries, answers, strict=True):
            if answer is None:
                continue
            for subscriber in group:
                subscriber.offer(delivery.event.id, answer)
                written += 1
                if written % WRITES_AT_ONCE == 0:
                    await asyncio.sleep(0)

    async def _answered(self, one: Subscriber, deliveries: Sequence[Delivery]) -> list[str | None]:
        while True:
            try:
                return await in_feed_thread(one.reader.answers, deliveries)
            except (OperationalError, InterfaceError):
                # The database is away, which the feed's own reads say in the log. The events wait for it.
                await asyncio.sleep(RETRY_SECONDS)


def settle(subscribers: Iterable[Subscriber], standing: Standing) -> None:
    """Take note of how subscribers stand: those who just joined are let in, others leave where it has changed."""
    for subscriber in subscribers:
        if subscriber.audience is None:
            continue  # it left while this was asked
        if not standing.welcomes(subscriber.person_id, subscriber.credential):
            subscriber.leave(NoLongerWelcome())
            continue
        rights = standing.rights[subscriber.person_id]
        if not subscriber.joined.done():
            subscriber.rights = rights
            subscriber.joined.set_result(None)
        elif rights != subscriber.rights:
            subscriber.leave(RightsChanged())
