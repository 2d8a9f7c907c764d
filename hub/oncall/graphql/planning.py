"""What the hub works out about schedules: gaps to come, plans that collide, and the next rotation."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import strawberry
import strawberry_django
from strawberry import ID, auto, relay

from hub.lib.api import as_type
from hub.lib.identity import Actor
from hub.oncall import access, balancing, models
from hub.oncall.balance import Load
from hub.oncall.balancing import Reason
from hub.oncall.graphql.choices import Duty
from hub.oncall.graphql.types import LayerType
from tenants import access as tenants
from tenants.graphql.types import PersonType

_REASONS: Final = {
    Reason.LEAVE: "The person is on leave, and so is not on.",
    Reason.DOUBLE_DUTY: "The person is primary of another schedule at the same time.",
}
_reason: Any = strawberry.enum(Reason, name="CollisionReason", description="Why two plans collide.")
for _value in _reason.__strawberry_definition__.values:
    _value.description = _REASONS[Reason(_value.value)]


@strawberry.type(name="CoverageGap", description="A time to come that lacks somebody who has to be on.")
class CoverageGapType:
    schedule_id: ID = strawberry.field(description="The schedule.")
    schedule_name: str = strawberry.field(description="What people call it.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    lacks: Duty = strawberry.field(description="The duty that nobody is on for.")


@strawberry.type(name="DutyCollision", description="Somebody is planned who cannot or should not be on.")
class DutyCollisionType:
    person: PersonType = strawberry.field(description="Who.")
    schedule_id: ID = strawberry.field(description="The schedule that plans them.")
    schedule_name: str = strawberry.field(description="What people call it.")
    reason: Reason = strawberry.field(description="Why that collides.")
    other_schedule_name: str | None = strawberry.field(description="The other schedule that they are primary of.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")


@strawberry.type
class _Measured:
    """Who carried what, as every load says it."""

    person: PersonType = strawberry.field(description="Who.")
    hours: float = strawberry.field(description="Hours on call as primary.")
    night_hours: float = strawberry.field(description="Of these, between 22:00 and 07:00 where they are.")
    weekend_hours: float = strawberry.field(description="Of these, on Saturdays and Sundays.")
    holiday_hours: float = strawberry.field(
        description="Of these, on holidays of where they are; of their schedule's unit, where that is its country."
    )
    secondary_hours: float = strawberry.field(description="Hours on call as secondary.")
    night_pages: int = strawberry.field(description="Pages that they received at night.")
    last_ended_at: datetime | None = strawberry.field(description="When they were last on.")


@strawberry.type(name="OnCallLoad", description="What being on call costs somebody.")
class OnCallLoadType(_Measured):
    hours: float = strawberry.field(
        description="Hours on call as primary in the twelve weeks before, in all schedules that you may see."
    )
    weighted_before: float = strawberry.field(description="All of that in plain hours on call.")
    weighted_planned: float = strawberry.field(
        description="The same with what is planned for them until the end of the time, here and elsewhere."
    )
    weighted_after: float = strawberry.field(
        description="The same with the shifts that are proposed, and what is planned for them elsewhere."
    )


@strawberry.type(name="CarriedLoad", description="What somebody has carried on call.")
class CarriedLoadType(_Measured):
    weighted: float = strawberry.field(description="All of that in plain hours on call.")


@strawberry.type(name="TeamLoad", description="What a schedule has cost those who take turns in it.")
class TeamLoadType:
    schedule_id: ID = strawberry.field(description="The schedule.")
    schedule_name: str = strawberry.field(description="What people call it.")
    loads: list[CarriedLoadType] = strawberry.field(
        description="What each of its people carried in it, by name. Pages at night count with the schedule that their "
        "reader was on most for."
    )
    weighted: float = strawberry.field(description="All of it in plain hours on call.")
    weighted_each: float = strawberry.field(description="The same for each of its people, in the mean.")
    fairness: float = strawberry.field(
        description="How even it is among its people, by Jain's index: 1 where all carry the same."
    )


@strawberry.type(name="OnCallBalance", description="How the load of being on call is spread over people and teams.")
class OnCallBalanceType:
    fairness_among_people: float = strawberry.field(
        description="How even the load is across people, by Jain's index: 1 where all carry the same."
    )
    fairness_among_teams: float = strawberry.field(
        description="How even it is across schedules, by what each of their people carries in the mean."
    )
    teams: list[TeamLoadType] = strawberry.field(description="Each schedule, by name.")
    people: list[CarriedLoadType] = strawberry.field(description="Each person, in all of these schedules, by name.")


@strawberry.type(name="ProposedShift", description="A turn, who is planned for it, and who is proposed.")
class ProposedShiftType:
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    planned: PersonType | None = strawberry.field(description="Who has it by the rotation.")
    proposed: PersonType | None = strawberry.field(description="Who should have it; nobody where nobody can.")


@strawberry.type(name="RotationProposal", description="The next rotation of a layer, balanced by actual load.")
class RotationProposalType:
    fairness_before: float = strawberry.field(
        description="How even the load is as it is planned, by Jain's index: 1 where all carry the same."
    )
    fairness_after: float = strawberry.field(description="How even it is as it is proposed.")
    shifts: list[ProposedShiftType] = strawberry.field(description="The turns, in order.")
    loads: list[OnCallLoadType] = strawberry.field(description="What each person carries, by name.")


@strawberry_django.type(
    models.CalendarLink, name="CalendarLink", description="A secret address from which a calendar program reads shifts."
)
class CalendarLinkType(relay.Node):
    hint: auto = strawberry_django.field(description="The secret's first characters, to tell links apart.")
    created_at: auto = strawberry_django.field(description="When it was made.")
    revoked_at: auto = strawberry_django.field(description="When it stopped working, if it did.")


@strawberry.type(description="A calendar link with its address, which nothing can show again.")
class CalendarLinkWithAddress:
    link: CalendarLinkType = strawberry.field(description="The link.")
    address: str = strawberry.field(description="The secret address, for a calendar program to subscribe to.")


@strawberry.type(description="The shifts that were planned for a layer.")
class PlannedShifts:
    layer: LayerType = strawberry.field(description="The layer.")
    count: int = strawberry.field(description="How many shifts stand in place of its rotation now.")


def coverage_gaps(actor: Actor, keys: list[int] | None, since: datetime, until: datetime) -> list[CoverageGapType]:
    found = access.schedules(actor)
    schedules = {each.pk: each for each in (found if keys is None else found.filter(pk__in=keys))}
    finals = access.held_schedules(actor, schedules, since, until)
    gaps = [gap for key, stretches in finals.items() for gap in access.uncovered(schedules[key], stretches)]
    return [
        CoverageGapType(
            schedule_id=_schedule_id(gap.schedule),
            schedule_name=gap.schedule.name,
            starts_at=gap.starts_at,
            ends_at=gap.ends_at,
            lacks=gap.lacks,
        )
        for gap in sorted(gaps, key=lambda gap: (gap.starts_at, gap.schedule.name, gap.schedule.pk))
    ]


def duty_collisions(actor: Actor, keys: list[int] | None, since: datetime, until: datetime) -> list[DutyCollisionType]:
    wanted = keys if keys is not None else list(access.schedules(actor).values_list("pk", flat=True))
    found = balancing.collisions(actor, wanted, since, until)
    people = {person.pk: person for person in tenants.people(actor, {each.person for each in found})}
    return [
        DutyCollisionType(
            person=as_type(PersonType, people[each.person]),
            schedule_id=_schedule_id(each.schedule),
            schedule_name=each.schedule.name,
            reason=each.reason,
            other_schedule_name=each.other.name if each.other else None,
            starts_at=each.starts_at,
            ends_at=each.ends_at,
        )
        for each in found
    ]


def rotation_proposal(
    actor: Actor, layer_id: int, since: datetime, weeks: int, holidays: list[date]
) -> RotationProposalType:
    found = balancing.next_rotation(actor, layer_id, since, weeks, holidays=frozenset(holidays))
    people = {person.pk: person for person in tenants.people(actor, {*found.people, *filter(None, found.planned)})}

    def named(key: int | None) -> PersonType | None:
        return as_type(PersonType, people[key]) if key in people and key is not None else None

    return RotationProposalType(
        fairness_before=found.proposal.before,
        fairness_after=found.proposal.after,
        shifts=[
            ProposedShiftType(starts_at=start, ends_at=end, planned=named(planned), proposed=named(proposed))
            for (start, end), planned, proposed in zip(found.slots, found.planned, found.proposal.people, strict=True)
        ],
        loads=[
            _load(found.people[key], load, found.as_planned[key], found.after[key])
            for key, load in sorted(found.loads.items(), key=lambda each: found.people[each[0]].name)
        ],
    )


def on_call_balance(actor: Actor, keys: list[int] | None, since: datetime, until: datetime) -> OnCallBalanceType:
    found = access.schedules(actor).order_by("name", "pk")
    balance = balancing.balance_of(actor, list(found if keys is None else found.filter(pk__in=keys)), since, until)

    def named(loads: Mapping[int, Load]) -> list[CarriedLoadType]:
        return [
            _carried(balance.people[key], load)
            for key, load in sorted(loads.items(), key=lambda each: (balance.people[each[0]].name, each[0]))
        ]

    return OnCallBalanceType(
        fairness_among_people=balance.among_people,
        fairness_among_teams=balance.among_teams,
        teams=[
            TeamLoadType(
                schedule_id=_schedule_id(team.schedule),
                schedule_name=team.schedule.name,
                loads=named(team.loads),
                weighted=team.total.weighted,
                weighted_each=team.for_each,
                fairness=team.fairness,
            )
            for team in balance.teams
        ],
        people=named(balance.loads),
    )


def _carried(person: Any, load: Load) -> CarriedLoadType:
    return CarriedLoadType(**_measures(person, load), weighted=load.weighted)


def _load(person: Any, before: Load, planned: Load, after: Load) -> OnCallLoadType:
    return OnCallLoadType(
        **_measures(person, before),
        weighted_before=before.weighted,
        weighted_planned=planned.weighted,
        weighted_after=after.weighted,
    )


def _measures(person: Any, load: Load) -> dict[str, Any]:
    return {
        "person": as_type(PersonType, person),
        "hours": load.hours,
        "night_hours": load.night_hours,
        "weekend_hours": load.weekend_hours,
        "holiday_hours": load.holiday_hours,
        "secondary_hours": load.secondary_hours,
        "night_pages": load.night_pages,
        "last_ended_at": load.last_ended,
    }


def _schedule_id(schedule: models.Schedule) -> ID:
    return ID(str(relay.GlobalID("Schedule", str(schedule.pk))))
