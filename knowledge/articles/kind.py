"""Articles, as a kind of texts that change by revisions."""

from __future__ import annotations

from typing import Final

from knowledge.articles.events import ArticleChanged, ArticleRevisionDecided, ArticleRevisionProposed
from knowledge.articles.models import Article, ArticleRevision
from knowledge.revisions.kinds import Kind

ARTICLES: Final = Kind(
    text=Article,
    revision=ArticleRevision,
    noun="article",
    a_noun="an article",
    revision_noun="article_revision",
    came_in_use="was published",
    says_so_already=("It says what is published already.", "text"),
    said=lambda revision: (revision.summary, revision.text, revision.questions),
    changed=lambda article, columns: ArticleChanged(
        unit_id=article.unit_id, incident_id=None, article_id=article.pk, changed=columns
    ),
    proposed=lambda revision: ArticleRevisionProposed(
        unit_id=revision.unit_id,
        incident_id=None,
        article_id=revision.article_id,
        article_revision_id=revision.pk,
    ),
    decided=lambda revision: ArticleRevisionDecided(
        unit_id=revision.unit_id,
        incident_id=None,
        article_id=revision.article_id,
        article_revision_id=revision.pk,
        state=revision.state,
    ),
)
