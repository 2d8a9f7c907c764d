"""What of reviews leaves their unit or the company: types, queries and mutations."""

from enum import Enum
from typing import Annotated

import strawberry
import strawberry_django
from strawberry import ID, auto, relay

from hub.lib.api import (
    Connection,
    HubInfo,
    MutationErrors,
    actor_of,
    as_type,
    choices,
    connection,
    data_field,
    key_of,
    mutation,
    node_key,
    row_data,
)
from hub.lib.errors import NotFound
from hub.lib.identity import acting_as
from knowledge.postmortems import access, actions, disclosures, models
from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.postmortems.models import Disclosure, DisclosureState, Recipients
from knowledge.postmortems.redaction import Personal
from tenants.graphql.types import BusinessUnitType, PersonType
from tenants.permissions import Permission

choices(Recipients, name="DisclosureRecipients", description="Whom a disclosure is for.")
choices(
    DisclosureState,
    name="DisclosureState",
    description="How far a disclosure has come.",
    values={
        "REQUESTED": "It waits for legal, for compliance, or for both.",
        "RELEASED": "Both approved: whoever has its address reads it.",
        "DECLINED": "One side turned it down, or it was taken back before.",
        "WITHDRAWN": "It was released, and its address shows nothing any more.",
    },
)


@strawberry.enum(name="DisclosureSide", description="Who has to approve a disclosure: both of them.")
class Side(Enum):
    LEGAL = strawberry.enum_value(Permission.DISCLOSURE_LEGAL.value, description="Legal counsel.")
    COMPLIANCE = strawberry.enum_value(Permission.DISCLOSURE_COMPLIANCE.value, description="Compliance.")


@strawberry.enum(name="PersonalData", description="What in a text tells of people.")
class PersonalData(Enum):
    NAME = strawberry.enum_value(Personal.NAME.value, description="The name of somebody in the hub.")
    EMAIL = strawberry.enum_value(Personal.EMAIL.value, description="An e-mail address.")
    PHONE = strawberry.enum_value(Personal.PHONE.value, description="A phone number.")
    ACCOUNT = strawberry.enum_value(
        Personal.ACCOUNT.value, description="The number of a bank account (IBAN) or of a payment card."
    )
    IP = strawberry.enum_value(Personal.IP.value, description="An IP address.")


def _path(root: Disclosure) -> str | None:
    return disclosures.address_of(root) if root.state == DisclosureState.RELEASED else None


@strawberry_django.type(
    models.Disclosure,
    name="Disclosure",
    description="A text of a review that leaves its unit or the company once legal and compliance have approved it."
    " Whoever reads the review in its unit sees it.",
)
class DisclosureType(relay.Node):
    recipients: Recipients = strawberry_django.field(description="Whom it is for.")
    purpose: auto = strawberry_django.field(description="To whom exactly, and why.")
    title: auto = strawberry_django.field(description="Its title, as it is read outside.")
    text: auto = strawberry_django.field(description="What is read outside, in Markdown. It never changes.")
    state: DisclosureState = strawberry_django.field(description="How far it has come.")
    path: str | None = row_data(
        _path, only=["state"], description="Where it is read without an account; nothing unless it is released."
    )
    requested_at: auto = strawberry_django.field(description="When it was asked for.")
    requested_by: PersonType = strawberry_django.field(description="Who asked for it.")
    legal_at: auto = strawberry_django.field(description="When legal approved.")
    legal_by: PersonType | None = strawberry_django.field(description="Who approved for legal.")
    compliance_at: auto = strawberry_django.field(description="When compliance approved.")
    compliance_by: PersonType | None = strawberry_django.field(description="Who approved for compliance.")
    released_at: auto = strawberry_django.field(description="When it was released.")
    ended_at: auto = strawberry_django.field(description="When it was declined or withdrawn.")
    ended_by: PersonType | None = strawberry_django.field(description="Who did that.")
    ended_because: auto = strawberry_django.field(description="Why; empty before.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit whose review it is from.")
    postmortem: PostmortemType = strawberry_django.field(description="The review.")


@strawberry.type(description="Something in a text that tells of people.")
class PersonalDataFound:
    kind: PersonalData = strawberry.field(description="What it is.")
    text: str = strawberry.field(description="What stands there.")


@strawberry.type(description="A review as it could be disclosed: every section, without what tells of people.")
class DisclosureProposal:
    title: str = strawberry.field(description="The title.")
    text: str = strawberry.field(description="The text, in Markdown, with what was taken out marked.")
    removed: list[PersonalDataFound] = strawberry.field(description="What was taken out, in order.")


@strawberry.type
class DisclosuresQuery:
    disclosures: Connection[DisclosureType] = connection(
        description="The disclosures of reviews of your units, the latest asked for first."
    )

    @data_field(description="A review as it could be disclosed; nothing if you may not read it.")
    def disclosure_proposal(
        self, info: HubInfo, postmortem_id: Annotated[ID, strawberry.argument(description="The review.")]
    ) -> DisclosureProposal | None:
        actor = actor_of(info)
        with acting_as(actor):
            try:
                review = access.postmortem_for(actor, key_of(postmortem_id, "Postmortem") or 0)
            except NotFound:
                return None
            proposed = disclosures.proposal_for(actor, review)
        return DisclosureProposal(
            title=proposed.title,
            text=proposed.text,
            removed=[PersonalDataFound(kind=PersonalData(str(each.kind)), text=each.text) for each in proposed.removed],
        )


@strawberry.input(description="A text of a published review to disclose.")
class RequestDisclosureInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    recipients: Recipients = strawberry.field(description="Whom it is for.")
    purpose: str = strawberry.field(description="To whom exactly, and why; at most 500 characters.")
    title: str = strawberry.field(description="Its title, as it is read outside.")
    text: str = strawberry.field(description="What is read outside, in Markdown: see `disclosureProposal`.")


@strawberry.input(description="A side's approval.")
class ApproveDisclosureInput:
    disclosure_id: ID = strawberry.field(description="The disclosure.")
    side: Side = strawberry.field(description="The side that approves.")


@strawberry.input(description="Why a disclosure is declined or withdrawn.")
class EndDisclosureInput:
    disclosure_id: ID = strawberry.field(description="The disclosure.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


def _key(global_id: ID) -> int:
    return node_key(global_id, "Disclosure", "disclosure", "disclosureId")


@strawberry.type
class DisclosuresMutation:
    @mutation(description="Ask for a text of a review to be disclosed. Legal and compliance are asked to approve it.")
    def request_disclosure(
        self, info: HubInfo, input: RequestDisclosureInput
    ) -> Annotated[DisclosureType | MutationErrors, strawberry.union("RequestDisclosurePayload")]:
        requested = actions.request_disclosure(
            actor=actor_of(info),
            postmortem_id=node_key(input.postmortem_id, "Postmortem", "post-mortem", "postmortemId"),
            recipients=input.recipients,
            purpose=input.purpose,
            title=input.title,
            text=input.text,
        )
        return as_type(DisclosureType, requested)

    @mutation(
        description="Approve a disclosure for a side. With both it is released; nobody approves what they asked for,"
        " nor for both sides."
    )
    def approve_disclosure(
        self, info: HubInfo, input: ApproveDisclosureInput
    ) -> Annotated[DisclosureType | MutationErrors, strawberry.union("ApproveDisclosurePayload")]:
        approved = actions.approve_disclosure(
            actor=actor_of(info), disclosure_id=_key(input.disclosure_id), side=Permission(str(input.side.value))
        )
        return as_type(DisclosureType, approved)

    @mutation(description="Turn a disclosure down for good, or take one's own request back.")
    def decline_disclosure(
        self, info: HubInfo, input: EndDisclosureInput
    ) -> Annotated[DisclosureType | MutationErrors, strawberry.union("DeclineDisclosurePayload")]:
        declined = actions.decline_disclosure(
            actor=actor_of(info), disclosure_id=_key(input.disclosure_id), reason=input.reason
        )
        return as_type(DisclosureType, declined)

    @mutation(description="Take a released disclosure back: its address shows nothing from now on.")
    def withdraw_disclosure(
        self, info: HubInfo, input: EndDisclosureInput
    ) -> Annotated[DisclosureType | MutationErrors, strawberry.union("WithdrawDisclosurePayload")]:
        withdrawn = actions.withdraw_disclosure(
            actor=actor_of(info), disclosure_id=_key(input.disclosure_id), reason=input.reason
        )
        return as_type(DisclosureType, withdrawn)
