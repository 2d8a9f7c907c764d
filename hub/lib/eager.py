"""Starting coroutines at once, for work that seldom waits: no task is made for what is done without waiting."""

from __future__ import annotations

from collections.abc import Coroutine, Generator
from functools import partial
from typing import Any


class Rest:
    """What is left of a coroutine that has begun and waits for something. Await it once, in a task."""

    def __init__(self, begun: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._begun = begun
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                told = yield waits_for
            except GeneratorExit:
                self._begun.close()
                raise
            except BaseException as error:
                resume = partial(self._begun.throw, error)
            else:
                resume = partial(self._begun.send, told)
            try:
                waits_for = resume()
            except StopIteration:
                return


def begin(work: Coroutine[Any, Any, None]) -> Rest | None:
    """Run `work` up to where it first waits; returns what is left of it, or None where it is done.

    As `asyncio.Task(eager_start=True)` does from Python 3.12 on. The work must not ask for its own task.
    """
    try:
        waits_for = work.send(None)
    except StopIteration:
        return None
    return Rest(work, waits_for)
