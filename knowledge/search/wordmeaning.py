"""What single words mean, and how near the words of a text come to those of a query.

Texts say much in words of their own, so vectors of words that were met lately stay at hand: one matrix a process.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence, Set
from typing import Final

import numpy as np

from knowledge.search.analysis import term
from knowledge.search.meaning import DIMENSIONS, Vector, embed

LEAST_LIKE: Final = 0.25
"""The least cosine of two words that may mean the same; most pairs that differ are below."""
MOST_AT_HAND: Final = 30_000
"""Words whose vectors a process holds on to: about 30 MB. Beyond that it begins anew."""
SMALL: Final = 200_000
"""Multiplications that are done in one go."""
_NONE: Final = ""
"""Stands in every text, so that none is empty, and is like nothing."""


class _Words:
    """Vectors by word; of use to several threads at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forget()

    def best(self, asked: Sequence[str], texts: Sequence[Collection[str]]) -> Vector:
        """See `best`."""
        with self._lock:
            self._learn({*asked, _NONE}.union(*texts))
            row_of = self._rows.__getitem__
            wanted = np.array([row_of(word) for word in asked])
            said = [np.fromiter(map(row_of, (_NONE, *text)), np.int64) for text in texts]
            rows, places = np.unique(np.concatenate(said), return_inverse=True)
            near = _products(self._vectors[wanted], self._vectors[rows])
            near[self._terms[wanted][:, None] == self._terms[rows][None, :]] = 1.0
        near[near < LEAST_LIKE] = 0.0
        starts = np.cumsum([0, *(len(each) for each in said[:-1])])
        best: Vector = np.maximum.reduceat(near[:, places], starts, axis=1).T
        return best

    def _forget(self) -> None:
        self._rows: dict[str, int] = {}
        self._term_numbers: dict[str, int] = {}
        self._vectors = np.zeros((1024, DIMENSIONS), np.float32)
        self._terms = np.zeros(1024, np.int64)

    def _learn(self, words: Set[str]) -> None:
        missing = sorted(words - self._rows.keys())
        if not missing:
            return
        if len(self._rows) + len(missing) > MOST_AT_HAND:
            self._forget()
            missing = sorted(words)
        start, end = len(self._rows), len(self._rows) + len(missing)
        if end > len(self._vectors):
            more = max(end, 2 * len(self._vectors)) - len(self._vectors)
            self._vectors = np.vstack([self._vectors, np.zeros((more, DIMENSIONS), np.float32)])
            self._terms = np.concatenate([self._terms, np.zeros(more, np.int64)])
        self._vectors[start:end] = embed(missing)
        numbers = self._term_numbers
        self._terms[start:end] = [numbers.setdefault(term(word), len(numbers)) for word in missing]
        self._rows.update(zip(missing, range(start, end), strict=True))


def _products(few: Vector, many: Vector) -> Vector:
    # In pieces so small that numpy's library uses one thread: on a busy machine its threads wait for each other for
    # ten times as long as one takes for all.
    products = np.empty((len(few), len(many)), np.float32)
    step = max(1, SMALL // few.size)
    for start in range(0, len(many), step):
        products[:, start : start + step] = few @ many[start : start + step].T
    return products


_words: Final = _Words()


def best(asked: Sequence[str], texts: Sequence[Collection[str]]) -> Vector:
    """How near each text (rows) comes to each word that is asked for: the cosine of its nearest word, 1 for the same
    term, and 0 where none is near."""
    return _words.best(asked, texts)
