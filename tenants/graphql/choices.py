"""The enums of the tenants area."""

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from hub.lib.api import choices
from tenants.models import ProposalState, ProposedChange, TermKind, TermRelation
from tenants.permissions import Permission

choices(
    TermKind,
    name="TermKind",
    description="What a term of the taxonomy classifies.",
    values={
        "SEVERITY": "How grave an incident is.",
        "INCIDENT_TYPE": "What kind of incident it is.",
        "CAUSE": "Why it happened.",
        "FAILURE_MODE": "In which way something failed.",
        "DOMAIN": "Which field of technology it belongs to.",
        "IMPACT": "Who or what suffered, and how.",
    },
)
choices(
    TermRelation,
    name="TermRelation",
    description="How a unit's term relates to a global one.",
    values={
        "EQUAL": "It means the same.",
        "NARROWER": "It is a part of it.",
        "BROADER": "It covers more than it.",
        "OVERLAPPING": "Some of each is in the other.",
    },
)
choices(
    ProposedChange,
    name="ProposedChange",
    description="What is to be done to the global terms.",
    values={
        "ADD": "A new term.",
        "CHANGE": "Another name, description or rank of a term.",
        "RETIRE": "A term is not to be used any more.",
    },
)
choices(
    ProposalState,
    name="ProposalState",
    description="How far a proposal has got.",
    values={
        "WAITING": "It waits for a steward who did not propose it.",
        "APPROVED": "It stands in the next version.",
        "REJECTED": "A second steward said no.",
        "WITHDRAWN": "Whoever proposed it took it back.",
        "PUBLISHED": "It is part of a version.",
    },
)


_PERMISSIONS = {
    Permission.UNIT_VIEW: "See the unit's own words and ways.",
    Permission.UNIT_ADMINISTER: "Change the unit's ways.",
    Permission.PEOPLE_VIEW: "See who holds which role.",
    Permission.PEOPLE_ADMINISTER: "Give and end roles, make roles, service accounts and their keys.",
    Permission.AUDIT_VIEW: "Read the audit trail.",
    Permission.TAXONOMY_WRITE: "Change the unit's own terms and their mapping.",
    Permission.TAXONOMY_STEWARD: "Change the global terms.",
    Permission.CATALOG_WRITE: "Change services and their dependencies.",
    Permission.ONCALL_VIEW: "See schedules and who is on call.",
    Permission.ONCALL_WRITE: "Change schedules, escalation policies and phone trees, where no nearer role of the person"
    " says otherwise.",
    Permission.INCIDENT_VIEW: "Read incidents.",
    Permission.INCIDENT_DECLARE: "Declare incidents.",
    Permission.INCIDENT_RESPOND: "Work on incidents.",
    Permission.INCIDENT_COMMAND: "Lead incidents.",
    Permission.ALERT_INGEST: "Turn alerts into incidents.",
    Permission.SOURCE_ADMINISTER: "Administer alert sources and severity rules.",
    Permission.KNOWLEDGE_VIEW: "Read post-mortems.",
    Permission.KNOWLEDGE_WRITE: "Write post-mortems.",
    Permission.KNOWLEDGE_PUBLISH: "Publish post-mortems.",
    Permission.METRICS_VIEW: "See figures.",
}
strawberry.enum(Permission, name="Permission", description="A verb on a noun: what roles and keys are made of.")
_definition: StrawberryEnumDefinition = Permission.__strawberry_definition__  # type: ignore[attr-defined]
for _value in _definition.values:
    _value.description = _PERMISSIONS.get(Permission(_value.value), f"{_value.value}.")

__all__ = ["Permission", "ProposalState", "ProposedChange", "TermKind", "TermRelation"]
