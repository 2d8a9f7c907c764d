"""By which of their methods a person is reached now, and which of them is tried next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.delivery import channels
from hub.delivery.attempts import ACCOUNT, Attempt, Next, next_attempt
from hub.delivery.methods import quiet_until, why_silent
from hub.delivery.models import Channel, ContactMethod, Message, Receipt, ReceiptState
from hub.lib import clock

UNSENT: Final = (ReceiptState.DELAYED, ReceiptState.REFUSED, ReceiptState.LOST)


@dataclass(frozen=True)
class Way:
    """A contact method, or the account's e-mail address.

    Attributes:
        problem: why it cannot be used here and now; empty when it can.
        opens_at: when the quiet hours end that alone keep it from being used.
    """

    method: int
    channel: Channel
    address: str
    problem: str = ""
    wait: timedelta = timedelta()
    opens_at: datetime | None = None


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
    return [_way(message, method, mail_problem, now) for method in found]


def _way(message: Message, method: ContactMethod, mail_problem: str, now: datetime) -> Way:
    problem = mail_problem if method.channel is Channel.EMAIL else ""
    zone, opens_at = message.person.time_zone, None
    if not problem:
        problem = why_silent(method, message.severity, zone, now)
        opens_at = quiet_until(method, message.severity, zone, now) if problem else None
    return Way(method.pk, method.channel, method.address, problem, timedelta(minutes=method.wait), opens_at)


def next_of(ways: Iterable[Way], receipts: Iterable[Receipt]) -> Next | None:
    """What to try next. A page that a provider accepted goes on to the next method, and to no further round."""
    usable = [way.method for way in ways if not way.problem]
    counted = [each for each in receipts if each.state in (*UNSENT, ReceiptState.SENT)]
    step = next_attempt(
        usable,
        [Attempt(each.method_id or ACCOUNT, each.round, each.state == ReceiptState.REFUSED) for each in counted],
    )
    accepted = {each.method_id or ACCOUNT for each in counted if each.state == ReceiptState.SENT}
    if step is None or step.method in accepted:
        return None
    return None if step.pause and accepted else step


def opens_at(ways: Iterable[Way], receipts: Iterable[Receipt]) -> datetime | None:
    """When the first of the ways can be used that quiet hours keep closed now; None where none of them will be.

    What refused for good stays closed.
    """
    refused = {each.method_id or ACCOUNT for each in receipts if each.state == ReceiptState.REFUSED}
    return min((way.opens_at for way in ways if way.opens_at and way.method not in refused), default=None)
