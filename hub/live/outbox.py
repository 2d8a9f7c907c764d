"""Where actions leave their events. The sequencer (`hub.live.sequencer`) picks them up after the commit."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from procrastinate.tasks import Task

from hub.lib import clock
from hub.lib.events import Event
from hub.lib.identity import Actor
from hub.lib.jobs import defer_all
from hub.lib.rows import insert_all
from hub.live.models import OutboxEntry

Reactions: TypeAlias = Mapping[type[Event], Sequence[Task[..., Any, ...]]]

_reactions: dict[type[Event], tuple[Task[..., Any, ...], ...]] = {}


def record(*, actor: Actor, event: Event) -> None:
    """Record `event`, and queue the jobs that follow from it, in the caller's transaction: all happen, or none.

    Takes no lock.
    """
    record_all(actor=actor, events=[event])


def record_all(*, actor: Actor, events: Sequence[Event]) -> None:
    """`record` for several events: one statement for them, and one for all the jobs that follow."""
    entries = [
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
        for event in events
    ]
    insert_all(entries)
    defer_all(
        (task, _facts(entry.event_id, event))
        for event, entry in zip(events, entries, strict=True)
        for task in _reactions.get(type(event), ())
    )


def react(reactions: Reactions) -> None:
    """Take over the table of reactions (`hub.config.reactions`), once, when the project starts.

    Raises `TypeError` for a job that does not take what its event carries.
    """
    for kind, tasks in reactions.items():
        for task in tasks:
            carried = ["event_id", "unit_id", "incident_id", *kind.fields()]
            try:
                inspect.signature(task.func).bind(**dict.fromkeys(carried))
            except TypeError as error:
                raise TypeError(f"{task.name} does not take what {kind.name} carries: {error}") from None
        _reactions[kind] = tuple(tasks)


def _facts(event_id: uuid.UUID, event: Event) -> dict[str, Any]:
    return {
        "event_id": str(event_id),
        "unit_id": event.unit_id,
        "incident_id": event.incident_id,
        **event.payload(),
    }
