"""How far the messages about an incident have come, for those who command it: to whom, by what, and with what outcome.

They read no message and no address: PostgreSQL gives them these columns and no more (`app.deliveries`), and what a
provider said is told without the addresses in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Any, Final

from django.db import connection
from django.db.models import TextChoices

from hub.delivery.models import Channel, MessageStatus, ReceiptState
from hub.lib.identity import Actor
from tenants.models import Person


class Progress(TextChoices):
    """How far a message has come, the furthest that holds."""

    QUEUED = "queued", "Queued"
    DELIVERED = "delivered", "Delivered"
    SENT = "sent", "Sent"
    SEEN = "seen", "Seen"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    FAILED = "failed", "Failed"
    WITHDRAWN = "withdrawn", "Withdrawn"


@dataclass(frozen=True)
class Attempt:
    """One attempt. `reason` says why it did not go through, without addresses."""

    number: int
    channel: Channel
    state: ReceiptState
    reason: str
    at: datetime


@dataclass(frozen=True)
class Delivery:
    """A message about an incident, on its way to somebody."""

    message_id: int
    person: Person
    is_page: bool
    status: MessageStatus
    created_at: datetime
    sent_at: datetime | None
    seen_at: datetime | None
    acknowledged_at: datetime | None
    attempts: tuple[Attempt, ...] = field(default=())

    @property
    def progress(self) -> Progress:
        if self.acknowledged_at is not None:
            return Progress.ACKNOWLEDGED
        if self.seen_at is not None:
            return Progress.SEEN
        if self.status == MessageStatus.FAILED:
            return Progress.FAILED
        if self.status == MessageStatus.WITHDRAWN:
            return Progress.WITHDRAWN
        if self.sent_at is not None:
            return Progress.SENT
        return Progress.DELIVERED if self.status == MessageStatus.INBOX_ONLY else Progress.QUEUED

    @property
    def moved_at(self) -> datetime:
        """When it came as far as it has."""
        reached = self.acknowledged_at or self.seen_at or self.sent_at
        return reached or max((each.at for each in self.attempts), default=self.created_at)


_ADDRESS: Final = re.compile(r"[\w.+-]+://\S+|<?[^\s@<>]+@[^\s@<>]+>?|\+?\d[\d ()/-]{6,}\d")


def deliveries_about(actor: Actor, incident_id: int) -> list[Delivery]:
    """The messages about an incident, the oldest first; none for whoever does not command it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM app.deliveries(%s)", [incident_id])
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    people = Person.objects.in_bulk({row["person_id"] for row in rows})
    return [
        _delivery(people[person_id], list(group))
        for (_, person_id), group in groupby(rows, lambda row: (row["message_id"], row["person_id"]))
        if person_id in people
    ]


def without_addresses(reason: str) -> str:
    """What a provider said, for somebody whose address it was not sent to."""
    return _ADDRESS.sub("…", reason)


def _delivery(person: Person, rows: list[dict[str, Any]]) -> Delivery:
    first = rows[0]
    return Delivery(
        first["message_id"],
        person,
        first["is_page"],
        MessageStatus(first["status"]),
        first["created_at"],
        first["sent_at"],
        first["seen_at"],
        first["acknowledged_at"],
        tuple(_attempts(rows)),
    )


def _attempts(rows: Iterable[dict[str, Any]]) -> Iterable[Attempt]:
    for row in rows:
        if row["number"] is not None:
            yield Attempt(
                row["number"],
                Channel(row["channel"]),
                ReceiptState(row["state"]),
                without_addresses(row["reason"]),
                row["at"],
            )
