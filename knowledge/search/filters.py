"""To what a search is narrowed. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from knowledge.search.kinds import Kind


@dataclass(frozen=True)
class Filters:
    """To what a search is narrowed. Values of one kind are alternatives; the kinds all have to hold.

    Attributes:
        published_from: aware; this moment or later.
        published_until: aware; before this moment.
    """

    kinds: frozenset[Kind] = frozenset()
    units: frozenset[int] = frozenset()
    services: frozenset[int] = frozenset()
    causes: frozenset[int] = frozenset()
    published_from: datetime | None = None
    published_until: datetime | None = None

    @property
    def has_dates(self) -> bool:
        return bool(self.published_from or self.published_until)

    @property
    def is_empty(self) -> bool:
        return not (self.kinds or self.units or self.services or self.causes or self.has_dates)
