"""Queries of the tenants area."""

from datetime import date
from typing import Annotated, Final

import strawberry
from strawberry import ID

from hub.lib.api import Connection, HubInfo, actor_of, connection, data_field, key_of, me, one
from hub.lib.errors import Invalid
from tenants import access as people
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
    FreeDayType,
    MappingVersionType,
    PersonType,
    RegionType,
    RegulationProfileType,
    RoleAssignmentType,
    RoleType,
    TaxonomyVersionType,
    TermMappingType,
    TermProposalType,
    TermType,
)

MOST_DAYS: Final = 732


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
    regulation_profiles: Connection[RegulationProfileType] = connection(
        description="The rules that units work under, the same for everybody."
    )

    @data_field(description="The days on which a unit does not work, holidays and closures, from a day on.")
    def free_days(
        self,
        info: HubInfo,
        unit_id: Annotated[ID, strawberry.argument(description="Of which unit.")],
        start: Annotated[date, strawberry.argument(description="The first day.")],
        days: Annotated[int, strawberry.argument(description="How many days ahead: 1 to 732.")] = 90,
    ) -> list[FreeDayType]:
        actor = actor_of(info)
        if not 1 <= days <= MOST_DAYS:
            raise Invalid(f"Ask for 1 to {MOST_DAYS} days.", path=["freeDays", "days"])
        key = key_of(unit_id, "BusinessUnit")
        calendar = people.calendars(actor, [key]).get(key) if key else None
        return [FreeDayType(day=day, name=name) for day, name in (calendar.free_days(start, days) if calendar else ())]

    viewer: PersonType = one(description="You, as the hub knows you.", rows=lambda people: people.filter(pk=me()))
