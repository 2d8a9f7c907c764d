"""What the figures mean. Every figure carries the version of these words, so that two of them can be compared.

A change of what is counted makes a new version here, with a line that says what changed. A figure that brings units
together says on what it rests (`Grounds`): how much of what it counts says what is asked, and by which mappings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Self

from hub.lib.errors import Invalid

VERSION: Final = 4

HISTORY: Final = {
    1: "Coverage counted every incident whose type had any mapping.",
    2: "Coverage follows the mapping as of each incident's declaration, and leaves out what was withdrawn or retired.",
    3: "Patterns, trends, capacity, runbook coverage and completion are defined here as well. What a review's failure"
    " mode means for the runbooks it needs is read as of its incident's day, and what means none is counted.",
    4: "Counts by week and month, training and drills are defined here as well.",
}

LONGEST_PERIOD: Final = timedelta(days=1_100)

LEAST_COVERAGE: Final = 0.8
"""Where nobody asks for more, units are compared only if this share of their incidents means a global term."""

LOWEST_COVERAGE: Final = 0.5
"""Below this nobody can have units compared, whatever they ask for."""


@dataclass(frozen=True)
class Definition:
    """What one figure means, in a sentence."""

    key: str
    name: str
    meaning: str


DEFINITIONS: Final = (
    Definition("declared", "Declared", "An incident counts in the period in which it was declared."),
    Definition("open", "Open", "Declared in the period and neither resolved nor closed now."),
    Definition(
        "to_acknowledge",
        "To acknowledge",
        "From the declaration to the first acknowledgement; MTTA is the mean. Incidents that nobody has acknowledged "
        "yet do not count.",
    ),
    Definition(
        "to_resolve",
        "To resolve",
        "From the declaration to the resolution that held: the mean (MTTR), the middle one, and the time within which "
        "nine of ten were resolved. Open incidents do not count.",
    ),
    Definition(
        "series",
        "By week and month",
        "Incidents declared in each week or month, in UTC, by unit and global severity, which every incident has.",
    ),
    Definition("severity", "Severity", "The global one, to which each unit's own words are mapped."),
    Definition(
        "coverage",
        "Coverage",
        "The share of incidents whose term is a global one, or means one by the unit's mapping as of the day it was "
        "declared. Incidents without a term, and terms that are mapped to nothing, are counted as unmapped and never "
        "guessed.",
    ),
    Definition(
        "certainty",
        "Certainty",
        "How surely the covered incidents mean their global term: the mean strength of the mappings that were used.",
    ),
    Definition(
        "pattern",
        "Pattern",
        "Published reviews of the period with the same cause and failure mode, as both were meant on the day of the "
        "incident. Restricted ones are not among them. A review is covered if both mean global terms.",
    ),
    Definition(
        "trend",
        "Trend",
        "Published reviews a month, over the last twelve months that are over, by cause, failure mode or service. A "
        "review is covered if its cause or failure mode means a global term, or if it names a service.",
    ),
    Definition(
        "capacity",
        "Capacity",
        "Published reviews of two years in which load or growth was the cause or the failure, by service. A review is "
        "covered if it names a service and its cause or its failure mode means a global term.",
    ),
    Definition(
        "runbook_coverage",
        "Runbook coverage",
        "Reviews of the last year by failure mode, against the runbooks, articles and training for it. A review is "
        "covered if its failure mode means a global term.",
    ),
    Definition(
        "completion",
        "Completion",
        "The share that is done, in time or late, of the action items of published reviews that fell due in the last "
        "year; dropped ones do not count. An item is covered if it has a day: one without never falls due.",
    ),
    Definition(
        "training",
        "Training",
        "Of all that is asked of people now, counted once for each training and person, the share that they have gone "
        "through and that still holds. A training is covered if it is asked of somebody.",
    ),
    Definition(
        "drill",
        "Drill",
        "Of the people whom a drill tried to reach, the share who confirmed at least one message in time. Somebody is "
        "covered if they have a method that they verified.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Basis:
    """On what a figure rests.

    Attributes:
        counted: how much there is to count.
        covered: how much of it says what is asked, in global terms.
        strength: the sum of how surely each of those does, from 0 to 1 each.
    """

    counted: int
    covered: int
    strength: Decimal

    @property
    def coverage(self) -> float | None:
        """The share that is covered; None where there is nothing to count."""
        return self.covered / self.counted if self.counted else None

    @property
    def certainty(self) -> float | None:
        """How surely what is covered means its global terms, from 0 to 1; None where nothing is."""
        return float(self.strength) / self.covered if self.covered else None


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """On what a figure that brings units together rests, in all and by unit: the units add up to the whole.

    Attributes:
        said: what is covered, for sentences: "reviews mean a global cause".
        known_at: which mappings were used: those published up to this moment.
        taxonomy_version: the latest version of the global terms then; None where no term is asked, or before the first.
        least_coverage: below it nothing is put in order.
    """

    said: str
    whole: Basis
    by_unit: Mapping[int, Basis] = field(default_factory=dict)
    known_at: datetime
    taxonomy_version: int | None
    least_coverage: float = LEAST_COVERAGE
    definition_version: int = VERSION

    @classmethod
    def of(
        cls,
        found: Iterable[tuple[int, Decimal | None]],
        *,
        said: str,
        known_at: datetime,
        taxonomy_version: int | None,
        least_coverage: float,
    ) -> Self:
        """Of everything that is counted: its unit, and how surely it says what is asked, or None if it does not."""
        rows = list(found)
        by_unit: dict[int, list[Decimal | None]] = defaultdict(list)
        for unit, surely in rows:
            by_unit[unit].append(surely)
        return cls(
            said=said,
            whole=_basis([surely for _, surely in rows]),
            by_unit={unit: _basis(each) for unit, each in sorted(by_unit.items())},
            known_at=known_at,
            taxonomy_version=taxonomy_version,
            least_coverage=least_coverage,
        )

    @property
    def refusal(self) -> str:
        """Why nothing is put in order; empty where it can be."""
        share = self.whole.coverage
        if share is None or share >= self.least_coverage:
            return ""
        return f"{percent(share)} of the {self.said}; {percent(self.least_coverage)} is the least for an order."

    @property
    def beneath(self) -> frozenset[int]:
        """The units that lie below the least coverage: they are not compared with others."""
        return frozenset(unit for unit, each in self.by_unit.items() if (each.coverage or 0.0) < self.least_coverage)


def check_least_coverage(share: float) -> None:
    """Raises `Invalid` for a coverage at which nothing is compared."""
    if not LOWEST_COVERAGE <= share <= 1:
        raise Invalid(
            f"Units are compared from a coverage of {LOWEST_COVERAGE:.0%} on: ask for {LOWEST_COVERAGE} to 1.",
            path=["leastCoverage"],
        )


def percent(share: float) -> str:
    """A share in words that never round up to what was not reached: 79.9 % is 79 %."""
    return f"{int(share * 100 + 1e-9)} %"


def _basis(found: list[Decimal | None]) -> Basis:
    covered = [each for each in found if each is not None]
    return Basis(counted=len(found), covered=len(covered), strength=sum(covered, Decimal(0)))
