"""Hand-offs from the first level to specialists, in GraphQL."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.incidents import actions
from hub.incidents.graphql.types import HandOffType
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, key_of, mutation, node_key


@strawberry.input(description="What is said to an item of the unit's checklist.")
class HandOffAnswerInput:
    item: str = strawberry.field(description="The item, as the checklist asks it.")
    answer: str = strawberry.field(description="The answer; at most 1000 characters.")


@strawberry.input(description="An incident for the specialists of a schedule.")
class OfferHandOffInput:
    incident_id: ID = strawberry.field(description="The incident.")
    schedule_id: ID = strawberry.field(description="Whose specialists: whoever is on call there is paged.")
    reason: str = strawberry.field(description="Why it is theirs; at most 300 characters.")
    answers: list[HandOffAnswerInput] = strawberry.field(
        default_factory=list, description="What is said to each item of the unit's checklist; all must be."
    )


@strawberry.input(description="A hand-off to decide on.")
class HandOffInput:
    hand_off_id: ID = strawberry.field(description="The hand-off.")


@strawberry.input(description="A hand-off that is not taken.")
class RefuseHandOffInput:
    hand_off_id: ID = strawberry.field(description="The hand-off.")
    reason: str = strawberry.field(description="Why; at most 300 characters.")


@strawberry.input(description="What must be said when an incident of a unit is handed to specialists.")
class SetHandOffChecklistInput:
    unit_id: ID = strawberry.field(description="The unit.")
    items: list[str] = strawberry.field(description="What must be answered, in this order; nothing for no checklist.")
    minutes: int = strawberry.field(default=15, description="How long specialists have for an answer: 2 to 1440.")


@strawberry.type(description="What must be said when an incident of a unit is handed to specialists.")
class HandOffChecklist:
    items: list[str] = strawberry.field(description="What must be answered, in this order.")
    minutes: int | None = strawberry.field(description="How long specialists have; nothing without a checklist.")


def _hand_off(global_id: ID) -> int:
    return node_key(global_id, "HandOff", "hand-off", "handOffId")


@strawberry.type
class HandOffsMutation:
    @mutation(description="Hand an incident to specialists, who accept it or refuse it; it is yours until they accept.")
    def offer_hand_off(
        self, info: HubInfo, input: OfferHandOffInput
    ) -> Annotated[HandOffType | MutationErrors, strawberry.union("OfferHandOffPayload")]:
        return as_type(
            HandOffType,
            actions.offer_hand_off(
                actor=actor_of(info),
                incident_id=node_key(input.incident_id, "Incident", "incident", "incidentId"),
                schedule_id=key_of(input.schedule_id, "Schedule") or 0,
                reason=input.reason,
                answers={each.item: each.answer for each in input.answers},
            ),
        )

    @mutation(description="Take an incident that is handed to you: you respond, and who handed it off no longer must.")
    def accept_hand_off(
        self, info: HubInfo, input: HandOffInput
    ) -> Annotated[HandOffType | MutationErrors, strawberry.union("AcceptHandOffPayload")]:
        return as_type(
            HandOffType, actions.accept_hand_off(actor=actor_of(info), hand_off_id=_hand_off(input.hand_off_id))
        )

    @mutation(description="Do not take an incident that is handed to you, and say why.")
    def refuse_hand_off(
        self, info: HubInfo, input: RefuseHandOffInput
    ) -> Annotated[HandOffType | MutationErrors, strawberry.union("RefuseHandOffPayload")]:
        return as_type(
            HandOffType,
            actions.refuse_hand_off(
                actor=actor_of(info), hand_off_id=_hand_off(input.hand_off_id), reason=input.reason
            ),
        )

    @mutation(description="Take a hand-off back that nobody has answered yet.")
    def withdraw_hand_off(
        self, info: HubInfo, input: HandOffInput
    ) -> Annotated[HandOffType | MutationErrors, strawberry.union("WithdrawHandOffPayload")]:
        return as_type(
            HandOffType, actions.withdraw_hand_off(actor=actor_of(info), hand_off_id=_hand_off(input.hand_off_id))
        )

    @mutation(description="Say what must be answered when an incident of a unit is handed to specialists.")
    def set_hand_off_checklist(
        self, info: HubInfo, input: SetHandOffChecklistInput
    ) -> Annotated[HandOffChecklist | MutationErrors, strawberry.union("SetHandOffChecklistPayload")]:
        made = actions.set_hand_off_checklist(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
            items=input.items,
            minutes=input.minutes,
        )
        return HandOffChecklist(items=made.items if made else [], minutes=made.minutes if made else None)
