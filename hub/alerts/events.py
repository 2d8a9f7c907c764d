"""What happens to alerts. One event stands for all alerts of a request that changed the same incident."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class AlertFired(Event):
    """Alerts began to fire, or fired again; `entry_id` is the timeline entry that names them."""

    alert_ids: list[int]
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class AlertResolved(Event):
    """Alerts are over; `entry_id` is the timeline entry that names them."""

    alert_ids: list[int]
    entry_id: int
