"""Patterns: a cause that makes the same failure again and again, and whether that is one unit's or everybody's.

Reviews are grouped by structure: cause and failure mode in the enterprise's terms. A group is a pattern if the two meet
more often than chance would have it. It is systemic if they also do so without the unit that has most of it: then it is
not that unit's way of working alone. Both are asked by Fisher's exact test, corrected for the number of groups. What
does not hold without that unit is the unit's own if it has half of it, and otherwise too rare to say.

Where too few of the reviews mean global terms, nothing is said of whose a pattern is, and nothing is put in order: the
others might say otherwise.

Beside them stand pairs that read alike though their terms differ: they may be one failure under two names.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

import numpy as np
from django.db.models import TextChoices

from hub.lib.identity import Actor, acting_as
from knowledge.recurrence.chance import FALSE_DISCOVERIES, adjusted, met
from knowledge.recurrence.reading import Fact, reviews
from knowledge.search import meaning
from tenants.definitions import LEAST_COVERAGE, Grounds

LEAST: Final = 2
"""Reviews that make a group."""
ALIKE: Final = 0.62
"""The cosine from which two reviews read alike."""
MOST_ALIKE: Final = 10
MOST_COMPARED: Final = 1_500
"""Reviews that are compared with each other by what they say: the latest."""


class Verdict(TextChoices):
    """What the evidence says of a group."""

    SYSTEMIC = "systemic", "Systemic"
    ISOLATED = "isolated", "One unit's"
    UNSETTLED = "unsettled", "More than chance, too few to say whose"
    CHANCE = "chance", "Not told from chance"
    UNCOMPARED = "uncompared", "Too few on global terms to tell"


@dataclass(frozen=True)
class Table:
    """How often a cause and a failure mode met, of how many reviews, and how likely that is by chance.

    Attributes:
        chance: by Fisher's exact test, one-sided.
        rate: the same as a false discovery rate over all groups.
    """

    together: int
    with_cause: int
    with_failure_mode: int
    reviews: int
    chance: float
    rate: float = 1.0

    @property
    def expected(self) -> float:
        """How often they would meet by chance."""
        return self.with_cause * self.with_failure_mode / self.reviews if self.reviews else 0.0


@dataclass(frozen=True)
class Pattern:
    """A group of reviews with the same cause and the same failure mode.

    Attributes:
        reviews: the latest first.
        units, services: how many of them each has, the most first.
        everywhere: the evidence in all units together.
        elsewhere: the evidence without the unit that has most of it.
        likeness: how alike their texts read: the mean cosine of all pairs.
        is_compared: whether enough of all reviews mean global terms for a verdict.
    """

    cause: int
    failure_mode: int
    reviews: tuple[Fact, ...]
    units: tuple[tuple[int, int], ...]
    services: tuple[tuple[int, int], ...]
    everywhere: Table
    elsewhere: Table
    likeness: float
    is_compared: bool = True

    @property
    def verdict(self) -> Verdict:
        if not self.is_compared:
            return Verdict.UNCOMPARED
        if self.elsewhere.rate <= FALSE_DISCOVERIES and self.elsewhere.together:
            return Verdict.SYSTEMIC
        if self.everywhere.rate > FALSE_DISCOVERIES:
            return Verdict.CHANCE
        most = self.units[0][1]
        return Verdict.ISOLATED if most >= LEAST and 2 * most >= len(self.reviews) else Verdict.UNSETTLED


@dataclass(frozen=True)
class Pair:
    """Two reviews of different units that read alike and are not of one group."""

    one: Fact
    other: Fact
    likeness: float


@dataclass(frozen=True)
class Recurrence:
    """What came back in a period.

    Attributes:
        reviews: how many were read.
        termed: how many of them have a cause and a failure mode in the enterprise's terms: the tests ask these.
        patterns: systemic ones first, then by how sure they are; by their terms' keys where they are not compared.
        grounds: on what they rest.
    """

    reviews: int
    termed: int
    patterns: tuple[Pattern, ...]
    pairs: tuple[Pair, ...]
    grounds: Grounds


def recurrence(
    actor: Actor,
    *,
    since: datetime,
    until: datetime,
    unit_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> Recurrence:
    """What came back in published reviews of the period, of those that `actor` may read.

    Args:
        since, until: aware; the incidents were declared from the one up to the other.
        unit_ids: whose reviews; all when left out.
        known_at: by the mappings published up to this moment (aware); now if left out.
        least_coverage: from 0.5 to 1; if fewer of the reviews mean global terms, no pattern has a verdict.

    Raises `Invalid` for a coverage outside of that.
    """
    with acting_as(actor):
        reading = reviews(
            actor, since=since, until=until, unit_ids=unit_ids, known_at=known_at, least_coverage=least_coverage
        )
    read = reading.facts
    grounds = reading.grounds("reviews mean a global cause and failure mode", _surely, least_coverage)
    vectors = meaning.embed([fact.said for fact in read[:MOST_COMPARED]]) if read else np.zeros((0, 1), np.float32)
    places = {fact.key: place for place, fact in enumerate(read[:MOST_COMPARED])}
    termed = [fact for fact in read if fact.cause is not None and fact.failure_mode is not None]
    groups: dict[tuple[int, int], list[Fact]] = defaultdict(list)
    for fact in termed:
        groups[fact.cause or 0, fact.failure_mode or 0].append(fact)
    found = [
        _pattern(cause, mode, group, termed, _mean_likeness([places[f.key] for f in group if f.key in places], vectors))
        for (cause, mode), group in groups.items()
        if len(group) >= LEAST
    ]
    corrected = _corrected(found)
    if grounds.refusal:
        ordered = sorted(
            (replace(each, is_compared=False) for each in corrected), key=lambda each: (each.cause, each.failure_mode)
        )
    else:
        order = list(Verdict)
        ordered = sorted(
            corrected, key=lambda each: (order.index(each.verdict), each.everywhere.chance, -len(each.reviews))
        )
    pairs = _pairs(read[:MOST_COMPARED], vectors)
    return Recurrence(len(read), len(termed), tuple(ordered), tuple(pairs), grounds)


def _surely(fact: Fact) -> Decimal | None:
    """A chain of two is as sure as the weaker."""
    if fact.cause is None or fact.failure_mode is None:
        return None
    return min(fact.cause_surely, fact.failure_mode_surely)


def _pattern(cause: int, failure_mode: int, group: Sequence[Fact], termed: Sequence[Fact], likeness: float) -> Pattern:
    units = Counter(fact.unit_id for fact in group)
    services = Counter(fact.service_id for fact in group if fact.service_id is not None)
    [(home, _)] = sorted(units.items(), key=lambda each: (-each[1], each[0]))[:1]
    return Pattern(
        cause=cause,
        failure_mode=failure_mode,
        reviews=tuple(group),
        units=_counted(units),
        services=_counted(services),
        everywhere=_table(cause, failure_mode, termed),
        elsewhere=_table(cause, failure_mode, [fact for fact in termed if fact.unit_id != home]),
        likeness=likeness,
    )


def _counted(counter: Counter[int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(counter.items(), key=lambda each: (-each[1], each[0])))


def _table(cause: int, failure_mode: int, facts: Sequence[Fact]) -> Table:
    together = sum(fact.cause == cause and fact.failure_mode == failure_mode for fact in facts)
    with_cause = sum(fact.cause == cause for fact in facts)
    with_mode = sum(fact.failure_mode == failure_mode for fact in facts)
    chance = met(together, with_cause, with_mode, len(facts))
    return Table(together, with_cause, with_mode, len(facts), chance)


def _corrected(found: Sequence[Pattern]) -> list[Pattern]:
    everywhere = adjusted([each.everywhere.chance for each in found])
    elsewhere = adjusted([each.elsewhere.chance for each in found])
    return [
        replace(
            each,
            everywhere=replace(each.everywhere, rate=all_rate),
            elsewhere=replace(each.elsewhere, rate=other_rate),
        )
        for each, all_rate, other_rate in zip(found, everywhere, elsewhere, strict=True)
    ]


def _mean_likeness(places: Sequence[int], vectors: meaning.Vector) -> float:
    if len(places) < LEAST:
        return 0.0
    chosen = vectors[list(places)]
    above = np.triu_indices(len(places), 1)
    return float((chosen @ chosen.T)[above].mean())


def _pairs(facts: Sequence[Fact], vectors: meaning.Vector) -> list[Pair]:
    cosines = np.triu(vectors @ vectors.T, 1)
    near = np.argwhere(cosines >= ALIKE)
    ordered = sorted(near.tolist(), key=lambda pair: (-float(cosines[pair[0], pair[1]]), pair))
    pairs = (Pair(facts[one], facts[other], float(cosines[one, other])) for one, other in ordered)
    return [pair for pair in pairs if _is_told_apart(pair)][:MOST_ALIKE]


def _is_told_apart(pair: Pair) -> bool:
    one, other = pair.one, pair.other
    return one.unit_id != other.unit_id and (one.cause, one.failure_mode) != (other.cause, other.failure_mode)
