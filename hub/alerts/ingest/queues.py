"""Requests that arrive while others of their source are being stored wait, and are then stored together.

Alone, a request is stored at once; under load, one lock, one commit and one entry in the timeline serve as many as have
come in meanwhile. A source has one transaction under way in a process, and a second where enough is waiting to be worth
one: that one computes while the other waits for the disk. One source's flood never holds up another's alert, and two
hundred copies do not hold two hundred connections.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from concurrent.futures import Executor
from typing import Final, TypeAlias

from hub.alerts.ingest.answers import Answer
from hub.alerts.ingest.endpoints import Posted
from hub.alerts.ingest.performing import perform
from hub.alerts.models import SourceKind

MOST_TOGETHER: Final = 16
WORTH_A_TRANSACTION: Final = (1, 4, math.inf)
"""How many requests of a source have to wait for a transaction of their own, by how many it has under way."""

Key: TypeAlias = tuple[SourceKind, str]
Waiting: TypeAlias = tuple[Posted, "asyncio.Future[Answer]"]


class Queues:
    """The queues of one process, by key; used from its event loop alone."""

    def __init__(self, threads: Executor) -> None:
        """`threads`: where requests are stored."""
        self._threads = threads
        self._queues: dict[Key, deque[Waiting]] = {}
        self._under_way: Counter[Key] = Counter()

    async def answer(self, posted: Posted) -> Answer:
        """Store the request, in its turn, and return what it is to be answered."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        key = (posted.kind, posted.key)
        self._queues.setdefault(key, deque()).append((posted, answered))
        self._go_on(key)
        return await answered

    def _go_on(self, key: Key) -> None:
        """Begin to store what waits, if it is its turn."""
        queue, under_way = self._queues[key], self._under_way[key]
        if not queue and not under_way:
            del self._queues[key], self._under_way[key]
        elif len(queue) >= WORTH_A_TRANSACTION[under_way]:
            self._store(key, [queue.popleft() for _ in range(min(MOST_TOGETHER, len(queue)))])

    def _store(self, key: Key, together: list[Waiting]) -> None:
        self._under_way[key] += 1
        work = asyncio.get_running_loop().run_in_executor(self._threads, perform, [posted for posted, _ in together])
        work.add_done_callback(lambda done: self._stored(key, together, done))

    def _stored(self, key: Key, together: list[Waiting], done: asyncio.Future[list[Answer]]) -> None:
        for (_, answered), answer in zip(together, done.result(), strict=True):
            if not answered.cancelled():
                answered.set_result(answer)
        self._under_way[key] -= 1
        self._go_on(key)
