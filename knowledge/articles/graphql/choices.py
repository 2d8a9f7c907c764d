"""The enums of the articles area."""

from hub.lib.api import choices
from knowledge.articles.models import ArticleState

choices(
    ArticleState,
    name="ArticleState",
    description="How far a revision of an article has come.",
    values={
        "PROPOSED": "It waits for somebody else's approval.",
        "CURRENT": "It is what is read.",
        "SUPERSEDED": "It was, and another one is now.",
        "DECLINED": "It was turned down, or taken back.",
    },
)

__all__ = ["ArticleState"]
