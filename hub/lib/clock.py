"""The one source of "now", so that tests and replays can say what time it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_fixed: ContextVar[datetime | None] = ContextVar("hub_clock", default=None)


def now() -> datetime:
    """The current time, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


def is_set() -> bool:
    """Whether somebody said what time it is (`at`), so that no other clock is to be asked."""
    return _fixed.get() is not None


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Make `now()` answer `moment` (aware) inside the block: for history that is being loaded, and for tests."""
    if moment.tzinfo is None:
        raise ValueError("the clock needs an aware time")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
