"""The only writers of sources, rules and alerts. Each is one transaction: lock, check, write, audit, event."""

from hub.alerts.actions.floors import SetFloors, set_severity_floors
from hub.alerts.actions.receiving import acknowledge_alert, receive_alerts, resolve_alert
from hub.alerts.actions.rules import NewRule, place_severity_rule, remove_severity_rule, set_severity_rules
from hub.alerts.actions.settling import SettledMeanwhile
from hub.alerts.actions.sources import (
    NewKey,
    change_alert_source,
    create_alert_source,
    revoke_alert_source,
    rotate_alert_source_key,
)

__all__ = [
    "NewKey",
    "NewRule",
    "SetFloors",
    "SettledMeanwhile",
    "acknowledge_alert",
    "change_alert_source",
    "create_alert_source",
    "place_severity_rule",
    "receive_alerts",
    "remove_severity_rule",
    "resolve_alert",
    "revoke_alert_source",
    "rotate_alert_source_key",
    "set_severity_floors",
    "set_severity_rules",
]
