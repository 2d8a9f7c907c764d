"""Queries of the tenants area."""

import strawberry

from hub.lib.api import Connection, HubInfo, actor_of, as_type, connection, field
from tenants import access as people
from tenants.graphql.filters import (
    AccessKeyFilter,
    AccessKeyOrder,
    BusinessUnitFilter,
    BusinessUnitOrder,
    RoleAssignmentFilter,
    RoleAssignmentOrder,
    RoleFilter,
    RoleOrder,
    TermFilter,
    TermOrder,
)
from tenants.graphql.types import (
    AccessKeyType,
    BusinessUnitType,
    PersonType,
    RegionType,
    RoleAssignmentType,
    RoleType,
    TermType,
)


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

    roles: Connection[RoleType] = connection(
        description="The roles that there are: built-in ones, and those of units.",
        filters=RoleFilter,
        ordering=RoleOrder,
    )
    role_assignments: Connection[RoleAssignmentType] = connection(
        description="Who holds and held which role, in the units whose people you may view; your own in any case.",
        filters=RoleAssignmentFilter,
        ordering=RoleAssignmentOrder,
    )
    access_keys: Connection[AccessKeyType] = connection(
        description="Your own tokens, and the keys of the service accounts that you administer, newest first.",
        filters=AccessKeyFilter,
        ordering=AccessKeyOrder,
    )

    @field(description="You, as the hub knows you.")
    def viewer(self, info: HubInfo) -> PersonType:
        return as_type(PersonType, people.person_for(actor_of(info), actor_of(info).person_id or 0))
