"""Queries of the delivery area."""

import strawberry

from hub.delivery.graphql.filters import MessageFilter, MessageOrder
from hub.delivery.graphql.types import MessageType
from hub.lib.api import Connection, connection, me


@strawberry.type
class DeliveryQuery:
    messages: Connection[MessageType] = connection(
        description="The messages that you may see, newest first: yours, and those of the units that you administer.",
        filters=MessageFilter,
        ordering=MessageOrder,
    )
    inbox: Connection[MessageType] = connection(
        description="What the hub has told you, newest first.",
        rows=lambda messages: messages.filter(person=me()).order_by("-created_at", "-id"),
    )
