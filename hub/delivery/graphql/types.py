"""Types of the delivery area. A field is a column or a relation; the database decides which rows there are."""

import strawberry_django
from strawberry import auto, relay

from hub.delivery import models
from hub.delivery.graphql.choices import Channel, MessageStatus, ReceiptState
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry_django.type(
    models.Receipt, name="Receipt", description="One attempt to deliver a message, and how it went."
)
class ReceiptType(relay.Node):
    channel: Channel = strawberry_django.field(description="By what it went.")
    number: auto = strawberry_django.field(description="Which attempt it was; the inbox is 0.")
    state: ReceiptState = strawberry_django.field(description="How it went.")
    reason: auto = strawberry_django.field(description="Why it did not go through, in one sentence.")
    at: auto = strawberry_django.field(description="When it came to this.")


@strawberry_django.type(
    models.Message,
    name="Message",
    description="Something that one person is told. They see their own; whoever administers a unit sees those about"
    " its unrestricted matters.",
)
class MessageType(relay.Node):
    person: PersonType = strawberry_django.field(description="Whom it is for.")
    unit: BusinessUnitType | None = strawberry_django.field(description="The unit it belongs to, if any.")
    reference: auto = strawberry_django.field(description="What it is about: PAY-142.")
    path: auto = strawberry_django.field(description="Where in the hub that is.")
    subject: auto = strawberry_django.field(description="What it says, in a line.")
    text: auto = strawberry_django.field(description="What it says, as plain text.")
    is_page: auto = strawberry_django.field(description="Whether somebody must say that they have it.")
    status: MessageStatus = strawberry_django.field(description="How far it has come outside the hub.")
    created_at: auto = strawberry_django.field(description="When it was written.")
    sent_at: auto = strawberry_django.field(description="When a provider first accepted it.")
    seen_at: auto = strawberry_django.field(description="When its person saw it here.")
    acknowledged_at: auto = strawberry_django.field(description="When its person said that they have it.")
    receipts: list[ReceiptType] = strawberry_django.field(description="Every attempt to deliver it, in order.")
