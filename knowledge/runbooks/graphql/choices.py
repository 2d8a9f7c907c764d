"""The enums of the runbooks area."""

from hub.lib.api import choices
from knowledge.runbooks.models import RevisionState, StepState

choices(
    RevisionState,
    name="RevisionState",
    description="How far a revision of a runbook has come.",
    values={
        "PROPOSED": "It waits for somebody else's approval.",
        "CURRENT": "It is in force.",
        "SUPERSEDED": "It was in force, and another one is now.",
        "DECLINED": "It was turned down, or taken back.",
    },
)

choices(
    StepState,
    name="StepState",
    description="How a step of a runbook stands that is carried out.",
    values={
        "OPEN": "It is to be done.",
        "DONE": "It was done.",
        "SKIPPED": "It was not done, and why is said.",
    },
)

__all__ = ["RevisionState", "StepState"]
