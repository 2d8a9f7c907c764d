"""What people are told about review meetings and signatures, in words and as calendar objects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings

from hub.delivery.invitations import Invitation, calendar_of
from hub.delivery.letters import Letter
from hub.lib import clock
from hub.web import wording
from knowledge.postmortems.agenda import Topic
from knowledge.postmortems.meetings import page_of
from knowledge.postmortems.models import Postmortem, ReviewMeeting, ReviewSignature
from tenants.models import Person

BECAUSE: Final = "You are told because you are invited to this review meeting."
LONGEST_TOPICS: Final = 12


def invitation_letter(
    meeting: ReviewMeeting, person: Person, topics: Sequence[Topic], *, is_new: bool = True
) -> Letter:
    """Invites somebody to a review meeting, or tells them that it changed."""
    review = meeting.postmortem
    when = _when(meeting, person)
    return Letter(
        subject=f"{'Invitation' if is_new else 'Changed'}: review of {review.reference}, {when}",
        reference=review.reference,
        path=page_of(review.pk),
        lead=(
            f"You are invited to the review meeting on {review.reference}."
            if is_new
            else f"The review meeting on {review.reference} was changed: this is how it stands."
        ),
        headline=review.title,
        facts=[*_facts(meeting, person), ("Agenda", _agenda_in_a_line(topics))],
        request="Say on its page whether you come.",
        because=BECAUSE,
        calendar=_calendar(meeting, topics),
    )


def cancelled_letter(meeting: ReviewMeeting, person: Person, *, is_for_all: bool) -> Letter:
    """Tells somebody that a meeting is called off, or takes place without them."""
    review = meeting.postmortem
    when = _when(meeting, person)
    return Letter(
        subject=f"{'Called off' if is_for_all else 'Without you'}: review of {review.reference}, {when}",
        reference=review.reference,
        path=page_of(review.pk),
        lead=(
            f"The review meeting on {review.reference} does not take place."
            if is_for_all
            else f"You are not invited to the review meeting on {review.reference} any longer."
        ),
        headline=review.title,
        facts=[("When", when), ("Why", meeting.called_off_because if is_for_all else "")],
        request="You need not do anything: your calendar takes it out.",
        because="You are told because you were invited to this review meeting.",
        calendar=_calendar(meeting, (), is_cancelled=True),
    )


def meeting_soon_letter(meeting: ReviewMeeting, person: Person, topics: Sequence[Topic]) -> Letter:
    """Reminds somebody of a meeting on the day before."""
    review = meeting.postmortem
    return Letter(
        subject=f"Soon: review of {review.reference}, {_when(meeting, person)}",
        reference=review.reference,
        path=page_of(review.pk),
        lead=f"The review meeting on {review.reference} is on {_when(meeting, person)}.",
        headline=review.title,
        facts=[*_facts(meeting, person), ("Agenda", _agenda_in_a_line(topics))],
        request="Read the review before it. If you cannot come, say so on its page.",
        because=BECAUSE,
    )


def sign_again_letter(signature: ReviewSignature) -> Letter:
    """Tells somebody that what they signed was changed."""
    review = signature.postmortem
    role = signature.get_role_display().lower()
    return Letter(
        subject=f"Please sign again: {review.reference} {review.title}",
        reference=review.reference,
        path=_signatures_of(review),
        lead=f"The review of {review.reference} was changed after you had signed it as {role}.",
        headline=review.title,
        facts=[("You signed", f"version {signature.version}"), ("Now", f"version {review.version}")],
        request="Read what it says now, and sign it again or say why not.",
        because="You are told because your signature does not hold any longer.",
    )


def please_sign_letter(review: Postmortem, roles: Sequence[str]) -> Letter:
    """Asks somebody who was at the meeting for the signature that they can give."""
    return Letter(
        subject=f"Please sign: {review.reference} {review.title}",
        reference=review.reference,
        path=_signatures_of(review),
        lead=f"The review of {review.reference} was gone through, and waits for signatures before it is published.",
        headline=review.title,
        facts=[("You could sign as", " or ".join(roles))],
        request="Read what it says, and sign it or say why not.",
        because="You are told because you were at its meeting.",
    )


def refused_letter(signature: ReviewSignature) -> Letter:
    """Tells whoever leads a review that somebody does not sign it."""
    review = signature.postmortem
    return Letter(
        subject=f"Not signed: {review.reference} {review.title}",
        reference=review.reference,
        path=_signatures_of(review),
        lead=f"{signature.person.name} refused to sign the review of {review.reference}; it is not published until"
        " that is settled.",
        headline=review.title,
        facts=[("As", signature.get_role_display()), ("Why", signature.refused_because)],
        request="Talk to them, change the review if they are right, and say how it was settled.",
        because="You are told because you lead this review.",
    )


def _when(meeting: ReviewMeeting, person: Person) -> str:
    return wording.full(meeting.starts_at.astimezone(ZoneInfo(person.time_zone)))


def _facts(meeting: ReviewMeeting, person: Person) -> list[tuple[str, str]]:
    return [
        ("When", f"{_when(meeting, person)}, {wording.span(timedelta(minutes=meeting.minutes))}"),
        ("Where", meeting.place),
        ("Facilitator", meeting.facilitator.name),
    ]


def _agenda_in_a_line(topics: Sequence[Topic]) -> str:
    return "; ".join(f"{topic.title} ({len(topic.points)})" for topic in topics)


def _calendar(meeting: ReviewMeeting, topics: Sequence[Topic], *, is_cancelled: bool = False) -> str:
    review = meeting.postmortem
    url = f"{settings.PUBLIC_URL}{page_of(review.pk)}"
    lines = [line for topic in topics for line in (f"{topic.title}:", *(f"- {point}" for point in topic.points))]
    if len(lines) > LONGEST_TOPICS:
        lines = [*lines[:LONGEST_TOPICS], "…"]
    return calendar_of(
        Invitation(
            uid=f"review-meeting-{meeting.pk}@{urlsplit(settings.PUBLIC_URL).hostname or 'hub'}",
            sequence=meeting.sequence,
            stamp=clock.now(),
            starts_at=meeting.starts_at,
            ends_at=meeting.ends_at,
            summary=f"Review of {review.reference}: {review.title}",
            description="\n".join([*lines, "", f"Say whether you come: {url}"]).strip(),
            place=meeting.place,
            url=url,
            organizer=meeting.facilitator.name,
            is_cancelled=is_cancelled,
        )
    )


def _signatures_of(review: Postmortem) -> str:
    return f"{page_of(review.pk)}#signatures"
