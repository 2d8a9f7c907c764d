"""What follows from how attempts went: rows only, and many of them at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any, Final

from django.db.models import Value, prefetch_related_objects
from django.db.models.functions import Coalesce

from hub.delivery import access
from hub.delivery.attempts import ACCOUNT
from hub.delivery.channels import Outcome
from hub.delivery.claims import Claim, give_up, receipts_of
from hub.delivery.models import Message, MessageStatus, Receipt, ReceiptState
from hub.delivery.ways import Way, next_of, ways_to
from hub.delivery.witnesses import tell_witnesses
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.logical_time import LogicalNow

_JUDGED_BY: Final = (
    "person_id",
    "unit_id",
    "incident_id",
    "restricted",
    "severity",
    "is_page",
    "only_id",
    "acknowledged_at",
    "status",
    "attempts",
    "sent_at",
)
"""What an outcome is judged by: what a message says is much, and has gone."""


def record(went: Sequence[tuple[Claim, Outcome]]) -> list[int]:
    """Write down how attempts went. Returns the messages of which something else is to be tried at once.

    Locks the messages, in the order of their ids.
    """
    with acting_as(SYSTEM):
        by_message = {claimed.message_id: (claimed, outcome) for claimed, outcome in went}
        messages = list(
            Message.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk__in=by_message)
            .only(*_JUDGED_BY)
            .order_by("pk")
        )
        _note(went)
        tell_witnesses(messages)
        done = [message.pk for message in messages if _is_done(message, *by_message[message.pk])]
        if done:
            Message.objects.filter(pk__in=done).update(
                status=MessageStatus.SENT, sent_at=Coalesce("sent_at", Value(clock.now())), leased_until=None
            )
        left = [message for message in messages if message.pk not in set(done)]
        prefetch_related_objects(left, "person")
        receipts = receipts_of(left)
        methods = access.ways_of(SYSTEM, {message.person_id for message in left}) if left else {}
        again: list[int] = []
        for message in left:
            ways = ways_to(message, methods.get(message.person_id, ()))
            if _goes_on(message, *by_message[message.pk], ways, receipts[message.pk]):
                again.append(message.pk)
        return again


def _note(went: Iterable[tuple[Claim, Outcome]]) -> None:
    """Let the receipts say how it went: those that say the same by one statement."""
    receipts: dict[Outcome, list[int]] = defaultdict(list)
    for claimed, outcome in went:
        receipts[outcome].append(claimed.receipt_id)
    for outcome, ids in receipts.items():
        Receipt.objects.filter(pk__in=ids).update(state=outcome.state, reason=outcome.reason[:300], at=clock.now())


def _is_done(message: Message, claimed: Claim, outcome: Outcome) -> bool:
    """Whether a provider took it, and nothing follows from the silence of its person."""
    if outcome.state is not ReceiptState.SENT:
        return False
    is_latest = message.attempts == claimed.number
    return not message.is_page or message.acknowledged_at is not None or not is_latest or claimed.is_only_way


def _goes_on(
    message: Message, claimed: Claim, outcome: Outcome, ways: Sequence[Way], receipts: Sequence[Receipt]
) -> bool:
    """Write down what follows from the attempt, and return whether something is to be tried at once."""
    if outcome.state is ReceiptState.SENT:
        silence = _silence(claimed, ways, receipts)
        sent: dict[str, Any] = {"sent_at": message.sent_at or clock.now(), "leased_until": None}
        if silence is None:
            sent |= {"status": MessageStatus.SENT}
        else:
            sent |= {"status": MessageStatus.QUEUED, "due_at": LogicalNow() + silence}
        Message.objects.filter(pk=message.pk).update(**sent)
        return False
    if message.attempts != claimed.number or message.status != MessageStatus.QUEUED:
        return False
    step = next_of(ways, receipts)
    if step is None:
        give_up(message, ways, receipts)
        return False
    Message.objects.filter(pk=message.pk).update(due_at=LogicalNow() + step.pause, leased_until=None)
    return not step.pause


def _silence(claimed: Claim, ways: Sequence[Way], receipts: Sequence[Receipt]) -> timedelta | None:
    """How long a page's person may be silent until the next method is tried; None where there is nothing to try."""
    used = next(each.method_id or ACCOUNT for each in receipts if each.pk == claimed.receipt_id)
    wait = next((way.wait for way in ways if way.method == used), timedelta())
    return wait if wait and next_of(ways, receipts) is not None else None
