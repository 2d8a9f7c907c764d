"""What happened around a review beside its writing: meetings and signatures, told in the order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from hub.lib.identity import Actor
from knowledge.postmortems import meetings, signing
from knowledge.postmortems.models import MeetingState, Postmortem, ReviewMeeting, ReviewSignature
from tenants.models import Person


@dataclass(frozen=True)
class Happening:
    at: datetime
    who: Person | None
    what: str


def chronicle(actor: Actor, postmortem: Postmortem) -> list[Happening]:
    """All of it that `actor` may know, the latest first."""
    told = [
        *(each for meeting in meetings.meetings_of(actor, postmortem) for each in _of_meeting(meeting)),
        *(each for signature in signing.signatures_of(actor, postmortem) for each in _of_signature(signature)),
    ]
    return sorted(told, key=lambda each: each.at, reverse=True)


def _of_meeting(meeting: ReviewMeeting) -> Iterator[Happening]:
    yield Happening(meeting.planned_at, meeting.planned_by, "planned a review meeting")
    if meeting.ended_at is None:
        return
    if meeting.state == MeetingState.CALLED_OFF:
        yield Happening(
            meeting.ended_at, meeting.ended_by, f"called the review meeting off: {meeting.called_off_because}"
        )
    else:
        came = sum(bool(each.attended) for each in meeting.participants.all())
        decided = len(meeting.decisions)
        what = f"recorded the review meeting: {came} came, {decided} decision{'' if decided == 1 else 's'}"
        yield Happening(meeting.ended_at, meeting.ended_by, what)


def _of_signature(said: ReviewSignature) -> Iterator[Happening]:
    role = said.get_role_display().lower()
    if said.is_refusal:
        yield Happening(said.at, said.person, f"refused to sign as {role}: {said.refused_because}")
    else:
        yield Happening(said.at, said.person, f"signed version {said.version} as {role}")
    if said.voided_at is not None:
        yield Happening(said.voided_at, said.voided_by, f"changed what {said.person.name} had signed as {role}")
    if said.settled_at is not None:
        yield Happening(
            said.settled_at, said.settled_by, f"settled the refusal of {said.person.name}: {said.settled_with}"
        )
