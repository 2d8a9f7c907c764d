"""What is indexed of a piece of knowledge, and how much each part of it counts.

The same passages are what an answer lights and explains, so that nothing is found for a reason that cannot be shown.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Final

from django.db.models import Prefetch, QuerySet

from hub.lib import clock
from hub.lib.identity import Actor
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import Postmortem, Section
from knowledge.search.analysis import ANALYSIS, occurrences, words
from tenants.models import Term, TermMapping, TermRelation

MOST_OF_A_WORD: Final = 32_767
"""The largest weight that a posting can hold, in hundredths."""


class Field(Enum):
    """A part of a document that counts in its own way: its name in an index, and its weight."""

    TITLE = ("title", 5.0)
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
    """A stretch of text that belongs together.

    Attributes:
        label: where it stands, as readers see it: "Root cause".
        text: without markup.
    """

    field: Field
    label: str
    text: str


@dataclass(frozen=True)
class Content:
    """All that is indexed of a document, in reading order."""

    passages: tuple[Passage, ...]

    @cached_property
    def weights(self) -> dict[str, int]:
        """Every word with its weight in hundredths."""
        counted: Counter[str] = Counter()
        for passage in self.passages:
            for each in occurrences(passage.text):
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


def readable_postmortems(actor: Actor, ids: Iterable[int]) -> QuerySet[Postmortem]:
    """These reviews, as far as `actor` may read them, with all that `content_of` needs."""
    return (
        postmortems.postmortems(actor)
        .filter(pk__in=list(ids))
        .select_related("unit", "service")
        .prefetch_related("moments", "action_items")
    )


def content_of(postmortem: Postmortem, causes: Sequence[str]) -> Content:
    """What a review says, by passages.

    Args:
        causes: the names of its global terms (`global_causes`).
    """
    service = postmortem.service
    about = [postmortem.reference, postmortem.unit.name, *([service.name, service.slug] if service else [])]
    passages = [
        Passage(Field.TITLE, "Title", postmortem.title),
        Passage(Field.CAUSES, "Cause", ", ".join(causes)),
        Passage(Field.ABOUT, "About", " · ".join(about)),
        *(
            Passage(FIELD_OF_SECTION.get(section, Field.TEXT), str(section.label), plain(postmortem.text_of(section)))
            for section in Section
        ),
        Passage(Field.TEXT, "Timeline", "\n".join(plain(moment.text) for moment in postmortem.moments.all())),
        Passage(Field.TEXT, "Action items", "\n".join(plain(item.title) for item in postmortem.action_items.all())),
    ]
    return Content(tuple(passage for passage in passages if passage.text))


def with_causes(rows: QuerySet[Postmortem]) -> QuerySet[Postmortem]:
    """The rows with what `global_causes` needs."""
    mappings = Prefetch("mappings", TermMapping.objects.select_related("target").order_by("-valid_from"))
    return rows.prefetch_related(
        Prefetch("cause", Term.objects.prefetch_related(mappings)),
        Prefetch("contributing", Term.objects.prefetch_related(mappings)),
    )


def global_causes(postmortem: Postmortem) -> list[Term]:
    """The review's causes in the enterprise's words, the root cause first.

    A unit's own term stands for the global one that it equals or is a part of; one that resolves to none is left out:
    only its unit knows it, while others may read the review.
    """
    terms = [*([postmortem.cause] if postmortem.cause else []), *postmortem.contributing.all()]
    found = {term.pk: term for term in (_global(term) for term in terms) if term is not None}
    return list(found.values())


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
    (re.compile(r"^\s{0,3}(?:#{1,6}|>|[-*+]|\d{1,3}[.)])\s+", re.MULTILINE), ""),
    (re.compile(r"!?\[([^\]]*)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"(?<!\w)(\*{1,3}|_{1,3})(?=\S)(.+?)(?<=\S)\1(?!\w)"), r"\2"),
    (re.compile(r"^\s*\|?(?:\s*:?-{3,}:?\s*\|?)+\s*$", re.MULTILINE), ""),
)


def plain(text: str) -> str:
    """Markdown without its marks, a line for each paragraph or item. Code stays as it is."""
    pieces = _CODE.split(text)
    for index, piece in enumerate(pieces):
        if index % 2:
            pieces[index] = re.sub(r"^```\w*\n", "", piece).strip("`")
            continue
        for pattern, replacement in _MARKUP:
            pieces[index] = pattern.sub(replacement, pieces[index])
    lines = (" ".join(line.split()) for line in "".join(pieces).splitlines())
    return "\n".join(line for line in lines if line)
