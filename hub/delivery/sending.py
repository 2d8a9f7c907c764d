"""Delivers a message: claims it for a while, tries one method outside any transaction, and writes down how that went.

Whoever has the lease tries alone. A worker that dies leaves a lease that ends by itself, and the sweep finds the
message again. Times to come are of the logical clock, the one that all workers share and nobody sets.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.module_loading import import_string

from hub.delivery import access, answering, channels, replies
from hub.delivery.actions import DELIVER, write_receipt
from hub.delivery.attempts import ACCOUNT, Attempt, Next, next_attempt
from hub.delivery.channels import Outcome, Parcel
from hub.delivery.invitations import discreet
from hub.delivery.letters import Letter, discreet_letter, way_in_letter
from hub.delivery.methods import why_silent
from hub.delivery.models import Channel, ContactMethod, Message, MessageStatus, Receipt, ReceiptState
from hub.delivery.witnesses import tell_witnesses
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import defer_each, waiting
from hub.lib.logical_time import LogicalNow
from hub.lib.precedence import give_way
from tenants import invitations
from tenants.models import Person

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 1000
LAG = timedelta(seconds=10)
"""How far the logical clock's row may be behind."""

_COURTESY = timedelta(seconds=2)
"""How long a message waits for what goes first: whatever that is, it is sent in the end."""

_LOST = "The worker ended before it could say how it went."
_UNSENT = (ReceiptState.DELAYED, ReceiptState.REFUSED, ReceiptState.LOST)

_TRIABLE = Q(leased_until__isnull=True) | Q(leased_until__lt=LogicalNow())


def lease() -> timedelta:
    """How long a worker has a message to itself: longer than any provider is waited for, by a clock that lags a bit."""
    patience: timedelta = settings.DELIVERY_PATIENCE
    return 2 * patience + LAG


def deliver(message_id: int) -> None:
    """Try the message's methods until one accepts it or nothing more is to be tried now.

    In a process that pages people at the same moment, it lets that go first: a page stands in its reader's inbox then,
    and sending takes three times as long as writing.
    """
    give_way(_COURTESY)
    while claim := _claim(message_id):
        if time.monotonic() - claim.since > settings.DELIVERY_PATIENCE.total_seconds():
            return  # stopped or starved since the claim: the lease may end, and another worker send, at any moment
        if not _record(claim, channels.send(claim.parcel, patience=settings.DELIVERY_PATIENCE)):
            return


def announce(message_id: int) -> None:
    """Let the witnesses know that a message came further, by what its person did."""
    with acting_as(SYSTEM):
        tell_witnesses(Message.objects.filter(pk=message_id))


def send_code(method: ContactMethod, code: str) -> str:
    """Send the code of a contact method there, outside any transaction. Returns why it did not go, or nothing."""
    problem = channels.mail_problem() if method.channel is Channel.EMAIL else ""
    if problem:
        return problem
    letter = Letter(
        subject=f"{code} is your code for the incident hub",
        path=reverse("contact-methods"),
        lead=f"Your code is {code}. It holds for 15 minutes.",
        request="Give it back in the hub, and pages will reach you here.",
        because="Somebody who is signed in as you named this as a way to reach you. If that was not you, do nothing.",
    )
    return _send_once(letter, method.person, method.channel, method.address).reason


def mail_way_in(person_id: int) -> None:
    """Mail somebody the address under which they choose a password, outside any transaction; kept nowhere.

    Raises `NotSent` where trying again makes sense.
    """
    person = Person.objects.filter(pk=person_id, is_active=True, is_service=False).exclude(email="").first()
    problem = channels.mail_problem()
    if person is None or problem:
        logger.warning("An address to choose a password is not mailed: %s", problem or "nobody is there to get it.")
        return
    outcome = _send_once(way_in_letter(person, invitations.path_for(person)), person, Channel.EMAIL, person.email)
    if outcome.state is ReceiptState.DELAYED:
        raise NotSent(outcome.reason)
    if outcome.state is ReceiptState.REFUSED:
        logger.warning("An address to choose a password was not mailed: %s", outcome.reason)


class NotSent(Exception):
    """A provider did not take what is kept nowhere; its job is done again."""


def _send_once(letter: Letter, person: Person, channel: Channel, address: str) -> Outcome:
    """Send what is no message in anybody's inbox."""
    parcel = Parcel(
        key=uuid4(),
        attempt=1,
        thread="",
        channel=channel,
        address=address,
        recipient=person.name,
        subject=letter.subject_line,
        text=letter.text(),
        html=letter.html(),
        is_urgent=False,
        written_at=clock.now(),
    )
    return channels.send(parcel, patience=settings.DELIVERY_PATIENCE)


def sweep() -> int:
    """Queue the delivery of every message that is due and that nobody tries. Returns how many were queued."""
    with acting_as(SYSTEM):
        queued = waiting(DELIVER, "message_id")
        due = Message.objects.filter(_TRIABLE, status=MessageStatus.QUEUED, due_at__lte=LogicalNow()).exclude(
            pk__in=queued
        )
        left = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
        defer_each(DELIVER, [{"message_id": message_id} for message_id in left])
        return len(left)


@dataclass(frozen=True)
class _Claim:
    """The right to try one method, until the lease ends. `number` is the fence."""

    message_id: int
    receipt_id: int
    number: int
    parcel: Parcel
    since: float
    is_only_way: bool


@dataclass(frozen=True)
class _Way:
    """A contact method, or the account's e-mail address. `problem` says why it cannot be used here."""

    method: int
    channel: Channel
    address: str
    problem: str = ""
    wait: timedelta = timedelta()


def _claim(message_id: int) -> _Claim | None:
    since = time.monotonic()
    with acting_as(SYSTEM):
        message = (
            Message.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .filter(_TRIABLE, pk=message_id, status=MessageStatus.QUEUED, due_at__lte=LogicalNow())
            .select_related("person")
            .first()
        )
        if message is None:
            return None
        if why := _why_unwanted(message):
            _withdraw(message, why)
            return None
        receipts = message.receipts
        if message.acknowledged_at is not None and message.sent_at is not None:
            Message.objects.filter(pk=message.pk).update(status=MessageStatus.SENT, leased_until=None)
            return None
        is_first = message.attempts == 0  # and nothing is written down that would have to be read
        if not is_first:
            receipts.filter(state=ReceiptState.SENDING).update(state=ReceiptState.LOST, reason=_LOST, at=clock.now())
        ways = _ways(message)
        for way in ways:
            if way.problem and not receipts.filter(state=ReceiptState.SKIPPED, method_id=way.method or None).exists():
                message.attempts += 1
                _write(message, way, ReceiptState.SKIPPED, reason=way.problem)
        usable = [way.method for way in ways if not way.problem]
        step = next_attempt(usable, []) if is_first else _next(message, ways)
        if step is None:
            _give_up(message)
            return None
        way = next(way for way in ways if way.method == step.method)
        message.attempts += 1
        receipt = _write(message, way, ReceiptState.SENDING, round=step.round)
        Message.objects.filter(pk=message.pk).update(attempts=message.attempts, leased_until=LogicalNow() + lease())
        return _Claim(message.pk, receipt.pk, message.attempts, _parcel(message, way), since, len(usable) == 1)


def _record(claim: _Claim, outcome: Outcome) -> bool:
    """Write down how it went, and return whether something is to be tried at once."""
    with acting_as(SYSTEM):
        message = (
            Message.objects.select_for_update(no_key=True, of=("self",))
            .select_related("person")
            .get(pk=claim.message_id)
        )
        message.receipts.filter(pk=claim.receipt_id).update(
            state=outcome.state, reason=outcome.reason[:300], at=clock.now()
        )
        tell_witnesses([message])
        if outcome.state is ReceiptState.SENT:
            message.sent_at = message.sent_at or clock.now()
            silence = _silence(message, claim)
            message.status = MessageStatus.SENT if silence is None else MessageStatus.QUEUED
            message.leased_until = None
            message.save(update_fields=["status", "sent_at", "leased_until"])
            if silence is not None:
                Message.objects.filter(pk=message.pk).update(due_at=LogicalNow() + silence)
            return False
        if message.attempts != claim.number or message.status != MessageStatus.QUEUED:
            return False
        step = _next(message, _ways(message))
        if step is None:
            _give_up(message)
            return False
        Message.objects.filter(pk=message.pk).update(due_at=LogicalNow() + step.pause, leased_until=None)
        return not step.pause


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
    tell_witnesses([message])


def _next(message: Message, ways: Sequence[_Way]) -> Next | None:
    """What to try next. A page that a provider accepted goes on to the next method, and to no further round."""
    usable = [way.method for way in ways if not way.problem]
    step = next_attempt(usable, _past(message.receipts.filter(state__in=(*_UNSENT, ReceiptState.SENT))))
    accepted = message.receipts.filter(state=ReceiptState.SENT)
    if step is not None and accepted.filter(method_id=step.method or None).exists():
        return None
    return None if step is not None and step.pause and accepted.exists() else step


def _silence(message: Message, claim: _Claim) -> timedelta | None:
    """How long a page's person may be silent until the next method is tried; None where there is nothing to try."""
    if not message.is_page or message.acknowledged_at is not None or message.attempts != claim.number:
        return None
    if claim.is_only_way:
        return None
    ways = _ways(message)
    used = message.receipts.get(pk=claim.receipt_id).method_id or ACCOUNT
    wait = next((way.wait for way in ways if way.method == used), timedelta())
    return wait if wait and _next(message, ways) is not None else None


def _give_up(message: Message) -> None:
    if message.sent_at is not None:
        Message.objects.filter(pk=message.pk).update(
            status=MessageStatus.SENT, attempts=message.attempts, leased_until=None
        )
        return
    tried = message.receipts.filter(state__in=_UNSENT).order_by("-number").first()
    status = MessageStatus.FAILED if tried else MessageStatus.INBOX_ONLY
    tell_witnesses([message])
    Message.objects.filter(pk=message.pk).update(status=status, attempts=message.attempts, leased_until=None)
    if tried:
        logger.warning("Message %s failed after %s attempts: %s", message.pk, message.attempts, tried.reason)


def _ways(message: Message) -> list[_Way]:
    """How to reach the message's person now, in their order; nothing for somebody who has left."""
    person = message.person
    if not person.is_active:
        return []
    now = clock.now()
    methods = list(access.contact_methods(person.pk))
    mail_problem = channels.mail_problem()
    if message.only_id is not None:
        methods = [method for method in methods if method.pk == message.only_id]
    elif not methods:
        return [_Way(ACCOUNT, Channel.EMAIL, person.email, mail_problem)] if person.email else []
    return [
        _Way(
            method.pk,
            method.channel,
            method.address,
            (mail_problem if method.channel is Channel.EMAIL else "")
            or why_silent(method, message.severity, person.time_zone, now),
            timedelta(minutes=method.wait),
        )
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
    subject, text, calendar = message.subject, message.text, message.calendar
    letter = Letter.of(message.letter) if message.letter else None
    if message.restricted:
        link = answering.path_of(message.key, message.person_id) if message.is_page else ""
        letter = discreet_letter(reference=message.reference, path=message.path, acknowledge=link)
        subject, text = letter.subject_line, letter.text()
        if calendar:
            calendar = discreet(calendar, reference=message.reference)
    html = ""
    if way.channel is Channel.EMAIL:
        html = letter.html() if letter else message.html
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
        reply_to=replies.address_of(message.key, message.person_id) if message.is_page else "",
        calendar=calendar,
    )
