"""To what a search is narrowed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from knowledge.search.kinds import Kind


def fold(tag: str) -> str:
    """A tag as the index has it: whoever wrote it in capitals, or with more space, meant the same."""
    # PostgreSQL's texts hold no zero byte and no half character.
    return " ".join(tag.replace("\x00", "").encode("utf-8", "replace").decode().casefold().split())


@dataclass(frozen=True)
class Filters:
    """To what a search is narrowed. Values of one kind are alternatives; the kinds all have to hold.

    Attributes:
        tags: folded.
        published_from: aware; this moment or later.
        published_until: aware; before this moment.
    """

    kinds: frozenset[Kind] = frozenset()
    units: frozenset[int] = frozenset()
    services: frozenset[int] = frozenset()
    causes: frozenset[int] = frozenset()
    tags: frozenset[str] = frozenset()
    published_from: datetime | None = None
    published_until: datetime | None = None

    @property
    def has_dates(self) -> bool:
        return bool(self.published_from or self.published_until)

    @property
    def is_empty(self) -> bool:
        return not (self.kinds or self.units or self.services or self.causes or self.tags or self.has_dates)
