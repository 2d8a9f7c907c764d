"""The writers of messages. Each is one transaction: lock, check, write, audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from uuid import uuid4

from django.db.models import Value
from django.db.models.functions import Coalesce

from hub.delivery import access, answering
from hub.delivery.letters import Letter
from hub.delivery.models import KEPT_BACK, Channel, Message, Receipt, ReceiptState
from hub.delivery.witnesses import tell_witnesses, tell_witnesses_later
from hub.lib import clock
from hub.lib.errors import Conflict
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer, defer_each
from hub.lib.logical_time import LogicalNow, logical_now
from hub.lib.rows import insert_all
from tenants import access as people
from tenants import audit
from tenants.permissions import Permission, can

DELIVER = "hub.delivery.jobs.deliver"
DELIVER_TOGETHER = "hub.delivery.jobs.deliver_together"
TOGETHER = 50
"""How many messages one job delivers at most."""


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
    severity: str = "",
) -> Message:
    """Put a message into somebody's inbox, and on its way to them once the transaction commits.

    Args:
        actor: `SYSTEM`: messages follow from events, in jobs.
        dedupe_key: what happened, to whom. A message with the same key is not sent again: the first one is returned.
        unit_id, incident_id, restricted: whose it is, exactly as the incident's row has it.
        is_page: whether somebody must say that they have it.
        severity: how grave it is, for the rules of who is reached how and when: sev1 to sev5, or nothing.

    Raises `NotFound` for a person who is not there or no longer active.
    """
    with acting_as(actor):
        people.person_for(actor, person_id)
        draft = Draft(
            person_id=person_id,
            letter=letter,
            dedupe_key=dedupe_key,
            unit_id=unit_id,
            incident_id=incident_id,
            restricted=restricted,
            is_page=is_page,
            severity=severity,
        )
        return send_messages(actor=actor, drafts=[draft])[0]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A message to be sent; see `send_message`.

    Attributes:
        takes_incident: whether who acknowledges a page takes its incident with it; a page that does not has in its
            letter where it is acknowledged.
        only_id: the contact method by which alone it goes out; None for all, in their order.
    """

    person_id: int
    letter: Letter
    dedupe_key: str
    unit_id: int | None = None
    incident_id: int | None = None
    restricted: bool = False
    is_page: bool = False
    takes_incident: bool = True
    only_id: int | None = None
    severity: str = ""


def send_messages(*, actor: Actor, drafts: Sequence[Draft]) -> list[Message]:
    """`send_message` for many at once, to people who are known to be there, by a few statements for any number.

    The messages come in the order of the drafts.
    """
    with acting_as(actor):
        # As a value: an expression in each of many rows takes Django longer to write out than all the rest of them.
        moment, due_at = clock.now(), logical_now()
        keys = [uuid4() for _ in drafts]
        letters = [
            replace(draft.letter, acknowledge=answering.path_of(key, draft.person_id))
            if draft.is_page and draft.takes_incident
            else draft.letter
            for draft, key in zip(drafts, keys, strict=True)
        ]
        written = [
            Message(
                key=key,
                severity=draft.severity,
                dedupe_key=draft.dedupe_key,
                person_id=draft.person_id,
                unit_id=draft.unit_id,
                incident_id=draft.incident_id,
                restricted=draft.restricted,
                reference=letter.reference,
                path=letter.path,
                subject=letter.subject_line,
                text=letter.text(),
                letter=letter.parts(),
                calendar=letter.calendar,
                is_page=draft.is_page,
                takes_incident=draft.takes_incident,
                only_id=draft.only_id,
                created_at=moment,
                due_at=due_at,
            )
            for draft, letter, key in zip(drafts, letters, keys, strict=True)
        ]
        insert_all(written, ignore_conflicts=True)
        kept, new = _kept(written)
        insert_all([receipt_of(message, channel=Channel.IN_APP, state=ReceiptState.DELIVERED) for message in new])
        tell_witnesses(new)
        queue_deliveries([message.pk for message in new])
        return [kept[draft.dedupe_key] for draft in drafts]


def queue_deliveries(message_ids: Sequence[int]) -> None:
    """Queue the delivery of these messages, in the caller's transaction: one alone, or many together."""
    if len(message_ids) == 1:
        defer(DELIVER, message_id=message_ids[0])
        return
    # Evenly: what is over from full jobs would be a small one, behind all of them.
    jobs = ceil(len(message_ids) / TOGETHER)
    defer_each(DELIVER_TOGETHER, [{"message_ids": list(message_ids[number::jobs])} for number in range(jobs)])


def _kept(written: Sequence[Message]) -> tuple[dict[str, Message], list[Message]]:
    """The messages as they stand, by their dedupe keys, and those of them that are new."""
    found = Message.objects.filter(dedupe_key__in=[each.dedupe_key for each in written])
    stored = {dedupe_key: (pk, key) for dedupe_key, pk, key in found.values_list("dedupe_key", "pk", "key")}
    kept: dict[str, Message] = {}
    for each in written:
        pk, key = stored[each.dedupe_key]
        if key == each.key:
            each.pk = pk
            kept[each.dedupe_key] = each
    new = list(kept.values())
    if len(kept) < len(stored):
        kept |= {each.dedupe_key: each for each in found.exclude(pk__in=[each.pk for each in new])}
    return kept, new


def mark_seen(*, actor: Actor, message_id: int) -> Message:
    """Say that the person has seen a message of theirs; the first time counts. Raises `NotFound`. Locks the message."""
    with acting_as(actor):
        message = access.message_for(actor, message_id, lock=True)
        if message.seen_at is None:
            message.seen_at = clock.now()
            message.save(update_fields=["seen_at"])
            tell_witnesses_later(message)
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
        tell_witnesses_later(message)
        audit.record(
            actor=actor,
            verb="acknowledge_message",
            obj=message,
            unit_id=message.unit_id,
            # A page may outlast its reader's sight of what it is about: the role ended, or the incident went on to
            # another unit. Nobody writes an entry about an incident that they do not see, and the page stays theirs.
            incident_id=message.incident_id if _is_in_sight(actor, message) else None,
            restricted=message.restricted,
            change={"acknowledged": [False, True]},
        )
        return message


def _is_in_sight(actor: Actor, message: Message) -> bool:
    """Whether the actor sees the message's incident. Whoever reads a message about a restricted one was admitted."""
    return message.restricted or (message.unit_id is not None and can(actor, Permission.INCIDENT_VIEW, message.unit_id))


def look_again(*, actor: Actor, person_id: int) -> int:
    """Try at once what a person's quiet hours kept back, since the rules of their methods are others now.

    Args:
        actor: `SYSTEM`.

    Returns how many messages there are. Locks them.
    """
    with acting_as(actor):
        kept = Message.objects.filter(KEPT_BACK, person_id=person_id)
        found = list(kept.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        Message.objects.filter(pk__in=found).update(due_at=LogicalNow())
        queue_deliveries(found)
        return len(found)


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
        settled = list(pages.order_by("pk").select_for_update(no_key=True))
        Message.objects.filter(pk__in=[each.pk for each in settled]).update(
            acknowledged_at=at, seen_at=Coalesce("seen_at", Value(at))
        )
        tell_witnesses(settled)
        return len(settled)


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
    receipt = receipt_of(
        message, channel=channel, state=state, method_id=method_id, number=number, round=round, reason=reason
    )
    receipt.save(force_insert=True)
    return receipt


def receipt_of(
    message: Message,
    *,
    channel: Channel,
    state: ReceiptState,
    method_id: int | None = None,
    number: int = 0,
    round: int = 0,
    reason: str = "",
) -> Receipt:
    """A receipt with its message's scope, not yet stored."""
    return Receipt(
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
