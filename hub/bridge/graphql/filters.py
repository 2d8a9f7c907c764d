"""Filters and orders of the bridge."""

import strawberry_django
from strawberry import auto
from strawberry_django import order_field

from hub.bridge import models
from hub.lib.api import filter_type, where
from tenants.graphql.filters import BusinessUnitFilter


@filter_type(description="Which rules for suspected breaches.")
class BridgeRuleFilter:
    unit: BusinessUnitFilter | None = where("By the unit whose rules they are.")


@strawberry_django.order_type(models.BridgeRule, description="By what rules for suspected breaches are ordered.")
class BridgeRuleOrder:
    position: auto = order_field(description="By their place: the rule that is asked first comes first.")
