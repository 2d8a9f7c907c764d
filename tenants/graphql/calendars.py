"""Mutations of when units work and what they work under: each calls one action."""

from datetime import date, time
from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key
from tenants import actions
from tenants.calendars import Hours
from tenants.graphql.types import BusinessUnitType, ClosureType, RegulationProfileType


@strawberry.input(description="Hours of one weekday at which a unit works.")
class WorkingHoursInput:
    weekday: int = strawberry.field(description="0 is Monday, 6 is Sunday.")
    starts_at: time = strawberry.field(description="In the unit's time zone.")
    ends_at: time = strawberry.field(description="In the unit's time zone; 00:00 is the end of the day.")


@strawberry.input(description="When a unit works, in the place of what was said before.")
class SetCalendarInput:
    unit_id: ID = strawberry.field(description="The unit.")
    hours: list[WorkingHoursInput] = strawberry.field(description="All of its working hours, at most 50.")
    country: str = strawberry.field(default="", description="Whose public holidays it keeps, by ISO 3166-1: DE.")
    subdivision: str = strawberry.field(default="", description="By ISO 3166-2 without the country: BE.")
    time_zone: str | None = strawberry.field(default=None, description="Its time zone; as it was if left out.")


@strawberry.input(description="Days on which a unit does not work.")
class AddClosureInput:
    unit_id: ID = strawberry.field(description="The unit.")
    name: str = strawberry.field(description="What it is; at most 100 characters.")
    starts_on: date = strawberry.field(description="The first day.")
    ends_on: date | None = strawberry.field(default=None, description="The last day; the first if left out.")


@strawberry.input(description="A closure to take back.")
class RemoveClosureInput:
    closure_id: ID = strawberry.field(description="The closure.")


@strawberry.input(description="Rules that units work under.")
class CreateRegulationProfileInput:
    name: str = strawberry.field(description="What people call it; at most 100 characters.")
    region_id: ID | None = strawberry.field(default=None, description="Whose leads keep it; the enterprise without.")
    description: str = strawberry.field(default="", description="What it asks for.")
    authority: str = strawberry.field(default="", description="Who is to be told.")
    source: str = strawberry.field(default="", description="The article that says so.")
    first_report_hours: int | None = strawberry.field(
        default=None, description="Hours from becoming aware to the first report."
    )


@strawberry.input(description="Rules that units work under, described anew: what is left out is empty then.")
class ChangeRegulationProfileInput:
    profile_id: ID = strawberry.field(description="The regulation profile.")
    name: str = strawberry.field(description="What people call it; at most 100 characters.")
    description: str = strawberry.field(default="", description="What it asks for.")
    authority: str = strawberry.field(default="", description="Who is to be told.")
    source: str = strawberry.field(default="", description="The article that says so.")
    first_report_hours: int | None = strawberry.field(
        default=None, description="Hours from becoming aware to the first report."
    )


@strawberry.input(description="What a unit works under, in the place of what was said before.")
class SetRegulationsInput:
    unit_id: ID = strawberry.field(description="The unit.")
    profile_ids: list[ID] = strawberry.field(description="The regulation profiles.")


def _unit(global_id: ID) -> int:
    return node_key(global_id, "BusinessUnit", "business unit", "unitId")


@strawberry.type
class CalendarsMutation:
    @mutation(description="Say when a unit works and whose public holidays it keeps.")
    def set_calendar(
        self, info: HubInfo, input: SetCalendarInput
    ) -> Annotated[BusinessUnitType | MutationErrors, strawberry.union("SetCalendarPayload")]:
        calendar = actions.set_calendar(
            actor=actor_of(info),
            unit_id=_unit(input.unit_id),
            hours=[Hours(each.weekday, each.starts_at, each.ends_at) for each in input.hours],
            country=input.country,
            subdivision=input.subdivision,
            time_zone=input.time_zone,
        )
        return as_type(BusinessUnitType, calendar.unit)

    @mutation(description="Add days on which a unit does not work.")
    def add_closure(
        self, info: HubInfo, input: AddClosureInput
    ) -> Annotated[ClosureType | MutationErrors, strawberry.union("AddClosurePayload")]:
        return as_type(
            ClosureType,
            actions.add_closure(
                actor=actor_of(info),
                unit_id=_unit(input.unit_id),
                name=input.name,
                starts_on=input.starts_on,
                ends_on=input.ends_on,
            ),
        )

    @mutation(description="Take a closure back.")
    def remove_closure(
        self, info: HubInfo, input: RemoveClosureInput
    ) -> Annotated[BusinessUnitType | MutationErrors, strawberry.union("RemoveClosurePayload")]:
        return as_type(
            BusinessUnitType,
            actions.remove_closure(
                actor=actor_of(info), closure_id=node_key(input.closure_id, "Closure", "closure", "closureId")
            ),
        )

    @mutation(description="Describe rules that units work under.")
    def create_regulation_profile(
        self, info: HubInfo, input: CreateRegulationProfileInput
    ) -> Annotated[RegulationProfileType | MutationErrors, strawberry.union("CreateRegulationProfilePayload")]:
        return as_type(
            RegulationProfileType,
            actions.create_regulation_profile(
                actor=actor_of(info),
                name=input.name,
                region_id=node_key(input.region_id, "Region", "region", "regionId") if input.region_id else None,
                description=input.description,
                authority=input.authority,
                source=input.source,
                first_report_hours=input.first_report_hours,
            ),
        )

    @mutation(description="Describe rules that units work under anew. Their key and their region stay.")
    def change_regulation_profile(
        self, info: HubInfo, input: ChangeRegulationProfileInput
    ) -> Annotated[RegulationProfileType | MutationErrors, strawberry.union("ChangeRegulationProfilePayload")]:
        return as_type(
            RegulationProfileType,
            actions.change_regulation_profile(
                actor=actor_of(info),
                profile_id=node_key(input.profile_id, "RegulationProfile", "regulation profile", "profileId"),
                name=input.name,
                description=input.description,
                authority=input.authority,
                source=input.source,
                first_report_hours=input.first_report_hours,
            ),
        )

    @mutation(description="Say under which regulation profiles a unit works.")
    def set_regulations(
        self, info: HubInfo, input: SetRegulationsInput
    ) -> Annotated[BusinessUnitType | MutationErrors, strawberry.union("SetRegulationsPayload")]:
        return as_type(
            BusinessUnitType,
            actions.set_regulations(
                actor=actor_of(info),
                unit_id=_unit(input.unit_id),
                profile_ids=[
                    node_key(each, "RegulationProfile", "regulation profile", "profileIds")
                    for each in input.profile_ids
                ],
            ),
        )
