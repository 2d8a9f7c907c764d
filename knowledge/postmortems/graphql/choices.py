"""The enums of the reviews area."""

from hub.lib.api import choices
from knowledge.postmortems.models import ActionStatus, Audience, PostmortemStatus, Section

choices(
    PostmortemStatus,
    name="PostmortemStatus",
    description="How far a review has come.",
    values={
        "DRAFT": "It is being written; its unit reads it.",
        "PUBLISHED": "It is complete; its audience reads it.",
    },
)
choices(
    Audience,
    name="PostmortemAudience",
    description="Who reads a review once it is published.",
    values={
        "UNIT": "The people of its unit, and those above it.",
        "ENTERPRISE": "Everybody in the enterprise. The review of a restricted incident never has this audience.",
    },
)
choices(
    Section,
    name="PostmortemSection",
    description="The sections of a review, in reading order.",
    values={
        "SUMMARY": "What happened, in a paragraph.",
        "IMPACT": "Who was affected, for how long and how badly.",
        "DETECTION": "How it was noticed, and what would have noticed it earlier.",
        "ROOT_CAUSE": "What had to be true for it to happen.",
        "WENT_WELL": "What helped.",
        "WENT_BADLY": "What did not help.",
        "LESSONS": "What others can take from it.",
    },
)
choices(
    ActionStatus,
    name="ActionItemStatus",
    description="Where an action item stands.",
    values={
        "OPEN": "It is to be done.",
        "DONE": "It was done.",
        "DROPPED": "It was decided not to do it.",
    },
)

__all__ = ["ActionStatus", "Audience", "PostmortemStatus", "Section"]
