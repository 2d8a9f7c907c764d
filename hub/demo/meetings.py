"""Review meetings of the demonstration in every state, and signatures in a unit that wants two."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from hub.demo.organisation import Organisation
from hub.lib import clock
from hub.lib.identity import SEED
from knowledge.postmortems import meetings, signing
from knowledge.postmortems.actions.writing import scope_of
from knowledge.postmortems.models import (
    Answer,
    MeetingParticipant,
    MeetingState,
    Postmortem,
    PostmortemStatus,
    ReviewMeeting,
    ReviewSignature,
)
from tenants.models import Person, ReviewSigner

SIGNED_IN: Final = "health"
"""The unit whose policy wants signatures."""
SIGNERS: Final = (ReviewSigner.COMMANDER, ReviewSigner.OTHER_TEAM)
DECISIONS: Final = (
    "We keep the second path in service until the limit is on the dashboard",
    "The action items are due before the quarter ends",
)
NOTE: Final = (
    "We went through the timeline first. The open question was why the alert came so late;"
    " it is now a gap of the review, with an action item."
)


def load_meetings(organisation: Organisation) -> None:
    """Write them past the actions: a draft's meeting to come, one that was called off, and two that were held."""
    now = clock.now().replace(minute=0, second=0, microsecond=0)
    people = organisation.people
    drafts = _reviews(organisation, "payments", PostmortemStatus.DRAFT)
    for review in drafts[:1]:
        who = _people(people, "commander.payments", "responder.payments", "responder2.payments", "lead.emea")
        planned = _meeting(review, who, starts_at=now + timedelta(days=2), place="https://meet.example/review")
        _answer(planned, people["responder.payments"], Answer.ACCEPTED)
        _answer(planned, people["lead.emea"], Answer.DECLINED)
        _meeting(
            review,
            who,
            starts_at=now - timedelta(days=1),
            place="Room 4.12",
            state=MeetingState.CALLED_OFF,
            called_off_because="The vendor's report is not here yet",
        )
    for review in _reviews(organisation, "payments", PostmortemStatus.PUBLISHED)[:1]:
        who = _people(people, "commander.payments", "responder.payments", "responder2.payments")
        held = _meeting(review, who, starts_at=_within(review), place="Room 4.12", state=MeetingState.HELD)
        _came(held, who[:2])
    for review in _reviews(organisation, SIGNED_IN, PostmortemStatus.PUBLISHED)[:1]:
        who = _people(people, "commander.health", "responder.health", "lead.emea")
        held = _meeting(review, who, starts_at=_within(review), place="Call", state=MeetingState.HELD)
        _came(held, who)
        commanders = meetings.commanders_of(SEED, review)
        signers = [
            Person.objects.get(pk=commanders[0]) if commanders else people["commander.health"],
            people["lead.emea"],
        ]
        said = signing.fingerprint(review)
        ReviewSignature.objects.bulk_create(
            ReviewSignature(
                **scope_of(review),
                role=role,
                person=person,
                at=held.ends_at + timedelta(hours=number + 1),
                version=review.version,
                fingerprint=said,
            )
            for number, (role, person) in enumerate(zip(SIGNERS, signers, strict=True))
        )


def _reviews(organisation: Organisation, unit: str, status: PostmortemStatus) -> list[Postmortem]:
    rows = Postmortem.objects.filter(unit=organisation.units[unit], status=status, restricted=False)
    return list(rows.order_by("-opened_at", "-pk")[:2])


def _within(review: Postmortem) -> datetime:
    """A moment between the review's opening and its publication."""
    return review.opened_at + ((review.published_at or review.due_at) - review.opened_at) / 2


def _people(people: dict[str, Person], *usernames: str) -> list[Person]:
    return [people[each] for each in usernames]


def _meeting(review: Postmortem, who: list[Person], *, starts_at: datetime, **columns: Any) -> ReviewMeeting:
    state = columns.get("state", MeetingState.PLANNED)
    if state != MeetingState.PLANNED:
        columns |= {"ended_at": starts_at + timedelta(minutes=50), "ended_by": who[0]}
    if state == MeetingState.HELD:
        columns |= {"note": NOTE, "decisions": list(DECISIONS)}
    planned_at = starts_at - timedelta(days=3)
    meeting = ReviewMeeting.objects.create(
        **scope_of(review),
        starts_at=starts_at,
        minutes=45,
        facilitator=who[0],
        planned_at=planned_at,
        planned_by=who[0],
        moved_at=planned_at,
        **columns,
    )
    MeetingParticipant.objects.bulk_create(
        MeetingParticipant(**scope_of(review), meeting=meeting, person=person) for person in who
    )
    return meeting


def _answer(meeting: ReviewMeeting, person: Person, answer: Answer) -> None:
    at = meeting.planned_at + timedelta(hours=1)
    meeting.participants.filter(person=person).update(answer=answer, answered_at=at)


def _came(meeting: ReviewMeeting, people: Iterable[Person]) -> None:
    came = [person.pk for person in people]
    meeting.participants.filter(person__in=came).update(attended=True)
    meeting.participants.exclude(person__in=came).update(attended=False)
