"""The only writers of articles. Each is one transaction: lock the article, check, write, audit."""

from knowledge.articles.actions.keeping import (
    confirm_article,
    edit_article,
    restore_article,
    retire_article,
    share_article,
)
from knowledge.articles.actions.revising import (
    approve_article_revision,
    decline_article_revision,
    edit_article_revision,
    revise_article,
    write_article,
)

__all__ = [
    "approve_article_revision",
    "confirm_article",
    "decline_article_revision",
    "edit_article",
    "edit_article_revision",
    "restore_article",
    "retire_article",
    "revise_article",
    "share_article",
    "write_article",
]
