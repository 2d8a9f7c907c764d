"""Filters and orders of the reach area."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.incidents.graphql.filters import IncidentFilter
from hub.lib.api import TextFilter, TimeFilter, any_id, filter_type, plain, where
from hub.reach import models
from tenants.graphql.filters import BusinessUnitFilter


@plain
def _is_live(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}ended_at__isnull": wanted})


@filter_type(description="Which phone trees.")
class PhoneTreeFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("PhoneTree"))
    name: TextFilter | None = where("By name.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")


@strawberry_django.order_type(models.PhoneTree, description="By what phone trees are ordered.")
class PhoneTreeOrder:
    name: auto = order_field(description="By name.")


@filter_type(description="Which phone trees at work.")
class PhoneTreeRunFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("PhoneTreeRun"))
    incident: IncidentFilter | None = where("By their incident.")
    live: bool | None = where("Whether they go on.", condition=_is_live)
    began_at: TimeFilter | None = where("By when they began.")


@strawberry_django.order_type(models.TreeRun, description="By what phone trees at work are ordered.")
class PhoneTreeRunOrder:
    began_at: auto = order_field(description="By when they began.")


@filter_type(description="Which drills.")
class DrillFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Drill"))
    unit: BusinessUnitFilter | None = where("By the unit.")
    started_at: TimeFilter | None = where("By when they began.")


@strawberry_django.order_type(models.Drill, description="By what drills are ordered.")
class DrillOrder:
    started_at: auto = order_field(description="By when they began.")
