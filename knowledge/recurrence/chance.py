"""What chance alone would do: the tests by which patterns and trends are told. Pure.

Fisher's exact test (R. A. Fisher, "The Logic of Inductive Inference", 1935) asks how often two things would meet at
least so often if they had nothing to do with each other. Benjamini and Hochberg's procedure (1995) corrects for asking
about many pairs at once: of what is called significant at a false discovery rate of 10%, one in ten is chance. Two
counts are compared by the exact binomial test: of two equal rates, each event falls into either period alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log
from typing import Final

FALSE_DISCOVERIES: Final = 0.1
"""The share of chance finds among those called significant."""
SIGNIFICANT: Final = 0.05
"""Below this, a change between two periods is not chance."""


def met(together: int, first: int, second: int, total: int) -> float:
    """The probability that two things meet in `together` or more of `total` cases by chance.

    Args:
        first, second: in how many cases each of them is.
    """
    if together <= max(0, first + second - total):
        return 1.0
    most = min(first, second)
    tail = sum(
        exp(_choose(first, each) + _choose(total - first, second - each) - _choose(total, second))
        for each in range(together, most + 1)
    )
    return min(tail, 1.0)


def adjusted(chances: Sequence[float]) -> list[float]:
    """The chances as false discovery rates, in the same order."""
    order = sorted(range(len(chances)), key=lambda place: chances[place], reverse=True)
    rates = [1.0] * len(chances)
    least = 1.0
    for rank, place in zip(range(len(chances), 0, -1), order, strict=True):
        least = min(least, chances[place] * len(chances) / rank)
        rates[place] = least
    return rates


def changed(before: int, after: int) -> float:
    """The probability that two counts of equally long periods differ at least so much by chance."""
    total = before + after
    if before == after:
        return 1.0
    tail = sum(exp(_choose(total, each) - total * log(2)) for each in range(max(before, after), total + 1))
    return min(2 * tail, 1.0)


def _choose(total: int, some: int) -> float:
    """The logarithm of the number of ways to choose some of a total."""
    return lgamma(total + 1) - lgamma(some + 1) - lgamma(total - some + 1)
