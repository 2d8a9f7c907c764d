"""Threads that stand by for work that may hang, and are used again: to begin one costs more than most do in it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

Work: TypeAlias = Callable[[], None]
"""Something to do that raises nothing."""

IDLE: Final = 10.0
"""Seconds after which a thread that has nothing to do ends."""


class Standby:
    """As many daemon threads as there is work at a time: what hangs in one keeps nothing else waiting.

    Args:
        name: what the threads are called.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        # The one that was busy last is taken first, so that those who are too many end.
        self._idle: list[SimpleQueue[Work]] = []

    def do(self, work: Work) -> None:
        """Begin it at once, in a thread that is free or a new one, and do not wait for it."""
        try:
            self._idle.pop().put(work)
        except IndexError:
            threading.Thread(target=self._serve, args=(work,), name=self._name, daemon=True).start()

    def _serve(self, work: Work) -> None:
        mine: SimpleQueue[Work] = SimpleQueue()
        while True:
            work()
            self._idle.append(mine)
            try:
                work = mine.get(timeout=IDLE)
            except Empty:
                try:
                    self._idle.remove(mine)
                except ValueError:
                    work = mine.get()  # given to it at this moment
                else:
                    return
