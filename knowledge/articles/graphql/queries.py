"""Queries of the articles area."""

import strawberry

from hub.lib.api import Connection, by_id, connection, one
from knowledge.articles.graphql.types import (
    ArticleFilter,
    ArticleOrder,
    ArticleRevisionFilter,
    ArticleRevisionOrder,
    ArticleRevisionType,
    ArticleType,
)


@strawberry.type
class ArticlesQuery:
    articles: Connection[ArticleType] = connection(
        description="The articles that you may read, by title: your units' and what others share.",
        filters=ArticleFilter,
        ordering=ArticleOrder,
    )

    article: ArticleType | None = one(
        description="One article; nothing if you may not read it.", noun="article", by=(by_id("Article"),)
    )

    article_revisions: Connection[ArticleRevisionType] = connection(
        description="Revisions of articles that you may read: what waits for approval, and what was decided.",
        filters=ArticleRevisionFilter,
        ordering=ArticleRevisionOrder,
    )
