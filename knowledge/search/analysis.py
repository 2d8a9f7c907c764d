"""From text to words: one analysis for what is indexed, for what is asked, and for what is lit in an answer.

A *word* is what stands in the text, without case and accents. Its *term* is what it is found by: the stem, and the
same for all synonyms. What looks like code (`ERR_CONN_RESET`, `pg_stat_activity`, `int4`, `5xx`, `TLSv1.3`) stays one
word, is never stemmed, and its parts count besides, for less.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import snowballstemmer

from knowledge.search.synonyms import PHRASES, SYNONYMS

LONGEST_WORD: Final = 100
PART: Final = 0.5
"""How much a part of a compound counts, where the whole counts 1."""

_STOP_WORDS: Final = (
    "a about after again all also am an and any are as at be because been before being between both but by can "
    "could did do does doing done down during each either else ever few for from further get gets got had has "
    "have having he her here hers him his how i if in into is it its itself just let may me might more most much "
    "must my neither no nor not of off on once only onto or other our ours out over own per rather s same shall "
    "she should since so some still such t than that the their theirs them then there these they this those "
    "though through thus to too under until up upon us very via was we went were what when where whether which "
    "while who whom whose why will with within without would yet you your yours"
)
STOP_WORDS: Final = frozenset(_STOP_WORDS.split())

_RUN: Final = re.compile(r"[^\W_]+")
_JOINED: Final = r"{run}(?:['’_.\-/:@+]{{1,2}}{run})*(?:\+\+|#(?!\w))?"
_TOKEN: Final = re.compile(_JOINED.format(run=_RUN.pattern))
# Accents written as characters of their own, as some systems do, and what is not seen at all: soft hyphens, joiners.
_MARKS: Final = "\u00ad\u0300-\u036f\u200b-\u200d\u2060\ufeff"
_MARK: Final = re.compile(f"[{_MARKS}]")
_MARKED_RUN: Final = re.compile(rf"(?:[^\W_][{_MARKS}]*)+")
_MARKED_TOKEN: Final = re.compile(_JOINED.format(run=_MARKED_RUN.pattern))
_HUMP: Final = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_SHORTEST_HUMP: Final = 3
_POSSESSIVE: Final = re.compile(r"['’]s$", re.IGNORECASE)


@dataclass(frozen=True)
class Occurrence:
    """A word at a place of a text.

    Attributes:
        weight: 1 for what stands there, less for a part of it.
        start, end: the place in the text as it was given; a part has the place of its whole.
    """

    word: str
    weight: float
    start: int
    end: int


def fold(text: str) -> str:
    """`text` without case, accents, and what is not seen."""
    if text.isascii():
        return text.lower()
    decomposed = _MARK.sub("", unicodedata.normalize("NFKD", text))
    return "".join(each for each in decomposed if not unicodedata.combining(each)).casefold()


def occurrences(text: str) -> Iterator[Occurrence]:
    """The words of `text` that it can be found by, in reading order. Stop words are left out."""
    run: list[tuple[str, int, int]] = []
    has_marks = _has_marks(text)
    for match in (_MARKED_TOKEN if has_marks else _TOKEN).finditer(text):
        start, end = match.span()
        whole, parts = _token(_MARK.sub("", match.group()) if has_marks else match.group())
        run.append((whole, start, end))
        for phrase in _phrases_ending(run):
            yield Occurrence(PHRASES[phrase], 1, run[-1 - phrase.count(" ")][1], end)
        if whole and whole not in STOP_WORDS:
            yield Occurrence(whole, 1, start, end)
        for part, weight in parts:
            yield Occurrence(part, weight, start, end)


def words(text: str) -> list[str]:
    """All of the text's plain words in order, stop words too: what an exact phrase is compared with."""
    return _RUN.findall(fold(text))


def words_at(text: str) -> Iterator[tuple[str, int, int]]:
    """Each of these words with where it stands: its beginning and its end."""
    for match in (_MARKED_RUN if _has_marks(text) else _RUN).finditer(text):
        yield fold(match.group()), match.start(), match.end()


def _has_marks(text: str) -> bool:
    return not text.isascii() and _MARK.search(text) is not None


@lru_cache(maxsize=200_000)
def term(word: str) -> str:
    """What `word` (folded) is found by."""
    stem = _stem(word)
    return _CANONICAL.get(stem, stem)


def spellings(one: str) -> tuple[str, ...]:
    """What words look like, but for their endings, that are found by the term `one`."""
    return (one, *_SPELLINGS.get(one, ()))


def is_code(word: str) -> bool:
    """Whether the word is more than letters, so that guessing at its spelling would be wrong."""
    return not word.isalpha()


@lru_cache(maxsize=200_000)
def _token(raw: str) -> tuple[str, tuple[tuple[str, float], ...]]:
    """The word that a token is, and its parts with their weights."""
    bare = _POSSESSIVE.sub("", raw).replace("'", "").replace("’", "")
    whole = fold(bare)[:LONGEST_WORD]
    pieces = _RUN.findall(bare)
    parts: dict[str, float] = {}
    if len(pieces) > 1 and "-" in bare and all(piece.isalpha() for piece in pieces):
        # Fail-over is written failover as well.
        parts["".join(fold(piece) for piece in pieces)[:LONGEST_WORD]] = 1
    for piece in pieces:
        humps = _HUMP.findall(piece) if piece.isascii() and piece.isalpha() else []
        for part in (piece, *(hump for hump in humps if len(hump) >= _SHORTEST_HUMP)):
            folded = fold(part)
            if len(folded) > 1 and folded != whole and not folded.isdigit() and folded not in STOP_WORDS:
                parts.setdefault(folded[:LONGEST_WORD], PART)
    return whole, tuple(parts.items())


def _stem(word: str) -> str:
    # A stemmer keeps its state while it works, and requests run in threads: each word gets one, and is then cached.
    if not (word.isascii() and word.isalpha()):
        return word
    return str(snowballstemmer.stemmer("english").stemWord(word))


def _phrases_ending(run: list[tuple[str, int, int]]) -> Iterator[str]:
    """The phrases of `PHRASES` that the last words of `run` make."""
    if run[-1][0] not in _LAST_WORDS:
        return
    for length in _LENGTHS:
        phrase = " ".join(word for word, _, _ in run[-length:])
        if phrase in PHRASES:
            yield phrase


_LAST_WORDS: Final = frozenset(phrase.rsplit(" ", 1)[-1] for phrase in PHRASES)
_LENGTHS: Final = tuple(sorted({phrase.count(" ") + 1 for phrase in PHRASES}))
_CANONICAL: Final = {_stem(word): _stem(group[0]) for group in SYNONYMS for word in group}
_SPELLINGS: Final = {
    one: tuple(stem for stem, canonical in _CANONICAL.items() if canonical == one) for one in _CANONICAL.values()
}
