"""Filters and orders of the escalation area."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.escalation import models
from hub.escalation.graphql.choices import Trigger
from hub.incidents.graphql.filters import IncidentFilter
from hub.lib.api import ChoiceFilter, TextFilter, TimeFilter, any_id, filter_type, plain, where
from tenants.graphql.filters import BusinessUnitFilter


@plain
def _is_live(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}ended_at__isnull": wanted})


@filter_type(description="Which escalation policies.")
class PolicyFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("EscalationPolicy"))
    name: TextFilter | None = where("By name.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")
    is_default: bool | None = where("Whether they stand for all incidents of their unit.")


@strawberry_django.order_type(models.Policy, description="By what escalation policies are ordered.")
class PolicyOrder:
    name: auto = order_field(description="By name.")


@filter_type(description="Which runs.")
class RunFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("EscalationRun"))
    incident: IncidentFilter | None = where("By their incident.")
    trigger: ChoiceFilter[Trigger] | None = where("By what did not happen in time.")
    live: bool | None = where("Whether they go on.", condition=_is_live)
    began_at: TimeFilter | None = where("By when they began.")
    next_at: TimeFilter | None = where("By when they next do something.")


@strawberry_django.order_type(models.Run, description="By what runs are ordered.")
class RunOrder:
    began_at: auto = order_field(description="By when they began.")
    next_at: auto = order_field(description="By when they next do something.")
