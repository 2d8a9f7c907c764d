"""Filters and orders of the catalog."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.catalog import models
from hub.lib.api import NumberFilter, TextFilter, any_id, filter_type, plain, where
from tenants.graphql.filters import BusinessUnitFilter


@plain
def _has_tag(prefix: str, tag: str) -> Q:
    return Q(**{f"{prefix}tags__contains": [tag]})


@plain
def _is_retired(prefix: str, is_retired: bool) -> Q:
    return Q(**{f"{prefix}retired_at__isnull": not is_retired})


@filter_type(description="Which services.")
class ServiceFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Service"))
    slug: TextFilter | None = where("By slug.")
    name: TextFilter | None = where("By name.")
    criticality: NumberFilter | None = where("By criticality: 1 is the highest, 4 the lowest.")
    tag: str | None = where("With this label.", condition=_has_tag)
    is_retired: bool | None = where("Retired ones, or those in use.", condition=_is_retired)
    unit: BusinessUnitFilter | None = where("By the unit that owns them.")


@strawberry_django.order_type(models.Service, description="By what services are ordered.")
class ServiceOrder:
    name: auto = order_field(description="By name.")
    slug: auto = order_field(description="By slug.")
    criticality: auto = order_field(description="By criticality: ascending, the highest comes first.")
