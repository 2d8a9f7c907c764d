"""What tells one kind of revised texts from another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.lib.events import Event
from knowledge.revisions.models import RevisedText, TextRevision

TextT = TypeVar("TextT", bound=RevisedText)
RevisionT = TypeVar("RevisionT", bound=TextRevision)


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[TextT, RevisionT]):
    """A kind of texts: its models, its words and its events.

    Attributes:
        text, revision: its models.
        noun, a_noun: what one is called: "article", "an article". The revision's foreign key has the noun's name.
        revision_noun: what a revision is called where actions are named: "article_revision".
        came_in_use: what was done to a revision that was approved: "was published".
        says_so_already: what is said of a proposal that changes nothing, and the input that it is said of.
        said: what a revision says, to be compared.
        changed: the event that columns of a text changed.
        proposed, decided: the events of a revision.
    """

    text: type[TextT]
    revision: type[RevisionT]
    noun: str
    a_noun: str
    revision_noun: str
    came_in_use: str
    says_so_already: tuple[str, str]
    said: Callable[[RevisionT], object]
    changed: Callable[[TextT, tuple[str, ...]], Event]
    proposed: Callable[[RevisionT], Event]
    decided: Callable[[RevisionT], Event]

    def text_of(self, revision: RevisionT) -> TextT:
        """The text that the revision is of."""
        found: TextT = getattr(revision, self.noun)
        return found
