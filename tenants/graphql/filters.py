"""Filters and orders of the tenants area."""

import strawberry_django
from strawberry import ID, auto
from strawberry_django import order_field

from hub.lib.api import ChoiceFilter, TextFilter, any_id, filter_type, where
from tenants import models
from tenants.graphql.choices import TermKind


@filter_type(description="Which business units.")
class BusinessUnitFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("BusinessUnit"))
    slug: TextFilter | None = where("By slug.")
    name: TextFilter | None = where("By name.")


@filter_type(description="Which people.")
class PersonFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Person"))
    username: TextFilter | None = where("By the name they sign in with.")


@filter_type(description="Which terms of the taxonomy.")
class TermFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Term"))
    kind: ChoiceFilter[TermKind] | None = where("By what they classify.")
    key: TextFilter | None = where("By key.")
    unit: BusinessUnitFilter | None = where("By the unit whose own words they are.")


@strawberry_django.order_type(models.BusinessUnit, description="By what business units are ordered.")
class BusinessUnitOrder:
    name: auto = order_field(description="By name.")
    slug: auto = order_field(description="By slug.")


@strawberry_django.order_type(models.Term, description="By what terms are ordered.")
class TermOrder:
    kind: auto = order_field(description="By what they classify.")
    rank: auto = order_field(description="By their rank among terms of their kind.")
    name: auto = order_field(description="By name.")
