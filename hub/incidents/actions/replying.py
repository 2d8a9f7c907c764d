"""Replies by mail: what somebody answers to a page acknowledges it, as the link in it does."""

from __future__ import annotations

from collections.abc import Iterable
from email import message_from_bytes
from email.errors import MessageError
from email.policy import default as policy
from enum import StrEnum
from typing import Final
from uuid import UUID

from hub.delivery import access, answering, replies
from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.delivery.replies import Said
from hub.incidents.actions.paging import acknowledge_page
from hub.lib import clock
from hub.lib.errors import Conflict, NotFound
from hub.lib.identity import Actor, acting_as, person
from hub.lib.jobs import defer
from tenants import access as tenants

TELL: Final = "hub.incidents.jobs.tell_not_understood"


class Reply(StrEnum):
    """What came of a mail that was handed in."""

    ACKNOWLEDGED = "acknowledged"
    AUTOMATIC = "left alone: it was written by a program"
    NOT_UNDERSTOOD = "left alone: it says something else, and its writer is told so"
    FOR_NOBODY = "left alone: it answers no message, or one that is too old"
    UNREADABLE = "left alone: it is no mail"


def receive_reply(*, mail: bytes, recipients: Iterable[str] = ()) -> Reply:
    """Take a mail that was sent to the hub's reply address.

    Whoever the page went to acknowledges by it, whichever address it comes from: the address that it goes to is theirs
    alone, for as long as the link in the page holds. Whatever else it is, nothing changes.

    Args:
        mail: as it came, with its headers (RFC 5322).
        recipients: for whom a mail server or a provider handed it in, if it says so.

    Locks incident, then message.
    """
    try:
        read = message_from_bytes(mail, policy=policy)
        meant, said = replies.meant_in(read, recipients), replies.said_in(read)
    except (MessageError, LookupError, ValueError):
        return Reply.UNREADABLE
    if meant is None:
        return Reply.FOR_NOBODY
    if said is Said.BY_ITSELF:
        return Reply.AUTOMATIC
    try:
        return _taken(*meant, said)
    except (NotFound, Conflict):
        return Reply.FOR_NOBODY


def _taken(key: UUID, person_id: int, said: Said) -> Reply:
    actor = person(person_id, through="mail")
    with acting_as(actor):
        tenants.person_for(actor, person_id)
        message = access.message_of_key(actor, key)
        if clock.now() - message.created_at > answering.LASTS:
            return Reply.FOR_NOBODY
        if said is Said.SOMETHING_ELSE:
            defer(TELL, message_id=message.pk)
            return Reply.NOT_UNDERSTOOD
        acknowledge_page(actor=actor, message_id=message.pk)
        return Reply.ACKNOWLEDGED


def tell_not_understood(*, actor: Actor, message_id: int) -> None:
    """Tell somebody that their reply acknowledged nothing, once a message. The system's own."""
    with acting_as(actor):
        message = access.messages(actor).get(pk=message_id)
        if message.acknowledged_at is not None:
            return
        send_message(
            actor=actor,
            person_id=message.person_id,
            letter=Letter(
                subject=f"{message.reference or 'Your page'} is not acknowledged: your reply was not understood",
                reference=message.reference,
                path=message.path,
                lead="Your reply to a page says something else than “ack”, so that it acknowledged nothing.",
                request="Reply “ack”, or open it and write there what you want others to read.",
            ),
            dedupe_key=f"reply:{message.pk}",
            unit_id=message.unit_id,
            incident_id=message.incident_id,
            restricted=message.restricted,
        )
