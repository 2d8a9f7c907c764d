"""Requests that arrive while others of their source are being stored wait, and are then stored together.

Each source has at most one transaction under way in a process. Alone, a request is stored at once; under load, one
lock, one commit and one entry in the timeline serve as many as have come in meanwhile. One source's flood never holds
up another's alert, and two hundred copies do not hold two hundred connections.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Executor
from typing import Final, TypeAlias

from hub.alerts.ingest.answers import Answer
from hub.alerts.ingest.endpoints import Posted
from hub.alerts.ingest.performing import perform
from hub.alerts.models import SourceKind

MOST_TOGETHER: Final = 16

Key: TypeAlias = tuple[SourceKind, str]
Waiting: TypeAlias = tuple[Posted, "asyncio.Future[Answer]"]


class Queues:
    """The queues of one process, by key; used from its event loop alone."""

    def __init__(self, threads: Executor) -> None:
        """`threads`: where requests are stored."""
        self._threads = threads
        self._queues: dict[Key, deque[Waiting]] = {}

    async def answer(self, posted: Posted) -> Answer:
        """Store the request, in its turn, and return what it is to be answered."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        key = (posted.kind, posted.key)
        queue = self._queues.get(key)
        if queue is None:
            self._queues[key] = deque()
            self._store(key, [(posted, answered)])
        else:
            queue.append((posted, answered))
        return await answered

    def _store(self, key: Key, together: list[Waiting]) -> None:
        work = asyncio.get_running_loop().run_in_executor(self._threads, perform, [posted for posted, _ in together])
        work.add_done_callback(lambda done: self._stored(key, together, done))

    def _stored(self, key: Key, together: list[Waiting], done: asyncio.Future[list[Answer]]) -> None:
        for (_, answered), answer in zip(together, done.result(), strict=True):
            if not answered.cancelled():
                answered.set_result(answer)
        queue = self._queues[key]
        if queue:
            self._store(key, [queue.popleft() for _ in range(min(MOST_TOGETHER, len(queue)))])
        else:
            del self._queues[key]
