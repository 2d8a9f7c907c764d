"""What a unit's term means in global ones, as of a moment.

Pure. The same rule stands once in SQL (`app.resolution`), for figures and lists; a test holds both to the same answers.

A unit says what its terms mean in numbered versions. A statement reaches from its `valid_from` on. Of those that were
published up to `known_at` and that reach the moment asked about, the highest version holds: so a later version changes
the past only where it says so itself, and what was known before can always be asked for again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tenants.models.taxonomy import TermRelation


@dataclass(frozen=True)
class Statement:
    """What a unit said about one of its terms.

    Attributes:
        number: the version of the unit's mapping in which it was said.
        published_at: when it was said.
        valid_from: from which moment on it reaches.
        target: the global term, or None for a term that means none from then on.
    """

    number: int
    published_at: datetime
    valid_from: datetime
    target: int | None
    relation: str | None
    strength: Decimal


@dataclass(frozen=True)
class Resolution:
    """A global term, how surely it is meant, and the mapping version that says so (None for the term itself)."""

    term: int
    relation: str = TermRelation.EQUAL.value
    strength: Decimal = Decimal(1)
    number: int | None = None


class Unmapped(StrEnum):
    """Why a term means no global one."""

    NEVER = "never"
    LATER = "later"
    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


def resolve(
    statements: Iterable[Statement], *, moment: datetime, known_at: datetime, retired: Mapping[int, datetime]
) -> Resolution | Unmapped:
    """What a unit's term meant at `moment`, as it was known at `known_at` (both aware).

    Args:
        statements: all that its unit ever said about it, in any order.
        retired: when global terms were retired; those in use are left out.
    """
    said = [each for each in statements if each.published_at <= known_at]
    reaching = [each for each in said if each.valid_from <= moment]
    if not reaching:
        return Unmapped.LATER if said else Unmapped.NEVER
    holding = max(reaching, key=lambda each: each.number)
    if holding.target is None:
        return Unmapped.WITHDRAWN
    if holding.target in retired and retired[holding.target] <= min(moment, known_at):
        return Unmapped.RETIRED
    return Resolution(holding.target, holding.relation or TermRelation.EQUAL, holding.strength, holding.number)


def resolve_global(
    term: int, *, moment: datetime, known_at: datetime, retired: Mapping[int, datetime]
) -> Resolution | Unmapped:
    """A global term means itself until it is retired."""
    if term in retired and retired[term] <= min(moment, known_at):
        return Unmapped.RETIRED
    return Resolution(term)
