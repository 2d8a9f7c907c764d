"""Queries of the tenants area."""

import strawberry

from hub.lib.api import Connection, connection, me, one
from tenants.graphql.filters import (
    AccessKeyFilter,
    AccessKeyOrder,
    BusinessUnitFilter,
    BusinessUnitOrder,
    MappingVersionFilter,
    MappingVersionOrder,
    RoleAssignmentFilter,
    RoleAssignmentOrder,
    RoleFilter,
    RoleOrder,
    TermFilter,
    TermMappingFilter,
    TermMappingOrder,
    TermOrder,
    TermProposalFilter,
    TermProposalOrder,
)
from tenants.graphql.types import (
    AccessKeyType,
    BusinessUnitType,
    MappingVersionType,
    PersonType,
    RegionType,
    RoleAssignmentType,
    RoleType,
    TaxonomyVersionType,
    TermMappingType,
    TermProposalType,
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

    mapping_versions: Connection[MappingVersionType] = connection(
        description="How units changed what their terms mean, by version.",
        filters=MappingVersionFilter,
        ordering=MappingVersionOrder,
    )
    term_mappings: Connection[TermMappingType] = connection(
        description="All that the units that you may view ever said about their terms.",
        filters=TermMappingFilter,
        ordering=TermMappingOrder,
    )

    taxonomy_versions: Connection[TaxonomyVersionType] = connection(
        description="The published states of the global terms, the latest first."
    )
    term_proposals: Connection[TermProposalType] = connection(
        description="What is and was proposed for the global terms, the latest first.",
        filters=TermProposalFilter,
        ordering=TermProposalOrder,
    )

    viewer: PersonType = one(description="You, as the hub knows you.", rows=lambda people: people.filter(pk=me()))
