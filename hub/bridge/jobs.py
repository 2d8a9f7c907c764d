"""Jobs of the bridge: what the system does between its two sides."""

from __future__ import annotations

from hub.bridge.actions.passing import receive_from_it, tell_it
from hub.bridge.actions.suspecting import check_incident
from hub.bridge.actions.suspecting import open_investigation as open_for_link
from hub.lib.jobs import job


@job
def check_criteria(*, event_id: str, unit_id: int, incident_id: int, **others: object) -> None:
    """Ask security to look at an incident if a rule says so, now that something that rules see was said of it."""
    check_incident(incident_id=incident_id)


@job
def open_investigation(*, event_id: str, unit_id: int, incident_id: int, link_id: int) -> None:
    """Open the investigation that a suspicion asks for."""
    open_for_link(link_id=link_id)


@job
def tell_it_side(*, event_id: str, unit_id: int, incident_id: int, crossing_id: int) -> None:
    """Say to the IT side what security shows."""
    tell_it(crossing_id=crossing_id)


@job
def tell_security_side(
    *, event_id: str, unit_id: int, incident_id: int, link_id: int, entry_id: int, reason: str
) -> None:
    """Hand to security what the IT side passes."""
    receive_from_it(link_id=link_id, entry_id=entry_id, reason=reason)
