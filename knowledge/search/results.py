"""What a search answers, the same from every backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from knowledge.search.documents import Record
from knowledge.search.kinds import Kind

MOST_TAGS: Final = 100
"""Tags of an answer that are counted: those with the most results."""


@dataclass(frozen=True)
class Highlight:
    """A range of a text, from `start` up to but not with `end`, in characters."""

    start: int
    end: int


@dataclass(frozen=True)
class Snippet:
    """Plain text, never markup, and what of it matched."""

    text: str
    highlights: tuple[Highlight, ...] = ()


@dataclass(frozen=True)
class Named:
    """Something with a key and a name: a unit, a service, a cause."""

    id: int
    name: str


@dataclass(frozen=True)
class Hit:
    """A document that was found.

    Attributes:
        title: with what of it matched.
        snippet: the passage that shows best why it was found.
        reason: why it was found, in a few words; empty where nothing was asked for.
        record: the document itself, as its reader may see it.
        cursor: where it stands in this answer.
    """

    kind: Kind
    title: Snippet
    snippet: Snippet
    reason: str
    unit: Named
    service: Named | None
    causes: tuple[Named, ...]
    published_at: datetime
    record: Record
    cursor: str


@dataclass(frozen=True)
class Facet:
    """A value to narrow the search to, and how many documents that would leave."""

    id: int
    name: str
    count: int


@dataclass(frozen=True)
class Month:
    """A month in UTC, and how many documents of the answer were published in it."""

    year: int
    month: int
    count: int


@dataclass(frozen=True)
class KindCount:
    """A kind of knowledge, and how many documents narrowing to it would leave."""

    kind: Kind
    count: int


@dataclass(frozen=True)
class TagCount:
    """A tag, folded, and how many documents narrowing to it would leave."""

    tag: str
    count: int


@dataclass(frozen=True)
class Facets:
    """For each kind of filter its values with counts, as if no filter of that kind were set; the largest first."""

    kinds: tuple[KindCount, ...] = ()
    units: tuple[Facet, ...] = ()
    services: tuple[Facet, ...] = ()
    causes: tuple[Facet, ...] = ()
    tags: tuple[TagCount, ...] = ()
    months: tuple[Month, ...] = ()


@dataclass(frozen=True)
class Correction:
    """A word of the query that was found in no document, and what was searched for instead."""

    typed: str
    used: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """One page of an answer.

    Attributes:
        total: how many documents match, of those that the reader may read.
        has_more: whether a page follows.
        corrections: words that were taken for misspellings.
        unknown: words that stand in no document; the answer is without them.
        notice: a sentence about the answer as a whole, such as what it does without; empty if there is none.
    """

    hits: tuple[Hit, ...]
    total: int
    facets: Facets
    has_more: bool
    corrections: tuple[Correction, ...] = ()
    unknown: tuple[str, ...] = ()
    notice: str = ""


@dataclass(frozen=True)
class Candidate:
    """A document as a backend found it, before its row is read again.

    Attributes:
        document_id: in the index.
        record_id: the document itself, among those of its kind.
    """

    document_id: int
    kind: Kind
    record_id: int
    score: float


@dataclass(frozen=True)
class Found:
    """What a backend answers: ids and counts, nothing that a reader would see as it is.

    Attributes:
        candidates: best first.
        kinds, units, services, causes, tags: counts by key; each as if no filter of its kind were set.
        months: counts by (year, month), likewise.
    """

    candidates: tuple[Candidate, ...]
    total: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[int, int] = field(default_factory=dict)
    services: Mapping[int, int] = field(default_factory=dict)
    causes: Mapping[int, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    months: Mapping[tuple[int, int], int] = field(default_factory=dict)
