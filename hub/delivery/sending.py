"""Delivers messages: claims some, hands them to their providers outside any transaction, and writes down how that went.

What a provider does takes time in which a worker has nothing to do, so several are handed over side by side. What is
done to rows (`hub.delivery.claims`) costs about as much for one as for many.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.urls import reverse

from hub.delivery import channels, claims
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
from tenants import invitations
from tenants.models import Person

__all__ = ["NotSent", "announce", "deliver", "lease", "mail_way_in", "send_code", "sweep"]

logger = logging.getLogger(__name__)

SWEPT_AT_ONCE = 1000
SIDE_BY_SIDE = 16
"""How many messages of one job are with their providers at a time."""

_COURTESY = timedelta(seconds=2)
"""How long messages wait for what goes first: whatever that is, they are sent in the end."""
_GATHERING = 0.02
"""Seconds for which the outcomes of attempts are gathered, to be written down together."""


def deliver(message_ids: Sequence[int]) -> None:
    """Try each message's methods until one accepts it or nothing more is to be tried now.

    A provider that does not answer keeps its own message from going on, and no other. In a process that pages people
    at the same moment, that goes first: a page stands in its reader's inbox then, and sending takes longer.
    """
    left, under_way = deque(message_ids), dict[Future[Outcome | None], Claim]()
    with ThreadPoolExecutor(min(len(left), SIDE_BY_SIDE) or 1, "delivery") as threads:
        while left or under_way:
            if not under_way:
                give_way(_COURTESY)
            room = SIDE_BY_SIDE - len(under_way)
            if left and room >= SIDE_BY_SIDE // 2 and (not under_way or is_way_free()):
                taken = claims.claim([left.popleft() for _ in range(min(room, len(left)))])
                under_way |= {threads.submit(_hand_over, each): each for each in taken}
            if under_way:
                wait(under_way, return_when=FIRST_COMPLETED)
                done, _ = wait(under_way, _GATHERING)
                left.extend(_record([(under_way.pop(each), each.result()) for each in done]))


def _hand_over(claim: Claim) -> Outcome | None:
    """How the attempt went; None for one that was not made.

    Stopped or starved since the claim: the lease may end, and another worker send, at any moment.
    """
    if time.monotonic() - claim.since > settings.DELIVERY_PATIENCE.total_seconds():
        return None
    return channels.send(claim.parcel, patience=settings.DELIVERY_PATIENCE)


def _record(went: Sequence[tuple[Claim, Outcome | None]]) -> list[int]:
    made = [(claim, outcome) for claim, outcome in went if outcome is not None]
    return claims.record(made) if made else []


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
