"""The only writers of incidents. Each is one transaction: lock, check, write, audit, event."""

from hub.incidents.actions.declaring import assign_waiting_role, declare_incident
from hub.incidents.actions.fields import set_fields
from hub.incidents.actions.progress import (
    acknowledge_incident,
    change_severity,
    close_incident,
    mitigate_incident,
    reopen_incident,
    resolve_incident,
)
from hub.incidents.actions.restriction import break_glass, end_access, grant_access, restrict_incident
from hub.incidents.actions.roles import assign_role, end_role
from hub.incidents.actions.writing import add_timeline_entry, edit_timeline_entry, record_decision

__all__ = [
    "acknowledge_incident",
    "add_timeline_entry",
    "assign_role",
    "assign_waiting_role",
    "break_glass",
    "change_severity",
    "close_incident",
    "declare_incident",
    "edit_timeline_entry",
    "end_access",
    "end_role",
    "grant_access",
    "mitigate_incident",
    "record_decision",
    "reopen_incident",
    "resolve_incident",
    "restrict_incident",
    "set_fields",
]
