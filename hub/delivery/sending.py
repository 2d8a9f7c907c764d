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
    _Round(message_ids).go()


class _Round:
    """One job's messages: some wait, some are claimed, some are with their providers."""

    def __init__(self, message_ids: Sequence[int]) -> None:
        self._waiting = deque(message_ids)
        self._claimed = deque[Claim]()
        # By their receipts, with the moment until which they are waited for, the earliest first.
        self._away: dict[int, tuple[Claim, float]] = {}
        self._came: SimpleQueue[Went] = SimpleQueue()
        self._most = SIDE_BY_SIDE

    def go(self) -> None:
        while self._waiting or self._claimed or self._away:
            self._claim()
            self._waiting.extend(_record(self._gather()))

    def _claim(self) -> None:
        """Claim more as soon as half of what is claimed at a time has gone."""
        busy = len(self._claimed) + len(self._away)
        if not busy:
            give_way(_COURTESY)
        room = AT_ONCE - busy
        if self._waiting and room >= AT_ONCE // 2 and (not busy or is_way_free()):
            ids = [self._waiting.popleft() for _ in range(min(room, len(self._waiting)))]
            self._claimed.extend(claims.claim(ids))

    def _gather(self) -> list[Went]:
        """The outcomes that come soon after each other, to be written down together."""
        went: list[Went] = []
        until = math.inf
        while len(went) < AT_ONCE // 2 and (self._claimed or self._away):
            self._hand_over()
            came = self._next(until)
            if came is not None:
                went.append(came)
                until = min(until, time.monotonic() + _GATHERING)
            elif time.monotonic() >= until:
                break
        return went

    def _hand_over(self) -> None:
        while self._claimed and len(self._away) < self._most:
            claim = self._claimed.popleft()
            self._away[claim.receipt_id] = claim, time.monotonic() + settings.DELIVERY_PATIENCE.total_seconds()
            _SENDERS.do(partial(_hand_over, claim, self._came))

    def _next(self, until: float) -> Went | None:
        """The next outcome; None when there is none until then, or when more can be handed over.

        A provider is waited for as long as `DELIVERY_PATIENCE` says. What it says later is not heard.
        """
        claim, silent_at = next(iter(self._away.values()))
        slow_at = time.monotonic() + _SLOW if self._claimed else math.inf
        try:
            came = self._came.get(timeout=max(min(until, silent_at, slow_at) - time.monotonic(), 0))
        except Empty:
            now = time.monotonic()
            if now >= silent_at:
                del self._away[claim.receipt_id]
                return claim, channels.silence(claim.parcel, patience=settings.DELIVERY_PATIENCE)
            if now >= slow_at:
                # Those under way take their time, so that more of them leave a processor idle.
                self._most += SIDE_BY_SIDE
            return None
        return came if self._away.pop(came[0].receipt_id, None) else None


def _hand_over(claim: Claim, came: SimpleQueue[Went]) -> None:
    """Say how the attempt went; None for one that was not made.

    Stopped or starved since the claim: the lease may end, and another worker send, at any moment.
    """
    outcome = None
    try:
        if time.monotonic() - claim.since <= settings.DELIVERY_PATIENCE.total_seconds():
            outcome = channels.hand_over(claim.parcel)
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
