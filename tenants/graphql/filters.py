"""Filters and orders of the tenants area."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.lib.api import ChoiceFilter, TextFilter, TimeFilter, any_id, filter_type, now, plain, where
from tenants import access, models
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


@filter_type(description="Which regions.")
class RegionFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Region"))
    code: TextFilter | None = where("By code.")


@plain
def _is_built_in(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}unit__isnull": wanted})


@plain
def _holds(prefix: str, wanted: bool) -> Q:
    held = access.held_now(prefix)
    return held if wanted else ~held


@plain
def _opens(prefix: str, wanted: bool) -> Q:
    opens = Q(**{f"{prefix}revoked_at__isnull": True, f"{prefix}expires_at__gt": now()})
    return opens if wanted else ~opens


@filter_type(description="Which roles.")
class RoleFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Role"))
    key: TextFilter | None = where("By key.")
    built_in: bool | None = where("Whether every hub has them.", condition=_is_built_in)
    unit: BusinessUnitFilter | None = where("By the unit whose own they are.")


@filter_type(description="Which assignments of roles.")
class RoleAssignmentFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("RoleAssignment"))
    person: PersonFilter | None = where("By who holds the role.")
    role: RoleFilter | None = where("By the role.")
    unit: BusinessUnitFilter | None = where("By the unit that it is held in.")
    region: RegionFilter | None = where("By the region that it is held in.")
    is_enterprise: bool | None = where("Whether it is held enterprise-wide.")
    current: bool | None = where("Whether it is held at this moment.", condition=_holds)
    valid_until: TimeFilter | None = where("By when it ends.")


@filter_type(description="Which keys.")
class AccessKeyFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("AccessKey"))
    person: PersonFilter | None = where("By whose they are.")
    unit: BusinessUnitFilter | None = where("By the unit whose service account's they are.")
    open: bool | None = where("Whether they open anything now: neither revoked nor expired.", condition=_opens)
    expires_at: TimeFilter | None = where("By when they end.")


@strawberry_django.order_type(models.Role, description="By what roles are ordered.")
class RoleOrder:
    name: auto = order_field(description="By name.")


@strawberry_django.order_type(models.RoleAssignment, description="By what assignments of roles are ordered.")
class RoleAssignmentOrder:
    valid_from: auto = order_field(description="By when they began.")
    valid_until: auto = order_field(description="By when they end.")


@strawberry_django.order_type(models.AccessToken, description="By what keys are ordered.")
class AccessKeyOrder:
    created_at: auto = order_field(description="By when they were made.")
    expires_at: auto = order_field(description="By when they end.")
