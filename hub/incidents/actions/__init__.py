"""The only writers of incidents. Each is one transaction: lock, check, write, audit, event."""

from hub.incidents.actions.assessing import assess_incident
from hub.incidents.actions.criteria import set_criteria
from hub.incidents.actions.declaring import assign_waiting_role, declare_incident
from hub.incidents.actions.describing import describe_incident
from hub.incidents.actions.fields import set_fields
from hub.incidents.actions.gathering import (
    accept_escalation,
    dismiss_escalation,
    gather_incident,
    gather_incidents,
    release_incident,
)
from hub.incidents.actions.handing_off import (
    accept_hand_off,
    offer_hand_off,
    refuse_hand_off,
    set_hand_off_checklist,
    withdraw_hand_off,
)
from hub.incidents.actions.handing_over import (
    accept_hand_over,
    offer_hand_over,
    refuse_hand_over,
    withdraw_hand_over,
)
from hub.incidents.actions.maintenance import (
    cancel_maintenance,
    change_maintenance,
    end_maintenance,
    page_anyway,
    schedule_maintenance,
)
from hub.incidents.actions.ownership import set_ownership
from hub.incidents.actions.plans import (
    NewTeam,
    place_response_team,
    set_response_plan,
    teams_of,
    withdraw_response_plan,
    withdraw_response_team,
)
from hub.incidents.actions.progress import (
    acknowledge_incident,
    change_severity,
    close_incident,
    hold_severity,
    mitigate_incident,
    reopen_incident,
    resolve_incident,
)
from hub.incidents.actions.replying import Reply, receive_reply
from hub.incidents.actions.responsibilities import (
    Cell,
    NewLine,
    place_responsibility,
    set_responsibilities,
    withdraw_responsibility,
)
from hub.incidents.actions.restriction import break_glass, end_access, grant_access, restrict_incident
from hub.incidents.actions.roles import assign_role, end_role
from hub.incidents.actions.tagging import set_tags
from hub.incidents.actions.thresholds import (
    NewThreshold,
    place_severity_threshold,
    set_severity_thresholds,
    withdraw_severity_threshold,
)
from hub.incidents.actions.writing import add_timeline_entry, edit_timeline_entry, record_decision

__all__ = [
    "Cell",
    "NewLine",
    "NewTeam",
    "NewThreshold",
    "Reply",
    "accept_escalation",
    "accept_hand_off",
    "accept_hand_over",
    "acknowledge_incident",
    "add_timeline_entry",
    "assess_incident",
    "assign_role",
    "assign_waiting_role",
    "break_glass",
    "cancel_maintenance",
    "change_maintenance",
    "change_severity",
    "close_incident",
    "declare_incident",
    "describe_incident",
    "dismiss_escalation",
    "edit_timeline_entry",
    "end_access",
    "end_maintenance",
    "end_role",
    "gather_incident",
    "gather_incidents",
    "grant_access",
    "hold_severity",
    "mitigate_incident",
    "offer_hand_off",
    "offer_hand_over",
    "page_anyway",
    "place_response_team",
    "place_responsibility",
    "place_severity_threshold",
    "receive_reply",
    "record_decision",
    "refuse_hand_off",
    "refuse_hand_over",
    "release_incident",
    "reopen_incident",
    "resolve_incident",
    "restrict_incident",
    "schedule_maintenance",
    "set_criteria",
    "set_fields",
    "set_hand_off_checklist",
    "set_ownership",
    "set_response_plan",
    "set_responsibilities",
    "set_severity_thresholds",
    "set_tags",
    "teams_of",
    "withdraw_hand_off",
    "withdraw_hand_over",
    "withdraw_response_plan",
    "withdraw_response_team",
    "withdraw_responsibility",
    "withdraw_severity_threshold",
]
