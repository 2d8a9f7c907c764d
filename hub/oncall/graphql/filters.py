"""Filters and orders of the on-call area."""

import strawberry_django
from strawberry import ID, auto
from strawberry_django import order_field

from hub.lib.api import ChoiceFilter, TextFilter, TimeFilter, any_id, filter_type, where
from hub.oncall import models
from hub.oncall.graphql.choices import SwapState
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


@filter_type(description="Which swaps.")
class SwapFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Swap"))
    state: ChoiceFilter[SwapState] | None = where("By what has become of them.")
    schedule: ScheduleFilter | None = where("By their schedule.")
    starts_at: TimeFilter | None = where("By when the time that is offered begins.")
    ends_at: TimeFilter | None = where("By when it ends.")


@strawberry_django.order_type(models.Swap, description="By what swaps are ordered.")
class SwapOrder:
    starts_at: auto = order_field(description="By when the time that is offered begins.")
    offered_at: auto = order_field(description="By when they were offered.")


@filter_type(description="Whose leave, and when.")
class LeaveFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Leave"))
    starts_at: TimeFilter | None = where("By when it begins.")
    ends_at: TimeFilter | None = where("By when it ends.")


@strawberry_django.order_type(models.Leave, description="By what leave is ordered.")
class LeaveOrder:
    starts_at: auto = order_field(description="By when it begins.")


@filter_type(description="Which expertise.")
class ExpertiseFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Expertise"))
    key: TextFilter | None = where("By its key.")
    unit: BusinessUnitFilter | None = where("By the unit that says so.")


@strawberry_django.order_type(models.Expertise, description="By what expertise is ordered.")
class ExpertiseOrder:
    key: auto = order_field(description="By its key.")
