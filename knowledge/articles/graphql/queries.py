"""Queries of the articles area."""

import strawberry

from hub.lib.api import Connection, by_id, connection, one
from knowledge.articles.graphql.training import (
    TrainingDutyFilter,
    TrainingDutyOrder,
    TrainingDutyType,
    TrainingFilter,
    TrainingOrder,
    TrainingType,
)
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

    trainings: Connection[TrainingType] = connection(
        description="What people have to have gone through, of articles that you may read, by day.",
        filters=TrainingFilter,
        ordering=TrainingOrder,
    )

    training_duties: Connection[TrainingDutyType] = connection(
        description="Of whom training is asked, and who has gone through it: your own, and all where you publish or"
        " administer people. Counts by filter are the coverage of a training.",
        filters=TrainingDutyFilter,
        ordering=TrainingDutyOrder,
    )
