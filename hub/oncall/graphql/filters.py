"""Filters and orders of the on-call area."""

import strawberry_django
from strawberry import ID, auto
from strawberry_django import order_field

from hub.lib.api import TextFilter, any_id, filter_type, where
from hub.oncall import models
from tenants.graphql.filters import BusinessUnitFilter


@filter_type(description="Which schedules.")
class ScheduleFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Schedule"))
    slug: TextFilter | None = where("By slug.")
    name: TextFilter | None = where("By name.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")


@strawberry_django.order_type(models.Schedule, description="By what schedules are ordered.")
class ScheduleOrder:
    name: auto = order_field(description="By name.")
    slug: auto = order_field(description="By slug.")
