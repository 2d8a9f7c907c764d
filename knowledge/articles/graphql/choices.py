"""The enums of the articles area."""

from hub.lib.api import choices
from knowledge.articles.models import ArticleState, Audience

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

choices(
    Audience,
    name="TrainingAudience",
    description="Who has to go through a training.",
    values={
        "EVERYBODY": "Everybody with a role in the unit.",
        "ROLE": "Who holds a role in the unit.",
        "SCHEDULE": "Who takes turns in a schedule of the unit.",
        "EXPERTISE": "Who holds an expertise, in the unit's eyes.",
    },
)

__all__ = ["ArticleState", "Audience"]
