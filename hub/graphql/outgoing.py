"""What is written to one socket: in order, at once where the socket takes it, and within bounds where it does not."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeAlias

from django.conf import settings

from hub.lib.eager import Rest, begin
from hub.live.following import Full, SlowReader

logger = logging.getLogger("hub.graphql")

Send: TypeAlias = Callable[[dict[str, Any]], Coroutine[Any, Any, None]]

LARGEST_BACKLOG: Final = 1024 * 1024
"""How many characters may wait for a reader, beside what fills the server's buffers."""


class Outgoing:
    """The texts on their way to one socket."""

    def __init__(self, send: Send) -> None:
        """`send`: the socket's way out by ASGI, which waits while the reader takes nothing."""
        self._send = send
        self._waiting: deque[str] = deque()
        self._backlog = 0
        self._taken = 0
        self._writing: asyncio.Task[None] | None = None

    def write(self, text: str) -> None:
        """Send a text without waiting. Raises `Full` when more than the bound waits already."""
        if self._writing is not None:
            if self._backlog > LARGEST_BACKLOG:
                raise Full
            self._waiting.append(text)
            self._backlog += len(text)
            return
        rest = begin(self._written(text))
        if rest is not None:
            self._writing = asyncio.create_task(self._go_on(rest))

    async def write_in_turn(self, text: str) -> None:
        """Send a text once all before it are sent.

        Raises `SlowReader` where the reader takes nothing for `settings.SOCKET_PATIENCE` seconds.
        """
        while self._writing is not None:
            taken = self._taken
            await asyncio.wait([self._writing], timeout=settings.SOCKET_PATIENCE)
            if self._writing is not None and self._taken == taken:
                logger.warning("A reader took nothing for %g s: its socket is closed", settings.SOCKET_PATIENCE)
                self._drop()
                raise SlowReader
        self.write(text)

    def stop(self) -> None:
        """Send nothing more of what waits."""
        self._drop()
        if self._writing is not None:
            self._writing.cancel()

    def _drop(self) -> None:
        self._waiting.clear()
        self._backlog = 0

    async def _go_on(self, rest: Rest) -> None:
        try:
            await rest
            self._taken += 1
            while self._waiting:
                text = self._waiting.popleft()
                self._backlog -= len(text)
                await self._written(text)
                self._taken += 1
        finally:
            self._writing = None

    async def _written(self, text: str) -> None:
        try:
            await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):
            # The socket is closed or about to be, which is said to it in its own message.
            self._drop()
