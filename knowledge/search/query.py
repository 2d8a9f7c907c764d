"""A search as it was typed, taken apart: words, "quoted phrases" and -excluded ones. Pure, and never refuses a text.

Whatever somebody pastes is a query: an unclosed quotation mark quotes the rest, a lone minus is nothing, that of a
number belongs to it ("failed: -9,57"), and a stack trace is its words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from knowledge.search.analysis import occurrences, words
from knowledge.search.languages import language_asked, stem_in

LONGEST_QUERY: Final = 1000
"""Characters; `knowledge.search.access` refuses what is longer."""
MOST_WORDS: Final = 40
"""Of a longer text the first ones are searched for."""

_PIECE: Final = re.compile(
    r'(?P<minus>-(?=["“”]|[^\W\d_]))?(?:["“”](?P<phrase>[^"“”]*)(?:["“”]|$)|(?P<word>[^\s"“”]+))'
)


@dataclass(frozen=True)
class Query:
    """What is searched for.

    Attributes:
        words: any of these, without case and accents; code kept whole. The more a document has, the better.
        parts: what the compounds among them are made of, and stems of other languages, which counts for less.
        phrases: all of these, each as its plain words in order.
        without_words, without_phrases: none of these.
        typed: the last word, if it may be unfinished: nothing follows it.
        meant: all that is asked for, as it was typed and without what is excluded.
        language: in which it is asked, if it is one of `languages.MARKS`.
    """

    words: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()
    without_phrases: tuple[str, ...] = ()
    typed: str = ""
    meant: str = field(default="", compare=False)
    language: str = field(default="", compare=False)

    @property
    def is_empty(self) -> bool:
        return not (self.words or self.phrases or self.without_words or self.without_phrases)


def parse(text: str) -> Query:
    """Read `text` as a query."""
    plain: list[str] = []
    meant: list[str] = []
    phrases: list[str] = []
    without_words: list[str] = []
    without_phrases: list[str] = []
    last = ""
    for piece in _PIECE.finditer(text.replace("\x00", " ")):
        if piece["phrase"] is not None:
            said = " ".join(words(piece["phrase"]))
            (without_phrases if piece["minus"] else phrases).append(said)
            meant += [] if piece["minus"] else [piece["phrase"]]
            last = ""
        elif piece["minus"]:
            without_words += [each.word for each in occurrences(piece["word"]) if each.weight == 1]
            last = ""
        else:
            plain.append(piece["word"])
            meant.append(piece["word"])
            last = piece["word"]
    # A phrase's words also rank what has the phrase.
    found = [each for wanted in (" ".join(plain), *phrases) for each in occurrences(wanted)]
    wholes = _once((each.word for each in found if each.weight == 1), MOST_WORDS)
    language = language_asked(each for wanted in (" ".join(plain), *phrases) for each in words(wanted))
    stems = [stem_in(each, language) for each in wholes] if language else []
    ending = [each.word for each in occurrences(last) if each.weight == 1]
    return Query(
        words=wholes,
        parts=_once(
            (*(each.word for each in found if each.weight < 1 and each.word not in wholes), *stems), MOST_WORDS
        ),
        phrases=_once(phrases, MOST_WORDS),
        without_words=_once(without_words, MOST_WORDS),
        without_phrases=_once(without_phrases, MOST_WORDS),
        typed=ending[0] if len(ending) == 1 and text[-1:].strip() and ending[0] in wholes else "",
        meant=" ".join(meant),
        language=language,
    )


def _once(texts: Iterable[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))[:most]
