"""Queries of the tenants area."""

import strawberry

from hub.lib.api import Connection, HubInfo, actor_of, as_type, connection, field
from tenants import access as people
from tenants.graphql.filters import BusinessUnitFilter, BusinessUnitOrder, TermFilter, TermOrder
from tenants.graphql.types import BusinessUnitType, PersonType, RegionType, TermType


@strawberry.type
class TenantsQuery:
    business_units: Connection[BusinessUnitType] = connection(
        description="Every business unit of the enterprise.", filters=BusinessUnitFilter, ordering=BusinessUnitOrder
    )
    regions: Connection[RegionType] = connection(description="Every region.")
    terms: Connection[TermType] = connection(
        description="The taxonomy: global terms, and those of the units that you may view.",
        filters=TermFilter,
        ordering=TermOrder,
    )

    @field(description="You, as the hub knows you.")
    def viewer(self, info: HubInfo) -> PersonType:
        return as_type(PersonType, people.person_for(actor_of(info), actor_of(info).person_id or 0))
