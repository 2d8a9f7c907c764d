"""What happens on the bridge."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class BreachSuspected(Event):
    """Security is asked to look at the incident; `link_id` is its side of the bridge."""

    link_id: int


@dataclass(frozen=True, kw_only=True)
class ShownToIt(Event):
    """The investigation shows the IT side something; it happened to the restricted incident."""

    crossing_id: int


@dataclass(frozen=True, kw_only=True)
class PassedToSecurity(Event):
    """The IT side passes something on; `entry_id` is the timeline entry that says it."""

    link_id: int
    entry_id: int
    reason: str
