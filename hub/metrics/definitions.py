"""What the figures mean. Every figure carries the version of these words, so that two of them can be compared.

A change of what is counted makes a new version here, with a line that says what changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

VERSION: Final = 2

HISTORY: Final = {
    1: "Coverage counted every incident whose type had any mapping.",
    2: "Coverage follows the mapping as of each incident's declaration, and leaves out what was withdrawn or retired.",
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
)
