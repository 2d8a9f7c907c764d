"""The enums of the incidents area."""

from hub.incidents.models import (
    Activity,
    EntryKind,
    Frequency,
    HandOverState,
    Impact,
    OwnershipModel,
    Part,
    ProposalState,
    Reach,
    RoleKind,
    Route,
    Severity,
    Status,
)
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
    Route,
    name="Route",
    description="What leads to somebody, in the order in which it is asked.",
    values={
        "OWNER": "They are on call for the system, by its owner.",
        "DOMAIN": "They are on call for its field of technology.",
        "SEVERITY": "They are on call for whatever is as grave.",
        "TAG": "They are on call for what a tag or the type says it is about.",
        "EXPERTISE": "They know what must be known.",
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
choices(
    OwnershipModel,
    name="OwnershipModel",
    description="Who commands a unit's incidents.",
    values={
        "DECENTRALIZED": "The unit commands all of them itself.",
        "CENTRALIZED": "Another unit commands all of them, and alone may close them.",
        "HYBRID": "Another unit commands the grave ones, the unit itself the others.",
    },
)
choices(
    HandOverState,
    name="HandOverState",
    description="What became of an offer.",
    values={
        "OFFERED": "It waits for an answer.",
        "ACCEPTED": "The incident is the receiving unit's.",
        "REFUSED": "The receiving unit said no, and why.",
        "WITHDRAWN": "The giver took it back.",
        "EXPIRED": "Nobody answered in time.",
    },
)
choices(
    ProposalState,
    name="EscalationProposalState",
    description="What was decided about a proposal.",
    values={
        "PROPOSED": "It waits for a decision.",
        "ACCEPTED": "The incidents are gathered.",
        "DISMISSED": "They stay their units' own.",
    },
)

choices(
    Impact,
    name="BusinessImpact",
    description="What the business suffers, on a scale.",
    values={
        "NONE": "Nobody notices.",
        "MINOR": "Work goes on, with a detour.",
        "MODERATE": "Some work stands still.",
        "MAJOR": "An important business process stands still.",
        "SEVERE": "The unit cannot do its business.",
    },
)
choices(
    Reach,
    name="IncidentReach",
    description="How many suffer, on a scale.",
    values={
        "PERSON": "One person.",
        "TEAM": "A team or a site.",
        "UNIT": "A whole unit.",
        "UNITS": "Several units.",
        "ENTERPRISE": "The whole enterprise, or customers everywhere.",
    },
)
choices(
    Activity,
    name="IncidentActivity",
    description="What somebody must do about an incident: the functions of the hub that need a person.",
)
choices(
    Part,
    name="ResponsibilityPart",
    description="Somebody's part in an activity, by the letters of a RACI matrix.",
    values={
        "RESPONSIBLE": "Does it.",
        "ACCOUNTABLE": "Answers for it; there is exactly one.",
        "CONSULTED": "Is asked before it is done.",
        "INFORMED": "Is told of it.",
    },
)

choices(
    Frequency,
    name="MaintenanceFrequency",
    description="How often work comes again.",
    values={
        "DAILY": "Every day.",
        "WEEKLY": "Every week, on one weekday or several.",
        "MONTHLY": "Every month, on one weekday of its first to fourth or its last week.",
    },
)

__all__ = [
    "Activity",
    "EntryKind",
    "Frequency",
    "HandOverState",
    "Impact",
    "OwnershipModel",
    "Part",
    "ProposalState",
    "Reach",
    "RoleKind",
    "Route",
    "Severity",
    "Status",
]
