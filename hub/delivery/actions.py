"""The writers of messages. Each is one transaction: lock, check, write, audit."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Value
from django.db.models.functions import Coalesce, Now

from hub.delivery import access
from hub.delivery.letters import Letter
from hub.delivery.models import Channel, Message, Receipt, ReceiptState
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from tenants import access as people
from tenants import audit

DELIVER = "hub.delivery.jobs.deliver"


def send_message(
    *,
    actor: Actor,
    person_id: int,
    letter: Letter,
    dedupe_key: str,
    unit_id: int | None = None,
    incident_id: int | None = None,
    restricted: bool = False,
    is_page: bool = False,
) -> Message:
    """Put a message into somebody's inbox, and on its way to them once the transaction commits.

    Args:
        actor: `SYSTEM`: messages follow from events, in jobs.
        dedupe_key: what happened, to whom. A message with the same key is not sent again: the first one is returned.
        unit_id, incident_id, restricted: whose it is, exactly as the incident's row has it.
        is_page: whether somebody must say that they have it.

    Raises `NotFound` for a person who is not there or no longer active.
    """
    with acting_as(actor):
        person = people.person_for(actor, person_id)
        moment = clock.now()
        draft = Message(
            dedupe_key=dedupe_key,
            person=person,
            unit_id=unit_id,
            incident_id=incident_id,
            restricted=restricted,
            reference=letter.reference,
            path=letter.path,
            subject=letter.subject_line,
            text=letter.text(),
            html=letter.html(),
            is_page=is_page,
            created_at=moment,
            due_at=Now(),
        )
        Message.objects.bulk_create([draft], ignore_conflicts=True)
        message = Message.objects.get(dedupe_key=dedupe_key)
        if message.key == draft.key:
            write_receipt(message, channel=Channel.IN_APP, state=ReceiptState.DELIVERED)
            defer(DELIVER, message_id=message.pk)
        return message


def mark_seen(*, actor: Actor, message_id: int) -> Message:
    """Say that the person has seen a message of theirs; the first time counts. Raises `NotFound`. Locks the message."""
    with acting_as(actor):
        message = access.message_for(actor, message_id, lock=True)
        if message.seen_at is None:
            message.seen_at = clock.now()
            message.save(update_fields=["seen_at"])
        return message


def acknowledge_message(*, actor: Actor, message_id: int) -> Message:
    """Say that the person has a page of theirs in hand; the first time counts. Locks the message.

    Raises `NotFound`, and `Conflict` for a message that asks for no acknowledgement.
    """
    with acting_as(actor):
        message = access.message_for(actor, message_id, lock=True)
        if not message.is_page:
            raise Conflict("This message asks for no acknowledgement.", path=["messageId"])
        if message.acknowledged_at is not None:
            return message
        moment = clock.now()
        message.acknowledged_at = moment
        message.seen_at = message.seen_at or moment
        message.save(update_fields=["acknowledged_at", "seen_at"])
        audit.record(
            actor=actor,
            verb="acknowledge_message",
            obj=message,
            unit_id=message.unit_id,
            incident_id=message.incident_id,
            restricted=message.restricted,
            change={"acknowledged": [False, True]},
        )
        return message


def settle_pages(*, actor: Actor, person_id: int, incident_id: int, at: datetime) -> int:
    """Count a person's pages about an incident as acknowledged, since they acted on it at that time.

    Args:
        actor: `SYSTEM`.

    Returns how many there were.
    """
    with acting_as(actor):
        pages = Message.objects.filter(
            person_id=person_id, incident_id=incident_id, is_page=True, acknowledged_at=None, created_at__lte=at
        )
        return pages.update(acknowledged_at=at, seen_at=Coalesce("seen_at", Value(at)))


def write_receipt(
    message: Message,
    *,
    channel: Channel,
    state: ReceiptState,
    method_id: int | None = None,
    number: int = 0,
    round: int = 0,
    reason: str = "",
) -> Receipt:
    """Write one receipt with its message's scope, in the caller's transaction."""
    return Receipt.objects.create(
        message=message,
        person_id=message.person_id,
        unit_id=message.unit_id,
        incident_id=message.incident_id,
        restricted=message.restricted,
        method_id=method_id,
        channel=channel,
        number=number,
        round=round,
        state=state,
        reason=reason[:300],
        at=clock.now(),
    )
