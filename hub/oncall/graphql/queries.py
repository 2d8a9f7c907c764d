"""Queries of the on-call area."""

from datetime import datetime, timedelta
from typing import Annotated, Final

import strawberry
from strawberry import ID

from hub.lib import clock
from hub.lib.api import Connection, HubInfo, actor_of, as_type, connection, key_of, plain_field
from hub.lib.errors import Invalid
from hub.oncall import access
from hub.oncall.graphql.filters import (
    ExpertiseFilter,
    ExpertiseOrder,
    LeaveFilter,
    LeaveOrder,
    ScheduleFilter,
    ScheduleOrder,
    SwapFilter,
    SwapOrder,
)
from hub.oncall.graphql.final import FinalScheduleType, final_schedules
from hub.oncall.graphql.swaps import ExpertiseType, LeaveType, SwapType
from hub.oncall.graphql.types import ScheduleType
from tenants import access as tenants
from tenants.graphql.types import PersonType

LONGEST: Final = timedelta(days=400)
MOST: Final = 1000


@strawberry.type
class OncallQuery:
    schedules: Connection[ScheduleType] = connection(
        description="The schedules that you may see, with who is on call now.",
        filters=ScheduleFilter,
        ordering=ScheduleOrder,
    )

    swaps: Connection[SwapType] = connection(
        description="The swaps of the schedules that you may see, the earliest first.",
        filters=SwapFilter,
        ordering=SwapOrder,
    )
    leave: Connection[LeaveType] = connection(
        description="When people are away: you, and whoever is on a schedule that you may see.",
        filters=LeaveFilter,
        ordering=LeaveOrder,
    )
    expertise: Connection[ExpertiseType] = connection(
        description="Who is able to do what, in the eyes of the units whose schedules you may see.",
        filters=ExpertiseFilter,
        ordering=ExpertiseOrder,
    )

    @plain_field(
        description="Who is on from a moment up to another, with overrides, swaps, leave and planned gaps applied: "
        f"for the schedules named, or for all that you may see; at most {MOST} at once and {LONGEST.days} days."
    )
    def final_schedules(
        self,
        info: HubInfo,
        since: Annotated[datetime, strawberry.argument(description="From when.")],
        until: Annotated[datetime, strawberry.argument(description="Until when.")],
        schedule_ids: Annotated[
            list[ID] | None, strawberry.argument(description="Of which schedules; of all without it.")
        ] = None,
    ) -> list[FinalScheduleType]:
        check_span(since, until)
        return final_schedules(actor_of(info), keys_of(schedule_ids), since, until, most=MOST)

    @plain_field(
        description="Everybody on call for any of these schedules at a moment, each once however many they are on "
        "for; primaries first. Schedules that you may not see add nobody."
    )
    def people_on_call(self, info: HubInfo, schedule_ids: list[ID], at: datetime | None = None) -> list[PersonType]:
        actor = actor_of(info)
        found = access.people_on(actor, keys_of(schedule_ids) or [], at or clock.now())
        people = {person.pk: person for person in tenants.people(actor, found)}
        return [as_type(PersonType, people[key]) for key in found if key in people]


def check_span(since: datetime, until: datetime) -> None:
    """Raises `Invalid` unless the second moment lies after the first, within `LONGEST`."""
    if until <= since:
        raise Invalid("`until` has to lie after `since`.", path=["until"])
    if until - since > LONGEST:
        raise Invalid(f"Ask for at most {LONGEST.days} days at once.", path=["until"])


def keys_of(schedule_ids: list[ID] | None) -> list[int] | None:
    """Database keys of the global ids; what is no schedule's id is nobody's. Raises `Invalid` for more than `MOST`."""
    if schedule_ids is None:
        return None
    if len(schedule_ids) > MOST:
        raise Invalid(f"{len(schedule_ids)} schedules are too many at once; {MOST} is the most.", path=["scheduleIds"])
    keys = [key_of(each, "Schedule") for each in schedule_ids]
    return [key for key in keys if key is not None]
