"""The enums of the problems area."""

from hub.lib.api import choices
from knowledge.problems.models import ProblemState

choices(
    ProblemState,
    name="ProblemState",
    description="How far a problem has come.",
    values={
        "OPEN": "Why it happens is being found out.",
        "KNOWN_ERROR": "There is a workaround, which is offered to whoever has an incident that looks like it.",
        "RESOLVED": "It is gone.",
        "DROPPED": "It was decided not to work on it.",
    },
)

__all__ = ["ProblemState"]
