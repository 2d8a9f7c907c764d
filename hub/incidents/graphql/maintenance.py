"""Maintenance that was announced, in GraphQL."""

from datetime import date, datetime
from typing import Annotated

import strawberry
import strawberry_django
from django.db.models import F, Q
from strawberry import ID, auto, relay
from strawberry_django import order_field

from hub.catalog.graphql.filters import ServiceFilter
from hub.catalog.graphql.types import ServiceType
from hub.incidents import actions, models
from hub.incidents.graphql.choices import Frequency
from hub.incidents.graphql.types import IncidentType
from hub.incidents.repeating import Repeat
from hub.lib import clock
from hub.lib.api import (
    Connection,
    HubInfo,
    MutationErrors,
    TimeFilter,
    actor_of,
    any_id,
    as_type,
    connection,
    filter_type,
    mutation,
    node_key,
    plain,
    where,
)
from tenants.graphql.filters import BusinessUnitFilter
from tenants.graphql.types import BusinessUnitType, PersonType


@plain
def _is_running(prefix: str, wanted: bool) -> Q:
    runs = models.runs_at(clock.now(), prefix)
    return runs if wanted else ~runs


@plain
def _is_cancelled(prefix: str, wanted: bool) -> Q:
    cancelled = Q(**{f"{prefix}stopped_at__isnull": False, f"{prefix}stopped_at__lte": F(f"{prefix}starts_at")})
    return cancelled if wanted else ~cancelled


@plain
def _is_repeated(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}series__isnull": not wanted})


@filter_type(description="Which maintenance windows.")
class MaintenanceWindowFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("MaintenanceWindow"))
    unit: BusinessUnitFilter | None = where("By the unit that works.")
    services: ServiceFilter | None = where("By a service that is worked on.")
    starts_at: TimeFilter | None = where("By when they begin.")
    ends_at: TimeFilter | None = where("By when they are to end.")
    running: bool | None = where("Whether they go on now.", condition=_is_running)
    repeats: bool | None = where("Whether they are one time of work that repeats.", condition=_is_repeated)
    cancelled: bool | None = where("Whether they were taken back before they began.", condition=_is_cancelled)


@strawberry_django.order_type(models.MaintenanceWindow, description="By what maintenance windows are ordered.")
class MaintenanceWindowOrder:
    starts_at: auto = order_field(description="By when they begin.")
    ends_at: auto = order_field(description="By when they are to end.")


@strawberry_django.type(
    models.MaintenanceSeries,
    name="MaintenanceSeries",
    description="How work repeats that was announced for a time; each time of it is a maintenance window.",
)
class MaintenanceSeriesType(relay.Node):
    frequency: Frequency = strawberry_django.field(description="How often it comes.")
    weekdays: list[int] = strawberry_django.field(
        description="On which weekdays, from 1 for Monday to 7 for Sunday; none for what comes every day."
    )
    week: auto = strawberry_django.field(
        description="In which week of the month, 1 to 4 or -1 for the last; nothing for what comes oftener."
    )
    time_zone: auto = strawberry_django.field(description="By whose clock it begins at the same hour.")
    until: auto = strawberry_django.field(description="The last day there on which it may begin.")
    windows: Connection[Annotated["MaintenanceWindowType", strawberry.lazy("hub.incidents.graphql.maintenance")]] = (
        connection(
            description="Every time of it, the latest first.",
            filters=MaintenanceWindowFilter,
            ordering=MaintenanceWindowOrder,
        )
    )


@strawberry_django.type(
    models.MaintenanceWindow,
    name="MaintenanceWindow",
    description="Work on services that was announced. What breaks meanwhile is an incident, and pages nobody before the"
    " end.",
)
class MaintenanceWindowType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit that works.")
    services: list[ServiceType] = strawberry_django.field(description="What is worked on.")
    reason: auto = strawberry_django.field(description="What is done.")
    starts_at: auto = strawberry_django.field(description="From when.")
    ends_at: auto = strawberry_django.field(description="Until when, unless it was stopped before.")
    scheduled_at: auto = strawberry_django.field(description="When it was announced.")
    scheduled_by: PersonType | None = strawberry_django.field(description="Who announced it.")
    stopped_at: auto = strawberry_django.field(
        description="When it was ended early; its start for one that was cancelled before; nothing otherwise."
    )
    stopped_by: PersonType | None = strawberry_django.field(description="Who ended or cancelled it.")
    series: MaintenanceSeriesType | None = strawberry_django.field(
        description="What it is one time of; nothing for work that comes once."
    )
    version: auto = strawberry_django.field(description="Counts its changes: `changeMaintenance` asks for it.")
    incidents: Connection[IncidentType] = connection(
        description="The incidents that were declared of its services meanwhile, as far as you may see them."
    )


@strawberry.type
class MaintenanceQuery:
    maintenance_windows: Connection[MaintenanceWindowType] = connection(
        description="Work on services that was announced, the latest first; the same for everybody.",
        filters=MaintenanceWindowFilter,
        ordering=MaintenanceWindowOrder,
    )
    maintenance_series: Connection[MaintenanceSeriesType] = connection(
        description="How work repeats that was announced for a time; the same for everybody."
    )


@strawberry.input(description="How work repeats, by the local clock of a time zone.")
class MaintenanceRepeatInput:
    frequency: Frequency = strawberry.field(description="How often it comes.")
    time_zone: str = strawberry.field(
        description="By whose clock it begins at the same hour, before and after a change of the clock: Europe/Berlin."
    )
    until: date = strawberry.field(description="The last day there on which it may begin; at most 366 days ahead.")
    weekdays: list[int] = strawberry.field(
        default_factory=list,
        description="On which weekdays, from 1 for Monday to 7 for Sunday; without any, that of the first time.",
    )
    week: int | None = strawberry.field(
        default=None,
        description="In which week of the month, 1 to 4 or -1 for the last; without one, that of the first time.",
    )


@strawberry.input(description="Work on services to announce.")
class ScheduleMaintenanceInput:
    unit_id: ID = strawberry.field(description="The unit that works.")
    service_ids: list[ID] = strawberry.field(description="Services of it or of units below it; 1 to 100.")
    starts_at: datetime = strawberry.field(description="From when; may have passed.")
    ends_at: datetime = strawberry.field(description="Until when; at most 14 days after the start.")
    reason: str = strawberry.field(description="What is done; at most 300 characters.")
    repeat: MaintenanceRepeatInput | None = strawberry.field(
        default=None, description="How it comes again; nothing for work that comes once."
    )


@strawberry.input(description="Changes of work that is ahead or goes on. What is left out stays.")
class ChangeMaintenanceInput:
    window_id: ID = strawberry.field(description="The maintenance window.")
    version: int = strawberry.field(description="What you began from; a window that was changed since stays as it is.")
    reason: str | None = strawberry.field(default=None, description="What is done; at most 300 characters.")
    service_ids: list[ID] | None = strawberry.field(
        default=None, description="All services that are worked on; 1 to 100."
    )
    starts_at: datetime | None = strawberry.field(default=None, description="From when; only before it has begun.")
    ends_at: datetime | None = strawberry.field(
        default=None, description="Until when; at most 14 days after the start."
    )
    and_following: bool = strawberry.field(
        default=False,
        description="Whether it holds for all that follow in its series, too: at the same hour, and for as long.",
    )


@strawberry.input(description="Work that shall not begin.")
class CancelMaintenanceInput:
    window_id: ID = strawberry.field(description="The maintenance window.")
    and_following: bool = strawberry.field(
        default=False, description="Whether all that follow in its series do not begin either."
    )


@strawberry.input(description="Work that is done before its time.")
class EndMaintenanceInput:
    window_id: ID = strawberry.field(description="The maintenance window.")
    and_following: bool = strawberry.field(
        default=False, description="Whether all that follow in its series are cancelled, too."
    )


@strawberry.input(description="An incident that shall page although maintenance goes on.")
class PageAnywayInput:
    incident_id: ID = strawberry.field(description="The incident.")


def _window(global_id: ID) -> int:
    return node_key(global_id, "MaintenanceWindow", "maintenance window", "windowId")


def _services(global_ids: list[ID]) -> list[int]:
    return [node_key(each, "Service", "service", "serviceIds") for each in global_ids]


def _repeat(given: MaintenanceRepeatInput) -> Repeat:
    return Repeat(
        frequency=given.frequency,
        time_zone=given.time_zone,
        until=given.until,
        weekdays=given.weekdays,
        week=given.week,
    )


@strawberry.type
class MaintenanceMutation:
    @mutation(description="Announce work on services: incidents declared of them meanwhile page nobody before its end.")
    def schedule_maintenance(
        self, info: HubInfo, input: ScheduleMaintenanceInput
    ) -> Annotated[MaintenanceWindowType | MutationErrors, strawberry.union("ScheduleMaintenancePayload")]:
        return as_type(
            MaintenanceWindowType,
            actions.schedule_maintenance(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                service_ids=_services(input.service_ids),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                reason=input.reason,
                repeat=_repeat(input.repeat) if input.repeat else None,
            ),
        )

    @mutation(description="Change work that is ahead or goes on: what is done, of which services, and when.")
    def change_maintenance(
        self, info: HubInfo, input: ChangeMaintenanceInput
    ) -> Annotated[MaintenanceWindowType | MutationErrors, strawberry.union("ChangeMaintenancePayload")]:
        services = input.service_ids
        return as_type(
            MaintenanceWindowType,
            actions.change_maintenance(
                actor=actor_of(info),
                window_id=_window(input.window_id),
                version=input.version,
                reason=input.reason,
                service_ids=None if services is None else _services(services),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                and_following=input.and_following,
            ),
        )

    @mutation(description="Take back work that has not begun.")
    def cancel_maintenance(
        self, info: HubInfo, input: CancelMaintenanceInput
    ) -> Annotated[MaintenanceWindowType | MutationErrors, strawberry.union("CancelMaintenancePayload")]:
        return as_type(
            MaintenanceWindowType,
            actions.cancel_maintenance(
                actor=actor_of(info), window_id=_window(input.window_id), and_following=input.and_following
            ),
        )

    @mutation(description="End work before its time: what it kept quiet pages now, unless somebody has it.")
    def end_maintenance(
        self, info: HubInfo, input: EndMaintenanceInput
    ) -> Annotated[MaintenanceWindowType | MutationErrors, strawberry.union("EndMaintenancePayload")]:
        return as_type(
            MaintenanceWindowType,
            actions.end_maintenance(
                actor=actor_of(info), window_id=_window(input.window_id), and_following=input.and_following
            ),
        )

    @mutation(description="Let an incident page now, although the maintenance goes on in which it was declared.")
    def page_anyway(
        self, info: HubInfo, input: PageAnywayInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("PageAnywayPayload")]:
        return as_type(
            IncidentType,
            actions.page_anyway(
                actor=actor_of(info), incident_id=node_key(input.incident_id, "Incident", "incident", "incidentId")
            ),
        )
