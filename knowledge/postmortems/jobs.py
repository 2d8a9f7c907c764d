"""Jobs of reviews: they open by themselves, remind whoever works on them, invite to their meetings, and ask for
signatures.

Nobody is told of a review who may not read it at that moment: whoever lost sight of it hears no more. An item's owner
is told of the item alone; of a restricted review's, while they read the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from hub.delivery.actions import send_message
from hub.delivery.letters import Letter
from hub.incidents.models import Status
from hub.lib import clock, identity
from hub.lib.errors import Conflict
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import job, periodic_job
from knowledge.postmortems import access, actions, disclosures, meeting_letters, meetings, presence, signing
from knowledge.postmortems.agenda import agenda
from knowledge.postmortems.letters import (
    action_item_letter,
    commitment_letter,
    disclosure_decided_letter,
    disclosure_letter,
    review_letter,
)
from knowledge.postmortems.models import Answer, Disclosure, MeetingState, Postmortem, ReviewMeeting
from knowledge.postmortems.signing import SignOffState
from tenants import access as tenants
from tenants.models import Person, ReviewSigner

REVIEW_SOON: Final = timedelta(hours=12)
REVIEW_AGAIN: Final = timedelta(days=3)
MOST_APPROVERS: Final = 10
"""Of each side that are asked: one of them answers."""
ACTION_SOON: Final = timedelta(days=3)
ACTION_AGAIN: Final = timedelta(days=7)
"""How long before its end a review and an action item are recalled, and how often after it."""
DAY_BEFORE: Final = timedelta(hours=24)
"""How long before a meeting its participants are reminded."""


@job
def open_review(*, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int) -> None:
    """Open the review of an incident that was resolved, unless it goes on again by now."""
    if after != Status.RESOLVED:
        return
    try:
        actions.open_postmortem(actor=SYSTEM, incident_id=incident_id)
    except Conflict:
        return  # Reopened in the meantime: its next resolution opens the review.


@job
def ask_owners(
    *, event_id: str, unit_id: int, incident_id: int, postmortem_id: int, version: int, changed: Sequence[str]
) -> None:
    """Ask the owners of a review's open items to commit to their days, once for each owner and day."""
    if "action_items" not in changed:
        return
    with acting_as(SYSTEM):
        for item in access.waiting_for_owners(SYSTEM, postmortem_id):
            owner, day = access.owner_to_tell(SYSTEM, item), item.due_on
            if owner is None or day is None:
                continue
            send_message(
                actor=SYSTEM,
                person_id=owner.pk,
                letter=commitment_letter(item),
                dedupe_key=f"action:{item.pk}:ask:{day.isoformat()}:person:{owner.pk}",
                unit_id=item.unit_id,
                incident_id=item.incident_id,
                restricted=item.restricted,
            )


@job
def ask_whether_actions_worked(*, postmortem_id: int, **others: Any) -> None:
    """Open the question on earlier reviews of what failed in the same way, whose action items are closed."""
    actions.ask_whether_actions_worked(actor=SYSTEM, postmortem_id=postmortem_id)


@job
def tell_approvers(*, disclosure_id: int, **others: Any) -> None:
    """Ask those who approve for legal and for compliance, once each."""
    with acting_as(SYSTEM):
        disclosure = disclosures.disclosure_for(SYSTEM, disclosure_id)
        for side in disclosures.SIDES:
            for person in tenants.people_holding(SYSTEM, side, disclosure.unit_id, most=MOST_APPROVERS, anyhow=True):
                if disclosure.is_open and person.pk != disclosure.requested_by_id:
                    _tell(disclosure, person.pk, disclosure_letter(disclosure), "asked")


@job
def tell_requester(*, disclosure_id: int, state: str, **others: Any) -> None:
    """Tell whoever asked for a disclosure that it was released, declined or withdrawn."""
    with acting_as(SYSTEM):
        disclosure = disclosures.disclosure_for(SYSTEM, disclosure_id)
        if disclosure.state == state and not disclosure.is_open and disclosure.requested_by.is_active:
            _tell(disclosure, disclosure.requested_by_id, disclosure_decided_letter(disclosure), state)


def _tell(disclosure: Disclosure, person_id: int, letter: Letter, stage: str) -> None:
    send_message(
        actor=SYSTEM,
        person_id=person_id,
        letter=letter,
        dedupe_key=f"disclosure:{disclosure.pk}:{stage}:person:{person_id}",
        unit_id=disclosure.unit_id,
        incident_id=disclosure.incident_id,
        restricted=disclosure.restricted,
    )


@periodic_job("23 * * * *")
def remind_authors(timestamp: int) -> None:
    """Remind whoever leads a draft that is due soon, and of an overdue one every three days.

    Where nobody leads it, or somebody who left or reads it no longer, those are told who may take it up.
    """
    now = clock.now()
    with acting_as(SYSTEM):
        for postmortem in access.due_by(SYSTEM, now + REVIEW_SOON).select_related("author", "unit"):
            is_late = postmortem.due_at <= now
            stage = f"late{(now - postmortem.due_at) // REVIEW_AGAIN}" if is_late else "soon"
            for person in access.whoever_leads(SYSTEM, postmortem):
                send_message(
                    actor=SYSTEM,
                    person_id=person.pk,
                    letter=review_letter(postmortem, person, is_late=is_late),
                    dedupe_key=f"postmortem:{postmortem.pk}:{stage}:{postmortem.due_at.isoformat()}:person:{person.pk}",
                    unit_id=postmortem.unit_id,
                    incident_id=postmortem.incident_id,
                    restricted=postmortem.restricted,
                )


@periodic_job("41 * * * *")
def remind_owners(timestamp: int) -> None:
    """Remind the owner of an open action item three days before its deadline, and every week after it.

    It goes on after the incident is closed: only done or dropped ends it. Items of drafts wait for the publication.
    """
    today = clock.now().date()
    with acting_as(SYSTEM):
        for item in access.actions_due_by(SYSTEM, today + ACTION_SOON):
            owner = access.owner_to_tell(SYSTEM, item)
            if owner is None or item.due_on is None:
                continue
            is_late = item.due_on < today
            stage = f"late{(today - item.due_on) // ACTION_AGAIN}" if is_late else "soon"
            send_message(
                actor=SYSTEM,
                person_id=owner.pk,
                letter=action_item_letter(item, is_late=is_late),
                dedupe_key=f"action:{item.pk}:{stage}:{item.due_on.isoformat()}:person:{owner.pk}",
                unit_id=item.unit_id,
                incident_id=item.incident_id,
                restricted=item.restricted,
            )


@job
def invite_to_meeting(*, meeting_id: int, sequence: int, removed: Sequence[int] = (), **others: Any) -> None:
    """Send a planned meeting's invitation to everybody who is invited, and its cancellation to who is no longer."""
    with acting_as(SYSTEM):
        meeting = _meeting(meeting_id)
        review = meeting.postmortem
        if removed:
            for person in _telling(review, removed):
                letter = meeting_letters.cancelled_letter(meeting, person, is_for_all=False)
                _write(review, person, letter, f"meeting:{meeting.pk}:{sequence}:without")
        if meeting.sequence != sequence or meeting.state != MeetingState.PLANNED:
            return  # A later change tells all of it.
        topics = agenda(SYSTEM, review)
        for person in _telling(review, _invited(meeting)):
            letter = meeting_letters.invitation_letter(meeting, person, topics, is_new=sequence == 0)
            _write(review, person, letter, f"meeting:{meeting.pk}:{sequence}")


@job
def tell_of_cancellation(*, meeting_id: int, **others: Any) -> None:
    """Tell everybody who was invited that the meeting is called off."""
    with acting_as(SYSTEM):
        meeting = _meeting(meeting_id)
        if meeting.state == MeetingState.CALLED_OFF:
            for person in _telling(meeting.postmortem, _invited(meeting)):
                letter = meeting_letters.cancelled_letter(meeting, person, is_for_all=True)
                _write(meeting.postmortem, person, letter, f"meeting:{meeting.pk}:off")


@job
def ask_for_signatures(*, meeting_id: int, **others: Any) -> None:
    """Ask those who were at a meeting for the signatures that are wanted and that they can give."""
    with acting_as(SYSTEM):
        meeting = _meeting(meeting_id)
        review = meeting.postmortem
        if meeting.state != MeetingState.HELD or review.is_published or not signing.signers_wanted(review):
            return
        came = [each.person_id for each in meeting.participants.all() if each.attended]
        for person in _telling(review, came):
            reader = identity.person(person.pk, through="job")
            with acting_as(reader):
                roles = [each.label.lower() for each in signing.sign_off(reader, review) if each.may_sign]
            if roles:
                letter = meeting_letters.please_sign_letter(review, roles)
                _write(review, person, letter, f"meeting:{meeting.pk}:sign")


@job
def ask_to_sign_again(*, signature_ids: Sequence[int], **others: Any) -> None:
    """Tell those whose signatures a change took away, unless they have signed again."""
    with acting_as(SYSTEM):
        rows = signing.signatures(SYSTEM).filter(pk__in=signature_ids).exclude(voided_at=None)
        for signature in rows.select_related("postmortem", "postmortem__unit", "person"):
            review = signature.postmortem
            states = {each.role: each.state for each in signing.sign_off(SYSTEM, review)}
            if states.get(ReviewSigner(signature.role)) != SignOffState.VOIDED:
                continue
            for person in _telling(review, [signature.person_id]):
                _write(review, person, meeting_letters.sign_again_letter(signature), f"signature:{signature.pk}:voided")


@job
def tell_of_refusal(*, signature_id: int, **others: Any) -> None:
    """Tell whoever leads the review that somebody refused to sign it."""
    with acting_as(SYSTEM):
        refusal = signing.signature_for(SYSTEM, signature_id)
        author = refusal.postmortem.author_id
        if refusal.holds and author is not None and author != refusal.person_id:
            for person in _telling(refusal.postmortem, [author]):
                _write(refusal.postmortem, person, meeting_letters.refused_letter(refusal), f"signature:{refusal.pk}")


@periodic_job("7,22,37,52 * * * *")
def remind_participants(timestamp: int) -> None:
    """Remind whoever is invited and did not decline, a day before the meeting; who heard of it within a day is not."""
    with acting_as(SYSTEM):
        for meeting in meetings.to_come(SYSTEM, clock.now() + DAY_BEFORE):
            if meeting.moved_at > meeting.starts_at - DAY_BEFORE:
                continue
            coming = [each.person_id for each in meeting.participants.all() if each.answer != Answer.DECLINED]
            topics = agenda(SYSTEM, meeting.postmortem)
            for person in _telling(meeting.postmortem, coming):
                letter = meeting_letters.meeting_soon_letter(meeting, person, topics)
                _write(meeting.postmortem, person, letter, f"meeting:{meeting.pk}:soon:{meeting.starts_at.isoformat()}")


@periodic_job("*/5 * * * *")
def sweep_writers(timestamp: int) -> None:
    """Forget who wrote in reviews."""
    with acting_as(SYSTEM):
        presence.sweep(SYSTEM)


def _meeting(meeting_id: int) -> ReviewMeeting:
    rows = meetings.meetings(SYSTEM).select_related("postmortem", "postmortem__unit", "facilitator")
    return rows.prefetch_related("participants__person").get(pk=meeting_id)


def _invited(meeting: ReviewMeeting) -> list[int]:
    return [each.person_id for each in meeting.participants.all()]


def _telling(review: Postmortem, people: Sequence[int]) -> list[Person]:
    """Those of the people who may read the review now, in their order."""
    may_know = tenants.people(SYSTEM, access.readers(SYSTEM, review, people)).in_bulk()
    return [may_know[each] for each in people if each in may_know]


def _write(review: Postmortem, person: Person, letter: Letter, what: str) -> None:
    send_message(
        actor=SYSTEM,
        person_id=person.pk,
        letter=letter,
        dedupe_key=f"{what}:person:{person.pk}",
        unit_id=review.unit_id,
        incident_id=review.incident_id,
        restricted=review.restricted,
    )
