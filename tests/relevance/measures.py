"""How good an order is, by graded judgements. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def ndcg(found: Sequence[int], grades: Mapping[int, int], depth: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `depth` (Järvelin and Kekäläinen, 2002)."""
    best = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(key, 0) for key in found[:depth]]) / best


def recall(found: Sequence[int], grades: Mapping[int, int], depth: int = 20) -> float:
    """The share of what is of any use that stands among the first `depth`."""
    useful = {key for key, grade in grades.items() if grade > 0}
    return len(useful & {*found[:depth]}) / len(useful)


def reciprocal_rank(found: Sequence[int], grades: Mapping[int, int]) -> float:
    """One by the place of the first that was looked for; 0 where it was not found."""
    best = max(grades.values())
    return next((1 / place for place, key in enumerate(found, start=1) if grades.get(key) == best), 0.0)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades, start=1))
