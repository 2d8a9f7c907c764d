"""What asking the index may come to, besides what was asked for."""

from __future__ import annotations

from dataclasses import dataclass


class Away(Exception):
    """The server does not answer, or answers that it cannot."""


@dataclass(frozen=True)
class Difference:
    """How the index differs from what it should hold, by document ids.

    Attributes:
        missing: not there, or not on their shelf.
        stale: there in a former version.
        surplus: (alias, document) of what should not be there.
    """

    missing: frozenset[int]
    stale: frozenset[int]
    surplus: frozenset[tuple[str, int]]

    def __bool__(self) -> bool:
        return bool(self.missing or self.stale or self.surplus)
