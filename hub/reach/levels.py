"""Places that hang below each other, in the order in which their rows can be written. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar


class Hanging(Protocol):
    """Something that names the one above it, or nothing."""

    @property
    def above_id(self) -> int | None: ...


P = TypeVar("P", bound=Hanging)


def levels(places: Sequence[P], key: Callable[[P], int]) -> Iterator[list[P]]:
    """The places of a tree, those that hang below nobody first, then those below these: each row names the one above.

    Args:
        key: by what those below name a place.
    """
    written: set[int | None] = {None}
    left = list(places)
    while left:
        level = [place for place in left if place.above_id in written]
        yield level
        written |= {key(place) for place in level}
        left = [place for place in left if key(place) not in written]
