"""Which messages a worker tries now, and by which method: rows only, and many of them at a time.

Whoever has the lease tries alone. A worker that dies leaves a lease that ends by itself, and the sweep finds the
message again. Times to come are of the logical clock, the one that all workers share and nobody sets.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.conf import settings
from django.db.models import Q
from django.utils.module_loading import import_string

from hub.delivery import access, answering, replies
from hub.delivery.actions import receipt_of, write_receipt
from hub.delivery.channels import Parcel
from hub.delivery.invitations import discreet
from hub.delivery.letters import Letter, discreet_letter
from hub.delivery.models import Channel, Message, MessageStatus, Receipt, ReceiptState
from hub.delivery.ways import UNSENT, Way, next_of, opens_at, ways_to
from hub.delivery.witnesses import tell_witnesses
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.logical_time import LogicalNow
from hub.lib.rows import insert_all

logger = logging.getLogger(__name__)

LAG = timedelta(seconds=10)
"""How far the logical clock's row may be behind."""
TRIABLE = Q(leased_until__isnull=True) | Q(leased_until__lt=LogicalNow())

_LOST = "The worker ended before it could say how it went."
_READ = "Its person read it here while it was quiet."


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
        return _leased(_wanted(messages), since)


def _wanted(messages: Sequence[Message]) -> list[Message]:
    """Those that still are to be tried; what becomes of the others is written down."""
    unwanted = why_unwanted(messages)
    wanted, known = [], []
    for message in messages:
        if message.pk in unwanted:
            _withdraw(message, unwanted[message.pk])
        elif message.quiet_until is not None and _is_read(message):
            _leave_in_inbox(message)
        elif message.acknowledged_at is not None and message.sent_at is not None:
            known.append(message.pk)
        else:
            wanted.append(message)
    if known:
        Message.objects.filter(pk__in=known).update(status=MessageStatus.SENT, leased_until=None)
    return wanted


def _is_read(message: Message) -> bool:
    """Whether its person knows what it says, and has said so of a page."""
    return (message.acknowledged_at if message.is_page else message.seen_at) is not None


def why_unwanted(messages: Sequence[Message]) -> dict[int, str]:
    """What areas above say against sending messages now, in a sentence, by message id (`HUB_MESSAGE_CONDITIONS`).

    They are asked of pages, and of what quiet hours have kept back. Those that nothing is said against are absent.
    """
    conditions: list[Callable[[Sequence[Message]], Mapping[int, str]]] = [
        import_string(path) for path in settings.HUB_MESSAGE_CONDITIONS
    ]
    asked = [message for message in messages if message.is_page or message.quiet_until is not None]
    said: dict[int, str] = {}
    for condition in conditions:
        left = [message for message in asked if message.pk not in said]
        said |= condition(left) if left else {}
    return said


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
    receipts = receipts_of(messages)
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
    hopeless: list[tuple[Message, list[Way]]] = []
    for message in messages:
        ways, past = ways_to(message, methods.get(message.person_id, ())), receipts[message.pk]
        skipped = {each.method_id for each in past if each.state == ReceiptState.SKIPPED}
        for way in ways:
            if way.problem and (way.method or None) not in skipped:
                message.attempts += 1
                written.append(_receipt(message, way, ReceiptState.SKIPPED, reason=way.problem))
        step = next_of(ways, past)
        if step is None:
            hopeless.append((message, ways))
            continue
        way = next(way for way in ways if way.method == step.method)
        message.attempts += 1
        receipt = _receipt(message, way, ReceiptState.SENDING, round=step.round)
        written.append(receipt)
        tries.append((message, way, receipt, sum(1 for way in ways if not way.problem) == 1))
    insert_all(written)
    for message, ways in hopeless:
        give_up(message, ways, receipts[message.pk])
    by_attempts = attrgetter("attempts")
    for attempts, group in groupby(sorted((message for message, *_ in tries), key=by_attempts), by_attempts):
        Message.objects.filter(pk__in=[message.pk for message in group]).update(
            attempts=attempts, leased_until=LogicalNow() + lease()
        )
    return [
        Claim(message.pk, receipt.pk, message.attempts, parcel_of(message, way), since, is_only_way)
        for message, way, receipt, is_only_way in tries
    ]


def receipts_of(messages: Iterable[Message]) -> dict[int, list[Receipt]]:
    """What is written down of each; of those that were never tried there is nothing to read."""
    found: dict[int, list[Receipt]] = defaultdict(list)
    tried = [message.pk for message in messages if message.attempts]
    for receipt in Receipt.objects.filter(message__in=tried) if tried else ():
        found[receipt.message_id].append(receipt)
    return found


def give_up(message: Message, ways: Sequence[Way], receipts: Sequence[Receipt]) -> None:
    """Write down that nothing more is to be tried, in the caller's transaction; or nothing until quiet hours end."""
    moment = opens_at(ways, receipts) if message.sent_at is None else None
    if moment is not None:
        _keep_back(message, moment)
        return
    if message.sent_at is not None:
        Message.objects.filter(pk=message.pk).update(
            status=MessageStatus.SENT, attempts=message.attempts, leased_until=None
        )
        return
    tried = message.receipts.filter(state__in=UNSENT).order_by("-number").first()
    status = MessageStatus.FAILED if tried else MessageStatus.INBOX_ONLY
    tell_witnesses([message])
    Message.objects.filter(pk=message.pk).update(status=status, attempts=message.attempts, leased_until=None)
    if tried:
        logger.warning("Message %s failed after %s attempts: %s", message.pk, message.attempts, tried.reason)


def _keep_back(message: Message, until: datetime) -> None:
    """Try it again once the quiet hours are over, by the time that passes until then."""
    Message.objects.filter(pk=message.pk).update(
        due_at=LogicalNow() + (until - clock.now()),
        quiet_until=until,
        attempts=message.attempts,
        leased_until=None,
    )
    tell_witnesses([message])


def _withdraw(message: Message, why: str) -> None:
    message.receipts.filter(state=ReceiptState.SENDING).update(state=ReceiptState.LOST, reason=_LOST, at=clock.now())
    _end_here(message, MessageStatus.WITHDRAWN, why)


def _leave_in_inbox(message: Message) -> None:
    _end_here(message, MessageStatus.INBOX_ONLY, _READ)


def _end_here(message: Message, status: MessageStatus, why: str) -> None:
    """Let it go nowhere, and say why."""
    message.attempts += 1
    write_receipt(message, channel=Channel.IN_APP, state=ReceiptState.SKIPPED, number=message.attempts, reason=why)
    Message.objects.filter(pk=message.pk).update(status=status, attempts=message.attempts, leased_until=None)
    tell_witnesses([message])


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
