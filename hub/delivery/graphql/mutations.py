"""Mutations of the delivery area: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.delivery import actions
from hub.delivery.graphql.types import MessageType
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key


@strawberry.input(description="A message of yours.")
class MessageInput:
    message_id: ID = strawberry.field(description="The message.")


def message_key(global_id: ID) -> int:
    return node_key(global_id, "Message", "message", "messageId")


@strawberry.type
class DeliveryMutation:
    @mutation(description="Say that you have seen a message of yours; the first time counts.")
    def mark_message_seen(
        self, info: HubInfo, input: MessageInput
    ) -> Annotated[MessageType | MutationErrors, strawberry.union("MarkMessageSeenPayload")]:
        return as_type(MessageType, actions.mark_seen(actor=actor_of(info), message_id=message_key(input.message_id)))
