"""Lets the live feed say that messages about incidents came further."""

from __future__ import annotations

from collections.abc import Iterable

from hub.delivery.models import Message
from hub.incidents.events import DeliveryProgressed
from hub.lib.identity import SYSTEM
from hub.live import outbox


def announce_deliveries(messages: Iterable[Message]) -> None:
    """Record an event for each of these messages that is about an incident (`HUB_DELIVERY_WITNESSES`)."""
    outbox.record_all(
        actor=SYSTEM,
        events=[
            DeliveryProgressed(
                unit_id=message.unit_id,
                incident_id=message.incident_id,
                restricted=message.restricted,
                message_id=message.pk,
            )
            for message in messages
            if message.incident_id is not None and message.unit_id is not None
        ],
    )
