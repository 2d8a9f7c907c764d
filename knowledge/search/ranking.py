"""The last word on the order of the best: how close to each other the query's words stand. Pure, for every backend.

BM25 counts words wherever they stand; "connection pool" is more than a connection here and a pool there. The first
candidates are compared by their text, and those in which neighbours of the query are neighbours move up.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Final

from knowledge.search.analysis import words
from knowledge.search.plan import Plan, Slot
from knowledge.search.results import Candidate

WINDOW: Final = 50
"""How many of the first candidates are compared by their text."""
NEAR: Final = 0.3
"""What a document gains in which all neighbours of the query are neighbours, as a share of its score."""
BETWEEN: Final = 2
"""Words that may stand between neighbours."""
MOST_FORMS: Final = 12


def rerank(candidates: Sequence[Candidate], texts: Mapping[int, str], plan: Plan) -> list[Candidate]:
    """The candidates in their final order.

    Args:
        texts: plain words by document id (`Document.folded`); a document without keeps its score.
    """
    pairs = _pairs(plan.slots)
    if not pairs:
        return list(candidates)

    def gained(candidate: Candidate) -> float:
        text = texts.get(candidate.document_id, "")
        near = sum(bool(pair.search(text)) for pair in pairs) / len(pairs)
        return candidate.score * (1 + NEAR * near)

    # Sorting is stable: equals stay in the backend's order.
    return sorted(candidates, key=lambda candidate: -gained(candidate))


def _pairs(slots: Sequence[Slot]) -> list[re.Pattern[str]]:
    """A pattern for each two words that follow each other in the query: both near, in either order."""
    forms = [_forms(slot) for slot in slots if slot.boost == 1]
    between = f" (?:[^ \\n]+ ){{0,{BETWEEN}}}"
    return [
        re.compile(f" (?:(?:{one}){between}(?:{other})|(?:{other}){between}(?:{one})) ")
        for one, other in itertools.pairwise(forms)
    ]


def _forms(slot: Slot) -> str:
    """What the slot looks like in a text of plain words."""
    said = dict.fromkeys(" ".join(words(word)) for _, word in slot.words[:MOST_FORMS])
    return "|".join(re.escape(form) for form in said if form) or "(?!)"
