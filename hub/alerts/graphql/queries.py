"""Queries of the alerts area."""

import strawberry

from hub.alerts.graphql.filters import (
    AlertFilter,
    AlertOrder,
    AlertSourceFilter,
    AlertSourceOrder,
    SeverityRuleFilter,
    SeverityRuleOrder,
)
from hub.alerts.graphql.types import AlertSourceType, AlertType, SeverityFloorType, SeverityRuleType
from hub.lib.api import Connection, connection


@strawberry.type
class AlertsQuery:
    alerts: Connection[AlertType] = connection(
        description="The alerts that you may see, the newest first.", filters=AlertFilter, ordering=AlertOrder
    )
    alert_sources: Connection[AlertSourceType] = connection(
        description="The monitoring systems that send alerts, of the units that you may see into.",
        filters=AlertSourceFilter,
        ordering=AlertSourceOrder,
    )
    severity_rules: Connection[SeverityRuleType] = connection(
        description="The rules for severity of the units whose incidents you may see, in the order they are asked in.",
        filters=SeverityRuleFilter,
        ordering=SeverityRuleOrder,
    )
    severity_floors: Connection[SeverityFloorType] = connection(
        description="The enterprise's rules: how grave alerts are at least, whatever their units say."
    )
