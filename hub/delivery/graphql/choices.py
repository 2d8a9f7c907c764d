"""The enums of the delivery area."""

from hub.delivery.models import Channel, ContactKind, MessageStatus, ReceiptState
from hub.lib.api import choices

choices(
    MessageStatus,
    name="MessageStatus",
    description="How far a message has come. It stands in its person's inbox in any case.",
    values={
        "QUEUED": "It is being sent, or waits for another try, or until quiet hours end (`quietUntil`).",
        "SENT": "A provider has accepted it.",
        "INBOX_ONLY": "There is no other way to reach its person from here; the receipts say why.",
        "FAILED": "Refused by every contact method, or tried too often; the receipts say why.",
        "WITHDRAWN": "What it asks for was done before it went out; the last receipt says what.",
    },
)
choices(
    ContactKind,
    name="ContactKind",
    description="What kind of address a contact method has.",
    values={
        "EMAIL": "An e-mail address.",
        "ADDRESS": "Another service by its apprise address: chat, push, SMS, voice (twilio:// with ?method=call) or a"
        " webhook.",
    },
)
choices(
    Channel,
    name="MessageChannel",
    description="By what a message goes out.",
    values={
        "IN_APP": "The inbox in the hub.",
        "EMAIL": "E-mail.",
        "SERVICE": "Another service that the person has named: chat, push or a webhook.",
    },
)
choices(
    ReceiptState,
    name="ReceiptState",
    description="How one attempt to deliver a message went.",
    values={
        "DELIVERED": "It is in the inbox.",
        "SENDING": "It is on its way.",
        "SENT": "The provider has accepted it.",
        "DELAYED": "The provider did not accept it now, or its answer was lost; it is tried again.",
        "REFUSED": "The provider will not accept it; the next contact method is tried.",
        "LOST": "The hub's worker ended before it knew; it is tried again.",
        "SKIPPED": "It was not tried, since that cannot work here.",
    },
)

__all__ = ["Channel", "ContactKind", "MessageStatus", "ReceiptState"]
