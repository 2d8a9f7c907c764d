"""What the tenant admin shows of incidents."""

from hub.incidents.admin.command import EscalationCriteriaAdmin, HandOverAdmin, OwnershipAdmin
from hub.incidents.admin.responsibilities import RaciLineAdmin
from hub.incidents.admin.thresholds import ResponsePlanAdmin, ResponseTeamAdmin, SeverityThresholdAdmin

__all__ = [
    "EscalationCriteriaAdmin",
    "HandOverAdmin",
    "OwnershipAdmin",
    "RaciLineAdmin",
    "ResponsePlanAdmin",
    "ResponseTeamAdmin",
    "SeverityThresholdAdmin",
]
