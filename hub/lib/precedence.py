"""What goes first among the threads of a process, where all of them wait for the same processor.

Many threads that each do a little keep one that does much for many from going on: Python lets them take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final


class _Way:
    """Free unless somebody goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first = 0
        self.is_free = threading.Event()
        self.is_free.set()

    def count(self, change: int) -> None:
        with self._lock:
            self._first += change
            if self._first:
                self.is_free.clear()
            else:
                self.is_free.set()


_WAY: Final = _Way()


@contextmanager
def going_first() -> Iterator[None]:
    """Inside, other threads of the process that `give_way` wait before they begin something new."""
    _WAY.count(1)
    try:
        yield
    finally:
        _WAY.count(-1)


def give_way(longest: timedelta) -> None:
    """Wait until nobody goes first, and no longer than that. To be called with no lock held and in no transaction."""
    _WAY.is_free.wait(longest.total_seconds())


def is_way_free() -> bool:
    """Whether nobody goes first at this moment, for those who have something under way already."""
    return _WAY.is_free.is_set()
