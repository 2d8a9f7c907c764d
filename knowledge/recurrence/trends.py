"""Trends: how often a cause, a failure mode or a service comes up, month by month, and whether that changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import TextChoices

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from knowledge.recurrence.chance import SIGNIFICANT, changed
from knowledge.recurrence.reading import Fact, Reading, reviews
from tenants.definitions import LEAST_COVERAGE, Grounds

MONTHS: Final = 12


class Dimension(TextChoices):
    """By what reviews are counted."""

    CAUSE = "cause", "Cause"
    FAILURE_MODE = "failure_mode", "Failure mode"
    SERVICE = "service_id", "Service"


SAID: Final = {
    Dimension.CAUSE: "reviews mean a global cause",
    Dimension.FAILURE_MODE: "reviews mean a global failure mode",
    Dimension.SERVICE: "reviews name a service",
}
"""What a review says that is covered."""


class Direction(TextChoices):
    """What the two halves of the period say."""

    RISING = "rising", "More"
    FALLING = "falling", "Fewer"
    STEADY = "steady", "No change to tell"


@dataclass(frozen=True)
class Trend:
    """One value.

    Attributes:
        key: of the term or the service.
        counts: one for each month, the first one first.
        chance: that the halves differ so much by chance, by the exact binomial test.
        is_told: whether enough of the reviews say a value of this kind to tell a change of it from one of that.
    """

    key: int
    counts: tuple[int, ...]
    chance: float
    is_told: bool = True

    @property
    def total(self) -> int:
        return sum(self.counts)

    @property
    def halves(self) -> tuple[int, int]:
        half = len(self.counts) // 2
        return sum(self.counts[:half]), sum(self.counts[half:])

    @property
    def direction(self) -> Direction:
        before, after = self.halves
        if self.chance >= SIGNIFICANT or not self.is_told:
            return Direction.STEADY
        return Direction.RISING if after > before else Direction.FALLING


@dataclass(frozen=True)
class Trends:
    """All values of one dimension.

    Attributes:
        months: the first moment of each, in UTC.
        found: the most frequent first; by key, where too few of the reviews say any to put them in order.
        unnamed: reviews of the period that say none in the enterprise's terms.
        grounds: on what they rest.
    """

    months: tuple[datetime, ...]
    found: tuple[Trend, ...]
    unnamed: int
    grounds: Grounds


def trends(
    actor: Actor,
    dimension: Dimension,
    *,
    unit_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> Trends:
    """The last twelve whole months, of published reviews that `actor` may read.

    Args:
        known_at: by the mappings published up to this moment (aware); now if left out.
        least_coverage: from 0.5 to 1; if fewer of the reviews say a value, nothing is put in order.

    Raises `Invalid` for a coverage outside of that.
    """
    read = trends_of(actor, [dimension], unit_ids=unit_ids, known_at=known_at, least_coverage=least_coverage)
    return read[dimension]


def trends_of(
    actor: Actor,
    dimensions: Collection[Dimension],
    *,
    unit_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> dict[Dimension, Trends]:
    """`trends` for several dimensions, from one reading."""
    months = whole_months(clock.now())
    with acting_as(actor):
        read = reviews(
            actor,
            since=months[0],
            until=months[-1],
            unit_ids=unit_ids,
            known_at=known_at,
            least_coverage=least_coverage,
        )
    return {dimension: _counted(read, dimension, months, least_coverage) for dimension in dimensions}


def whole_months(now: datetime) -> tuple[datetime, ...]:
    """The first moments of the last twelve months that are over, and of the present one."""
    return tuple(_month(now, back) for back in range(MONTHS, -1, -1))


def _surely(dimension: Dimension, fact: Fact) -> Decimal | None:
    if getattr(fact, dimension.value) is None:
        return None
    surely = {Dimension.CAUSE: fact.cause_surely, Dimension.FAILURE_MODE: fact.failure_mode_surely}
    return surely.get(dimension, Decimal(1))


def _counted(read: Reading, dimension: Dimension, months: tuple[datetime, ...], least_coverage: float) -> Trends:
    counts: dict[int, Counter[tuple[int, int]]] = {}
    unnamed = 0
    grounds = read.grounds(SAID[dimension], lambda fact: _surely(dimension, fact), least_coverage)
    is_told = not grounds.refusal
    for fact in read.facts:
        key: int | None = getattr(fact, dimension.value)
        if key is None:
            unnamed += 1
            continue
        at = fact.occurred_at.astimezone(months[0].tzinfo)
        counts.setdefault(key, Counter())[at.year, at.month] += 1
    found = [
        _trend(key, tuple(counted[each.year, each.month] for each in months[:-1]), is_told=is_told)
        for key, counted in counts.items()
    ]
    ordered = sorted(found, key=lambda each: (-each.total if is_told else 0, each.key))
    return Trends(months[:-1], tuple(ordered), unnamed, grounds)


def _trend(key: int, counts: tuple[int, ...], *, is_told: bool) -> Trend:
    half = len(counts) // 2
    return Trend(key, counts, changed(sum(counts[:half]), sum(counts[half:])), is_told)


def _month(now: datetime, back: int) -> datetime:
    month = now.year * 12 + now.month - 1 - back
    return now.replace(year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
