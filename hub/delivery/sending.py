"""Delivers a message: claims it for a while, tries one method outside any transaction, and writes down how that went.

Whoever has the lease tries alone. A worker that dies leaves a lease that ends by itself, and the sweep finds the
message again. Leases are measured by the database's clock, the one that all workers share.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.module_loading import import_string
from procrastinate.exceptions import AlreadyEnqueued

from hub.delivery import access, channels
from hub.delivery.actions import DELIVER, write_receipt
from hub.delivery.attempts import ACCOUNT, Attempt, next_attempt
from hub.delivery.channels import Outcome, Parcel
from hub.delivery.letters import discreet_letter
from hub.delivery.models import Channel, ContactKind, Message, MessageStatus, Receipt, ReceiptState
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import defer
from tenants.models import Person

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 1000

_LOST = "The worker ended before it could say how it went."
_UNSENT = (ReceiptState.DELAYED, ReceiptState.REFUSED, ReceiptState.LOST)
_TRIABLE = Q(leased_until__isnull=True) | Q(leased_until__lt=Now())


def lease() -> timedelta:
    """How long a worker has a message to itself: longer than any provider is waited for."""
    patience: timedelta = settings.DELIVERY_PATIENCE
    return 2 * patience + timedelta(seconds=1)


def deliver(message_id: int) -> None:
    """Try the message's methods until one accepts it or nothing more is to be tried now."""
    while claim := _claim(message_id):
        if time.monotonic() - claim.since > settings.DELIVERY_PATIENCE.total_seconds():
            return  # stopped or starved since the claim: the lease may end, and another worker send, at any moment
        _record(claim, channels.send(claim.parcel, patience=settings.DELIVERY_PATIENCE))


def sweep() -> int:
    """Queue the delivery of every message that is due and that nobody tries. Returns how many were queued."""
    queued = 0
    with acting_as(SYSTEM):
        due = Message.objects.filter(_TRIABLE, status=MessageStatus.QUEUED, due_at__lte=Now())
        for message_id in due.order_by("due_at").values_list("pk", flat=True)[:SWEPT_AT_ONCE]:
            try:
                with transaction.atomic():
                    defer(DELIVER, once=True, message_id=message_id)
                queued += 1
            except AlreadyEnqueued:
                continue
    return queued


@dataclass(frozen=True)
class _Claim:
    """The right to try one method, until the lease ends. `number` is the fence."""

    message_id: int
    receipt_id: int
    number: int
    parcel: Parcel
    since: float


@dataclass(frozen=True)
class _Way:
    """A contact method, or the account's e-mail address. `problem` says why it cannot be used here."""

    method: int
    channel: Channel
    address: str
    problem: str = ""


def _claim(message_id: int) -> _Claim | None:
    since = time.monotonic()
    with acting_as(SYSTEM):
        message = (
            Message.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .filter(_TRIABLE, pk=message_id, status=MessageStatus.QUEUED, due_at__lte=Now())
            .select_related("person")
            .first()
        )
        if message is None:
            return None
        if why := _why_unwanted(message):
            _withdraw(message, why)
            return None
        receipts = message.receipts
        receipts.filter(state=ReceiptState.SENDING).update(state=ReceiptState.LOST, reason=_LOST, at=clock.now())
        ways = _ways(message.person)
        for way in ways:
            if way.problem and not receipts.filter(state=ReceiptState.SKIPPED, method_id=way.method or None).exists():
                message.attempts += 1
                _write(message, way, ReceiptState.SKIPPED, reason=way.problem)
        step = next_attempt([way.method for way in ways if not way.problem], _past(receipts.filter(state__in=_UNSENT)))
        if step is None:
            _give_up(message)
            return None
        way = next(way for way in ways if way.method == step.method)
        message.attempts += 1
        receipt = _write(message, way, ReceiptState.SENDING, round=step.round)
        Message.objects.filter(pk=message.pk).update(attempts=message.attempts, leased_until=Now() + lease())
        return _Claim(message.pk, receipt.pk, message.attempts, _parcel(message, way), since)


def _record(claim: _Claim, outcome: Outcome) -> None:
    with acting_as(SYSTEM):
        message = (
            Message.objects.select_for_update(no_key=True, of=("self",))
            .select_related("person")
            .get(pk=claim.message_id)
        )
        message.receipts.filter(pk=claim.receipt_id).update(
            state=outcome.state, reason=outcome.reason[:300], at=clock.now()
        )
        if outcome.state is ReceiptState.SENT:
            message.status = MessageStatus.SENT
            message.sent_at = message.sent_at or clock.now()
            message.leased_until = None
            message.save(update_fields=["status", "sent_at", "leased_until"])
            return
        if message.attempts != claim.number or message.status != MessageStatus.QUEUED:
            return
        ways = [way.method for way in _ways(message.person) if not way.problem]
        step = next_attempt(ways, _past(message.receipts.filter(state__in=_UNSENT)))
        if step is None:
            _give_up(message)
        else:
            Message.objects.filter(pk=message.pk).update(due_at=Now() + step.pause, leased_until=None)


def _why_unwanted(message: Message) -> str:
    """What areas above say against sending it now, in a sentence (`HUB_MESSAGE_CONDITIONS`); empty for nothing."""
    conditions: list[Callable[[Message], str]] = [import_string(path) for path in settings.HUB_MESSAGE_CONDITIONS]
    return next(filter(None, (condition(message) for condition in conditions)), "") if message.is_page else ""


def _withdraw(message: Message, why: str) -> None:
    message.receipts.filter(state=ReceiptState.SENDING).update(state=ReceiptState.LOST, reason=_LOST, at=clock.now())
    message.attempts += 1
    write_receipt(message, channel=Channel.IN_APP, state=ReceiptState.SKIPPED, number=message.attempts, reason=why)
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.WITHDRAWN, attempts=message.attempts, leased_until=None
    )


def _give_up(message: Message) -> None:
    tried = message.receipts.filter(state__in=_UNSENT).order_by("-number").first()
    status = MessageStatus.FAILED if tried else MessageStatus.INBOX_ONLY
    Message.objects.filter(pk=message.pk).update(status=status, attempts=message.attempts, leased_until=None)
    if tried:
        logger.warning("Message %s failed after %s attempts: %s", message.pk, message.attempts, tried.reason)


def _ways(person: Person) -> list[_Way]:
    """How to reach this person, in their order; nothing for somebody who has left."""
    if not person.is_active:
        return []
    methods = list(access.contact_methods(person.pk))
    mail_problem = channels.mail_problem()
    if not methods:
        return [_Way(ACCOUNT, Channel.EMAIL, person.email, mail_problem)] if person.email else []
    return [
        _Way(method.pk, Channel.EMAIL, method.address, mail_problem)
        if method.kind == ContactKind.EMAIL
        else _Way(method.pk, Channel.SERVICE, method.address)
        for method in methods
    ]


def _past(receipts: Iterable[Receipt]) -> list[Attempt]:
    return [
        Attempt(receipt.method_id or ACCOUNT, receipt.round, receipt.state == ReceiptState.REFUSED)
        for receipt in receipts
    ]


def _write(message: Message, way: _Way, state: ReceiptState, *, round: int = 0, reason: str = "") -> Receipt:
    return write_receipt(
        message,
        channel=way.channel,
        state=state,
        method_id=way.method or None,
        number=message.attempts,
        round=round,
        reason=reason,
    )


def _parcel(message: Message, way: _Way) -> Parcel:
    """What leaves the hub; of something that became restricted meanwhile, its reference alone."""
    subject, text, html = message.subject, message.text, message.html
    if message.restricted:
        letter = discreet_letter(reference=message.reference, path=message.path)
        subject, text, html = letter.subject_line, letter.text(), letter.html()
    return Parcel(
        key=message.key,
        attempt=message.attempts,
        thread=message.reference,
        channel=way.channel,
        address=way.address,
        recipient=message.person.name,
        subject=subject,
        text=text,
        html=html,
        is_urgent=message.is_page,
        written_at=message.created_at,
    )
