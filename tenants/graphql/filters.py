"""Filters and orders of the tenants area."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.lib.api import (
    ChoiceFilter,
    NumberFilter,
    TextFilter,
    TimeFilter,
    any_id,
    filter_type,
    now,
    plain,
    where,
)
from tenants import access, models
from tenants.graphql.choices import ProposalState, TermKind, TermRelation


@filter_type(description="Which business units.")
class BusinessUnitFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("BusinessUnit"))
    slug: TextFilter | None = where("By slug.")
    name: TextFilter | None = where("By name.")


@filter_type(description="Which people.")
class PersonFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Person"))
    username: TextFilter | None = where("By the name they sign in with.")


@plain
def _is_global(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}unit__isnull": wanted})


@plain
def _is_retired(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}retired_at__isnull": not wanted})


@filter_type(description="Which terms of the taxonomy.")
class TermFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Term"))
    kind: ChoiceFilter[TermKind] | None = where("By what they classify.")
    key: TextFilter | None = where("By key.")
    name: TextFilter | None = where("By name.")
    unit: BusinessUnitFilter | None = where("By the unit whose own words they are.")
    is_global: bool | None = where("Whether they are everybody's and not one unit's.", condition=_is_global)
    retired: bool | None = where("Whether nothing new is called so.", condition=_is_retired)


@filter_type(description="Which mapping versions.")
class MappingVersionFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("MappingVersion"))
    number: NumberFilter | None = where("By number.")
    unit: BusinessUnitFilter | None = where("By the unit whose mapping it is.")
    published_at: TimeFilter | None = where("By when it was said.")


@filter_type(description="Which proposals for global terms.")
class TermProposalFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("TermProposal"))
    state: ChoiceFilter[ProposalState] | None = where("By how far they have got.")
    kind: ChoiceFilter[TermKind] | None = where("By what the term classifies.")
    unit: BusinessUnitFilter | None = where("By the unit that asks.")


@filter_type(description="Which mappings.")
class TermMappingFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("TermMapping"))
    local: TermFilter | None = where("By the unit's term.")
    target: TermFilter | None = where("By the global term.")
    unit: BusinessUnitFilter | None = where("By unit.")
    relation: ChoiceFilter[TermRelation] | None = where("By how the terms relate.")
    version: MappingVersionFilter | None = where("By the version with which it was said.")


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


@strawberry_django.order_type(models.MappingVersion, description="By what mapping versions are ordered.")
class MappingVersionOrder:
    number: auto = order_field(description="By number.")
    published_at: auto = order_field(description="By when it was said.")


@strawberry_django.order_type(models.TermMapping, description="By what mappings are ordered.")
class TermMappingOrder:
    valid_from: auto = order_field(description="By the moment from which on it holds.")
    strength: auto = order_field(description="By how surely it is meant.")


@strawberry_django.order_type(models.TermProposal, description="By what proposals are ordered.")
class TermProposalOrder:
    proposed_at: auto = order_field(description="By when they were made.")
    decided_at: auto = order_field(description="By when they were decided.")
