"""Which messages a worker tries now, by which method, and how that went: rows only, and many of them at a time.

Whoever has the lease tries alone. A worker that dies leaves a lease that ends by itself, and the sweep finds the
message again. Times to come are of the logical clock, the one that all workers share and nobody sets.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string

from hub.delivery import access, answering, channels, replies
from hub.delivery.actions import receipt_of, write_receipt
from hub.delivery.attempts import ACCOUNT, Attempt, Next, next_attempt
from hub.delivery.channels import Outcome, Parcel
from hub.delivery.invitations import discreet
from hub.delivery.letters import Letter, discreet_letter
from hub.delivery.methods import why_silent
from hub.delivery.models import Channel, ContactMethod, Message, MessageStatus, Receipt, ReceiptState
from hub.delivery.witnesses import tell_witnesses
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.logical_time import LogicalNow
from hub.lib.rows import insert_all

logger = logging.getLogger(__name__)

LAG = timedelta(seconds=10)
"""How far the logical clock's row may be behind."""
TRIABLE = Q(leased_until__isnull=True) | Q(leased_until__lt=LogicalNow())

WORDS = ("text", "letter", "html", "calendar")
"""What a message says: much, and nothing that is asked for once it has gone."""
_LOST = "The worker ended before it could say how it went."
_UNSENT = (ReceiptState.DELAYED, ReceiptState.REFUSED, ReceiptState.LOST)


def lease() -> timedelta:
    """How long a worker has a message to itself: longer than any provider is waited for, by a clock that lags a bit."""
    patience: timedelta = settings.DELIVERY_PATIENCE
    return 2 * patience + LAG


@dataclass(frozen=True)
class Claim:
    """The right to try one method of a message, until the lease ends.

    Attributes:
        number: the attempt's, which is the fence.
        since: when it was asked for, by `time.monotonic`.
        is_only_way: whether its person can be reached by no other.
    """

    message_id: int
    receipt_id: int
    number: int
    parcel: Parcel
    since: float
    is_only_way: bool


@dataclass(frozen=True)
class Way:
    """A contact method, or the account's e-mail address. `problem` says why it cannot be used here."""

    method: int
    channel: Channel
    address: str
    problem: str = ""
    wait: timedelta = timedelta()


def claim(message_ids: Sequence[int]) -> list[Claim]:
    """Take the right to try one method of each of these messages, by the same few statements for any number.

    What is not due, what somebody else tries, and what needs no trying any more is left out. Locks the messages, in
    the order of their ids, and waits for none.
    """
    since = time.monotonic()
    with acting_as(SYSTEM):
        messages = list(
            Message.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .filter(TRIABLE, pk__in=message_ids, status=MessageStatus.QUEUED, due_at__lte=LogicalNow())
            .select_related("person")
            .order_by("pk")
        )
        if not messages:
            return []
        unwanted = why_unwanted(messages)
        for message in messages:
            if message.pk in unwanted:
                _withdraw(message, unwanted[message.pk])
        wanted = [message for message in messages if message.pk not in unwanted]
        known = {
            message.pk for message in wanted if message.acknowledged_at is not None and message.sent_at is not None
        }
        if known:
            Message.objects.filter(pk__in=known).update(status=MessageStatus.SENT, leased_until=None)
        return _leased([message for message in wanted if message.pk not in known], since)


def record(went: Sequence[tuple[Claim, Outcome]]) -> list[int]:
    """Write down how attempts went. Returns the messages of which something else is to be tried at once.

    Locks the messages, in the order of their ids.
    """
    with acting_as(SYSTEM):
        by_message = {claimed.message_id: (claimed, outcome) for claimed, outcome in went}
        messages = list(
            Message.objects.select_for_update(no_key=True, of=("self",))
            .filter(pk__in=by_message)
            .select_related("person")
            .defer(*WORDS)
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
        receipts = _receipts_of(left)
        methods = access.ways_of(SYSTEM, {message.person_id for message in left}) if left else {}
        again: list[int] = []
        for message in left:
            ways = ways_to(message, methods.get(message.person_id, ()))
            if _goes_on(message, *by_message[message.pk], ways, receipts[message.pk]):
                again.append(message.pk)
        return again


def why_unwanted(messages: Sequence[Message]) -> dict[int, str]:
    """What areas above say against sending pages now, in a sentence, by message id (`HUB_MESSAGE_CONDITIONS`).

    Those that nothing is said against are absent.
    """
    conditions: list[Callable[[Sequence[Message]], Mapping[int, str]]] = [
        import_string(path) for path in settings.HUB_MESSAGE_CONDITIONS
    ]
    said: dict[int, str] = {}
    for condition in conditions:
        pages = [message for message in messages if message.is_page and message.pk not in said]
        said |= condition(pages) if pages else {}
    return said


def ways_to(message: Message, methods: Iterable[ContactMethod]) -> list[Way]:
    """How to reach the message's person now, in their order; nothing for somebody who has left.

    Args:
        methods: theirs, as `access` gives them.
    """
    person = message.person
    if not person.is_active:
        return []
    now = clock.now()
    found = list(methods)
    mail_problem = channels.mail_problem()
    if message.only_id is not None:
        found = [method for method in found if method.pk == message.only_id]
    elif not found:
        return [Way(ACCOUNT, Channel.EMAIL, person.email, mail_problem)] if person.email else []
    return [
        Way(
            method.pk,
            method.channel,
            method.address,
            (mail_problem if method.channel is Channel.EMAIL else "")
            or why_silent(method, message.severity, person.time_zone, now),
            timedelta(minutes=method.wait),
        )
        for method in found
    ]


def parcel_of(message: Message, way: Way) -> Parcel:
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


def _leased(messages: Sequence[Message], since: float) -> list[Claim]:
    receipts = _receipts_of(messages)
    lost = [each for past in receipts.values() for each in past if each.state == ReceiptState.SENDING]
    for each in lost:
        each.state = ReceiptState.LOST
    if lost:
        Receipt.objects.filter(pk__in=[each.pk for each in lost]).update(
            state=ReceiptState.LOST, reason=_LOST, at=clock.now()
        )
    methods = access.ways_of(SYSTEM, {message.person_id for message in messages})
    written: list[Receipt] = []
    tries: list[tuple[Message, Way, Receipt, bool]] = []
    hopeless: list[Message] = []
    for message in messages:
        ways, past = ways_to(message, methods.get(message.person_id, ())), receipts[message.pk]
        skipped = {each.method_id for each in past if each.state == ReceiptState.SKIPPED}
        for way in ways:
            if way.problem and (way.method or None) not in skipped:
                message.attempts += 1
                written.append(_receipt(message, way, ReceiptState.SKIPPED, reason=way.problem))
        step = _next(ways, past)
        if step is None:
            hopeless.append(message)
            continue
        way = next(way for way in ways if way.method == step.method)
        message.attempts += 1
        receipt = _receipt(message, way, ReceiptState.SENDING, round=step.round)
        written.append(receipt)
        tries.append((message, way, receipt, sum(1 for way in ways if not way.problem) == 1))
    insert_all(written)
    for message in hopeless:
        _give_up(message)
    by_attempts = attrgetter("attempts")
    for attempts, group in groupby(sorted((message for message, *_ in tries), key=by_attempts), by_attempts):
        Message.objects.filter(pk__in=[message.pk for message in group]).update(
            attempts=attempts, leased_until=LogicalNow() + lease()
        )
    return [
        Claim(message.pk, receipt.pk, message.attempts, parcel_of(message, way), since, is_only_way)
        for message, way, receipt, is_only_way in tries
    ]


def _receipts_of(messages: Iterable[Message]) -> dict[int, list[Receipt]]:
    """What is written down of each; of those that were never tried there is nothing to read."""
    found: dict[int, list[Receipt]] = defaultdict(list)
    tried = [message.pk for message in messages if message.attempts]
    for receipt in Receipt.objects.filter(message__in=tried) if tried else ():
        found[receipt.message_id].append(receipt)
    return found


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
    step = _next(ways, receipts)
    if step is None:
        _give_up(message)
        return False
    Message.objects.filter(pk=message.pk).update(due_at=LogicalNow() + step.pause, leased_until=None)
    return not step.pause


def _silence(claimed: Claim, ways: Sequence[Way], receipts: Sequence[Receipt]) -> timedelta | None:
    """How long a page's person may be silent until the next method is tried; None where there is nothing to try."""
    used = next(each.method_id or ACCOUNT for each in receipts if each.pk == claimed.receipt_id)
    wait = next((way.wait for way in ways if way.method == used), timedelta())
    return wait if wait and _next(ways, receipts) is not None else None


def _next(ways: Iterable[Way], receipts: Iterable[Receipt]) -> Next | None:
    """What to try next. A page that a provider accepted goes on to the next method, and to no further round."""
    usable = [way.method for way in ways if not way.problem]
    counted = [each for each in receipts if each.state in (*_UNSENT, ReceiptState.SENT)]
    step = next_attempt(
        usable,
        [Attempt(each.method_id or ACCOUNT, each.round, each.state == ReceiptState.REFUSED) for each in counted],
    )
    accepted = {each.method_id or ACCOUNT for each in counted if each.state == ReceiptState.SENT}
    if step is None or step.method in accepted:
        return None
    return None if step.pause and accepted else step


def _withdraw(message: Message, why: str) -> None:
    message.receipts.filter(state=ReceiptState.SENDING).update(state=ReceiptState.LOST, reason=_LOST, at=clock.now())
    message.attempts += 1
    write_receipt(message, channel=Channel.IN_APP, state=ReceiptState.SKIPPED, number=message.attempts, reason=why)
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.WITHDRAWN, attempts=message.attempts, leased_until=None
    )
    tell_witnesses([message])


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


def _receipt(message: Message, way: Way, state: ReceiptState, *, round: int = 0, reason: str = "") -> Receipt:
    return receipt_of(
        message,
        channel=way.channel,
        state=state,
        method_id=way.method or None,
        number=message.attempts,
        round=round,
        reason=reason,
    )
