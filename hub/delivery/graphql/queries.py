"""Queries of the delivery area."""

import strawberry

from hub.delivery.graphql.filters import ContactMethodFilter, ContactMethodOrder, MessageFilter, MessageOrder
from hub.delivery.graphql.types import ContactMethodType, MessageType
from hub.lib.api import Connection, connection, me


@strawberry.type
class DeliveryQuery:
    messages: Connection[MessageType] = connection(
        description="The messages that you may see, newest first: yours, and those of the units that you administer.",
        filters=MessageFilter,
        ordering=MessageOrder,
    )
    contact_methods: Connection[ContactMethodType] = connection(
        description="How you are reached outside the hub, in the order in which that is tried.",
        filters=ContactMethodFilter,
        ordering=ContactMethodOrder,
        rows=lambda methods: methods.filter(person=me(), removed_at=None),
    )
    inbox: Connection[MessageType] = connection(
        description="What the hub has told you, newest first.",
        rows=lambda messages: messages.filter(person=me()).order_by("-created_at", "-id"),
    )
