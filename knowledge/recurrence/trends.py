"""Trends: how often a cause, a failure mode or a service comes up, month by month, and whether that changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import TextChoices

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from knowledge.recurrence.chance import SIGNIFICANT, changed
from knowledge.recurrence.reading import Fact, reviews

MONTHS: Final = 12


class Dimension(TextChoices):
    """By what reviews are counted."""

    CAUSE = "cause", "Cause"
    FAILURE_MODE = "failure_mode", "Failure mode"
    SERVICE = "service_id", "Service"


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
    """

    key: int
    counts: tuple[int, ...]
    chance: float

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
        if self.chance >= SIGNIFICANT:
            return Direction.STEADY
        return Direction.RISING if after > before else Direction.FALLING


@dataclass(frozen=True)
class Trends:
    """All values of one dimension.

    Attributes:
        months: the first moment of each, in UTC.
        found: the most frequent first.
        unnamed: reviews of the period that say none in the enterprise's terms.
    """

    months: tuple[datetime, ...]
    found: tuple[Trend, ...]
    unnamed: int


def trends(actor: Actor, dimension: Dimension, *, unit_ids: Collection[int] | None = None) -> Trends:
    """The last twelve whole months, of published reviews that `actor` may read."""
    return trends_of(actor, [dimension], unit_ids=unit_ids)[dimension]


def trends_of(
    actor: Actor, dimensions: Collection[Dimension], *, unit_ids: Collection[int] | None = None
) -> dict[Dimension, Trends]:
    """`trends` for several dimensions, from one reading."""
    months = whole_months(clock.now())
    with acting_as(actor):
        read = reviews(actor, since=months[0], until=months[-1], unit_ids=unit_ids)
    return {dimension: _counted(read, dimension, months) for dimension in dimensions}


def whole_months(now: datetime) -> tuple[datetime, ...]:
    """The first moments of the last twelve months that are over, and of the present one."""
    return tuple(_month(now, back) for back in range(MONTHS, -1, -1))


def _counted(read: Collection[Fact], dimension: Dimension, months: tuple[datetime, ...]) -> Trends:
    counts: dict[int, Counter[tuple[int, int]]] = {}
    unnamed = 0
    for fact in read:
        key: int | None = getattr(fact, dimension.value)
        if key is None:
            unnamed += 1
            continue
        at = fact.occurred_at.astimezone(months[0].tzinfo)
        counts.setdefault(key, Counter())[at.year, at.month] += 1
    found = [
        _trend(key, tuple(counted[each.year, each.month] for each in months[:-1])) for key, counted in counts.items()
    ]
    return Trends(months[:-1], tuple(sorted(found, key=lambda each: (-each.total, each.key))), unnamed)


def _trend(key: int, counts: tuple[int, ...]) -> Trend:
    half = len(counts) // 2
    return Trend(key, counts, changed(sum(counts[:half]), sum(counts[half:])))


def _month(now: datetime, back: int) -> datetime:
    month = now.year * 12 + now.month - 1 - back
    return now.replace(year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
