from hub.incidents.models.federation import (
    EscalationCriteria,
    EscalationProposal,
    HandOver,
    HandOverState,
    ProposalState,
)
from hub.incidents.models.fields import FieldValue
from hub.incidents.models.grants import IncidentGroupGrant, IncidentPersonGrant
from hub.incidents.models.incident import OVER, Incident, IncidentNumber, Severity, Status
from hub.incidents.models.maintenance import MaintenanceService, MaintenanceWindow, runs_at
from hub.incidents.models.ownership import Ownership, OwnershipModel
from hub.incidents.models.roles import IncidentRole, RoleKind
from hub.incidents.models.sightings import IncidentSighting
from hub.incidents.models.timeline import EntryKind, TimelineEntry, TimelineRevision

__all__ = [
    "OVER",
    "EntryKind",
    "EscalationCriteria",
    "EscalationProposal",
    "FieldValue",
    "HandOver",
    "HandOverState",
    "Incident",
    "IncidentGroupGrant",
    "IncidentNumber",
    "IncidentPersonGrant",
    "IncidentRole",
    "IncidentSighting",
    "MaintenanceService",
    "MaintenanceWindow",
    "Ownership",
    "OwnershipModel",
    "ProposalState",
    "RoleKind",
    "Severity",
    "Status",
    "TimelineEntry",
    "TimelineRevision",
    "runs_at",
]
