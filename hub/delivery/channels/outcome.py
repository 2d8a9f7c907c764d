from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hub.delivery.models import Channel, ReceiptState


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """One message on its way by one method: all that a provider needs to know.

    Attributes:
        key: the message's own; it becomes the Message-ID, the same for every attempt, so that mail servers and
            readers' programs recognise a copy.
        attempt: the number of this attempt.
        thread: what the message is about; mails about the same thing stand together.
        address: an e-mail address, or an apprise address with its secrets.
        reply_to: where an answer acknowledges it; empty where none does.
        calendar: an iCalendar object for mail programs, without addresses; empty for none.
    """

    key: UUID
    attempt: int
    thread: str
    channel: Channel
    address: str = field(repr=False)
    recipient: str
    subject: str
    text: str
    html: str
    is_urgent: bool
    written_at: datetime
    reply_to: str = field(default="", repr=False)
    calendar: str = field(default="", repr=False)


@dataclass(frozen=True)
class Outcome:
    """How an attempt went: SENT, DELAYED (try again) or REFUSED (do not), with the reason in one sentence."""

    state: ReceiptState
    reason: str = ""
