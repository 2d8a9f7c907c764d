"""Connections that stay open for a moment after their use: to open one costs more than what goes through it."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from urllib3.util.wait import wait_for_read

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")

FRESH: Final = 1.0
"""Seconds for which a connection that nobody uses is kept: servers close them at moments of their own."""
MOST: Final = 64
"""How many to one server are kept."""


class Spare(Generic[K, C]):
    """Open connections by the server that they lead to, from any thread. The one that was used last is taken first.

    Args:
        close: ends one, and raises nothing.
        socket_of: what it reads from; None for one that has none any more.
    """

    def __init__(self, close: Callable[[C], None], socket_of: Callable[[C], socket.socket | None]) -> None:
        self._close = close
        self._socket_of = socket_of
        self._lock = threading.Lock()
        self._kept: dict[K, deque[tuple[float, C]]] = {}
        self._is_watched = False

    def take(self, server: K) -> C | None:
        """One that was used a moment ago and to which the server has said nothing since; None where there is none."""
        while True:
            with self._lock:
                kept = self._kept.get(server)
                if not kept:
                    return None
                since, connection = kept.pop()
            read_from = self._socket_of(connection)
            # What a server says now is that it closes.
            if time.monotonic() - since < FRESH and read_from and not wait_for_read(read_from, timeout=0.0):
                return connection
            self._close(connection)

    def keep(self, server: K, connection: C) -> None:
        """Keep one that has done what it was taken for, for whoever comes soon."""
        with self._lock:
            kept = self._kept.setdefault(server, deque())
            has_room = len(kept) < MOST
            if has_room:
                kept.append((time.monotonic(), connection))
            begins = has_room and not self._is_watched
            self._is_watched |= begins
        if not has_room:
            self._close(connection)
        if begins:
            threading.Thread(target=self._watch, name="spare connections", daemon=True).start()

    def _watch(self) -> None:
        """Close those that nobody came for, until none is left."""
        while self._is_watched:
            time.sleep(FRESH)
            for connection in self._outdated():
                self._close(connection)

    def _outdated(self) -> list[C]:
        oldest = time.monotonic() - FRESH
        found: list[C] = []
        with self._lock:
            for server, kept in list(self._kept.items()):
                while kept and kept[0][0] <= oldest:
                    found.append(kept.popleft()[1])
                if not kept:
                    del self._kept[server]
            self._is_watched = bool(self._kept)
        return found
