"""The mutation that answers a page: it concerns a message and its incident."""

from typing import Annotated

import strawberry

from hub.delivery.graphql.mutations import MessageInput, message_key
from hub.delivery.graphql.types import MessageType
from hub.incidents.actions.paging import acknowledge_page
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation


@strawberry.type
class PagingMutation:
    @mutation(
        description="Say that you have a page of yours in hand. Its incident is acknowledged too, if it waits for that"
        " and you may work on it."
    )
    def acknowledge_message(
        self, info: HubInfo, input: MessageInput
    ) -> Annotated[MessageType | MutationErrors, strawberry.union("AcknowledgeMessagePayload")]:
        return as_type(MessageType, acknowledge_page(actor=actor_of(info), message_id=message_key(input.message_id)))
