"""What is indexed of a piece of knowledge, and how much each part of it counts.

The same passages are what an answer lights and explains, so that nothing is found for a reason that cannot be shown.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import cached_property, lru_cache
from typing import Final, TypeAlias

from knowledge.articles.models import Article
from knowledge.postmortems.models import Postmortem
from knowledge.problems.models import Problem
from knowledge.runbooks.models import Runbook
from knowledge.search.analysis import PART, Occurrence, occurrences, words
from knowledge.search.kinds import Kind
from knowledge.search.languages import language_of, stem_in

Record: TypeAlias = Postmortem | Runbook | Problem | Article

LONGEST_SUMMARY: Final = 900
"""Characters of a summary that count as one; its further paragraphs count as text."""

_ENOUGH: Final = 2_000
"""Characters by which a document's language is told."""
MOST_OF_A_WORD: Final = 32_767
"""The largest weight that a posting can hold, in hundredths."""


class Field(Enum):
    """A part of a document that counts in its own way: its name in an index, and its weight."""

    TITLE = ("title", 5.0)
    REFERENCE = ("reference", 5.0)
    CAUSES = ("causes", 3.0)
    ABOUT = ("about", 2.0)
    SUMMARY = ("summary", 2.0)
    ROOT_CAUSE = ("root_cause", 1.5)
    TEXT = ("text", 1.0)

    def __init__(self, key: str, weight: float) -> None:
        self.key = key
        self.weight = weight


@dataclass(frozen=True)
class Passage:
    """A paragraph, an item of a list, a title: a stretch of text that belongs together.

    Attributes:
        label: where it stands, as readers see it: "Root cause".
        text: without markup.
        language: of the document that it is part of; see `languages.language_of`.
    """

    field: Field
    label: str
    text: str
    language: str = ""

    def words(self) -> Iterator[Occurrence]:
        """What it can be found by. The letters of a reference (PAY-142) say nothing by themselves."""
        for each in occurrences(self.text):
            if each.weight == 1 or self.field is not Field.REFERENCE:
                yield each
            if self.language and each.weight == 1 and (stem := stem_in(each.word, self.language)):
                yield Occurrence(stem, PART, each.start, each.end)


@dataclass(frozen=True)
class Content:
    """All that is indexed of a document, in reading order."""

    passages: tuple[Passage, ...]

    @cached_property
    def weights(self) -> dict[str, int]:
        """Every word with its weight in hundredths."""
        counted: Counter[str] = Counter()
        for passage in self.passages:
            for each in passage.words():
                counted[each.word] += round(100 * passage.field.weight * each.weight)
        return {word: min(weight, MOST_OF_A_WORD) for word, weight in counted.items()}

    @property
    def length(self) -> int:
        return sum(self.weights.values())

    @cached_property
    def folded(self) -> str:
        """All plain words, a space around each and a line for each passage, so that no phrase crosses two."""
        return "\n".join(f" {' '.join(words(passage.text))} " for passage in self.passages)

    def digest(self, *facts: object) -> str:
        """Changes when the content or the facts beside it do."""
        said = [[(p.field.key, p.label, p.text) for p in self.passages], [str(fact) for fact in facts]]
        return hashlib.blake2s(json.dumps(said).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Piece:
    """A piece of knowledge with what it says, read for somebody who may read it.

    Attributes:
        published_at: since when it is to be found; None while it is not.
        reference: what people call it for short, and by which its letters alone say nothing: PAY-142.
        texts: where each of them stands, as readers see it, and Markdown.
    """

    kind: Kind
    record: Record
    published_at: datetime | None
    reference: str
    texts: tuple[tuple[Field, str, str], ...]
    tags: tuple[str, ...] = ()

    def content(self, causes: Sequence[str], failure_mode: str = "") -> Content:
        """What it says, by passages.

        Args:
            causes, failure_mode: the names of its terms, as all who may read it know them.
        """
        service = self.record.service
        about = [self.record.unit.name, *([service.name, service.slug] if service else []), *self.tags]
        texts = [
            (Field.TITLE, "Title", self.record.title),
            (Field.REFERENCE, "Reference" if self.kind != Kind.POSTMORTEM else "Incident", self.reference),
            (Field.CAUSES, "Cause", ", ".join(causes)),
            (Field.TEXT, "Failure mode", failure_mode),
            (Field.ABOUT, "About", " · ".join(about)),
            *((field, label, plain(text)) for field, label, text in self.texts),
        ]
        said = " ".join([self.record.title, *(text for _, _, text in self.texts)])
        language = language_of(words(said[:_ENOUGH]))
        return Content(tuple(_passages(texts, language)))


def _passages(texts: Iterable[tuple[Field, str, str]], language: str = "") -> Iterator[Passage]:
    summarized = 0
    for field, label, text in texts:
        for line in text.splitlines():
            # An imported review may have all of its text there: what goes on and on is no summary.
            in_full = field is Field.SUMMARY and summarized > LONGEST_SUMMARY
            summarized += len(line) if field is Field.SUMMARY else 0
            yield Passage(Field.TEXT if in_full else field, label, line, language)


_CODE: Final = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_MARKUP: Final = (
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|?)+\s*$", re.MULTILINE), "\n"),
    # What begins a line of its own keeps it; other lines go on with the paragraph before them.
    (re.compile(r"^\s*(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+", re.MULTILINE), "\n\n"),
    (re.compile(r"^\s*\|", re.MULTILINE), "\n\n"),
)


@lru_cache(maxsize=4096)  # a review is read again with each answer that it stands in
def plain(text: str) -> str:
    """Markdown without its marks, a line for each paragraph, item or line of code. Code stays as it is."""
    pieces = _CODE.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            code = re.sub(r"^```\w*\n", "", piece).strip("`")
            pieces[index] = f"\n\n{code.replace(chr(10), chr(10) * 2)}\n\n" if piece.startswith("```") else code
            continue
        for pattern, replacement in _MARKUP:
            pieces[index] = pattern.sub(replacement, pieces[index])
    paragraphs = (" ".join(each.split()) for each in re.split(r"\n\s*\n", "".join(pieces)))
    return "\n".join(each for each in paragraphs if each)
