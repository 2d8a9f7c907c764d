"""The last word on the order of the best, by words and by meaning. Pure, and the same for every backend.

BM25 counts words wherever they stand; "connection pool" is more than a connection here and a pool there, and "nobody
renewed the key" says what "expired certificate" says without one word of it. The first candidates, and what is nearest
to the query in meaning, are compared by their texts and by their vectors.

Who asks for a symptom names what goes together with the cause, so related words count as well, for less.

The score is a weighted sum of parts that are each brought to one scale over the candidates compared. Summing ranks
instead does worse on judged queries: it forgets by how much the first is better than the second.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from knowledge.search.analysis import words
from knowledge.search.meaning import Likeness
from knowledge.search.plan import PART_BOOST, Plan, Slot
from knowledge.search.related import in_words
from knowledge.search.results import Candidate
from knowledge.search.wording import likewise, relatedness

WINDOW: Final = 150
"""How many of the first candidates are compared."""
NEAREST: Final = 50
"""How many of them are there for their meaning, whatever their words score."""
MOST_MEANT: Final = 10
"""How many of those are found without any word of the query: who asks in other words looks no farther."""
LEAST_MEANT: Final = 0.15
"""The least cosine of their text or of their nearest stretches; of judged pairs that differ half are below."""
LEAST_MEANT_ALONE: Final = 0.25
"""The same where no word of the query is known, which may as well mean nothing: made-up words reach 0.24."""
NEAR: Final = 0.6
"""What a document gains in which all neighbours of the query are neighbours, as a share of its score."""
MEANING: Final = (0.4, 0.5, 0.75)
"""What likeness of title, whole text and nearest stretches counts for, where the best score by words is 1."""
LIKEWISE: Final = 0.3
"""What it counts for that a text says all of the query word by word, in whatever words."""
MOST_LIKEWISE: Final = 20
"""How many are compared word by word, which takes the longest: those that are first without it."""
BESIDE_CODE: Final = 0.5
"""The share of that which is left where code was typed: who pastes an error string means these very words."""
LEAST_SPREAD: Final = 0.3
"""Cosines that lie closer together than this are not drawn apart to the whole scale."""
BETWEEN: Final = 2
"""Words that may stand between neighbours."""
MOST_FORMS: Final = 12


@dataclass(frozen=True)
class Text:
    """What a candidate is compared by.

    Attributes:
        folded: its plain words (`Document.folded`).
        likeness: how near its meaning is to the query's; None for one that was indexed without.
    """

    folded: str
    likeness: Likeness | None


def meant(likenesses: Mapping[int, Likeness], plan: Plan) -> tuple[int, ...]:
    """The documents that answer by what they mean, with or without a word of the query; the nearest first.

    Args:
        likenesses: of the documents nearest to the query, by document id.
    """
    if not plan.says_something:
        return ()
    is_known = plan.slots or any(in_words(word) for word in plan.unknown)
    least = LEAST_MEANT if is_known else LEAST_MEANT_ALONE
    near = [key for key, each in likenesses.items() if max(each.text, each.stretch) >= least]
    return tuple(sorted(near, key=lambda key: (-likenesses[key].mean, key))[:MOST_MEANT])


def rerank(candidates: Sequence[Candidate], texts: Mapping[int, Text], plan: Plan) -> list[Candidate]:
    """The candidates in their final order; `texts` are by document id."""
    if not candidates:
        return []
    pairs = _pairs(plan.slots)
    share = BESIDE_CODE if plan.has_code else 1.0
    best = max(candidate.score for candidate in candidates) or 1.0
    likenesses = _scaled(
        [texts[each.document_id].likeness if each.document_id in texts else None for each in candidates]
    )

    folded = [texts[each.document_id].folded if each.document_id in texts else "" for each in candidates]
    kinship = [0.0] * len(candidates) if plan.has_code else relatedness(folded, plan)

    def gained(candidate: Candidate, text: str, likeness: float, related: float) -> float:
        near = sum(bool(pair.search(text)) for pair in pairs) / len(pairs) if pairs else 0.0
        return candidate.score / best * (1 + NEAR * near) + share * likeness + related

    gains = [gained(*each) for each in zip(candidates, folded, likenesses, kinship, strict=True)]

    # Equals come by their words, and then in the backend's order: sorting is stable.
    def by_gain(place: int) -> tuple[float, float]:
        return -gains[place], -candidates[place].score

    order = sorted(range(len(candidates)), key=by_gain)
    if not plan.has_code:
        first = order[:MOST_LIKEWISE]
        for place, share_said in zip(first, likewise([folded[place] for place in first], plan), strict=True):
            gains[place] += LIKEWISE * share_said
        order[:MOST_LIKEWISE] = sorted(first, key=by_gain)
    return [candidates[place] for place in order]


def _scaled(likenesses: Sequence[Likeness | None]) -> list[float]:
    """Each candidate's likeness, its parts brought to the scale from the farthest (0) to the nearest (1).

    Among a few candidates that are much alike, the nearest is not much nearer: it gets less than 1.
    """
    known = [(each.title, each.text, each.stretch) for each in likenesses if each]
    if not known:
        return [0.0] * len(likenesses)
    lowest = [min(part) for part in zip(*known, strict=True)]
    spread = [max(LEAST_SPREAD, max(part) - low) for part, low in zip(zip(*known, strict=True), lowest, strict=True)]
    return [
        sum(
            weight * (part - low) / wide
            for weight, part, low, wide in zip(
                MEANING, (each.title, each.text, each.stretch), lowest, spread, strict=True
            )
        )
        if each
        else 0.0
        for each in likenesses
    ]


def _pairs(slots: Sequence[Slot]) -> list[re.Pattern[str]]:
    """A pattern for each two words that follow each other in the query, spelt right: both near, in either order."""
    forms = [_forms(slot) for slot in slots if slot.boost != PART_BOOST]
    between = f" (?:[^ \\n]+ ){{0,{BETWEEN}}}"
    return [
        re.compile(f" (?:(?:{one}){between}(?:{other})|(?:{other}){between}(?:{one})) ")
        for one, other in itertools.pairwise(forms)
    ]


def _forms(slot: Slot) -> str:
    """What the slot looks like in a text of plain words."""
    said = dict.fromkeys(" ".join(words(word)) for _, word in slot.words[:MOST_FORMS])
    return "|".join(re.escape(form) for form in said if form) or "(?!)"
