"""The enums of the reviews area."""

from hub.lib.api import choices
from knowledge.postmortems.models import (
    ActionPriority,
    ActionStatus,
    Audience,
    CauseRole,
    DueCounted,
    EvidenceKind,
    GapKind,
    Method,
    PostmortemStatus,
    Proof,
    Section,
    Verdict,
)

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
    DueCounted,
    name="DueCounted",
    description="How the time was counted within which a review is due.",
    values={
        "HOURS": "In plain hours.",
        "WORKING_TIME": "In hours that its unit works, as its policy asks.",
        "HOURS_INSTEAD": "In plain hours although its unit's policy asks for working time: it had too little of it.",
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
choices(
    Method,
    name="AnalysisMethod",
    description="How an analysis asks why.",
    values={
        "FIVE_WHYS": "One question after another, each about the answer before: a chain.",
        "APOLLO": "Each effect has several causes, at least an action and a condition: a graph without circles.",
    },
)
choices(
    CauseRole,
    name="CauseRole",
    description="What a cause is to its effect.",
    values={
        "WHY": "The answer to the why, in Five Whys.",
        "ACTION": "Something that happened, in a cause-and-effect graph.",
        "CONDITION": "Something that was there already, in a cause-and-effect graph.",
    },
)
choices(
    EvidenceKind,
    name="EvidenceKind",
    description="By what an effect is known.",
    values={
        "OBSERVATION": "Somebody saw it.",
        "METRIC": "It was measured.",
        "LOG": "It stands in a log or a trace.",
        "DOCUMENT": "It stands in a document, a ticket or a change.",
        "STATEMENT": "Somebody told it, a supplier perhaps.",
        "TEST": "It was done again, and happened again.",
    },
)
choices(
    GapKind,
    name="GapKind",
    description="What a gap kept from happening sooner.",
    values={
        "DETECTION": "Noticing it: a signal, an alert, a look that was not there.",
        "RECOVERY": "Ending it: a way back, a tool, access or knowledge that was not there.",
    },
)
choices(
    ActionPriority,
    name="ActionItemPriority",
    description="What comes first.",
    values={
        "HIGH": "It would have prevented or shortened the incident.",
        "MEDIUM": "It makes one like it less likely or shorter.",
        "LOW": "It helps.",
    },
)
choices(
    Proof,
    name="ActionItemProof",
    description="What shows that an action item was done.",
    values={
        "RUNBOOK": "The revision of a runbook.",
        "ALERT_TEST": "The test of an alert: an alert that a source sent to the hub since.",
        "DRILL": "A drill in which it worked.",
        "CHANGE": "The change that did it: its address, or the maintenance in which it was made.",
    },
)

choices(
    Verdict,
    name="ActionsVerdict",
    description="Whether the action items of a review worked, now that the same failure was seen again.",
    values={
        "WORKED": "They did: this is another failure.",
        "PARTLY": "They helped, and not enough.",
        "FAILED": "They did not.",
    },
)

__all__ = [
    "ActionPriority",
    "ActionStatus",
    "Audience",
    "CauseRole",
    "DueCounted",
    "EvidenceKind",
    "GapKind",
    "Method",
    "PostmortemStatus",
    "Proof",
    "Section",
    "Verdict",
]
