"""How long an operation may take altogether, in PostgreSQL and in Python.

A statement that takes too long is PostgreSQL's to cancel. What the hub itself does between statements looks at the
clock wherever it goes on to something else: before a statement, before each object of the executor, before each column
of data. To look costs less than a tenth of a microsecond.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_end: ContextVar[float | None] = ContextVar("hub_end_of_operation", default=None)


class OutOfTime(BaseException):
    """The operation's time is over.

    No `Exception`: the executor notes those beside the field that raised them and goes on to the next, of which there
    may be a million left.
    """


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What is done inside has so many seconds from now on."""
    token = _end.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _end.reset(token)


def left() -> float | None:
    """How many seconds are left; None where nothing is limited. Raises `OutOfTime` where none are."""
    end = _end.get()
    if end is None:
        return None
    seconds = end - time.monotonic()
    if seconds <= 0:
        raise OutOfTime("the operation's time is over")
    return seconds


def check() -> None:
    """Go on only while there is time. Raises `OutOfTime`."""
    end = _end.get()
    if end is not None and time.monotonic() > end:
        raise OutOfTime("the operation's time is over")
