"""Review meetings and signatures as types. Their unit alone sees them."""

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.lib.api import choices
from knowledge.postmortems import models
from knowledge.postmortems.models import Answer, MeetingState
from tenants.graphql.types import BusinessUnitType, PersonType
from tenants.models import ReviewSigner

if TYPE_CHECKING:
    from knowledge.postmortems.graphql.types import PostmortemType

choices(
    MeetingState,
    name="ReviewMeetingState",
    description="What became of a review meeting.",
    values={
        "PLANNED": "People are invited to it.",
        "HELD": "It was held, and who came is written down.",
        "CALLED_OFF": "It did not take place.",
    },
)
choices(
    Answer,
    name="InvitationAnswer",
    description="What somebody says to an invitation.",
    values={
        "WAITING": "Nothing yet; or the time moved since.",
        "ACCEPTED": "They come.",
        "DECLINED": "They do not come.",
    },
)


@strawberry_django.type(
    models.MeetingParticipant,
    name="MeetingParticipant",
    description="Somebody who is invited to a review meeting, or came to it.",
)
class MeetingParticipantType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who.")
    answer: Answer = strawberry_django.field(description="Whether they come.")
    answered_at: auto = strawberry_django.field(description="When they said so.")
    attended: auto = strawberry_django.field(description="Whether they came; nothing before the meeting is recorded.")


@strawberry_django.type(
    models.ReviewMeeting,
    name="ReviewMeeting",
    description="People go through a review together. Its unit alone sees it, whoever reads the review.",
)
class ReviewMeetingType(relay.Node):
    state: MeetingState = strawberry_django.field(description="What became of it.")
    starts_at: auto = strawberry_django.field(description="When it begins.")
    minutes: auto = strawberry_django.field(description="How long it takes.")
    place: auto = strawberry_django.field(description="A room, or the address of a call.")
    facilitator: PersonType = strawberry_django.field(description="Who leads it.")
    sequence: auto = strawberry_django.field(description="Rises with each change: the SEQUENCE of its invitations.")
    participants: list[MeetingParticipantType] = strawberry_django.field(description="Who is invited.")
    planned_at: auto = strawberry_django.field(description="When it was planned.")
    planned_by: PersonType | None = strawberry_django.field(description="Who planned it.")
    ended_at: auto = strawberry_django.field(description="When it was recorded or called off.")
    ended_by: PersonType | None = strawberry_django.field(description="Who did that.")
    called_off_because: auto = strawberry_django.field(description="Why it was called off; empty if it was not.")
    note: auto = strawberry_django.field(description="What was said, in Markdown.")
    decisions: list[str] = strawberry_django.field(description="What was decided, each in a sentence.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit whose review it is about.")
    postmortem: Annotated["PostmortemType", strawberry.lazy("knowledge.postmortems.graphql.types")] = (
        strawberry_django.field(description="The review.")
    )


@strawberry_django.type(
    models.ReviewSignature,
    name="ReviewSignature",
    description="Somebody signed what a review says, or refused to. Its unit alone sees it.",
)
class ReviewSignatureType(relay.Node):
    role: ReviewSigner = strawberry_django.field(description="For which role.")
    person: PersonType = strawberry_django.field(description="Who.")
    at: auto = strawberry_django.field(description="When.")
    version: auto = strawberry_django.field(description="The review's version that it was said to.")
    fingerprint: auto = strawberry_django.field(description="SHA-256 of the text and analysis that it was said to.")
    refused_because: auto = strawberry_django.field(description="Why it was not signed; empty for a signature.")
    voided_at: auto = strawberry_django.field(description="When a change of the text took it away.")
    voided_by: PersonType | None = strawberry_django.field(description="Who changed the text.")
    settled_at: auto = strawberry_django.field(description="When the refusal was settled.")
    settled_by: PersonType | None = strawberry_django.field(description="Who settled it.")
    settled_with: auto = strawberry_django.field(description="How it was settled; empty before.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit whose review it is.")
    postmortem: Annotated["PostmortemType", strawberry.lazy("knowledge.postmortems.graphql.types")] = (
        strawberry_django.field(description="The review.")
    )
