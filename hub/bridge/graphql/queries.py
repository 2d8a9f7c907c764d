"""Queries of the bridge."""

import strawberry

from hub.bridge.graphql.filters import BridgeRuleFilter, BridgeRuleOrder
from hub.bridge.graphql.types import BridgeRuleType
from hub.lib.api import Connection, connection


@strawberry.type
class BridgeQuery:
    bridge_rules: Connection[BridgeRuleType] = connection(
        description="What makes an incident a suspected breach, for every unit and for those that you see.",
        filters=BridgeRuleFilter,
        ordering=BridgeRuleOrder,
    )
