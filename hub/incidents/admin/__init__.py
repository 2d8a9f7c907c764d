"""What the tenant admin shows of incidents."""

from hub.incidents.admin.command import EscalationCriteriaAdmin, HandOffChecklistAdmin, HandOverAdmin, OwnershipAdmin
from hub.incidents.admin.responsibilities import RaciLineAdmin
from hub.incidents.admin.thresholds import ResponsePlanAdmin, ResponseTeamAdmin, SeverityThresholdAdmin

__all__ = [
    "EscalationCriteriaAdmin",
    "HandOffChecklistAdmin",
    "HandOverAdmin",
    "OwnershipAdmin",
    "RaciLineAdmin",
    "ResponsePlanAdmin",
    "ResponseTeamAdmin",
    "SeverityThresholdAdmin",
]
