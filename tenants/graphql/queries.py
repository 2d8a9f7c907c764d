"""Queries of the tenants area."""

import strawberry
from strawberry_django.relay import DjangoCursorConnection

from hub.lib.api import HubInfo, actor_of, as_type, connection, field
from tenants import access as people
from tenants.graphql.types import BusinessUnitType, PersonType, RegionType, TermType


@strawberry.type
class TenantsQuery:
    business_units: DjangoCursorConnection[BusinessUnitType] = connection(
        description="Every business unit of the enterprise."
    )
    regions: DjangoCursorConnection[RegionType] = connection(description="Every region.")
    terms: DjangoCursorConnection[TermType] = connection(
        description="The taxonomy: global terms, and those of the units that you may view."
    )

    @field(description="You, as the hub knows you.")
    def viewer(self, info: HubInfo) -> PersonType:
        return as_type(PersonType, people.person_for(actor_of(info), actor_of(info).person_id or 0))
