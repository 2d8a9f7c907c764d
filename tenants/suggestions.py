"""Which global term a unit's term might mean: shown to whoever maps it, and never applied by itself. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

LEAST: Final = 0.3
"""Below this likeness nothing is suggested."""


@dataclass(frozen=True)
class Words:
    """A term as people read it."""

    id: int
    key: str
    name: str
    description: str = ""


@dataclass(frozen=True)
class Suggestion:
    """A global term, how alike it is from 0 to 1, and why."""

    id: int
    name: str
    likeness: float
    reason: str


def suggest(term: Words, candidates: Iterable[Words]) -> Suggestion | None:
    """The likeliest of the global terms, if one is likely enough; the first of equals."""
    found = [_compared(term, each) for each in candidates]
    best = max(found, key=lambda each: each.likeness, default=None)
    return best if best is not None and best.likeness >= LEAST else None


def _compared(term: Words, candidate: Words) -> Suggestion:
    if term.key == candidate.key:
        return Suggestion(candidate.id, candidate.name, 1.0, "the same key")
    names = SequenceMatcher(None, term.name.lower(), candidate.name.lower()).ratio()
    own, other = (_tokens(f"{each.name} {each.key} {each.description}") for each in (term, candidate))
    shared = own & other
    overlap = len(shared) / min(len(own), len(other)) if own and other else 0.0
    if overlap >= names:
        return Suggestion(candidate.id, candidate.name, overlap, f"both speak of {', '.join(sorted(shared)[:3])}")
    return Suggestion(candidate.id, candidate.name, names * 0.9, "similar names")


_STOP: Final = frozenset(
    ("a", "an", "and", "are", "but", "does", "for", "from", "has", "into", "its", "not", "that", "the", "with")
)


def _tokens(text: str) -> frozenset[str]:
    words = re.findall(r"[^\W\d_]{3,}", text.lower())
    return frozenset(word.rstrip("s") for word in words if word not in _STOP)
