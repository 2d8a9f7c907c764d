"""The enums of the tenants area."""

from hub.lib.api import choices
from tenants.models import TermKind

choices(
    TermKind,
    name="TermKind",
    description="What a term of the taxonomy classifies.",
    values={
        "SEVERITY": "How grave an incident is.",
        "INCIDENT_TYPE": "What kind of incident it is.",
        "CAUSE": "Why it happened.",
        "IMPACT": "Who or what suffered, and how.",
    },
)

__all__ = ["TermKind"]
