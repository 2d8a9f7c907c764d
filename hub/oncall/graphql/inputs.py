"""What the mutations of the on-call area take."""

from datetime import date, datetime, time

import strawberry
from strawberry import ID, UNSET

from hub.lib.api import node_key
from hub.oncall.actions import Turns
from hub.oncall.graphql.choices import Duty, Period, WhenNobody
from hub.oncall.hours import WeekSpan


@strawberry.input(description="Part of every week, on the local clock. It may go on into the next week.")
class WeekSpanInput:
    from_day: int = strawberry.field(description="The day it begins on: 1 for Monday to 7 for Sunday.")
    from_time: str = strawberry.field(description="When it begins: 09:00.")
    until_day: int = strawberry.field(description="The day it ends on.")
    until_time: str = strawberry.field(description="When it ends: 17:00; 24:00 for the end of the day.")


@strawberry.input(description="A new schedule. Nobody is on it before it has a layer.")
class CreateScheduleInput:
    unit_id: ID = strawberry.field(description="The unit it shall belong to.")
    name: str = strawberry.field(description="What people shall call it; at most 100 characters.")
    slug: str = strawberry.field(default="", description="Its short name in the unit; made from the name if left out.")
    time_zone: str = strawberry.field(default="", description="By IANA name; the unit's if left out.")
    hours: list[WeekSpanInput] | None = strawberry.field(
        default=None, description="When somebody has to be on; always if left out."
    )
    needs_secondary: bool = strawberry.field(
        default=False, description="Whether a shift without a secondary shall count as a gap."
    )
    when_nobody: WhenNobody = strawberry.field(
        default=WhenNobody.FALL_THROUGH, description="What shall be done when nobody is on."
    )
    calendars_decide_at_once: bool = strawberry.field(
        default=False,
        description="Whether a calendar that is read at its address may change who is on at that moment; otherwise it"
        " holds once those who are on have finished their shift.",
    )
    expertise: list[str] | None = strawberry.field(
        default=None, description="Keys of what everybody on must be able to do."
    )


@strawberry.input(description="Changes of a schedule. What is left out stays, and who is on now stays unless asked.")
class UpdateScheduleInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    name: str | None = strawberry.field(default=None, description="At most 100 characters.")
    time_zone: str | None = strawberry.field(default=None, description="By IANA name.")
    hours: list[WeekSpanInput] | None = strawberry.field(
        default=None, description="When somebody has to be on; an empty list for always."
    )
    needs_secondary: bool | None = strawberry.field(default=None, description="Whether a second is required.")
    when_nobody: WhenNobody | None = strawberry.field(default=None, description="What is done when nobody is on.")
    calendars_decide_at_once: bool | None = strawberry.field(
        default=None, description="Whether a calendar that is read may change who is on at that moment."
    )
    expertise: list[str] | None = strawberry.field(
        default=None,
        description="Keys of what is required; whoever lacks something of it is no longer on from then on.",
    )
    expertise_from: datetime | None = strawberry.field(
        default=None,
        description="From when on it is required. If left out: at once, or where that would take somebody off who is"
        " on, once they have finished their shift.",
    )
    changes_who_is_on_now: bool = strawberry.field(
        default=False, description="Whether what is required may change who is on at this moment; otherwise it waits."
    )


@strawberry.input(description="Those who are on together in a turn.")
class TurnGroupInput:
    person_ids: list[ID] = strawberry.field(description="The people, at most 10.")


@strawberry.input(description="Who takes turns, and how.")
class RotationInput:
    turns: list[TurnGroupInput] = strawberry.field(
        description="In their order from the first hand-over on; at most 100."
    )
    starts_on: date = strawberry.field(description="The local date of the first hand-over.")
    hands_over_at: time = strawberry.field(default=time(9), description="The local time of hand-overs.")
    period: Period = strawberry.field(default=Period.WEEKS, description="What the length of a turn counts.")
    length: int = strawberry.field(default=1, description="How many periods a turn lasts.")
    hand_over_days: list[int] | None = strawberry.field(
        default=None,
        description="For turns of weeks, further days of the week to hand over on: 1 for Monday to 7 for Sunday.",
    )
    hours: list[WeekSpanInput] | None = strawberry.field(
        default=None, description="When somebody is on; always if left out. A turn without any of it is not counted."
    )
    time_zone: str = strawberry.field(default="", description="By IANA name; the schedule's if left out.")


@strawberry.input(description="A new layer of a schedule.")
class AddLayerInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    name: str = strawberry.field(description="What people shall call it; at most 100 characters.")
    rotation: RotationInput = strawberry.field(description="Who takes turns.")
    duty: Duty = strawberry.field(default=Duty.PRIMARY, description="What they shall be asked for.")
    priority: int | None = strawberry.field(
        default=None, description="Its height among the duty's layers, from 0; above them all if left out."
    )
    effective_from: datetime | None = strawberry.field(
        default=None,
        description="From when on. If left out: at once where nobody is on, otherwise when those now hand over.",
    )
    changes_who_is_on_now: bool = strawberry.field(
        default=False, description="Whether it may change who is on at this moment; otherwise that is refused."
    )


@strawberry.input(description="Another rotation for a layer.")
class SetRotationInput:
    layer_id: ID = strawberry.field(description="The layer.")
    rotation: RotationInput = strawberry.field(description="Who takes turns from then on.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when on; the layer's next hand-over if left out."
    )
    changes_who_is_on_now: bool = strawberry.field(
        default=False, description="Whether it may change who is on at this moment; otherwise that is refused."
    )


@strawberry.input(description="The end of a layer.")
class EndLayerInput:
    layer_id: ID = strawberry.field(description="The layer.")
    effective_from: datetime | None = strawberry.field(
        default=None, description="From when on; the layer's next hand-over if left out."
    )
    changes_who_is_on_now: bool = strawberry.field(
        default=False, description="Whether it may change who is on at this moment; otherwise that is refused."
    )


@strawberry.input(description="Somebody stands in.")
class AddOverrideInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    person_id: ID = strawberry.field(description="Who stands in.")
    starts_at: datetime = strawberry.field(description="From when; from now if that is over.")
    ends_at: datetime = strawberry.field(description="Until when, at most a year.")
    duty: Duty = strawberry.field(default=Duty.PRIMARY, description="In which duty.")
    replaces_id: ID | None = strawberry.field(default=None, description="For whom; for everybody on if left out.")


@strawberry.input(description="A stand-in to end.")
class RemoveOverrideInput:
    override_id: ID = strawberry.field(description="The override.")


@strawberry.input(description="A time that nobody is on for, to take oneself.")
class TakeShiftInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    starts_at: datetime = strawberry.field(description="From when; from now if that is over.")
    ends_at: datetime = strawberry.field(description="Until when.")
    duty: Duty = strawberry.field(default=Duty.PRIMARY, description="In which duty.")


@strawberry.input(description="A time that nobody is meant to be on for.")
class PlanGapInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    starts_at: datetime = strawberry.field(description="From when; from now if that is over.")
    ends_at: datetime = strawberry.field(description="Until when.")
    reason: str = strawberry.field(description="Why nobody is needed; at most 200 characters.")


@strawberry.input(description="A planned gap to end.")
class RemovePlannedGapInput:
    planned_gap_id: ID = strawberry.field(description="The planned gap.")


@strawberry.input(description="A shift, or part of one, to give to somebody else.")
class OfferSwapInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    starts_at: datetime = strawberry.field(description="From when.")
    ends_at: datetime = strawberry.field(description="Until when.")
    duty: Duty = strawberry.field(default=Duty.PRIMARY, description="In which duty one is on then.")
    offered_to_id: ID | None = strawberry.field(
        default=None, description="To whom; to anybody who may take it if left out."
    )
    return_starts_at: datetime | None = strawberry.field(
        default=None, description="In exchange for a time of theirs: from when."
    )
    return_ends_at: datetime | None = strawberry.field(default=None, description="Until when the exchange lasts.")
    offered_by_id: ID | None = strawberry.field(
        default=None, description="Whose time it is, for those who may change the schedule; one's own if left out."
    )
    note: str = strawberry.field(default="", description="A word to whoever reads it; at most 300 characters.")


@strawberry.input(description="An offer to answer.")
class SwapInput:
    swap_id: ID = strawberry.field(description="The swap.")


@strawberry.input(description="A time in which somebody is away.")
class AddLeaveInput:
    starts_at: datetime = strawberry.field(description="From when; from now if that is over.")
    ends_at: datetime = strawberry.field(description="Until when, at most a year.")
    person_id: ID | None = strawberry.field(default=None, description="Who; oneself if left out.")


@strawberry.input(description="Leave to end.")
class RemoveLeaveInput:
    leave_id: ID = strawberry.field(description="The leave.")


@strawberry.input(description="What somebody is able to do, in the eyes of a unit.")
class CertifyExpertiseInput:
    unit_id: ID = strawberry.field(description="The unit.")
    person_id: ID = strawberry.field(description="The person.")
    key: str = strawberry.field(description="What: small letters, digits and dashes, as in card-schemes.")
    valid_until: datetime | None = strawberry.field(
        default=None, description="Until when it holds; for good if left out."
    )


@strawberry.input(description="What somebody is no longer able to do.")
class RevokeExpertiseInput:
    expertise_id: ID = strawberry.field(description="The expertise.")


@strawberry.input(description="A calendar that gives a layer its shifts: a file's text, or an address.")
class ImportCalendarInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    name: str = strawberry.field(default="", description="What a new layer shall be called.")
    layer_id: ID | None = strawberry.field(
        default=None, description="The layer of a former import; a new one above the others if left out."
    )
    duty: Duty = strawberry.field(default=Duty.PRIMARY, description="The duty of a new layer.")
    text: str = strawberry.field(default="", description="An iCalendar file; at most 1,000,000 characters.")
    address: str = strawberry.field(
        default="", description="Where such a file is read every hour; https, http or webcal, and public."
    )
    changes_who_is_on_now: bool = strawberry.field(
        default=False,
        description="Whether it may change who is on at this moment; otherwise a file that would is refused, and an"
        " address holds once those who are on have finished their shift.",
    )


@strawberry.input(description="What a secret calendar address shall show.")
class CreateCalendarLinkInput:
    schedule_id: ID | None = strawberry.field(
        default=None, description="A schedule; one's own shifts of all schedules if left out."
    )


@strawberry.input(description="A secret calendar address that shall no longer work.")
class RevokeCalendarLinkInput:
    calendar_link_id: ID = strawberry.field(description="The link.")


@strawberry.input(description="A shift for somebody, or for whoever's turn it is.")
class PlannedShiftInput:
    starts_at: datetime = strawberry.field(description="From when; from now if that is over.")
    ends_at: datetime = strawberry.field(description="Until when.")
    person_id: ID | None = strawberry.field(
        default=UNSET,
        description="Who; by null what was planned then is given up, and the rotation has the time again. It has to be"
        " said: left out, it is refused.",
    )


@strawberry.input(description="Shifts in place of a layer's rotation, as when a proposal is taken over.")
class PlanShiftsInput:
    layer_id: ID = strawberry.field(description="The layer.")
    shifts: list[PlannedShiftInput] = strawberry.field(description="1 to 400 of them.")
    changes_who_is_on_now: bool = strawberry.field(
        default=False, description="Whether it may change who is on at this moment; otherwise that is refused."
    )


def spans(given: list[WeekSpanInput] | None) -> list[WeekSpan]:
    return [WeekSpan(each.from_day, each.from_time, each.until_day, each.until_time) for each in given or ()]


def turns(given: RotationInput) -> Turns:
    """The rotation as its action takes it. Raises `NotFound` for an id that is nobody's."""
    return Turns(
        groups=[
            [node_key(each, "Person", "person", "rotation", "turns") for each in group.person_ids]
            for group in given.turns
        ],
        starts_on=given.starts_on,
        hands_over_at=given.hands_over_at,
        period=given.period,
        length=given.length,
        hand_over_days=given.hand_over_days or (),
        hours=spans(given.hours),
        time_zone=given.time_zone,
    )
