"""Review meetings and signatures: queries and mutations."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import (
    Connection,
    HubInfo,
    MutationErrors,
    actor_of,
    as_type,
    connection,
    data_field,
    key_of,
    mutation,
    node_key,
)
from hub.lib.errors import NotFound
from hub.lib.identity import acting_as
from hub.lib.unchanged import UNCHANGED
from knowledge.postmortems import access, actions, agenda, meetings, signing
from knowledge.postmortems.graphql.meeting_types import ReviewMeetingType, ReviewSignatureType
from knowledge.postmortems.models import Answer
from tenants.models import ReviewSigner

Review = Annotated[ID, strawberry.argument(description="The review.")]


@strawberry.enum(name="SignOffState", description="How far the signature of a role is.")
class SignOffState(Enum):
    WAITING = strawberry.enum_value(signing.SignOffState.WAITING.value, description="Nobody has signed.")
    SIGNED = strawberry.enum_value(signing.SignOffState.SIGNED.value, description="It is signed as it stands.")
    VOIDED = strawberry.enum_value(
        signing.SignOffState.VOIDED.value, description="It was signed, and changed since: it has to be signed again."
    )
    REFUSED = strawberry.enum_value(
        signing.SignOffState.REFUSED.value, description="Somebody refused to, which has to be settled first."
    )


@strawberry.type(description="A role in which a review has to be signed before it is published.")
class SignOff:
    role: ReviewSigner = strawberry.field(description="The role.")
    state: SignOffState = strawberry.field(description="How far it is.")
    name: str | None = strawberry.field(description="Who signed or refused; of a voided signature, who has to again.")
    version: int | None = strawberry.field(description="The version that this was said to.")
    at: datetime | None = strawberry.field(description="When.")
    reason: str | None = strawberry.field(description="Why it was refused.")
    may_sign: bool = strawberry.field(description="Whether you can stand for the role now.")


@strawberry.type(description="Somebody who should be at a review's meeting.")
class ProposedParticipant:
    person_id: ID = strawberry.field(description="Who, by the id of the person.")
    username: str = strawberry.field(description="Their username.")
    name: str = strawberry.field(description="Their name.")
    why: str = strawberry.field(description="Why: what they had or have to do with it.")


@strawberry.type(description="Something that a review meeting has to talk about.")
class AgendaTopic:
    title: str = strawberry.field(description="What it is.")
    points: list[str] = strawberry.field(description="What belongs to it, each in a sentence.")


@strawberry.type
class MeetingsQuery:
    review_meetings: Connection[ReviewMeetingType] = connection(
        description="The review meetings of your units, the latest first."
    )
    review_signatures: Connection[ReviewSignatureType] = connection(
        description="The signatures under reviews of your units, and what was refused; the latest first."
    )

    @data_field(description="In which roles a review has to be signed, and how far that is; empty if in none.")
    def sign_off(self, info: HubInfo, postmortem_id: Review) -> list[SignOff]:
        actor = actor_of(info)
        with acting_as(actor):
            try:
                review = access.postmortem_for(actor, key_of(postmortem_id, "Postmortem") or 0)
            except NotFound:
                return []
            found = signing.sign_off(actor, review)
        return [
            SignOff(
                role=each.role,
                state=SignOffState(each.state.value),
                name=each.said.person.name if each.said else None,
                version=each.said.version if each.said else None,
                at=each.said.at if each.said else None,
                reason=(each.said.refused_because or None) if each.said else None,
                may_sign=each.may_sign,
            )
            for each in found
        ]

    @data_field(description="Who should be at a review's meeting, if you may plan it: only people who may read it.")
    def proposed_participants(self, info: HubInfo, postmortem_id: Review) -> list[ProposedParticipant]:
        actor = actor_of(info)
        with acting_as(actor):
            try:
                review = access.postmortem_for(actor, key_of(postmortem_id, "Postmortem") or 0)
            except NotFound:
                return []
            found = meetings.proposed(actor, review) if meetings.may_plan(actor, review) else []
        return [
            ProposedParticipant(
                person_id=ID(strawberry.relay.to_base64("Person", each.person.pk)),
                username=each.person.username,
                name=each.person.name,
                why=each.why,
            )
            for each in found
        ]

    @data_field(description="What a review's meeting has to talk about, made from what the review still lacks.")
    def review_agenda(self, info: HubInfo, postmortem_id: Review) -> list[AgendaTopic]:
        actor = actor_of(info)
        with acting_as(actor):
            try:
                review = access.postmortem_for(actor, key_of(postmortem_id, "Postmortem") or 0)
            except NotFound:
                return []
            found = agenda.agenda(actor, review) if access.reads_drafts(actor, review) else []
        return [AgendaTopic(title=each.title, points=list(each.points)) for each in found]


@strawberry.input(description="A review meeting to plan.")
class PlanReviewMeetingInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    starts_at: datetime = strawberry.field(description="When it begins: in the future, within a year.")
    minutes: int = strawberry.field(default=60, description="How long it takes, from 5 to 480.")
    place: str = strawberry.field(description="A room, or the address of a call; at most 500 characters.")
    facilitator_id: ID = strawberry.field(description="Who leads it; they are invited, too.")
    participant_ids: list[ID] = strawberry.field(description="Who is invited: see `proposedParticipants`.")


@strawberry.input(description="What changes of a planned meeting; what is left out stays.")
class ChangeReviewMeetingInput:
    meeting_id: ID = strawberry.field(description="The meeting.")
    starts_at: datetime | None = strawberry.field(default=None, description="When it begins.")
    minutes: int | None = strawberry.field(default=None, description="How long it takes.")
    place: str | None = strawberry.field(default=None, description="Where it is.")
    facilitator_id: ID | None = strawberry.field(default=None, description="Who leads it.")
    participant_ids: list[ID] | None = strawberry.field(
        default=None, description="Everybody who is invited from now on; the others are told that they are not."
    )


@strawberry.input(description="A planned meeting that does not take place.")
class CallOffReviewMeetingInput:
    meeting_id: ID = strawberry.field(description="The meeting.")
    reason: str = strawberry.field(description="Why; at most 500 characters. Whoever is invited reads it.")


@strawberry.input(description="What one says to an invitation.")
class AnswerInvitationInput:
    meeting_id: ID = strawberry.field(description="The meeting.")
    answer: Answer = strawberry.field(description="Whether one comes.")


@strawberry.input(description="What a meeting was.")
class RecordReviewMeetingInput:
    meeting_id: ID = strawberry.field(description="The meeting.")
    attended_ids: list[ID] = strawberry.field(description="Who came, also uninvited.")
    note: str = strawberry.field(default="", description="What was said, in Markdown.")
    decisions: list[str] = strawberry.field(
        default_factory=list, description="What was decided, each in a sentence of at most 500 characters."
    )


@strawberry.input(description="A signature under a review.")
class SignPostmortemInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    role: ReviewSigner = strawberry.field(description="The role that one stands for.")
    version: int = strawberry.field(description="The review's version that one has read.")


@strawberry.input(description="Why a review is not signed.")
class RefuseSignatureInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    role: ReviewSigner = strawberry.field(description="The role that one stands for.")
    version: int = strawberry.field(description="The review's version that one has read.")
    reason: str = strawberry.field(description="Why not; at most 500 characters.")


@strawberry.input(description="How a refusal was settled.")
class SettleRefusalInput:
    signature_id: ID = strawberry.field(description="The refusal.")
    answer: str = strawberry.field(description="How; at most 500 characters.")


def _review(global_id: ID) -> int:
    return node_key(global_id, "Postmortem", "post-mortem", "postmortemId")


def _meeting(global_id: ID) -> int:
    return node_key(global_id, "ReviewMeeting", "review meeting", "meetingId")


def _people(global_ids: list[ID], field: str) -> list[int]:
    return [node_key(each, "Person", "person", field, str(number)) for number, each in enumerate(global_ids)]


@strawberry.type
class MeetingsMutation:
    @mutation(
        description="Plan a review's meeting and invite people to it by mail, with a calendar object. Only people who"
        " may read the review can be invited; for others the answer is that of a person who is not there."
    )
    def plan_review_meeting(
        self, info: HubInfo, input: PlanReviewMeetingInput
    ) -> Annotated[ReviewMeetingType | MutationErrors, strawberry.union("PlanReviewMeetingPayload")]:
        planned = actions.plan_review_meeting(
            actor=actor_of(info),
            postmortem_id=_review(input.postmortem_id),
            starts_at=input.starts_at,
            minutes=input.minutes,
            place=input.place,
            facilitator_id=node_key(input.facilitator_id, "Person", "person", "facilitatorId"),
            participant_ids=_people(input.participant_ids, "participantIds"),
        )
        return as_type(ReviewMeetingType, planned)

    @mutation(description="Change a planned meeting. Calendars learn of it; a new time asks everybody anew.")
    def change_review_meeting(
        self, info: HubInfo, input: ChangeReviewMeetingInput
    ) -> Annotated[ReviewMeetingType | MutationErrors, strawberry.union("ChangeReviewMeetingPayload")]:
        changed = actions.change_review_meeting(
            actor=actor_of(info),
            meeting_id=_meeting(input.meeting_id),
            starts_at=UNCHANGED if input.starts_at is None else input.starts_at,
            minutes=UNCHANGED if input.minutes is None else input.minutes,
            place=UNCHANGED if input.place is None else input.place,
            facilitator_id=UNCHANGED
            if input.facilitator_id is None
            else node_key(input.facilitator_id, "Person", "person", "facilitatorId"),
            participant_ids=UNCHANGED
            if input.participant_ids is None
            else _people(input.participant_ids, "participantIds"),
        )
        return as_type(ReviewMeetingType, changed)

    @mutation(description="Call a planned meeting off; it leaves the calendars of whoever is invited.")
    def call_off_review_meeting(
        self, info: HubInfo, input: CallOffReviewMeetingInput
    ) -> Annotated[ReviewMeetingType | MutationErrors, strawberry.union("CallOffReviewMeetingPayload")]:
        ended = actions.call_off_review_meeting(
            actor=actor_of(info), meeting_id=_meeting(input.meeting_id), reason=input.reason
        )
        return as_type(ReviewMeetingType, ended)

    @mutation(description="Say whether one comes to a meeting that one is invited to.")
    def answer_invitation(
        self, info: HubInfo, input: AnswerInvitationInput
    ) -> Annotated[ReviewMeetingType | MutationErrors, strawberry.union("AnswerInvitationPayload")]:
        answered = actions.answer_invitation(
            actor=actor_of(info), meeting_id=_meeting(input.meeting_id), answer=input.answer
        )
        return as_type(ReviewMeetingType, answered)

    @mutation(description="Write down who came to a meeting, what was said and what was decided; it can be mended.")
    def record_review_meeting(
        self, info: HubInfo, input: RecordReviewMeetingInput
    ) -> Annotated[ReviewMeetingType | MutationErrors, strawberry.union("RecordReviewMeetingPayload")]:
        recorded = actions.record_review_meeting(
            actor=actor_of(info),
            meeting_id=_meeting(input.meeting_id),
            attended_ids=_people(input.attended_ids, "attendedIds"),
            note=input.note,
            decisions=input.decisions,
        )
        return as_type(ReviewMeetingType, recorded)

    @mutation(
        description="Sign a review as it stands, for a role that its unit's policy wants. A later change of its text or"
        " analysis takes the signature away; one person stands for one role."
    )
    def sign_postmortem(
        self, info: HubInfo, input: SignPostmortemInput
    ) -> Annotated[ReviewSignatureType | MutationErrors, strawberry.union("SignPostmortemPayload")]:
        signed = actions.sign_postmortem(
            actor=actor_of(info), postmortem_id=_review(input.postmortem_id), role=input.role, version=input.version
        )
        return as_type(ReviewSignatureType, signed)

    @mutation(description="Refuse to sign a review, and say why: it is not published until that is settled.")
    def refuse_signature(
        self, info: HubInfo, input: RefuseSignatureInput
    ) -> Annotated[ReviewSignatureType | MutationErrors, strawberry.union("RefuseSignaturePayload")]:
        refused = actions.refuse_signature(
            actor=actor_of(info),
            postmortem_id=_review(input.postmortem_id),
            role=input.role,
            version=input.version,
            reason=input.reason,
        )
        return as_type(ReviewSignatureType, refused)

    @mutation(description="Say how a refusal was settled. The role has still to be signed.")
    def settle_refusal(
        self, info: HubInfo, input: SettleRefusalInput
    ) -> Annotated[ReviewSignatureType | MutationErrors, strawberry.union("SettleRefusalPayload")]:
        settled = actions.settle_refusal(
            actor=actor_of(info),
            signature_id=node_key(input.signature_id, "ReviewSignature", "signature", "signatureId"),
            answer=input.answer,
        )
        return as_type(ReviewSignatureType, settled)
