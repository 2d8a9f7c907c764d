"""Types of the on-call area. Who is on call is arithmetic over rows that are read for all schedules at once."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

import strawberry
import strawberry_django
from django.db.models import Prefetch
from strawberry import auto, relay

from hub.lib import clock
from hub.lib.api import annotated, as_type, row_data
from hub.oncall import access, models
from hub.oncall.answers import OnCall
from hub.oncall.expertise import demands_of
from hub.oncall.graphql.choices import Duty, Period, WhenNobody
from hub.oncall.hours import WeekSpan, spans_of
from tenants.graphql.types import BusinessUnitType, PersonType
from tenants.permissions import HeldThere, Permission


@strawberry.type(name="OnCall", description="Who is on call, and for how long nothing about that changes.")
class OnCallType:
    person: PersonType = strawberry.field(description="Who is asked first.")
    primary: list[PersonType] = strawberry.field(description="Everybody who is on as primary.")
    secondary: list[PersonType] = strawberry.field(description="Everybody who is on as secondary.")
    since: datetime | None = strawberry.field(description="Since when; nothing for more than a year.")
    until: datetime | None = strawberry.field(
        description="Until when: the next hand-over, the end of an override; nothing if not within a year."
    )


@strawberry.type(name="WeekSpan", description="Part of every week, on the local clock.")
class WeekSpanType:
    from_day: int = strawberry.field(description="The day it begins on: 1 for Monday to 7 for Sunday.")
    from_time: str = strawberry.field(description="When it begins: 09:00.")
    until_day: int = strawberry.field(description="The day it ends on: 1 for Monday to 7 for Sunday.")
    until_time: str = strawberry.field(description="When it ends: 17:00; 24:00 for the end of the day.")


def _week(spans: list[WeekSpan]) -> list[WeekSpanType]:
    return [
        WeekSpanType(
            from_day=each.from_day, from_time=each.from_time, until_day=each.until_day, until_time=each.until_time
        )
        for each in spans
    ]


def _hours(root: Any) -> list[WeekSpanType]:
    return _week(spans_of(root.hours))


def _groups(root: Any) -> list["TurnGroupType"]:
    groups: dict[int, list[PersonType]] = {}
    for member in cast(models.Rotation, root).members.all():
        groups.setdefault(member.position, []).append(as_type(PersonType, member.person))
    return [TurnGroupType(people=people) for _, people in sorted(groups.items())]


@strawberry.type(name="TurnGroup", description="Those who are on together in a turn.")
class TurnGroupType:
    people: list[PersonType] = strawberry.field(description="The people.")


@strawberry_django.type(
    models.Rotation,
    name="Rotation",
    description="Who takes turns in a layer, from a moment until the layer's next rotation is in force.",
)
class RotationType(relay.Node):
    effective_from: auto = strawberry_django.field(description="Since when, or from when, it is in force.")
    time_zone: auto = strawberry_django.field(description="Hand-overs happen at this zone's local time, by IANA name.")
    starts_on: auto = strawberry_django.field(description="The local date of the first hand-over.")
    hands_over_at: auto = strawberry_django.field(description="The local time of hand-overs.")
    period: Period = strawberry_django.field(description="What a turn's length counts.")
    length: auto = strawberry_django.field(description="How many periods a turn lasts.")
    hand_over_days: list[int] = strawberry_django.field(
        description="Further days of the week on which turns of weeks hand over: 1 for Monday to 7 for Sunday."
    )
    hours: list[WeekSpanType] = row_data(
        _hours,
        only=["hours"],
        description="When somebody is on; always where there are none. Turns without any of it are not counted.",
    )
    turns: list[TurnGroupType] = row_data(
        _groups,
        prefetch_related=[
            Prefetch("members", models.RotationMember.objects.select_related("person").order_by("position", "pk"))
        ],
        description="Who takes turns, in order; nobody in a layer that has ended.",
    )


@strawberry_django.type(
    models.CalendarSource,
    name="CalendarSource",
    description="An iCalendar address or file whose events are the shifts of a layer.",
)
class CalendarSourceType:
    address: auto = strawberry_django.field(
        description="Where it is read every hour; empty for a file that was given once."
    )
    read_at: auto = strawberry_django.field(description="When it was last read with success.")
    problem: auto = strawberry_django.field(
        description="Why the last reading failed, so that the shifts stayed as they were; empty if it did not."
    )
    held_until: auto = strawberry_django.field(
        description="Until when what it says waits, so that who is on now finishes their shift; nothing if it does not."
    )


@strawberry_django.type(
    models.Layer,
    name="Layer",
    description="Part of a schedule: of a duty's layers, the highest one that has anybody decides.",
)
class LayerType(relay.Node):
    name: auto = strawberry_django.field(description="What people call it.")
    duty: Duty = strawberry_django.field(description="What its people are asked for.")
    priority: auto = strawberry_django.field(description="Its height: the highest decides.")
    rotations: list[RotationType] = strawberry_django.field(description="Its rotations, the earliest first.")
    calendar: CalendarSourceType | None = strawberry_django.field(
        field_name="calendar_source",
        description="The calendar that gives it its shifts, if one does, for those who may change the schedule.",
    )


@strawberry_django.type(
    models.Override, name="Override", description="One person stands in for another, or for everybody on."
)
class OverrideType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who stands in.")
    replaces: PersonType | None = strawberry_django.field(description="For whom; nobody in particular for everybody.")
    duty: Duty = strawberry_django.field(description="In which duty.")
    starts_at: auto = strawberry_django.field(description="From when.")
    ends_at: auto = strawberry_django.field(description="Until when.")


@strawberry_django.type(models.PlannedGap, name="PlannedGap", description="Nobody is meant to be on call.")
class PlannedGapType(relay.Node):
    starts_at: auto = strawberry_django.field(description="From when.")
    ends_at: auto = strawberry_django.field(description="Until when.")
    reason: auto = strawberry_django.field(description="Why nobody is needed.")


def _on_call(found: OnCall | None) -> OnCallType | None:
    if found is None:
        return None
    everybody = [as_type(PersonType, each) for each in (*found.primary, *found.secondary)]
    return OnCallType(
        person=everybody[0],
        primary=everybody[: len(found.primary)],
        secondary=everybody[len(found.primary) :],
        since=found.since,
        until=found.until,
    )


def _demanded_from(root: Any) -> datetime | None:
    return demands_of(cast(models.Schedule, root))[-1][0]


def _on_call_now(root: Any) -> OnCallType | None:
    return _on_call(access.on_call_of(cast(models.Schedule, root), clock.now()))


def _next_on_call(root: Any) -> OnCallType | None:
    return _on_call(access.next_of(cast(models.Schedule, root), clock.now()))


def _part(number: int) -> Callable[[Any], Any]:
    """One of the prefetches of a plan: the fields of an operation ask about the same moment, so theirs are equal."""
    return lambda info: access.with_plan(vars(info.context).setdefault("asked_at", clock.now()))[number]


def _on_call_field(resolver: Callable[[Any], OnCallType | None], description: str) -> Any:
    return row_data(
        resolver,
        only=["time_zone", "hours"],
        prefetch_related=[_part(number) for number in range(3)],
        description=description,
    )


@strawberry_django.type(
    models.Schedule,
    name="Schedule",
    description="Who is on call for something. Its unit's people see it, and whoever takes part in it.",
)
class ScheduleType(relay.Node):
    slug: auto = strawberry_django.field(description="Short and stable; unique in its unit.")
    name: auto = strawberry_django.field(description="What people call it.")
    time_zone: auto = strawberry_django.field(description="The zone of its hours and of new layers, by IANA name.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to.")
    hours: list[WeekSpanType] = row_data(
        _hours,
        only=["hours"],
        description="When somebody has to be on; always where there are none. Outside of them nobody is alarmed.",
    )
    needs_secondary: auto = strawberry_django.field(description="Whether a shift without a secondary is a gap.")
    when_nobody: WhenNobody = strawberry_django.field(description="What is done when nobody is on.")
    calendars_decide_at_once: auto = strawberry_django.field(
        description="Whether a calendar that is read may change who is on at that moment; otherwise it holds once those"
        " who are on have finished their shift."
    )
    expertise: list[str] = strawberry_django.field(
        description="What everybody on must be able to do: whoever lacks something of it is not on."
    )
    expertise_from: datetime | None = row_data(
        _demanded_from,
        only=["expertise", "demands"],
        description="From when on that is required; ever since without.",
    )
    layers: list[LayerType] = strawberry_django.field(description="What it is made of, the deciding ones first.")
    may_change: bool = annotated(
        sql=lambda prefix: HeldThere(f"{prefix}unit", Permission.ONCALL_WRITE),
        description="Whether you may change it: of your roles, the one that you hold nearest to its unit decides.",
    )
    on_call_now: OnCallType | None = _on_call_field(
        _on_call_now, "Who is on call at this moment, with everything applied; or nobody."
    )
    next_on_call: OnCallType | None = _on_call_field(
        _next_on_call, "Who comes on next, and when; nobody if not within a year."
    )
