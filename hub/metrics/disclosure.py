"""What the enterprise's figures say of restricted incidents without giving one away. Pure.

A figure that counts restricted incidents is compared with everything else its reader can count: what they see anyhow,
the figure beside it, the figure of the day before. So:

- they are counted by whole quarters, once, after the quarter has ended, and what was released never changes;
- they are counted by themselves: beside a sum with the others, an incident that becomes restricted later would show;
- in all and by unit, and by nothing else: two ways to part the same whole, side by side, tell of where they cross;
- a figure below the minimum is not told, zero included: "none" would turn the next silence into "some";
- if one part of a whole is not told, none of its parts is. Hiding a second one would stop the subtraction, but which
  second one was chosen tells how large the others are (`deploy/decisions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MINIMUM: Final = 5


@dataclass(frozen=True)
class Told:
    """What is told of a quarter's restricted incidents; None for what is not.

    Attributes:
        total: how many there were.
        by_unit: by the unit's id.
    """

    total: int | None = None
    by_unit: Mapping[int, int] | None = None


def told(counts: Mapping[int, int], minimum: int = MINIMUM) -> Told:
    """What may be told of these counts.

    Args:
        counts: restricted incidents by unit, with every unit of the enterprise.
        minimum: the smallest figure that is told.
    """
    total = sum(counts.values())
    if total < minimum:
        return Told()
    return Told(total, dict(counts) if min(counts.values()) >= minimum else None)
