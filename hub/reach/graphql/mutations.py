"""Mutations of the reach area: each calls one action."""

from typing import Annotated, Literal

import strawberry
from strawberry import ID

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, key_of, mutation, node_key, optional_key, refusal
from hub.lib.errors import NotFound, TooMany
from hub.lib.identity import Actor
from hub.reach import actions
from hub.reach.actions import NewPlace
from hub.reach.codes import TooManyGuesses, answered
from hub.reach.graphql.types import CallType, DrillType, PhoneTreeType, ProbeType, TreeRunType


@strawberry.input(description="Somebody in a phone tree.")
class PhoneTreePlaceInput:
    person_id: ID = strawberry.field(description="Who; each person once.")
    above_id: ID | None = strawberry.field(
        default=None, description="The person of the tree who calls them; nothing for who is called first."
    )


@strawberry.input(description="A new phone tree of a unit.")
class CreatePhoneTreeInput:
    unit_id: ID = strawberry.field(description="The unit it shall belong to.")
    name: str = strawberry.field(description="What people shall call it; at most 100 characters.")
    places: list[PhoneTreePlaceInput] = strawberry.field(description="Who calls whom, in order; 1 to 200 people.")
    wait: int = strawberry.field(default=5, description="Minutes that each has to answer; 1 to 120.")


@strawberry.input(description="Changes of a phone tree. What is left out stays.")
class ChangePhoneTreeInput:
    tree_id: ID = strawberry.field(description="The phone tree.")
    version: int = strawberry.field(description="What you began from; a tree that was changed since stays as it is.")
    name: str | None = strawberry.field(default=None, description="What people shall call it.")
    places: list[PhoneTreePlaceInput] | None = strawberry.field(default=None, description="All its people, in order.")
    wait: int | None = strawberry.field(default=None, description="Minutes that each has to answer.")


@strawberry.input(description="A phone tree that shall be used no longer.")
class RetirePhoneTreeInput:
    tree_id: ID = strawberry.field(description="The phone tree.")


@strawberry.input(description="A phone tree to call for an incident.")
class ActivatePhoneTreeInput:
    incident_id: ID = strawberry.field(description="The incident.")
    tree_id: ID = strawberry.field(description="A phone tree of its unit or of one above.")


@strawberry.input(description="A phone tree that shall call nobody any more.")
class StopPhoneTreeInput:
    run_id: ID = strawberry.field(description="The phone tree at work.")


@strawberry.input(description="The answer to a call.")
class AcknowledgeCallInput:
    code: str = strawberry.field(description="The code that came with it; spaces do not matter.")


@strawberry.input(description="Whom a drill shall try to reach: a unit's people, or a schedule's team.")
class StartDrillInput:
    unit_id: ID | None = strawberry.field(
        default=None, description="Everybody who holds a role in this unit or in one below it."
    )
    schedule_id: ID | None = strawberry.field(
        default=None, description="Or everybody who takes turns in this schedule."
    )
    role_key: str = strawberry.field(
        default="", description="Of the unit's people, those alone who hold the role with this key."
    )
    hours: int = strawberry.field(default=24, description="How long people are asked to confirm; 1 to 24.")


@strawberry.input(description="The answer to a message of a drill.")
class ConfirmDrillInput:
    code: str = strawberry.field(description="The code that came with it; spaces do not matter.")


def _tree(global_id: ID) -> int:
    return node_key(global_id, "PhoneTree", "phone tree", "treeId")


def _places(given: list[PhoneTreePlaceInput]) -> list[NewPlace]:
    return [
        NewPlace(
            node_key(each.person_id, "Person", "person", f"places.{number}.personId"),
            optional_key(each.above_id, "Person", "person", f"places.{number}.aboveId"),
        )
        for number, each in enumerate(given)
    ]


def _meant(actor: Actor, code: str, noun: Literal["call", "probe"]) -> int | MutationErrors:
    """Which call or probe of the actor's a code answers. A refusal is returned: raised, it would undo that the guess
    was counted."""
    found = answered(code, f"person:{actor.person_id}")
    if isinstance(found, TooManyGuesses):
        return refusal(TooMany("Too many codes were wrong: wait ten minutes.", path=["code"]))
    key = None
    if found is not None and found.person_id == actor.person_id:
        key = found.call_id if noun == "call" else found.probe_id
    return refusal(NotFound(noun, path=["code"])) if key is None else key


@strawberry.type
class ReachMutation:
    @mutation(description="Make a phone tree of a unit.")
    def create_phone_tree(
        self, info: HubInfo, input: CreatePhoneTreeInput
    ) -> Annotated[PhoneTreeType | MutationErrors, strawberry.union("CreatePhoneTreePayload")]:
        return as_type(
            PhoneTreeType,
            actions.create_phone_tree(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                name=input.name,
                places=_places(input.places),
                wait=input.wait,
            ),
        )

    @mutation(description="Change a phone tree: its name, its people and their order, how long each has to answer.")
    def change_phone_tree(
        self, info: HubInfo, input: ChangePhoneTreeInput
    ) -> Annotated[PhoneTreeType | MutationErrors, strawberry.union("ChangePhoneTreePayload")]:
        return as_type(
            PhoneTreeType,
            actions.change_phone_tree(
                actor=actor_of(info),
                tree_id=_tree(input.tree_id),
                version=input.version,
                name=input.name,
                wait=input.wait,
                places=None if input.places is None else _places(input.places),
            ),
        )

    @mutation(description="Use a phone tree no longer; what it began goes on.")
    def retire_phone_tree(
        self, info: HubInfo, input: RetirePhoneTreeInput
    ) -> Annotated[PhoneTreeType | MutationErrors, strawberry.union("RetirePhoneTreePayload")]:
        return as_type(PhoneTreeType, actions.retire_phone_tree(actor=actor_of(info), tree_id=_tree(input.tree_id)))

    @mutation(description="Call a unit's people for an incident, from the first of a phone tree on.")
    def activate_phone_tree(
        self, info: HubInfo, input: ActivatePhoneTreeInput
    ) -> Annotated[TreeRunType | MutationErrors, strawberry.union("ActivatePhoneTreePayload")]:
        return as_type(
            TreeRunType,
            actions.activate_phone_tree(
                actor=actor_of(info),
                incident_id=node_key(input.incident_id, "Incident", "incident", "incidentId"),
                tree_id=key_of(input.tree_id, "PhoneTree") or 0,
            ),
        )

    @mutation(description="Call nobody any more by a phone tree that is at work.")
    def stop_phone_tree(
        self, info: HubInfo, input: StopPhoneTreeInput
    ) -> Annotated[TreeRunType | MutationErrors, strawberry.union("StopPhoneTreePayload")]:
        return as_type(
            TreeRunType,
            actions.stop_phone_tree(
                actor=actor_of(info), run_id=node_key(input.run_id, "PhoneTreeRun", "phone tree at work", "runId")
            ),
        )

    @mutation(
        description="Say that you were reached by a call to you, with the code that came with it. After thirty wrong"
        " codes there are ten minutes to wait."
    )
    def acknowledge_call(
        self, info: HubInfo, input: AcknowledgeCallInput
    ) -> Annotated[CallType | MutationErrors, strawberry.union("AcknowledgeCallPayload")]:
        actor = actor_of(info)
        found = _meant(actor, input.code, "call")
        if isinstance(found, MutationErrors):
            return found
        return as_type(CallType, actions.acknowledge_call(actor=actor, call_id=found))

    @mutation(
        description="Prove that people can be reached: each gets a harmless message, marked as a drill, by each of"
        " their verified methods, and confirms it."
    )
    def start_drill(
        self, info: HubInfo, input: StartDrillInput
    ) -> Annotated[DrillType | MutationErrors, strawberry.union("StartDrillPayload")]:
        return as_type(
            DrillType,
            actions.start_drill(
                actor=actor_of(info),
                unit_id=optional_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                schedule_id=optional_key(input.schedule_id, "Schedule", "schedule", "scheduleId"),
                role_key=input.role_key.strip(),
                hours=input.hours,
            ),
        )

    @mutation(description="Confirm that a message of a drill reached you, with the code that came with it.")
    def confirm_drill(
        self, info: HubInfo, input: ConfirmDrillInput
    ) -> Annotated[ProbeType | MutationErrors, strawberry.union("ConfirmDrillPayload")]:
        actor = actor_of(info)
        found = _meant(actor, input.code, "probe")
        if isinstance(found, MutationErrors):
            return found
        return as_type(ProbeType, actions.confirm_drill(actor=actor, probe_id=found))
