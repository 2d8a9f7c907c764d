"""Mutations of the delivery area: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.delivery import actions
from hub.delivery.graphql.choices import ContactKind
from hub.delivery.graphql.types import ContactMethodType, MessageType
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key


@strawberry.input(description="A message of yours.")
class MessageInput:
    message_id: ID = strawberry.field(description="The message.")


@strawberry.input(description="A new way to reach you.")
class AddContactMethodInput:
    kind: ContactKind = strawberry.field(description="What kind of address it is.")
    address: str = strawberry.field(description="The address; at most 500 characters.")
    name: str = strawberry.field(default="", description="What you call it; at most 60 characters.")
    wait: int = strawberry.field(
        default=5, description="Minutes of silence after a page, until the next method is tried; 1 to 60."
    )


@strawberry.input(description="A contact method of yours.")
class ContactMethodInput:
    method_id: ID = strawberry.field(description="The contact method.")


@strawberry.input(description="The code that arrived at a contact method.")
class VerifyContactMethodInput:
    method_id: ID = strawberry.field(description="The contact method.")
    code: str = strawberry.field(description="The code; case and spaces do not matter.")


@strawberry.input(description="Changes of a contact method. What is left out stays.")
class ChangeContactMethodInput:
    method_id: ID = strawberry.field(description="The contact method.")
    name: str | None = strawberry.field(default=None, description="What you call it.")
    wait: int | None = strawberry.field(default=None, description="Minutes of silence until the next one; 1 to 60.")
    position: int | None = strawberry.field(default=None, description="Its place, from 1; the others move.")
    severities: list[str] | None = strawberry.field(
        default=None, description="Used only for these: sev1 to sev5; an empty list for all."
    )
    quiet_hours: list[list[int]] | None = strawberry.field(
        default=None,
        description="When it shall be quiet, where you are: pairs of minutes from Monday 00:00; empty for never.",
    )
    breaks_quiet: list[str] | None = strawberry.field(
        default=None, description="Severities for which it is used at any hour."
    )


def _method(global_id: ID) -> int:
    return node_key(global_id, "ContactMethod", "contact method", "methodId")


def message_key(global_id: ID) -> int:
    return node_key(global_id, "Message", "message", "messageId")


@strawberry.type
class DeliveryMutation:
    @mutation(description="Say that you have seen a message of yours; the first time counts.")
    def mark_message_seen(
        self, info: HubInfo, input: MessageInput
    ) -> Annotated[MessageType | MutationErrors, strawberry.union("MarkMessageSeenPayload")]:
        return as_type(MessageType, actions.mark_seen(actor=actor_of(info), message_id=message_key(input.message_id)))

    @mutation(description="Add a way to reach you. A code is sent there; it is used once you have given that back.")
    def add_contact_method(
        self, info: HubInfo, input: AddContactMethodInput
    ) -> Annotated[ContactMethodType | MutationErrors, strawberry.union("AddContactMethodPayload")]:
        return as_type(
            ContactMethodType,
            actions.add_contact_method(
                actor=actor_of(info), kind=input.kind, address=input.address, name=input.name, wait=input.wait
            ),
        )

    @mutation(description="Give back the code that arrived at a contact method: it is used from now on.")
    def verify_contact_method(
        self, info: HubInfo, input: VerifyContactMethodInput
    ) -> Annotated[ContactMethodType | MutationErrors, strawberry.union("VerifyContactMethodPayload")]:
        return as_type(
            ContactMethodType,
            actions.verify_contact_method(actor=actor_of(info), method_id=_method(input.method_id), code=input.code),
        )

    @mutation(description="Send another code to a contact method; the former one holds no longer.")
    def send_contact_code(
        self, info: HubInfo, input: ContactMethodInput
    ) -> Annotated[ContactMethodType | MutationErrors, strawberry.union("SendContactCodePayload")]:
        return as_type(
            ContactMethodType,
            actions.send_code_again(actor=actor_of(info), method_id=_method(input.method_id)),
        )

    @mutation(description="Change when and in which order a contact method is used.")
    def change_contact_method(
        self, info: HubInfo, input: ChangeContactMethodInput
    ) -> Annotated[ContactMethodType | MutationErrors, strawberry.union("ChangeContactMethodPayload")]:
        return as_type(
            ContactMethodType,
            actions.change_contact_method(
                actor=actor_of(info),
                method_id=_method(input.method_id),
                name=input.name,
                wait=input.wait,
                position=input.position,
                severities=input.severities,
                quiet_hours=input.quiet_hours,
                breaks_quiet=input.breaks_quiet,
            ),
        )

    @mutation(description="Use a contact method no longer.")
    def remove_contact_method(
        self, info: HubInfo, input: ContactMethodInput
    ) -> Annotated[ContactMethodType | MutationErrors, strawberry.union("RemoveContactMethodPayload")]:
        return as_type(
            ContactMethodType,
            actions.remove_contact_method(actor=actor_of(info), method_id=_method(input.method_id)),
        )
