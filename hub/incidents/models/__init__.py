from hub.incidents.models.federation import (
    EscalationCriteria,
    EscalationProposal,
    HandOver,
    HandOverState,
    ProposalState,
)
from hub.incidents.models.fields import FieldValue
from hub.incidents.models.grants import IncidentGroupGrant, IncidentPersonGrant
from hub.incidents.models.hand_offs import HandOff, HandOffChecklist
from hub.incidents.models.incident import LONGEST_TAG, MOST_TAGS, OVER, Incident, IncidentNumber, Severity, Status
from hub.incidents.models.maintenance import (
    Frequency,
    MaintenanceSeries,
    MaintenanceService,
    MaintenanceWindow,
    runs_at,
)
from hub.incidents.models.ownership import Ownership, OwnershipModel
from hub.incidents.models.responsibilities import ROLE_OF, Activity, Duty, Part, RaciLine
from hub.incidents.models.roles import IncidentRole, RoleKind, Route
from hub.incidents.models.sightings import IncidentSighting
from hub.incidents.models.thresholds import (
    Assessment,
    Engagement,
    Impact,
    Reach,
    ResponsePlan,
    ResponseTeam,
    SeverityThreshold,
)
from hub.incidents.models.timeline import EntryKind, TimelineEntry, TimelineRevision

__all__ = [
    "LONGEST_TAG",
    "MOST_TAGS",
    "OVER",
    "ROLE_OF",
    "Activity",
    "Assessment",
    "Duty",
    "Engagement",
    "EntryKind",
    "EscalationCriteria",
    "EscalationProposal",
    "FieldValue",
    "Frequency",
    "HandOff",
    "HandOffChecklist",
    "HandOver",
    "HandOverState",
    "Impact",
    "Incident",
    "IncidentGroupGrant",
    "IncidentNumber",
    "IncidentPersonGrant",
    "IncidentRole",
    "IncidentSighting",
    "MaintenanceSeries",
    "MaintenanceService",
    "MaintenanceWindow",
    "Ownership",
    "OwnershipModel",
    "Part",
    "ProposalState",
    "RaciLine",
    "Reach",
    "ResponsePlan",
    "ResponseTeam",
    "RoleKind",
    "Route",
    "Severity",
    "SeverityThreshold",
    "Status",
    "TimelineEntry",
    "TimelineRevision",
    "runs_at",
]
