"""What is indexed of a piece of knowledge, and how much each part of it counts.

The same passages are what an answer lights and explains, so that nothing is found for a reason that cannot be shown.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Final

from django.db.models import Prefetch, QuerySet

from hub.lib import clock
from hub.lib.identity import Actor
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import ActionItem, Postmortem, PostmortemMoment, Section
from knowledge.search.analysis import ANALYSIS, Occurrence, occurrences, words
from tenants.models import Term, TermMapping, TermRelation

LONGEST_SUMMARY: Final = 900
"""Characters of a summary that count as one; its further paragraphs count as text."""

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


FIELD_OF_SECTION: Final = {Section.SUMMARY: Field.SUMMARY, Section.ROOT_CAUSE: Field.ROOT_CAUSE}


@dataclass(frozen=True)
class Passage:
    """A paragraph, an item of a list, a title: a stretch of text that belongs together.

    Attributes:
        label: where it stands, as readers see it: "Root cause".
        text: without markup.
    """

    field: Field
    label: str
    text: str

    def words(self) -> Iterator[Occurrence]:
        """What it can be found by. The letters of a reference (PAY-142) say nothing by themselves."""
        found = occurrences(self.text)
        return (each for each in found if each.weight == 1) if self.field is Field.REFERENCE else found


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
        """Changes when the content, the facts beside it, or the analysis do."""
        said = [ANALYSIS, [(p.field.key, p.label, p.text) for p in self.passages], [str(fact) for fact in facts]]
        return hashlib.blake2s(json.dumps(said).encode(), digest_size=16).hexdigest()


@dataclass(frozen=True)
class Review:
    """A review with the texts that belong to it.

    Attributes:
        moments, actions: its timeline and its action items, in order.
    """

    postmortem: Postmortem
    moments: tuple[str, ...]
    actions: tuple[str, ...]


def reviews(actor: Actor, ids: Iterable[int], *, with_causes: bool = False) -> list[Review]:
    """These reviews, as far as `actor` may read them.

    Args:
        with_causes: bring along what `global_causes` needs.
    """
    rows = postmortems.postmortems(actor).filter(pk__in=list(ids)).select_related("unit", "service")
    if with_causes:
        rows = rows.prefetch_related(*_CAUSES)
    found = list(rows)
    moments = _texts(PostmortemMoment.objects.filter(postmortem__in=found).order_by("at", "id"), "text")
    actions = _texts(ActionItem.objects.filter(postmortem__in=found).order_by("due_on", "id"), "title")
    return [Review(row, tuple(moments[row.pk]), tuple(actions[row.pk])) for row in found]


def _texts(rows: QuerySet[Any], column: str) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = defaultdict(list)
    for key, text in rows.values_list("postmortem_id", column):
        texts[key].append(text)
    return texts


def content_of(review: Review, causes: Sequence[str]) -> Content:
    """What a review says, by passages.

    Args:
        causes: the names of its global terms (`global_causes`).
    """
    postmortem = review.postmortem
    service = postmortem.service
    about = [postmortem.unit.name, *([service.name, service.slug] if service else []), *postmortem.tags]
    texts = [
        (Field.TITLE, "Title", postmortem.title),
        (Field.REFERENCE, "Incident", postmortem.reference),
        (Field.CAUSES, "Cause", ", ".join(causes)),
        (Field.ABOUT, "About", " · ".join(about)),
        *(
            (FIELD_OF_SECTION.get(section, Field.TEXT), str(section.label), plain(postmortem.text_of(section)))
            for section in Section
        ),
        *((Field.TEXT, "Timeline", plain(text)) for text in review.moments),
        *((Field.TEXT, "Action items", plain(text)) for text in review.actions),
    ]
    return Content(tuple(_passages(texts)))


def _passages(texts: Iterable[tuple[Field, str, str]]) -> Iterator[Passage]:
    summarized = 0
    for field, label, text in texts:
        for line in text.splitlines():
            # An imported review may have all of its text there: what goes on and on is no summary.
            in_full = field is Field.SUMMARY and summarized > LONGEST_SUMMARY
            summarized += len(line) if field is Field.SUMMARY else 0
            yield Passage(Field.TEXT if in_full else field, label, line)


def global_causes(postmortem: Postmortem) -> list[Term]:
    """The review's causes in the enterprise's words, the root cause first.

    A unit's own term stands for the global one that it equals or is a part of; one that resolves to none is left out:
    only its unit knows it, while others may read the review.
    """
    terms = [*([postmortem.cause] if postmortem.cause else []), *postmortem.contributing.all()]
    found = {term.pk: term for term in (_global(term) for term in terms) if term is not None}
    return list(found.values())


_MAPPINGS: Final = Prefetch("mappings", TermMapping.objects.select_related("target").order_by("-version__number"))
_CAUSES: Final = (
    Prefetch("cause", Term.objects.prefetch_related(_MAPPINGS)),
    Prefetch("contributing", Term.objects.prefetch_related(_MAPPINGS)),
)


def _global(term: Term) -> Term | None:
    if term.unit_id is None:
        return term
    now = clock.now()
    latest = next((mapping for mapping in term.mappings.all() if mapping.valid_from <= now), None)
    if latest is None or latest.relation not in (TermRelation.EQUAL, TermRelation.NARROWER):
        return None
    return latest.target


_CODE: Final = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
_MARKUP: Final = (
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|?)+\s*$", re.MULTILINE), "\n"),
    # What begins a line of its own keeps it; other lines go on with the paragraph before them.
    (re.compile(r"^\s*(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+", re.MULTILINE), "\n\n"),
    (re.compile(r"^\s*\|", re.MULTILINE), "\n\n"),
)


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
