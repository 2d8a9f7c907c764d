"""The enums of the search."""

from hub.lib.api import choices
from knowledge.search.kinds import Kind

choices(
    Kind,
    name="KnowledgeKind",
    description="What a piece of knowledge is.",
    values={
        "POSTMORTEM": "A published review: a Postmortem.",
        "RUNBOOK": "A runbook in force: a Runbook.",
        "PROBLEM": "A known error, or a resolved problem that was one: a Problem.",
        "ARTICLE": "A published article: an Article.",
    },
)

__all__ = ["Kind"]
