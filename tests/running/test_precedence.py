"""What goes first in a process, and what waits for it."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from hub.lib.precedence import give_way, going_first

LONG = timedelta(minutes=1)


def test_others_wait_until_nobody_goes_first() -> None:
    with ThreadPoolExecutor(1) as threads:
        with going_first():
            with going_first():
                waiting: Future[None] = threads.submit(give_way, LONG)
            assert not waiting.done()
        waiting.result(timeout=10)


def test_nobody_waits_longer_than_that_or_for_nothing() -> None:
    with going_first():
        give_way(timedelta())

    give_way(LONG)
