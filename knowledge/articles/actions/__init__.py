"""The only writers of articles and training. Each is one transaction: lock, check, write, audit."""

from knowledge.articles.actions.assigning import assign_training, change_training, end_training
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
from knowledge.articles.actions.training import Answered, confirm_training, follow_audience, renew_training

__all__ = [
    "Answered",
    "approve_article_revision",
    "assign_training",
    "change_training",
    "confirm_article",
    "confirm_training",
    "decline_article_revision",
    "edit_article",
    "edit_article_revision",
    "end_training",
    "follow_audience",
    "renew_training",
    "restore_article",
    "retire_article",
    "revise_article",
    "share_article",
    "write_article",
]
