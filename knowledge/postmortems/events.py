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


@dataclass(frozen=True, kw_only=True)
class ReviewMeetingPlanned(Event):
    """People are invited to a review meeting, or it changed: `sequence` says for which time, and `removed` names
    those who are not invited any longer."""

    postmortem_id: int
    meeting_id: int
    sequence: int
    removed: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ReviewMeetingCalledOff(Event):
    postmortem_id: int
    meeting_id: int


@dataclass(frozen=True, kw_only=True)
class ReviewMeetingRecorded(Event):
    """It was held, and who came and what was decided stands there."""

    postmortem_id: int
    meeting_id: int


@dataclass(frozen=True, kw_only=True)
class InvitationAnswered(Event):
    postmortem_id: int
    meeting_id: int
    answer: str


@dataclass(frozen=True, kw_only=True)
class PostmortemSigned(Event):
    postmortem_id: int
    signature_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class SignatureRefused(Event):
    postmortem_id: int
    signature_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class RefusalSettled(Event):
    postmortem_id: int
    signature_id: int
    role: str


@dataclass(frozen=True, kw_only=True)
class SignaturesVoided(Event):
    """What was signed changed: whoever signed it is asked to again."""

    postmortem_id: int
    signature_ids: tuple[int, ...]
