"""Queries of the on-call area."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

import strawberry
from strawberry import ID

from hub.lib import clock
from hub.lib.api import (
    Connection,
    Cost,
    HubInfo,
    actor_of,
    as_type,
    connection,
    data_field,
    key_of,
    node_key,
)
from hub.lib.errors import Invalid, NotFound
from hub.oncall import access
from hub.oncall.balancing import MEMORY
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
from hub.oncall.graphql.planning import (
    CalendarLinkType,
    CoverageGapType,
    DutyCollisionType,
    OnCallBalanceType,
    RotationProposalType,
    coverage_gaps,
    duty_collisions,
    on_call_balance,
    rotation_proposal,
)
from hub.oncall.graphql.swaps import ExpertiseType, LeaveType, SwapType
from hub.oncall.graphql.types import ScheduleType
from tenants import access as tenants
from tenants.graphql.types import PersonType

LONGEST: Final = timedelta(days=400)
MOST: Final = 1000
MOST_CARRIED: Final = timedelta(days=200)


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

    @data_field(
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

    @data_field(
        description="Everybody on call for any of these schedules at a moment, each once however many they are on "
        "for; primaries first. Schedules that you may not see add nobody."
    )
    def people_on_call(
        self,
        info: HubInfo,
        schedule_ids: Annotated[list[ID], strawberry.argument(description="For which schedules.")],
        at: Annotated[datetime | None, strawberry.argument(description="When; now without it.")] = None,
    ) -> list[PersonType]:
        actor = actor_of(info)
        found = access.people_on(actor, keys_of(schedule_ids) or [], at or clock.now())
        people = {person.pk: person for person in tenants.people(actor, found)}
        return [as_type(PersonType, people[key]) for key in found if key in people]

    @data_field(
        description="When schedules lack somebody who has to be on, the earliest first. Gaps that are meant are none; "
        "whoever may not work on incidents of the schedule's unit now fills none."
    )
    def coverage_gaps(
        self,
        info: HubInfo,
        since: Annotated[datetime, strawberry.argument(description="From when.")],
        until: Annotated[datetime, strawberry.argument(description="Until when.")],
        schedule_ids: Annotated[
            list[ID] | None, strawberry.argument(description="Of which schedules; of all without it.")
        ] = None,
    ) -> list[CoverageGapType]:
        check_span(since, until)
        return coverage_gaps(actor_of(info), keys_of(schedule_ids), since, until)

    @data_field(
        description="Where plans collide: a shift of somebody on leave, or one person primary of two schedules at once."
    )
    def duty_collisions(
        self,
        info: HubInfo,
        since: Annotated[datetime, strawberry.argument(description="From when.")],
        until: Annotated[datetime, strawberry.argument(description="Until when.")],
        schedule_ids: Annotated[
            list[ID] | None, strawberry.argument(description="Of which schedules; of all without it.")
        ] = None,
    ) -> list[DutyCollisionType]:
        check_span(since, until)
        return duty_collisions(actor_of(info), keys_of(schedule_ids), since, until)

    @data_field(
        description="Who should take a layer's next turns so that the load is even: hours, nights, weekends, holidays, "
        "pages at night and the time since the last shift count, in all layers and schedules that you may see. Nothing "
        "for a layer that you may not see. `planShifts` takes it over.",
        cost=Cost(weight=100),
    )
    def rotation_proposal(
        self,
        info: HubInfo,
        layer_id: Annotated[ID, strawberry.argument(description="The layer.")],
        since: Annotated[datetime, strawberry.argument(description="From when on.")],
        weeks: Annotated[int, strawberry.argument(description="For how many weeks, 1 to 26.")] = 12,
        holidays: Annotated[
            list[date] | None,
            strawberry.argument(
                description="Days that are holidays for all, beside those of where each is; at most 100."
            ),
        ] = None,
    ) -> RotationProposalType | None:
        if not 1 <= weeks <= 26:
            raise Invalid("A rotation is proposed for 1 to 26 weeks.", path=["weeks"])
        if len(holidays or ()) > 100:
            raise Invalid("At most 100 holidays.", path=["holidays"])
        try:
            layer = node_key(layer_id, "Layer", "layer", "layerId")
            return rotation_proposal(actor_of(info), layer, since, weeks, holidays or [])
        except NotFound:
            return None

    @data_field(
        description="What being on call has cost people and teams from a moment up to another, in the schedules named, "
        f"or in all that you may see; at most {MOST} at once and {MOST_CARRIED.days} days.",
        cost=Cost(weight=100),
    )
    def on_call_balance(
        self,
        info: HubInfo,
        since: Annotated[
            datetime | None, strawberry.argument(description="From when; twelve weeks before `until` without it.")
        ] = None,
        until: Annotated[datetime | None, strawberry.argument(description="Until when; now without it.")] = None,
        schedule_ids: Annotated[
            list[ID] | None, strawberry.argument(description="Of which schedules; of all without it.")
        ] = None,
    ) -> OnCallBalanceType:
        until = until or clock.now()
        since = since or until - MEMORY
        check_span(since, until)
        if until - since > MOST_CARRIED:
            raise Invalid(f"Ask for at most {MOST_CARRIED.days} days at once.", path=["until"])
        return on_call_balance(actor_of(info), keys_of(schedule_ids), since, until)

    @data_field(description="Your own secret calendar addresses that are in use, the newest first.")
    def calendar_links(self, info: HubInfo) -> list[CalendarLinkType]:
        return [as_type(CalendarLinkType, each) for each in access.calendar_links(actor_of(info))]


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
