"""Filters and orders of the alerts area."""

import strawberry_django
from strawberry import ID, auto
from strawberry_django import order_field

from hub.alerts import models
from hub.alerts.graphql.choices import AlertStatus, SourceKind
from hub.catalog.graphql.filters import ServiceFilter
from hub.incidents.graphql.filters import IncidentFilter
from hub.lib.api import ChoiceFilter, NumberFilter, TextFilter, TimeFilter, any_id, filter_type, where
from tenants.graphql.filters import BusinessUnitFilter


@filter_type(description="Which alert sources.")
class AlertSourceFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("AlertSource"))
    name: TextFilter | None = where("By name.")
    kind: ChoiceFilter[SourceKind] | None = where("By the protocol they speak.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")
    revoked_at: TimeFilter | None = where("By when they were revoked.")


@strawberry_django.order_type(models.AlertSource, description="By what alert sources are ordered.")
class AlertSourceOrder:
    name: auto = order_field(description="By name.")
    created_at: auto = order_field(description="By when they were made.")


@filter_type(description="Which alerts.")
class AlertFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Alert"))
    name: TextFilter | None = where("By name: what kind of alert it is.")
    status: ChoiceFilter[AlertStatus] | None = where("By whether they go on.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")
    service: ServiceFilter | None = where("By the service they are about.")
    source: AlertSourceFilter | None = where("By the source that sent them.")
    incident: IncidentFilter | None = where("By the incident they are part of.")
    count: NumberFilter | None = where("By how often they were received.")
    first_seen_at: TimeFilter | None = where("By when they were first received.")
    last_seen_at: TimeFilter | None = where("By when they were last received.")


@strawberry_django.order_type(models.Alert, description="By what alerts are ordered.")
class AlertOrder:
    first_seen_at: auto = order_field(description="By when they were first received.")
    last_seen_at: auto = order_field(description="By when they were last received.")
    name: auto = order_field(description="By name.")
    count: auto = order_field(description="By how often they were received.")


@filter_type(description="Which rules for severity.")
class SeverityRuleFilter:
    unit: BusinessUnitFilter | None = where("By the unit whose rules they are.")


@strawberry_django.order_type(models.SeverityRule, description="By what rules for severity are ordered.")
class SeverityRuleOrder:
    position: auto = order_field(description="By their place: the rule that is asked first comes first.")
