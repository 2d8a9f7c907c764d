"""Being told that there is something new. A wake-up carries nothing, may come twice, and may be lost: it only hurries.

In one process group without Redis, PostgreSQL's notification reaches every web process; with Redis, the Channels layer
does. Either way readers look by themselves once a second.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

import psycopg
from channels.layers import BaseChannelLayer, get_channel_layer
from django.conf import settings
from django.db import connections
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

GROUP: Final = "hub.feed"
WAKE: Final = "feed.wake"
CHANNEL: Final = "hub_feed"
LOOK_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 2.0


class Wakeups:
    """Wake-ups for one event loop. `start` it there; `wait` returns when something may be new."""

    def __init__(self) -> None:
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen."""
        layer = get_channel_layer() if settings.REDIS_URL else None
        self._task = asyncio.create_task(self._listen_on_redis(layer) if layer else self._listen_on_postgres())

    async def stop(self) -> None:
        """Listen no more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def hurry(self) -> None:
        """Let `wait` return at once."""
        self._woken.set()

    async def wait(self) -> None:
        """Return at a wake-up, or after `LOOK_SECONDS` without one."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                await self._woken.wait()
        except TimeoutError:
            pass
        self._woken.clear()

    async def _listen_on_postgres(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(_address(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self._woken.set()
                    async for _ in connection.notifies():
                        self._woken.set()
            except (psycopg.Error, OSError):
                # The readers' own queries say so in the log; until then they look every second.
                await asyncio.sleep(RETRY_SECONDS)

    async def _listen_on_redis(self, layer: BaseChannelLayer) -> None:
        while True:
            try:
                name = await layer.new_channel()
                await layer.group_add(GROUP, name)
                self._woken.set()
                while True:
                    await layer.receive(name)
                    self._woken.set()
            except (OSError, RedisError) as error:
                logger.warning("Redis does not answer; readers look once a second: %s", error)
                await asyncio.sleep(RETRY_SECONDS)


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
