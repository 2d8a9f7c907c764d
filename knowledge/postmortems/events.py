"""What happens to reviews."""

from __future__ import annotations

from dataclasses import dataclass

from hub.lib.events import Event


@dataclass(frozen=True, kw_only=True)
class PostmortemOpened(Event):
    postmortem_id: int


@dataclass(frozen=True, kw_only=True)
class PostmortemEdited(Event):
    """What the review says changed; `changed` names the columns, and "cause", "moments", "action_items", "analyses"
    or "gaps"."""

    postmortem_id: int
    version: int
    changed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class PostmortemPublished(Event):
    postmortem_id: int
    version: int
    audience: str


@dataclass(frozen=True, kw_only=True)
class PostmortemRetracted(Event):
    """It is a draft again: whoever copied or indexed it takes it back."""

    postmortem_id: int
    version: int


@dataclass(frozen=True, kw_only=True)
class DisclosureRequested(Event):
    postmortem_id: int
    disclosure_id: int


@dataclass(frozen=True, kw_only=True)
class DisclosureDecided(Event):
    """One side approved it, or it was declined or withdrawn; `state` is what it is now."""

    postmortem_id: int
    disclosure_id: int
    state: str
