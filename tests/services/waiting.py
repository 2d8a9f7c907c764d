"""Waiting for what another process does."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

T = TypeVar("T")

STEP = timedelta(milliseconds=20)


def wait_until(condition: Callable[[], T | None], *, what: str, timeout: timedelta = timedelta(seconds=10)) -> T:
    """Ask again and again until the answer is true, and return it.

    Arguments:
        condition: what to ask; it is asked once more after the time is up.
        what: the end of the sentence "waited 10.0 s in vain for ...".

    Raises:
        TimeoutError: it did not become true in time.
    """
    deadline = time.monotonic() + timeout.total_seconds()
    while True:
        expired = time.monotonic() >= deadline
        if answer := condition():
            return answer
        if expired:
            raise TimeoutError(f"waited {timeout.total_seconds():.1f} s in vain for {what}")
        time.sleep(STEP.total_seconds())
