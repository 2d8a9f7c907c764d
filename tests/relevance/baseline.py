"""Plain BM25, to stand beside the hub's ranking: stems of all words, one field, no synonyms and no meaning."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

import snowballstemmer

K1: Final = 1.2
B: Final = 0.75


class Bm25:
    """An index in memory."""

    def __init__(self, texts: Mapping[int, str]) -> None:
        self._stem = snowballstemmer.stemmer("english").stemWords
        self.counts = {key: Counter(self._words(text)) for key, text in texts.items()}
        self.lengths = {key: sum(counts.values()) for key, counts in self.counts.items()}
        self.average = sum(self.lengths.values()) / len(self.lengths)
        self.holding = Counter(word for counts in self.counts.values() for word in counts)

    def ranked(self, query: str) -> Sequence[int]:
        """The texts that have any word of the query, best first."""
        words = set(self._words(query))
        scores = {key: sum(self._score(key, word) for word in words) for key in self.counts}
        return sorted((key for key, score in scores.items() if score > 0), key=lambda key: (-scores[key], key))

    def _score(self, key: int, word: str) -> float:
        count, holding = self.counts[key][word], self.holding[word]
        if not count:
            return 0.0
        rarity = math.log(1 + (len(self.counts) - holding + 0.5) / (holding + 0.5))
        return rarity * count * (K1 + 1) / (count + K1 * (1 - B + B * self.lengths[key] / self.average))

    def _words(self, text: str) -> list[str]:
        stems: list[str] = self._stem(re.findall(r"[a-z0-9]+", text.lower()))
        return stems
