"""What happens to incidents."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class IncidentDeclared(Event):
    severity: str


@dataclass(frozen=True, kw_only=True)
class IncidentStatusChanged(Event):
    """The status moved; `entry_id` is the timeline entry that says so."""

    before: str
    after: str
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentSeverityChanged(Event):
    before: str
    after: str
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentTagged(Event):
    """These tags were added to the incident, which may be none."""

    added: list[str]
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentDescribed(Event):
    """The incident says something else of itself: `what` of summary, service and incident_type."""

    what: list[str]
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentRestricted(Event):
    """The incident is open to explicit grants alone from here on."""


@dataclass(frozen=True, kw_only=True)
class AccessGranted(Event):
    """`admitted_id` sees the restricted incident from here on."""

    admitted_id: int
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class AccessEnded(Event):
    """`former_id` sees the restricted incident no longer."""

    former_id: int
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class GlassBroken(Event):
    """`by_id` took sight of the restricted incident for a while, without having been admitted."""

    by_id: int
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class RoleAssigned(Event):
    """`assignee_id` holds the role now; `entry_id` is the timeline entry that says so.

    `is_told` where whoever assigned it tells them as well: a page says both.
    """

    role: str
    assignee_id: int
    entry_id: int
    is_told: bool = False


@dataclass(frozen=True, kw_only=True)
class TimelineEntryAdded(Event):
    entry_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class TimelineEntryEdited(Event):
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentFieldsChanged(Event):
    """The incident says something else in these fields of its unit."""

    keys: list[str]


@dataclass(frozen=True, kw_only=True)
class HandOverOffered(Event):
    """The incident is offered to `to_unit_id`; it stays where it is until that unit accepts."""

    hand_over_id: int
    to_unit_id: int
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class HandOverDecided(Event):
    """The offer is `state` now: accepted, refused, withdrawn or expired."""

    hand_over_id: int
    state: str
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class HandOffOffered(Event):
    """The incident is offered to specialists, by a hand-off that they accept or refuse."""

    hand_off_id: int
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class HandOffDecided(Event):
    """The hand-off is `state` now: accepted, refused, withdrawn or expired."""

    hand_off_id: int
    state: str
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentGathered(Event):
    """The incident is part of `parent_id` from here on; nothing for one that was released."""

    parent_id: int | None
    entry_id: int


@dataclass(frozen=True, kw_only=True)
class MaintenanceChanged(Event):
    """A maintenance window was scheduled, changed, cancelled or ended: `what`."""

    window_id: int
    what: str


@dataclass(frozen=True, kw_only=True)
class DeliveryProgressed(Event):
    """A message about the incident came further, or was tried: to whom and how is for those who may ask for it."""

    message_id: int


@dataclass(frozen=True, kw_only=True)
class QuietEnded(Event):
    """The incident is kept quiet by a maintenance no longer; `entry_id` is the timeline entry that says so."""

    entry_id: int
