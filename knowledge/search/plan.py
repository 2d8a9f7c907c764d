"""From a query to what a backend looks up: its words resolved by the dictionary, as far as the reader may see it.

A word that stands in none of the reader's documents is taken for an unfinished one if it was typed last, and otherwise
for a misspelling. Both are guessed from words of the reader's own documents, so that a guess cannot tell of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db import connection

from knowledge.search.analysis import fold, is_code, term
from knowledge.search.languages import is_stem, small_words, stems_of
from knowledge.search.query import Query
from knowledge.search.related import in_words
from knowledge.search.synonyms import WRITTEN_OUT

SHORTEST_GUESS: Final = 4
"""Letters that a word needs for its spelling to be guessed at; a beginning needs `SHORTEST_BEGINNING`."""
SHORTEST_BEGINNING: Final = 2
MOST_GUESSES: Final = 2
PART_BOOST: Final = 0.4
GUESS_BOOST: Final = 0.8


class Match(StrEnum):
    """How a word of the query came to what is looked up."""

    AS_TYPED = "as typed"
    COMPLETED = "completed"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Slot:
    """One thing that is searched for: a document that has any of the terms has it.

    Attributes:
        typed: the query's word.
        terms: what the word, or the guess, is found by.
        words: (id, word) of all that the terms are found in, in the reader's documents.
        boost: how much it counts, where a word as it was typed counts 1.
        guessed: the words that were guessed instead of the typed one.
    """

    typed: str
    terms: tuple[str, ...]
    words: tuple[tuple[int, str], ...]
    boost: float = 1.0
    match: Match = Match.AS_TYPED
    guessed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a backend looks up.

    Attributes:
        slots: any of these rank; one at least has to match.
        unknown: words of the query that nothing stands for.
        phrases, without_phrases: plain words in order, to have and not to have.
        without: slots not to have.
        meant: what is asked for as a text, with its words spelt right and written out.
    """

    slots: tuple[Slot, ...] = ()
    unknown: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()
    without: tuple[Slot, ...] = ()
    without_phrases: tuple[str, ...] = ()
    meant: str = ""

    @property
    def ranks(self) -> bool:
        """Whether what is asked for decides the order; otherwise the newest come first."""
        return bool(self.slots or self.unknown)

    @property
    def has_code(self) -> bool:
        """Whether an error string or the name of something was typed: who does means these very words."""
        typed = (*(slot.typed for slot in self.slots), *self.unknown)
        return any(is_code(word) and not in_words(word) and word not in WRITTEN_OUT for word in typed)

    @property
    def says_something(self) -> bool:
        """Whether it may be answered in other words too: a single word that is known asks for this very word."""
        typed = sum(slot.boost != PART_BOOST for slot in self.slots) + len(self.unknown)
        return not self.has_code and (typed > 1 or not self.slots)


def plan(query: Query) -> Plan:
    """Resolve `query` by the dictionary, for whoever acts in this transaction."""
    # Small words of English are in no index; those of other languages rank where there is nothing else.
    asked = [word for word in query.words if word not in small_words(query.language)] or query.words
    boosts = dict.fromkeys(asked, 1.0) | dict.fromkeys(query.parts, PART_BOOST)
    dictionary = _words_of({term(word) for word in (*boosts, *query.without_words)})
    slots: dict[tuple[str, ...], Slot] = {}
    unknown = []
    for word, boost in boosts.items():
        slot = _slot(word, (term(word),), dictionary, boost=boost)
        if not slot.words and boost == 1.0:
            if any(stem in dictionary for stem in stems_of(word) if stem in boosts):
                # Another form of it is there, by which it is found: it is no slip.
                continue
            slot = _guess(word, is_last=word == query.typed) or slot
        if slot.words:
            # Two spellings of one term are one thing to find.
            slots.setdefault(slot.terms, slot)
        elif boost == 1.0:
            unknown.append(word)
    without = (_slot(word, (term(word),), dictionary) for word in query.without_words)
    return Plan(
        slots=tuple(slots.values()),
        unknown=tuple(unknown),
        phrases=query.phrases,
        without=tuple(slot for slot in without if slot.words),
        without_phrases=query.without_phrases,
        meant=_meant(query.meant, slots.values(), unknown),
    )


def _meant(text: str, slots: Iterable[Slot], unknown: Iterable[str]) -> str:
    guessed = {slot.typed: slot.guessed[0] for slot in slots if slot.guessed}
    # A short form that no text has is asked for in words besides.
    explained = {word: f"{word} {long}" for word in unknown if (long := in_words(word))}
    said = (fold(word) for word in text.split())
    return " ".join(guessed.get(word) or explained.get(word) or WRITTEN_OUT.get(word, word) for word in said)


def _slot(
    word: str, terms: tuple[str, ...], dictionary: dict[str, list[tuple[int, str]]], *, boost: float = 1.0
) -> Slot:
    found = tuple(each for one in terms for each in dictionary.get(one, ()))
    return Slot(word, terms, found, boost)


def _guess(word: str, *, is_last: bool) -> Slot | None:
    if is_last and len(word) >= SHORTEST_BEGINNING and (found := _words_starting(word)):
        return _guessed(word, found, Match.COMPLETED)
    if is_code(word) or len(word) < SHORTEST_GUESS:
        return None
    found = closest(word, _words_like(word))
    return _guessed(word, found, Match.CORRECTED) if found else None


def _guessed(word: str, found: Sequence[tuple[str, str]], match: Match) -> Slot:
    terms = tuple(dict.fromkeys(one for one, _ in found))
    guess = _slot(word, terms, _words_of(terms))
    return Slot(
        typed=word,
        terms=terms,
        words=guess.words,
        boost=GUESS_BOOST,
        match=match,
        guessed=tuple(other for _, other in found),
    )


def closest(word: str, candidates: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Of the (term, word) candidates those few that `word` is most likely a misspelling of.

    One slip is allowed in a short word and two in a long one; a slip is a letter too many, too few, another, or two
    that changed places.
    """
    most = 1 if len(word) < 8 else 2
    distances = [(distance(word, other, most), index, (one, other)) for index, (one, other) in enumerate(candidates)]
    near = sorted(each for each in distances if each[0] <= most)
    return [candidate for slips, _, candidate in near if slips == near[0][0]][:MOST_GUESSES]


def distance(one: str, other: str, most: int) -> int:
    """How many slips lead from one word to the other; `most + 1` stands for any larger number."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        current = [row]
        for column, against in enumerate(other, start=1):
            cost = min(last[column] + 1, current[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before_last[column - 2] + 1)
            current.append(cost)
        before_last, last = last, current
    return min(last[-1], most + 1)


def _words_of(terms: Iterable[str]) -> dict[str, list[tuple[int, str]]]:
    wanted = sorted(terms)
    found: dict[str, list[tuple[int, str]]] = {}
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute("SELECT term, id, word FROM app.words_of(%s)", [wanted])
            for one, key, word in cursor.fetchall():
                found.setdefault(one, []).append((key, word))
    return found


def _words_starting(beginning: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT term, word FROM app.words_starting(%s)", [beginning])
        return [(one, word) for one, word in cursor.fetchall() if not is_stem(word)]


def _words_like(word: str) -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT term, word FROM app.words_like(%s)", [word])
        return [(one, other) for one, other in cursor.fetchall() if not is_stem(other)]
