"""The coverage map in GraphQL."""

from datetime import date, datetime
from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import HubInfo, actor_of, as_type, data_field, key_of
from hub.lib.errors import Invalid
from hub.lib.zones import checked_zone
from hub.oncall.coverage import coverage
from tenants import access as tenants
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry.type(name="CoverageHour", description="One hour of one unit.")
class CoverageHourType:
    starts_at: datetime = strawberry.field(description="When it begins.")
    on_call: list[PersonType] = strawberry.field(description="Who is on call for any part of it.")
    is_held: bool = strawberry.field(description="Whether somebody is on call for all of it, or the unit works.")
    is_working: bool = strawberry.field(description="Whether the unit works when it begins.")
    is_night: bool = strawberry.field(description="Whether all who are on call have night: 22:00 to 06:00.")
    free: str = strawberry.field(description="The holiday or closure on which it falls; empty on other days.")


@strawberry.type(name="UncoveredTime", description="A time that nobody holds.")
class UncoveredTimeType:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")


@strawberry.type(name="UnitCoverage", description="A unit's day, hour by hour.")
class UnitCoverageType:
    unit: BusinessUnitType = strawberry.field(description="The unit.")
    hours: list[CoverageHourType] = strawberry.field(description="Its hours, 24 of them unless the clocks change.")
    gaps: list[UncoveredTimeType] = strawberry.field(description="The times that nobody holds.")


@strawberry.type
class CoverageQuery:
    @data_field(
        description="Which hours of a day somebody holds in each unit, and which nobody does. A unit whose schedules"
        " you may not see shows its working hours alone."
    )
    def coverage(
        self,
        info: HubInfo,
        day: Annotated[date, strawberry.argument(description="Which day, in the time zone.")],
        time_zone: Annotated[str, strawberry.argument(description="By IANA name: Europe/Berlin.")] = "UTC",
        region_id: Annotated[
            ID | None, strawberry.argument(description="Of the units of this region; of all without it.")
        ] = None,
    ) -> list[UnitCoverageType]:
        actor = actor_of(info)
        checked_zone(time_zone, "coverage", "timeZone")
        if not 2000 <= day.year <= 2100:
            raise Invalid("The day is between 2000 and 2100.", path=["coverage", "day"])
        units = tenants.units(actor).select_related("parent").prefetch_related("regions")
        if region_id is not None:
            units = units.filter(regions=key_of(region_id, "Region") or 0)
        return [
            UnitCoverageType(
                unit=as_type(BusinessUnitType, each.unit),
                hours=[
                    CoverageHourType(
                        starts_at=hour.starts_at,
                        on_call=[as_type(PersonType, person) for person in hour.people],
                        is_held=hour.is_held,
                        is_working=hour.is_working,
                        is_night=hour.is_night,
                        free=hour.free,
                    )
                    for hour in each.hours
                ],
                gaps=[UncoveredTimeType(starts_at=start, ends_at=end) for start, end in each.gaps],
            )
            for each in coverage(actor, list(units), day, time_zone)
        ]
