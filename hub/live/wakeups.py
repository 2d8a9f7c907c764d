"""Being told that there is something new. A wake-up carries nothing, may come twice, and may be lost: it only hurries.

Two kinds of news are told: events have got their places, and rights have changed (a token was revoked, a role given or
taken, somebody signed out or was switched off). Of events PostgreSQL's notification tells every web process or, where
Redis is used, the Channels layer does; of rights PostgreSQL tells always, in the transaction that changes them. Either
way readers look by themselves once a second.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from enum import StrEnum
from typing import Any, Final
from weakref import WeakKeyDictionary

import psycopg
from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings
from django.db import connections
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

GROUP: Final = "hub.feed"
WAKE: Final = "feed.wake"
LOOK_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 2.0


class News(StrEnum):
    """What a wake-up is about: the channels of PostgreSQL's notifications."""

    EVENTS = "hub_feed"
    RIGHTS = "hub_rights"


class Bell:
    """Rings for one who waits."""

    def __init__(self, *about: News) -> None:
        self.about = frozenset(about)
        self._rung = asyncio.Event()

    def ring(self) -> None:
        """Let `wait` return at once."""
        self._rung.set()

    async def wait(self, seconds: float = LOOK_SECONDS) -> None:
        """Return when it rings, or after so many seconds without."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()


class Wakeups:
    """The wake-ups of one event loop, for as long as anybody has a bell there. Get them with `wakeups_of_loop()`."""

    def __init__(self) -> None:
        self._bells: set[Bell] = set()
        self._tasks: list[asyncio.Task[None]] = []

    def add(self, bell: Bell) -> None:
        """Ring this bell from now on."""
        self._bells.add(bell)
        if not self._tasks:
            self._tasks = [asyncio.create_task(listening) for listening in self._listening()]

    def remove(self, bell: Bell) -> None:
        """Ring it no more."""
        self._bells.discard(bell)
        if not self._bells:
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()

    def _listening(self) -> list[Coroutine[Any, Any, None]]:
        layer = get_channel_layer() if settings.REDIS_URL else None
        if layer is None:
            return [self._listen_on_postgres(News.EVENTS, News.RIGHTS)]
        return [self._listen_on_redis(layer), self._listen_on_postgres(News.RIGHTS)]

    def _ring(self, *news: News) -> None:
        for bell in self._bells:
            if not bell.about.isdisjoint(news):
                bell.ring()

    async def _listen_on_postgres(self, *news: News) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
                    for each in news:
                        await connection.execute(f"LISTEN {each}")
                    self._ring(*news)
                    async for told in connection.notifies():
                        self._ring(News(told.channel))
            except (psycopg.Error, OSError):
                # The readers' own queries say so in the log; until then they look every second.
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen_on_redis(self, layer: BaseChannelLayer) -> None:
        while True:
            try:
                name = await layer.new_channel()
                await layer.group_add(GROUP, name)
                self._ring(News.EVENTS)
                while True:
                    await layer.receive(name)
                    self._ring(News.EVENTS)
            except (OSError, RedisError) as error:
                logger.warning("Redis does not answer; readers look once a second: %s", error)
                await asyncio.sleep(RETRY_SECONDS)


_wakeups: WeakKeyDictionary[asyncio.AbstractEventLoop, Wakeups] = WeakKeyDictionary()


def wakeups_of_loop() -> Wakeups:
    """The wake-ups of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _wakeups:
        _wakeups[loop] = Wakeups()
    return _wakeups[loop]


def _address() -> str:
    given = connections["default"].settings_dict
    named = {
        "host": given["HOST"],
        "port": str(given["PORT"]),
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
    }
    options = {key: value for key, value in given.get("OPTIONS", {}).items() if key.startswith("ssl")}
    return psycopg.conninfo.make_conninfo(**{key: value for key, value in {**named, **options}.items() if value})
