"""Articles as they are published: what they tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import QuerySet

from hub.lib.identity import Actor
from knowledge.articles import access as articles
from knowledge.articles.models import Article
from knowledge.search.documents import Field, Piece
from knowledge.search.kinds import Kind
from knowledge.search.sources.terms import Terms, with_mappings

SCOPE: Final = ("unit_id", "shared")


def published(actor: Actor) -> QuerySet[Article]:
    return articles.published(actor)


def pieces(actor: Actor, ids: Iterable[int], *, with_terms: bool = False) -> list[Piece]:
    rows = articles.articles(actor).filter(pk__in=list(ids)).select_related("unit", "service", "current")
    if with_terms:
        rows = rows.prefetch_related(*with_mappings("cause", "failure_mode"))
    return [_piece(row) for row in rows]


def terms(piece: Piece) -> Terms:
    article = piece.record
    assert isinstance(article, Article)
    return Terms.of([article.cause], article.failure_mode)


def _piece(article: Article) -> Piece:
    """What is published; a proposal that waits, and what is asked in training, are not looked at."""
    current = article.current if article.is_published else None
    return Piece(
        kind=Kind.ARTICLE,
        record=article,
        published_at=current.decided_at if current else None,
        reference=f"{article.unit.prefix}-A{article.number}",
        texts=((Field.SUMMARY, "Summary", current.summary), (Field.TEXT, "Text", current.text)) if current else (),
    )
