"""The enums of the alerts area."""

from hub.alerts.models import AlertStatus, SourceKind
from hub.lib.api import choices

choices(
    SourceKind,
    name="AlertSourceKind",
    description="The protocol that a source speaks.",
    values={
        "ALERTMANAGER": "Prometheus Alertmanager's webhook, version 4.",
        "EVENTS_V2": "PagerDuty's Events API v2.",
    },
)
choices(
    AlertStatus,
    name="AlertStatus",
    description="Whether an alert goes on.",
    values={"FIRING": "It goes on.", "RESOLVED": "It is over, or goes on as an alert of a later incident."},
)

__all__ = ["AlertStatus", "SourceKind"]
