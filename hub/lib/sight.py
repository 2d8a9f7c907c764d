"""Which restricted incidents are read on somebody's behalf, gathered as their rows are loaded (`hub.lib.witnessed`).

`hub.lib.identity` hands what was gathered to the recorder at the end of the outermost block that acts as the person,
in the same transaction: an answer that cannot be recorded fails. A reading is written once an hour, so that almost
every request that reads a restricted incident costs nothing more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeAlias

Recorder: TypeAlias = Callable[[int, str, Collection[int]], None]
"""Takes a person's id, what they came through, and the ids of incidents that may be restricted ones."""

_seen: ContextVar[set[int] | None] = ContextVar("hub_seen", default=None)
_recorders: list[Recorder] = []


def record_with(recorder: Recorder) -> None:
    """Name who writes down what was seen; once, when the project starts."""
    _recorders[:] = [recorder]


def record(person_id: int, through: str, incident_ids: Collection[int]) -> None:
    """Have it written down, in the open transaction of that person."""
    for recorder in _recorders:
        recorder(person_id, through, incident_ids)


@contextmanager
def gathering() -> Iterator[set[int]]:
    """The ids that the block notes, to be recorded by the caller."""
    seen: set[int] = set()
    token = _seen.set(seen)
    try:
        yield seen
    finally:
        _seen.reset(token)


def is_gathering() -> bool:
    """Whether somebody further out records what is noted here."""
    return _seen.get() is not None


def note(incident_id: int) -> None:
    """Say that an incident that may be restricted, or a part of one, was read."""
    seen = _seen.get()
    if seen is not None:
        seen.add(incident_id)
