"""Types of the delivery area. A field is a column or a relation; the database decides which rows there are."""

from typing import Any, cast

import strawberry_django
from strawberry import auto, relay

from hub.delivery import models
from hub.delivery.graphql.choices import Channel, ContactKind, MessageStatus, ReceiptState
from hub.lib.api import row_data
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


def _address(root: Any) -> str:
    """An address with secrets is not told again, even to who gave it."""
    method = cast(models.ContactMethod, root)
    return method.address if method.kind == ContactKind.EMAIL else f"{method.address.partition('://')[0]}://…"


def _quiet_hours(root: Any) -> list[list[int]]:
    return [list(pair) for pair in cast(models.ContactMethod, root).quiet_hours]


@strawberry_django.type(
    models.ContactMethod,
    name="ContactMethod",
    description="A way to reach you outside the hub. Only you see it.",
)
class ContactMethodType(relay.Node):
    kind: ContactKind = strawberry_django.field(description="What kind of address it is.")
    address: str = row_data(
        _address, only=["kind", "address"], description="Where; of an address with secrets, its scheme alone."
    )
    name: auto = strawberry_django.field(description="What you call it.")
    position: auto = strawberry_django.field(description="Its place: the lowest is tried first.")
    wait: auto = strawberry_django.field(description="Minutes of silence after a page, until the next method is tried.")
    severities: list[str] = strawberry_django.field(description="Used only for these; for all where empty.")
    quiet_hours: list[list[int]] = row_data(
        _quiet_hours,
        only=["quiet_hours"],
        description="When it is quiet, where you are: pairs of minutes from Monday 00:00.",
    )
    breaks_quiet: list[str] = strawberry_django.field(description="Severities for which it is used at any hour.")
    verified_at: auto = strawberry_django.field(description="Since when it is used; nothing until it is verified.")
    code_problem: auto = strawberry_django.field(description="Why the code could not be sent, if it could not.")


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
    quiet_until: auto = strawberry_django.field(
        description="Until when its person's quiet hours keep it, or kept it, in the inbox; then it goes out, if it"
        " still matters."
    )
    seen_at: auto = strawberry_django.field(description="When its person saw it here.")
    acknowledged_at: auto = strawberry_django.field(description="When its person said that they have it.")
    receipts: list[ReceiptType] = strawberry_django.field(description="Every attempt to deliver it, in order.")
