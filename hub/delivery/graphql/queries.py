"""Queries of the delivery area."""

from collections.abc import Iterable
from typing import cast

import strawberry

from hub.delivery import access
from hub.delivery.graphql.filters import MessageFilter, MessageOrder
from hub.delivery.graphql.types import MessageType
from hub.lib.api import Connection, HubInfo, actor_of, connection


def own_messages(info: HubInfo) -> Iterable[MessageType]:
    return cast("Iterable[MessageType]", access.messages_for(actor_of(info)))


@strawberry.type
class DeliveryQuery:
    messages: Connection[MessageType] = connection(
        description="The messages that you may see, newest first: yours, and those of the units that you administer.",
        filters=MessageFilter,
        ordering=MessageOrder,
    )
    inbox: Connection[MessageType] = connection(description="What the hub has told you, newest first.")(own_messages)
