"""Where actions leave their events. The sequencer (`hub.live.sequencer`) picks them up after the commit."""

from __future__ import annotations

import uuid

from hub.lib import clock
from hub.lib.events import Event
from hub.lib.identity import Actor
from hub.live.models import OutboxEntry


def record(*, actor: Actor, event: Event) -> None:
    """Record `event` in the caller's transaction: both happen, or neither. Takes no lock."""
    OutboxEntry.objects.bulk_create(
        [
            OutboxEntry(
                event_id=uuid.uuid4(),
                type=event.name,
                at=clock.now(),
                unit_id=event.unit_id,
                incident_id=event.incident_id,
                restricted=event.restricted,
                person_id=actor.person_id,
                payload=event.payload(),
            )
        ]
    )
