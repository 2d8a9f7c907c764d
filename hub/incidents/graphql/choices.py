"""The enums of the incidents area."""

from hub.incidents.models import EntryKind, RoleKind, Severity, Status
from hub.lib.api import choices

choices(
    Severity,
    name="Severity",
    description="The global scale that every unit's own severities resolve to.",
    values={
        "SEV1": "Critical: customers cannot use a critical service, or data is at risk.",
        "SEV2": "High: a critical service is degraded, or an important one is down.",
        "SEV3": "Moderate: some customers are affected, and there is a workaround.",
        "SEV4": "Low: little effect; it can wait for working hours.",
        "SEV5": "Notice: no effect yet.",
    },
)
choices(
    Status,
    name="IncidentStatus",
    description="The stages of an incident's life.",
    values={
        "DECLARED": "It is known, and nobody is on it yet.",
        "ACKNOWLEDGED": "Somebody is on it.",
        "MITIGATED": "Users no longer suffer; the cause may remain.",
        "RESOLVED": "It is over; its review is open.",
        "CLOSED": "Nothing is left to do.",
    },
)
choices(
    RoleKind,
    name="IncidentRoleKind",
    description="The roles of an incident.",
    values={
        "COMMANDER": "Leads the incident and decides. There is one.",
        "RESPONDER": "Works on it.",
        "COMMUNICATIONS_LEAD": "Speaks to those who are affected. There is one.",
        "TECHNICAL_LEAD": "Leads the technical work. There is one.",
        "SCRIBE": "Writes down what happens. There is one.",
        "OBSERVER": "Follows it.",
    },
)
choices(
    EntryKind,
    name="TimelineEntryKind",
    description="What a timeline entry records.",
    values={
        "NOTE": "What somebody wrote.",
        "DECISION": "What was decided, and why.",
        "STATUS": "It reached another stage.",
        "SEVERITY": "It became more or less grave.",
        "ROLE": "Somebody took or left a role.",
        "ALERT": "What a source reported.",
        "SYSTEM": "What the hub did by itself.",
    },
)

__all__ = ["EntryKind", "RoleKind", "Severity", "Status"]
