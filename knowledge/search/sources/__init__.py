"""Where what is indexed comes from: for each kind, which records are to be found, and what one of them says.

A source is a module. Its records have a unit, a service, a title and a version; what else they differ in, it knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final, Protocol

from django.db.models import QuerySet

from hub.lib.identity import Actor
from knowledge.search.documents import Piece
from knowledge.search.kinds import Kind
from knowledge.search.sources import articles, problems, reviews, runbooks
from knowledge.search.sources.terms import Terms


class Source(Protocol):
    """What a module is that knows one kind of knowledge."""

    @property
    def SCOPE(self) -> Collection[str]:
        """The columns that say who reads a record. A document has the same ones, kept equal by a foreign key."""

    def published(self, actor: Actor) -> QuerySet[Any]:
        """The records that are to be found, as far as `actor` may read them."""

    def pieces(self, actor: Actor, ids: Iterable[int], *, with_terms: bool = False) -> list[Piece]:
        """These records, published or not, as far as `actor` may read them.

        Args:
            with_terms: bring along what `terms` needs.
        """

    def terms(self, piece: Piece) -> Terms:
        """The piece's causes and failure mode in the enterprise's words."""


SOURCES: Final[dict[Kind, Source]] = {
    Kind.POSTMORTEM: reviews,
    Kind.RUNBOOK: runbooks,
    Kind.PROBLEM: problems,
    Kind.ARTICLE: articles,
}
