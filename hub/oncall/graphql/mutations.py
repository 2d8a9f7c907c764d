"""Mutations of the on-call area: each calls one action."""

from collections.abc import Callable
from typing import Annotated, TypeVar

import strawberry
from strawberry import ID, UNSET

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key
from hub.lib.errors import HubError, Invalid
from hub.oncall import actions
from hub.oncall.graphql import inputs
from hub.oncall.graphql.planning import CalendarLinkType, CalendarLinkWithAddress, PlannedShifts
from hub.oncall.graphql.swaps import ExpertiseType, LeaveType, SwapType
from hub.oncall.graphql.types import LayerType, OverrideType, PlannedGapType, RotationType, ScheduleType

T = TypeVar("T")


def _schedule(global_id: ID) -> int:
    return node_key(global_id, "Schedule", "schedule", "scheduleId")


def _person(global_id: ID | None, field: str = "personId") -> int | None:
    return None if global_id is None else node_key(global_id, "Person", "person", field)


def _named_person(global_id: ID) -> int:
    return node_key(global_id, "Person", "person", "personId")


def _planned(given: inputs.PlannedShiftInput, place: str) -> actions.PlannedShift:
    """The shift as its action takes it. Raises `Invalid` where nothing is said of who has it, and `NotFound`."""
    if given.person_id is UNSET:
        # Taken for null, it would give up what was planned whenever a client forgets it.
        raise Invalid("Say who has this time; null gives up what was planned then.", path=["shifts", place, "personId"])
    try:
        return actions.PlannedShift(_person(given.person_id), given.starts_at, given.ends_at)
    except HubError as error:
        raise error.at("shifts", place) from None


def _of_rotation(action: Callable[[], T]) -> T:
    """Do it, and tell what is wrong with the rotation where it stands in the input."""
    try:
        return action()
    except HubError as error:
        if error.path and error.path[0] in _ROTATION:
            raise error.at("rotation") from None
        raise


_ROTATION = ("turns", "startsOn", "handsOverAt", "length", "handOverDays", "hours", "timeZone")


@strawberry.type
class OncallMutation:
    @mutation(description="Make a schedule.")
    def create_schedule(
        self, info: HubInfo, input: inputs.CreateScheduleInput
    ) -> Annotated[ScheduleType | MutationErrors, strawberry.union("CreateSchedulePayload")]:
        return as_type(
            ScheduleType,
            actions.create_schedule(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                name=input.name,
                slug=input.slug,
                time_zone_name=input.time_zone,
                hours=inputs.spans(input.hours),
                needs_secondary=input.needs_secondary,
                when_nobody=input.when_nobody,
                calendars_decide_at_once=input.calendars_decide_at_once,
                expertise=input.expertise or (),
            ),
        )

    @mutation(description="Change what a schedule asks for.")
    def update_schedule(
        self, info: HubInfo, input: inputs.UpdateScheduleInput
    ) -> Annotated[ScheduleType | MutationErrors, strawberry.union("UpdateSchedulePayload")]:
        return as_type(
            ScheduleType,
            actions.update_schedule(
                actor=actor_of(info),
                schedule_id=_schedule(input.schedule_id),
                name=input.name,
                time_zone_name=input.time_zone,
                hours=None if input.hours is None else inputs.spans(input.hours),
                needs_secondary=input.needs_secondary,
                when_nobody=input.when_nobody,
                calendars_decide_at_once=input.calendars_decide_at_once,
                expertise=input.expertise,
                expertise_from=input.expertise_from,
                changes_who_is_on_now=input.changes_who_is_on_now,
            ),
        )

    @mutation(description="Put a layer into a schedule.")
    def add_layer(
        self, info: HubInfo, input: inputs.AddLayerInput
    ) -> Annotated[LayerType | MutationErrors, strawberry.union("AddLayerPayload")]:
        schedule_id, turns = _schedule(input.schedule_id), inputs.turns(input.rotation)
        return as_type(
            LayerType,
            _of_rotation(
                lambda: actions.add_layer(
                    actor=actor_of(info),
                    schedule_id=schedule_id,
                    name=input.name,
                    turns=turns,
                    duty=input.duty,
                    priority=input.priority,
                    effective_from=input.effective_from,
                    changes_who_is_on_now=input.changes_who_is_on_now,
                )
            ),
        )

    @mutation(description="Let others take turns in a layer, or in another way, from a moment on.")
    def set_rotation(
        self, info: HubInfo, input: inputs.SetRotationInput
    ) -> Annotated[RotationType | MutationErrors, strawberry.union("SetRotationPayload")]:
        layer_id, turns = node_key(input.layer_id, "Layer", "layer", "layerId"), inputs.turns(input.rotation)
        return as_type(
            RotationType,
            _of_rotation(
                lambda: actions.set_rotation(
                    actor=actor_of(info),
                    layer_id=layer_id,
                    turns=turns,
                    effective_from=input.effective_from,
                    changes_who_is_on_now=input.changes_who_is_on_now,
                )
            ),
        )

    @mutation(description="Let nobody take turns in a layer from a moment on.")
    def end_layer(
        self, info: HubInfo, input: inputs.EndLayerInput
    ) -> Annotated[LayerType | MutationErrors, strawberry.union("EndLayerPayload")]:
        return as_type(
            LayerType,
            actions.end_layer(
                actor=actor_of(info),
                layer_id=node_key(input.layer_id, "Layer", "layer", "layerId"),
                effective_from=input.effective_from,
                changes_who_is_on_now=input.changes_who_is_on_now,
            ),
        )

    @mutation(description="Let somebody stand in.")
    def add_override(
        self, info: HubInfo, input: inputs.AddOverrideInput
    ) -> Annotated[OverrideType | MutationErrors, strawberry.union("AddOverridePayload")]:
        return as_type(
            OverrideType,
            actions.add_override(
                actor=actor_of(info),
                schedule_id=_schedule(input.schedule_id),
                person_id=_named_person(input.person_id),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                duty=input.duty,
                replaces_id=_person(input.replaces_id, "replacesId"),
            ),
        )

    @mutation(description="End a stand-in: one that has begun ends now, one to come never begins.")
    def remove_override(
        self, info: HubInfo, input: inputs.RemoveOverrideInput
    ) -> Annotated[OverrideType | MutationErrors, strawberry.union("RemoveOverridePayload")]:
        override_id = node_key(input.override_id, "Override", "override", "overrideId")
        return as_type(OverrideType, actions.remove_override(actor=actor_of(info), override_id=override_id))

    @mutation(description="Take a time oneself that nobody is on for.")
    def take_shift(
        self, info: HubInfo, input: inputs.TakeShiftInput
    ) -> Annotated[OverrideType | MutationErrors, strawberry.union("TakeShiftPayload")]:
        return as_type(
            OverrideType,
            actions.take_shift(
                actor=actor_of(info),
                schedule_id=_schedule(input.schedule_id),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                duty=input.duty,
            ),
        )

    @mutation(description="Let nobody be on for a time, on purpose: nobody is alarmed.")
    def plan_gap(
        self, info: HubInfo, input: inputs.PlanGapInput
    ) -> Annotated[PlannedGapType | MutationErrors, strawberry.union("PlanGapPayload")]:
        return as_type(
            PlannedGapType,
            actions.plan_gap(
                actor=actor_of(info),
                schedule_id=_schedule(input.schedule_id),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                reason=input.reason,
            ),
        )

    @mutation(description="Let somebody be on after all.")
    def remove_planned_gap(
        self, info: HubInfo, input: inputs.RemovePlannedGapInput
    ) -> Annotated[PlannedGapType | MutationErrors, strawberry.union("RemovePlannedGapPayload")]:
        gap_id = node_key(input.planned_gap_id, "PlannedGap", "planned gap", "plannedGapId")
        return as_type(PlannedGapType, actions.remove_planned_gap(actor=actor_of(info), planned_gap_id=gap_id))

    @mutation(description="Offer a time that one is on for. Nothing changes before somebody accepts.")
    def offer_swap(
        self, info: HubInfo, input: inputs.OfferSwapInput
    ) -> Annotated[SwapType | MutationErrors, strawberry.union("OfferSwapPayload")]:
        return as_type(
            SwapType,
            actions.offer_swap(
                actor=actor_of(info),
                schedule_id=_schedule(input.schedule_id),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                duty=input.duty,
                offered_to_id=_person(input.offered_to_id, "offeredToId"),
                return_starts_at=input.return_starts_at,
                return_ends_at=input.return_ends_at,
                offered_by_id=_person(input.offered_by_id, "offeredById"),
                note=input.note,
            ),
        )

    @mutation(description="Take an offered time, and give the one that was asked for in exchange.")
    def accept_swap(
        self, info: HubInfo, input: inputs.SwapInput
    ) -> Annotated[SwapType | MutationErrors, strawberry.union("AcceptSwapPayload")]:
        swap_id = node_key(input.swap_id, "Swap", "swap", "swapId")
        return as_type(SwapType, actions.accept_swap(actor=actor_of(info), swap_id=swap_id))

    @mutation(description="Do not take what one was offered.")
    def refuse_swap(
        self, info: HubInfo, input: inputs.SwapInput
    ) -> Annotated[SwapType | MutationErrors, strawberry.union("RefuseSwapPayload")]:
        swap_id = node_key(input.swap_id, "Swap", "swap", "swapId")
        return as_type(SwapType, actions.refuse_swap(actor=actor_of(info), swap_id=swap_id))

    @mutation(description="Take an offer back.")
    def withdraw_swap(
        self, info: HubInfo, input: inputs.SwapInput
    ) -> Annotated[SwapType | MutationErrors, strawberry.union("WithdrawSwapPayload")]:
        swap_id = node_key(input.swap_id, "Swap", "swap", "swapId")
        return as_type(SwapType, actions.withdraw_swap(actor=actor_of(info), swap_id=swap_id))

    @mutation(description="Say that somebody is away: on call for nothing.")
    def add_leave(
        self, info: HubInfo, input: inputs.AddLeaveInput
    ) -> Annotated[LeaveType | MutationErrors, strawberry.union("AddLeavePayload")]:
        return as_type(
            LeaveType,
            actions.add_leave(
                actor=actor_of(info),
                starts_at=input.starts_at,
                ends_at=input.ends_at,
                person_id=_person(input.person_id),
            ),
        )

    @mutation(description="Say that somebody is there after all.")
    def remove_leave(
        self, info: HubInfo, input: inputs.RemoveLeaveInput
    ) -> Annotated[LeaveType | MutationErrors, strawberry.union("RemoveLeavePayload")]:
        leave_id = node_key(input.leave_id, "Leave", "leave", "leaveId")
        return as_type(LeaveType, actions.remove_leave(actor=actor_of(info), leave_id=leave_id))

    @mutation(description="Say that somebody is able to do something.")
    def certify_expertise(
        self, info: HubInfo, input: inputs.CertifyExpertiseInput
    ) -> Annotated[ExpertiseType | MutationErrors, strawberry.union("CertifyExpertisePayload")]:
        return as_type(
            ExpertiseType,
            actions.certify_expertise(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                person_id=_named_person(input.person_id),
                key=input.key,
                valid_until=input.valid_until,
            ),
        )

    @mutation(description="Say that somebody is no longer able to do something.")
    def revoke_expertise(
        self, info: HubInfo, input: inputs.RevokeExpertiseInput
    ) -> Annotated[ExpertiseType | MutationErrors, strawberry.union("RevokeExpertisePayload")]:
        expertise_id = node_key(input.expertise_id, "Expertise", "expertise", "expertiseId")
        return as_type(ExpertiseType, actions.revoke_expertise(actor=actor_of(info), expertise_id=expertise_id))

    @mutation(description="Let a calendar give the shifts of a layer.")
    def import_calendar(
        self, info: HubInfo, input: inputs.ImportCalendarInput
    ) -> Annotated[LayerType | MutationErrors, strawberry.union("ImportCalendarPayload")]:
        return as_type(
            LayerType,
            actions.import_calendar(
                actor=actor_of(info),
                schedule_id=_schedule(input.schedule_id),
                name=input.name,
                layer_id=node_key(input.layer_id, "Layer", "layer", "layerId") if input.layer_id else None,
                duty=input.duty,
                text=input.text,
                address=input.address,
                changes_who_is_on_now=input.changes_who_is_on_now,
            ),
        )

    @mutation(description="Make a secret calendar address; one for the same that is in use no longer works then.")
    def create_calendar_link(
        self, info: HubInfo, input: inputs.CreateCalendarLinkInput
    ) -> Annotated[CalendarLinkWithAddress | MutationErrors, strawberry.union("CreateCalendarLinkPayload")]:
        made = actions.create_calendar_link(
            actor=actor_of(info), schedule_id=_schedule(input.schedule_id) if input.schedule_id else None
        )
        return CalendarLinkWithAddress(link=as_type(CalendarLinkType, made.link), address=made.address)

    @mutation(description="Let a secret calendar address of one's own no longer work.")
    def revoke_calendar_link(
        self, info: HubInfo, input: inputs.RevokeCalendarLinkInput
    ) -> Annotated[CalendarLinkType | MutationErrors, strawberry.union("RevokeCalendarLinkPayload")]:
        link_id = node_key(input.calendar_link_id, "CalendarLink", "calendar link", "calendarLinkId")
        return as_type(CalendarLinkType, actions.revoke_calendar_link(actor=actor_of(info), calendar_link_id=link_id))

    @mutation(description="Let shifts stand in place of a layer's rotation, as when a proposal is taken over.")
    def plan_shifts(
        self, info: HubInfo, input: inputs.PlanShiftsInput
    ) -> Annotated[PlannedShifts | MutationErrors, strawberry.union("PlanShiftsPayload")]:
        layer_id = node_key(input.layer_id, "Layer", "layer", "layerId")
        shifts = [_planned(each, str(number)) for number, each in enumerate(input.shifts)]
        layer = actions.plan_shifts(
            actor=actor_of(info),
            layer_id=layer_id,
            shifts=shifts,
            changes_who_is_on_now=input.changes_who_is_on_now,
        )
        return PlannedShifts(layer=as_type(LayerType, layer), count=sum(each.person_id is not None for each in shifts))
