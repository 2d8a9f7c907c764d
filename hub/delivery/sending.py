"""Delivers messages: claims some, hands them to their providers outside any transaction, and writes down how that went.

What a provider does takes time in which a worker has nothing to do, so several are handed over side by side. What is
done to rows (`hub.delivery.claims`) costs about as much for one as for many.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from hub.delivery import channels, claims, outcomes
from hub.delivery.actions import DELIVER, DELIVER_TOGETHER, queue_deliveries
from hub.delivery.channels import Outcome, Parcel
from hub.delivery.claims import Claim, lease
from hub.delivery.letters import Letter, way_in_letter
from hub.delivery.models import Channel, ContactMethod, Message, MessageStatus, ReceiptState
from hub.delivery.witnesses import tell_witnesses
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import waiting
from hub.lib.logical_time import LogicalNow
from hub.lib.precedence import give_way, is_way_free
from hub.lib.standby import Standby
from tenants import invitations
from tenants.models import Person

__all__ = ["NotSent", "announce", "deliver", "lease", "mail_way_in", "send_code", "sweep"]

logger = logging.getLogger(__name__)

Went: TypeAlias = tuple[Claim, Outcome | None]

SWEPT_AT_ONCE = 1000
AT_ONCE: Final = 50
"""How many messages of one job are claimed at a time."""
SIDE_BY_SIDE: Final = 8
"""How many of them are with their providers at a time; so many more as soon as those take their time."""
_SENDERS: Final = Standby("delivery")
_SLOW: Final = 0.1
"""Seconds in which no provider has answered, after which more messages are handed over."""

_COURTESY = timedelta(seconds=2)
"""How long messages wait for what goes first: whatever that is, they are sent in the end."""
_GATHERING = 0.1
"""Seconds for which the outcomes of attempts are gathered, to be written down together."""


def deliver(message_ids: Sequence[int]) -> None:
    """Try each message's methods until one accepts it or nothing more is to be tried now.

    A provider that does not answer keeps its own message from going on, and no other. In a process that pages people
    at the same moment, that goes first: a page stands in its reader's inbox then, and sending takes longer.
    """
    left, held = deque(message_ids), deque[Claim]()
    under_way, came, most = 0, SimpleQueue[Went](), SIDE_BY_SIDE
    while left or held or under_way:
        if not (held or under_way):
            give_way(_COURTESY)
        room = AT_ONCE - len(held) - under_way
        if left and room >= AT_ONCE // 2 and (not (held or under_way) or is_way_free()):
            held.extend(claims.claim([left.popleft() for _ in range(min(room, len(left)))]))
        went: list[Went] = []
        until = math.inf
        while held or under_way:
            while held and under_way < most:
                _SENDERS.do(partial(_hand_over, held.popleft(), came))
                under_way += 1
            ends = time.monotonic() + _SLOW if held else until
            try:
                went.append(came.get(timeout=None if ends == math.inf else max(ends - time.monotonic(), 0)))
            except Empty:
                if time.monotonic() >= until:
                    break
                # Those under way take their time, so that more of them leave a processor idle.
                most += SIDE_BY_SIDE
                continue
            under_way -= 1
            until = min(until, time.monotonic() + _GATHERING)
            if len(went) >= AT_ONCE // 2:
                break
        left.extend(_record(went))


def _hand_over(claim: Claim, came: SimpleQueue[Went]) -> None:
    """Say how the attempt went; None for one that was not made.

    Stopped or starved since the claim: the lease may end, and another worker send, at any moment.
    """
    outcome = None
    try:
        if time.monotonic() - claim.since <= settings.DELIVERY_PATIENCE.total_seconds():
            outcome = channels.send(claim.parcel, patience=settings.DELIVERY_PATIENCE)
    except Exception:
        logger.exception("Message %s could not be handed over", claim.message_id)
    came.put((claim, outcome))


def _record(went: Sequence[Went]) -> list[int]:
    made = [(claim, outcome) for claim, outcome in went if outcome is not None]
    return outcomes.record(made) if made else []


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
        queued = waiting(DELIVER, "message_id") | waiting(DELIVER_TOGETHER, "message_ids")
        due = Message.objects.filter(claims.TRIABLE, status=MessageStatus.QUEUED, due_at__lte=LogicalNow()).exclude(
            pk__in=queued
        )
        left = list(due.order_by("due_at", "pk").values_list("pk", flat=True)[:SWEPT_AT_ONCE])
        queue_deliveries(left)
        return len(left)
