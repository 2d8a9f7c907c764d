"""Review meetings: planned, changed, called off, answered and recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.events import Event
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_line, checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.postmortems import access, meetings
from knowledge.postmortems.actions.writing import announce, audit_change, postmortem_for_work, scope_of
from knowledge.postmortems.events import (
    InvitationAnswered,
    ReviewMeetingCalledOff,
    ReviewMeetingPlanned,
    ReviewMeetingRecorded,
)
from knowledge.postmortems.models import Answer, MeetingParticipant, MeetingState, Postmortem, ReviewMeeting

LONGEST_PLACE: Final = 500
LONGEST_REASON: Final = 500
LONGEST_NOTE: Final = 20_000
LONGEST_DECISION: Final = 500
MOST_DECISIONS: Final = 50
MOST_PARTICIPANTS: Final = 50
SHORTEST, LONGEST = 5, 480  # minutes
AHEAD: Final = timedelta(days=366)


def plan_review_meeting(
    *,
    actor: Actor,
    postmortem_id: int,
    starts_at: datetime,
    minutes: int,
    place: str,
    facilitator_id: int,
    participant_ids: Sequence[int],
) -> ReviewMeeting:
    """Plan the review's meeting and invite people to it; its facilitator is one of them.

    Args:
        starts_at: aware, within a year from now.
        minutes: how long it takes, from 5 to 480.
        place: a room, or the address of a call.
        participant_ids: people who may read the review.

    Raises `NotFound` for the review, and for a person who is not there or may not read it, which is the same answer;
    `Forbidden` without knowledge.write, `Conflict` where one is planned already, `Invalid`. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_work(actor, postmortem_id)
        if actor.person_id is None:
            raise Forbidden("A meeting is planned by a person.")
        if meetings.planned_of(actor, postmortem) is not None:
            raise Conflict(
                f"A meeting on {postmortem.reference} is planned already: change it, record it or call it off."
            )
        now = clock.now()
        invited = _checked_people(actor, postmortem, [facilitator_id], "facilitatorId")
        invited |= _checked_people(actor, postmortem, participant_ids, "participantIds")
        meeting = ReviewMeeting.objects.create(
            **scope_of(postmortem),
            starts_at=_checked_start(starts_at),
            minutes=_checked_minutes(minutes),
            place=checked_line(place, "place", longest=LONGEST_PLACE),
            facilitator_id=facilitator_id,
            planned_at=now,
            planned_by_id=actor.person_id,
            moved_at=now,
        )
        _invite(meeting, sorted(invited))
        if actor.person_id == facilitator_id:
            meeting.participants.filter(person=facilitator_id).update(answer=Answer.ACCEPTED, answered_at=now)
        _announce(actor, meeting, ReviewMeetingPlanned, sequence=0)
        change = {"starts_at": [None, meeting.starts_at.isoformat()], "participants": [None, sorted(invited)]}
        audit_change(actor, postmortem, "plan_review_meeting", change, obj=meeting)
        return meeting


def change_review_meeting(
    *,
    actor: Actor,
    meeting_id: int,
    starts_at: datetime | Unchanged = UNCHANGED,
    minutes: int | Unchanged = UNCHANGED,
    place: str | Unchanged = UNCHANGED,
    facilitator_id: int | Unchanged = UNCHANGED,
    participant_ids: Sequence[int] | Unchanged = UNCHANGED,
) -> ReviewMeeting:
    """Change a planned meeting; everybody who is invited gets the new invitation, and answers anew when its time moves.

    Arguments that are left out stay. Who was invited and may not read the review any more stays so silently unless
    `participant_ids` leaves them out. Raises as `plan_review_meeting` does, and `Conflict` for a meeting that is over.
    Locks the review, then the meeting.
    """
    with acting_as(actor):
        meeting = _planned_for_work(actor, meeting_id)
        postmortem = meeting.postmortem
        before = _facts(meeting)
        was_at = (meeting.starts_at, meeting.minutes)
        if not isinstance(starts_at, Unchanged) and starts_at != meeting.starts_at:
            meeting.starts_at = _checked_start(starts_at)
        if not isinstance(minutes, Unchanged):
            meeting.minutes = _checked_minutes(minutes)
        if not isinstance(place, Unchanged):
            meeting.place = checked_line(place, "place", longest=LONGEST_PLACE)
        known = set(meeting.participants.values_list("person_id", flat=True))
        if not isinstance(facilitator_id, Unchanged) and facilitator_id != meeting.facilitator_id:
            _checked_people(actor, postmortem, [facilitator_id], "facilitatorId")
            meeting.facilitator_id = facilitator_id
        invited = known if isinstance(participant_ids, Unchanged) else set(participant_ids)
        invited = invited | {meeting.facilitator_id}
        if not isinstance(participant_ids, Unchanged):
            _checked_people(actor, postmortem, participant_ids, "participantIds", but=known)
        removed = sorted(known - invited)
        meeting.participants.filter(person__in=removed).delete()
        _invite(meeting, sorted(invited - known))
        if (meeting.starts_at, meeting.minutes) != was_at:
            meeting.moved_at = clock.now()
            meeting.participants.update(answer=Answer.WAITING, answered_at=None)
        after = _facts(meeting)
        change = {name: [before[name], value] for name, value in after.items() if before[name] != value}
        if not change:
            return meeting
        meeting.sequence += 1
        meeting.save(update_fields=["starts_at", "minutes", "place", "facilitator", "sequence", "moved_at"])
        _announce(actor, meeting, ReviewMeetingPlanned, sequence=meeting.sequence, removed=tuple(removed))
        audit_change(actor, postmortem, "change_review_meeting", change, obj=meeting)
        return meeting


def call_off_review_meeting(*, actor: Actor, meeting_id: int, reason: str) -> ReviewMeeting:
    """Call a planned meeting off and say why; whoever is invited is told.

    Raises `NotFound`, `Forbidden`, `Conflict` for one that is over, `Invalid` without a reason. Locks the review, then
    the meeting.
    """
    with acting_as(actor):
        meeting = _planned_for_work(actor, meeting_id)
        meeting.called_off_because = checked_text(reason, "reason", longest=LONGEST_REASON)
        meeting.state = MeetingState.CALLED_OFF
        meeting.sequence += 1
        meeting.ended_at, meeting.ended_by_id = clock.now(), actor.person_id
        meeting.save(update_fields=["state", "called_off_because", "sequence", "ended_at", "ended_by"])
        _announce(actor, meeting, ReviewMeetingCalledOff)
        change = {"state": [MeetingState.PLANNED, meeting.state], "reason": [None, meeting.called_off_because]}
        audit_change(actor, meeting.postmortem, "call_off_review_meeting", change, obj=meeting)
        return meeting


def answer_invitation(*, actor: Actor, meeting_id: int, answer: Answer) -> ReviewMeeting:
    """Say that one comes to a planned meeting, or does not; it can be said again.

    Raises `NotFound` for who is not invited, `Conflict` for one that is over, `Invalid` for no answer. Locks the
    invitation.
    """
    with acting_as(actor):
        meeting = meetings.meeting_for(actor, meeting_id)
        invitation = meetings.invitation_of(actor, meeting)
        if answer == Answer.WAITING:
            raise Invalid("Say whether you come.", path=["answer"])
        _refuse_over(meeting)
        former = invitation.answer
        if former == answer:
            return meeting
        invitation.answer, invitation.answered_at = answer, clock.now()
        invitation.save(update_fields=["answer", "answered_at"])
        _announce(actor, meeting, InvitationAnswered, answer=str(answer))
        change = {"answer": [former, answer]}
        audit_change(actor, meeting.postmortem, "answer_invitation", change, obj=invitation)
        return meeting


def record_review_meeting(
    *, actor: Actor, meeting_id: int, attended_ids: Collection[int], note: str, decisions: Sequence[str]
) -> ReviewMeeting:
    """Write down who came to a meeting, what was said, and what was decided; it can be mended later.

    Args:
        attended_ids: who came; those who came uninvited may read the review as well.
        note: Markdown, or nothing.
        decisions: each in a sentence.

    Raises `NotFound` for the meeting and for people, `Forbidden` for who neither facilitates nor works on the review,
    `Conflict` for one that was called off or has not begun, `Invalid`. Locks the meeting.
    """
    with acting_as(actor):
        seen = meetings.meeting_for(actor, meeting_id)
        if not meetings.may_record(actor, seen):
            raise Forbidden("A meeting is recorded by its facilitator, or by who works on the review.")
        meeting = meetings.meeting_for(actor, meeting_id, lock=True)
        postmortem = meeting.postmortem
        if meeting.state == MeetingState.CALLED_OFF:
            raise Conflict("This meeting was called off: there is nothing to record.")
        if meeting.starts_at > clock.now():
            raise Conflict("This meeting has not begun.")
        known = set(meeting.participants.values_list("person_id", flat=True))
        came = set(attended_ids)
        if came - known and not meetings.may_plan(actor, postmortem):
            raise Forbidden("Adding somebody who was not invited takes somebody who works on the review.")
        _checked_people(actor, postmortem, list(attended_ids), "attendedIds", but=known)
        before = {"state": meeting.state, "note": meeting.note, "decisions": meeting.decisions}
        if meeting.is_planned:
            meeting.state = MeetingState.HELD
            meeting.ended_at, meeting.ended_by_id = clock.now(), actor.person_id
        meeting.note = checked_text(note.replace("\r\n", "\n"), "note", longest=LONGEST_NOTE, required=False)
        meeting.decisions = _checked_decisions(decisions)
        meeting.save(update_fields=["state", "ended_at", "ended_by", "note", "decisions"])
        _invite(meeting, sorted(came - known))
        for did in (True, False):
            of = meeting.participants.filter(person__in=came) if did else meeting.participants.exclude(person__in=came)
            of.update(attended=did)
        _announce(actor, meeting, ReviewMeetingRecorded)
        after = {"state": meeting.state, "note": meeting.note, "decisions": meeting.decisions}
        change: dict[str, Any] = {name: [before[name], value] for name, value in after.items() if before[name] != value}
        audit_change(
            actor, postmortem, "record_review_meeting", {**change, "attended": [None, sorted(came)]}, obj=meeting
        )
        return meeting


def _planned_for_work(actor: Actor, meeting_id: int) -> ReviewMeeting:
    seen = meetings.meeting_for(actor, meeting_id)
    postmortem_for_work(actor, seen.postmortem_id)
    meeting = meetings.meeting_for(actor, meeting_id, lock=True)
    _refuse_over(meeting)
    return meeting


def _refuse_over(meeting: ReviewMeeting) -> None:
    if not meeting.is_planned:
        raise Conflict(f"This meeting is {meeting.get_state_display().lower()} already.")


def _checked_people(
    actor: Actor, postmortem: Postmortem, people: Sequence[int], field: str, *, but: Collection[int] = ()
) -> set[int]:
    """Those people, all of whom may read the review. A refusal does not say whether one is there at all.

    Args:
        but: who is known already and is not looked at again.
    """
    if len(people) > MOST_PARTICIPANTS:
        raise Invalid(f"At most {MOST_PARTICIPANTS} people are invited to a review meeting.", path=[field])
    asked = [each for each in people if each not in but]
    may_come = access.readers(actor, postmortem, asked)
    for number, person in enumerate(people):
        if person not in but and person not in may_come:
            raise NotFound("person", path=[field, str(number)] if field.endswith("Ids") else [field])
    return set(people)


def _checked_start(starts_at: datetime) -> datetime:
    now = clock.now()
    if not now < starts_at <= now + AHEAD:
        raise Invalid("A meeting begins in the future, within a year.", path=["startsAt"])
    return starts_at


def _checked_minutes(minutes: int) -> int:
    if not SHORTEST <= minutes <= LONGEST:
        raise Invalid(f"A meeting takes {SHORTEST} to {LONGEST} minutes.", path=["minutes"])
    return minutes


def _checked_decisions(decisions: Sequence[str]) -> list[str]:
    if len(decisions) > MOST_DECISIONS:
        raise Invalid(f"At most {MOST_DECISIONS} decisions are kept of a meeting.", path=["decisions"])
    lines = [checked_text(each, "decisions", longest=LONGEST_DECISION, required=False) for each in decisions]
    return [" ".join(line.split()) for line in lines if line]


def _invite(meeting: ReviewMeeting, people: Iterable[int]) -> None:
    scope = scope_of(meeting.postmortem)
    MeetingParticipant.objects.bulk_create(
        MeetingParticipant(**scope, meeting=meeting, person_id=person) for person in people
    )


def _facts(meeting: ReviewMeeting) -> dict[str, Any]:
    return {
        "starts_at": meeting.starts_at.isoformat(),
        "minutes": meeting.minutes,
        "place": meeting.place,
        "facilitator": meeting.facilitator_id,
        "participants": sorted(meeting.participants.values_list("person_id", flat=True)),
    }


def _announce(actor: Actor, meeting: ReviewMeeting, event: type[Event], **more: Any) -> None:
    where: dict[str, Any] = {
        "unit_id": meeting.unit_id,
        "incident_id": meeting.incident_id,
        "restricted": meeting.restricted,
        "postmortem_id": meeting.postmortem_id,
        "meeting_id": meeting.pk,
    }
    announce(actor, event(**where, **more))
