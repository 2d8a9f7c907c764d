"""Where load or growth causes incidents again and again, and when the next one is to be expected.

A review is about capacity if its cause is one, or if what failed ran out or was overloaded. For a service that has had
two or more in the period, incidents are taken as coming by chance at an unknown, steady rate (a Poisson process). With
Jeffreys' prior, `n` of them in a time `T` leave the rate a gamma distribution of shape n + 1/2, and the wait for the
next one is longer than `w` with the probability (T / (T + w)) ** (n + 1/2). Its quantiles are what is projected; with
few incidents they lie far apart, which says how little is known. Where the second half of the period differs from the
first by more than chance explains, the second half alone counts: what was before is over.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from knowledge.recurrence.chance import SIGNIFICANT, changed
from knowledge.recurrence.reading import Fact, global_terms, reviews
from knowledge.recurrence.trends import Direction
from tenants.definitions import LEAST_COVERAGE, Grounds
from tenants.models import TermKind

PERIOD: Final = timedelta(days=730)
QUARTERS: Final = 8
LEAST: Final = 2
CAUSES: Final = frozenset({"capacity"})
FAILURE_MODES: Final = frozenset({"exhausted", "overload"})
"""The keys of the global terms that speak of load or growth."""
PRIOR: Final = 0.5
LIKELY: Final = (0.1, 0.5, 0.9)
"""The quantiles of the wait: eight in ten next incidents fall between the first and the last."""


@dataclass(frozen=True)
class Outlook:
    """What is to be expected of a service.

    Attributes:
        incidents: the latest first.
        counts: how many there were in each of eight quarters of the two years, the first one first.
        chance: that the two years differ so much by chance.
        since: from when on incidents count for what is projected.
        earliest, expected, latest: the next incident comes before each of them with a probability of 0.1, 0.5 and 0.9.
    """

    service_id: int
    incidents: tuple[Fact, ...]
    counts: tuple[int, ...]
    chance: float
    direction: Direction
    since: datetime
    earliest: datetime
    expected: datetime
    latest: datetime


@dataclass(frozen=True)
class Outlooks:
    """What is to be expected of all services.

    Attributes:
        found: the one whose next incident is expected first comes first; by key, where too few of the reviews say what
            is asked to put services in order.
        grounds: on what they rest.
    """

    found: tuple[Outlook, ...]
    grounds: Grounds


def outlooks(
    actor: Actor,
    *,
    unit_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> Outlooks:
    """Services whose capacity failed at least twice in the last two years, in published reviews that `actor` may read.

    Args:
        known_at: by the mappings published up to this moment (aware); now if left out.
        least_coverage: from 0.5 to 1; if fewer of the reviews say what is asked, nothing is put in order.

    Raises `Invalid` for a coverage outside of that.
    """
    # By the day: what is asked twice within one is answered alike.
    now = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    since = now - PERIOD
    with acting_as(actor):
        read = reviews(
            actor,
            since=since,
            until=clock.now(),
            unit_ids=unit_ids,
            known_at=known_at,
            least_coverage=least_coverage,
        )
        terms = global_terms(actor).values()
    wanted = {TermKind.CAUSE: CAUSES, TermKind.FAILURE_MODE: FAILURE_MODES}
    keys = {term.pk for term in terms if term.key in wanted[TermKind(term.kind)]}
    by_service: dict[int, list[Fact]] = defaultdict(list)
    for fact in read.facts:
        if fact.service_id is not None and keys & {fact.cause, fact.failure_mode}:
            by_service[fact.service_id].append(fact)
    found = [_outlook(key, facts, since, now) for key, facts in by_service.items() if len(facts) >= LEAST]
    grounds = read.grounds("reviews name a service and mean a global cause or failure mode", _surely, least_coverage)
    if grounds.refusal:
        found.sort(key=lambda each: each.service_id)
    else:
        # Of equals, what failed last is the more pressing.
        found.sort(key=lambda each: (each.expected, -each.incidents[0].occurred_at.timestamp()))
    return Outlooks(tuple(found), grounds)


def wait(count: int, observed: timedelta, probability: float) -> timedelta:
    """How long until the next one has come with this probability, after `count` of them in the time `observed`."""
    return observed * float((1 - probability) ** (-1 / (count + PRIOR)) - 1)


def _surely(fact: Fact) -> Decimal | None:
    if fact.service_id is None or (fact.cause is None and fact.failure_mode is None):
        return None
    return max(fact.cause_surely, fact.failure_mode_surely)


def _outlook(service_id: int, facts: Sequence[Fact], since: datetime, now: datetime) -> Outlook:
    counts = [0] * QUARTERS
    for fact in facts:
        counts[min(QUARTERS - 1, int((fact.occurred_at - since) / (PERIOD / QUARTERS)))] += 1
    before, after = sum(counts[: QUARTERS // 2]), sum(counts[QUARTERS // 2 :])
    chance = changed(before, after)
    is_steady = chance >= SIGNIFICANT
    count, observed = (before + after, PERIOD) if is_steady else (after, PERIOD / 2)
    earliest, expected, latest = (now + wait(count, observed, each) for each in LIKELY)
    return Outlook(
        service_id=service_id,
        incidents=tuple(facts),
        counts=tuple(counts),
        chance=chance,
        direction=Direction.STEADY if is_steady else Direction.RISING if after > before else Direction.FALLING,
        since=now - observed,
        earliest=earliest,
        expected=expected,
        latest=latest,
    )
