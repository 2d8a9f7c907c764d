"""What the demonstration organisation leaves empty, so that every connection has something to show its coordinator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.delivery.models import Channel, Message, Receipt, ReceiptState
from hub.incidents.models import TimelineEntry, TimelineRevision
from knowledge.postmortems.models import Postmortem, PostmortemRevision
from tenants.models import Person
from tests.conftest import seeding

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture
def full_world(db: None) -> None:
    """Messages with receipts, and revisions of timeline entries and of reviews: several each."""
    with seeding():
        coordinator = Person.objects.get(username="coordinator")
        _messages(coordinator)
        for entry in TimelineEntry.objects.filter(restricted=False).order_by("-at")[:20]:
            scope = {"incident_id": entry.incident_id, "unit_id": entry.unit_id, "restricted": entry.restricted}
            TimelineRevision.objects.bulk_create(
                TimelineRevision(entry=entry, body="Before", replaced_at=NOON, replaced_by=coordinator, **scope)
                for _ in range(3)
            )
        for review in Postmortem.objects.filter(restricted=False).order_by("-opened_at")[:20]:
            PostmortemRevision.objects.bulk_create(
                PostmortemRevision(
                    postmortem=review,
                    unit_id=review.unit_id,
                    incident_id=review.incident_id,
                    restricted=review.restricted,
                    shared=review.shared,
                    section="title",
                    body="Before",
                    version=100 + number,
                    replaced_at=NOON,
                    replaced_by=coordinator,
                )
                for number in range(3)
            )


def _messages(person: Person) -> None:
    for number in range(5):
        moment = NOON + timedelta(minutes=number)
        message = Message.objects.create(
            dedupe_key=f"world {number}",
            person=person,
            subject=f"Message {number}",
            text="Text",
            created_at=moment,
            due_at=moment,
        )
        Receipt.objects.bulk_create(
            Receipt(message=message, person=person, channel=channel, number=at, state=ReceiptState.SENT, at=moment)
            for at, channel in enumerate(Channel)
        )
