"""How much texts say of a query by other words than its own: related ones, and ones of a like meaning. Pure.

Counted over the candidates alone, whose texts are at hand: both backends agree then, and no hidden text bears on it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from knowledge.search.analysis import STOP_WORDS, spellings, term, words
from knowledge.search.plan import PART_BOOST, Plan
from knowledge.search.postgres import K1, B
from knowledge.search.related import related
from knowledge.search.wordmeaning import best

RELATED: Final = 0.3
"""What a related word counts for, where one of the query's own counts 1: it may mean something else."""
IN_TITLE: Final = 3
"""How much more a word counts in a title, the first line: less than in the index, whose words are the query's own."""
MOST_RELATED: Final = 2
"""So many of the words that are related to one of the query's add up: a text that has many is a long one."""
_BEGINNING: Final = 2
"""Letters that a word has in common with its stem: few words need to be stemmed."""


def relatedness(texts: Sequence[str], plan: Plan) -> list[float]:
    """For each text what its related words add, where the best by the query's own words and by related ones has 1.

    Args:
        texts: plain words, a line for each passage, the title first (`Document.folded`).
    """
    own = {one for slot in plan.slots if slot.boost != PART_BOOST for one in slot.terms}
    kin = [terms - own for _, terms in related(plan.meant)]
    gains = [0.0] * len(texts)
    if not any(kin):
        return gains
    counts = _Counts(texts, own.union(*kin))
    for terms in kin:
        scores: dict[int, list[float]] = defaultdict(list)
        for one in sorted(terms):
            for place, score in counts.scores((one,)).items():
                scores[place].append(score)
        for place, each in scores.items():
            gains[place] += sum(sorted(each)[-MOST_RELATED:])
    by_words: dict[int, float] = defaultdict(float)
    for slot in plan.slots:
        # A corrected word counts in full: a misspelling is ranked as what was meant.
        share = PART_BOOST if slot.boost == PART_BOOST else 1.0
        for place, score in counts.scores(slot.terms).items():
            by_words[place] += share * score
    most = max((by_words[place] + RELATED * gain for place, gain in enumerate(gains)), default=0.0)
    return [RELATED * gain / most for gain in gains] if most else gains


def likewise(texts: Sequence[str], plan: Plan) -> list[float]:
    """The share of the query that each text says in words of a like meaning, each word by its rarity: 0 to 1.

    Args:
        texts: as for `relatedness`.
    """
    asked = [word for word in dict.fromkeys(words(plan.meant)) if word not in STOP_WORDS]
    if not asked or not texts:
        return [0.0] * len(texts)
    near = best(asked, [{*text.split()} - STOP_WORDS for text in texts])
    holding = (near == 1).sum(axis=0)
    rarity = np.log1p((len(texts) - holding + 0.5) / (holding + 0.5))
    return [float(share) for share in near @ rarity / rarity.sum()]


class _Counts:
    """How often some terms stand in some texts."""

    def __init__(self, texts: Sequence[str], terms: Iterable[str]) -> None:
        wanted = {*terms}
        said = [text.split() for text in texts]
        mean = sum(map(len, said)) / len(said) or 1
        self._norms = [K1 * (1 - B + B * len(each) / mean) for each in said]
        beginnings = {spelling[:_BEGINNING] for one in wanted for spelling in spellings(one)}
        terms_of = {
            word: one
            for word in set[str]().union(*said)
            if word[:_BEGINNING] in beginnings and (one := term(word)) in wanted
        }
        self._places: dict[str, Counter[int]] = defaultdict(Counter)
        for place, (text, each) in enumerate(zip(texts, said, strict=True)):
            # Filtered before anything else: texts are long, and what is looked for stands in them a few times.
            for word in filter(terms_of.__contains__, each + text.partition("\n")[0].split() * IN_TITLE):
                self._places[terms_of[word]][place] += 1

    def scores(self, terms: Iterable[str]) -> dict[int, float]:
        """BM25 of any of `terms`, by the places of the texts that have one."""
        counts: Counter[int] = sum((self._places[one] for one in terms if one in self._places), Counter())
        rarity = math.log(1 + (len(self._norms) - len(counts) + 0.5) / (len(counts) + 0.5))
        return {place: rarity * count * (K1 + 1) / (count + self._norms[place]) for place, count in counts.items()}
