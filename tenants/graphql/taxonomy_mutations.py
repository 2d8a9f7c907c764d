"""Mutations of the taxonomy: each calls one action."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key, optional_key
from hub.lib.errors import Invalid
from tenants import actions
from tenants.actions import Wording
from tenants.graphql.choices import ProposedChange, TermKind
from tenants.graphql.inputs import MeaningInput, meanings_of
from tenants.graphql.types import MappingVersionType, TaxonomyVersionType, TermProposalType, TermType


@strawberry.input(description="A new word of a unit's own.")
class AddTermInput:
    unit_id: ID = strawberry.field(description="Whose word it is.")
    kind: TermKind = strawberry.field(description="What it classifies.")
    key: str = strawberry.field(description="Short and stable, in small letters: card-outage.")
    name: str = strawberry.field(description="What people call it; at most 100 characters.")
    description: str = strawberry.field(default="", description="What it means.")
    rank: int = strawberry.field(default=0, description="Orders the unit's terms of this kind.")


@strawberry.input(description="Another wording of a unit's own term; what is left out stays.")
class ChangeTermInput:
    term_id: ID = strawberry.field(description="The term.")
    name: str | None = strawberry.field(default=None, description="What people call it.")
    description: str | None = strawberry.field(default=None, description="What it means.")
    rank: int | None = strawberry.field(default=None, description="Orders the unit's terms of this kind.")


@strawberry.input(description="A unit's own term that goes out of use.")
class RetireTermInput:
    term_id: ID = strawberry.field(description="The term.")


@strawberry.input(description="The next version of a unit's mapping.")
class MapTermsInput:
    unit_id: ID = strawberry.field(description="The unit.")
    meanings: list[MeaningInput] = strawberry.field(description="What its terms mean; those left out keep theirs.")
    reason: str = strawberry.field(default="", description="Why; needed for what changes the past.")
    since: datetime | None = strawberry.field(default=None, description="From which moment on; now if left out.")
    as_version: int | None = strawberry.field(
        default=None,
        description="The number of the unit's next version: needed for what changes the past, and refused when somebody"
        " else was faster.",
    )


@strawberry.input(description="What a term is called in a language.")
class NameTermInput:
    term_id: ID = strawberry.field(description="The term.")
    language: str = strawberry.field(description="BCP 47 tag: de, pt-BR.")
    name: str = strawberry.field(description="The name; empty to take away what was said.")
    unit_id: ID | None = strawberry.field(
        default=None, description="The unit whose word it is; everybody's for a global term if left out."
    )


@strawberry.input(description="A change of the global terms that a second steward shall decide on.")
class ProposeTermInput:
    change: ProposedChange = strawberry.field(description="What is to be done.")
    reason: str = strawberry.field(description="What it is needed for; at most 500 characters.")
    unit_id: ID | None = strawberry.field(default=None, description="The unit that asks; a steward may leave it out.")
    term_id: ID | None = strawberry.field(default=None, description="The term to change or retire.")
    kind: TermKind | None = strawberry.field(default=None, description="What a new term classifies.")
    key: str | None = strawberry.field(default=None, description="A new term's key: third-party.")
    name: str | None = strawberry.field(default=None, description="The name it shall have.")
    description: str | None = strawberry.field(default=None, description="What it shall mean.")
    rank: int | None = strawberry.field(default=None, description="The rank it shall have.")
    successor_id: ID | None = strawberry.field(
        default=None, description="For a retirement, what units should map to instead; nothing is mapped by itself."
    )


@strawberry.input(description="A second steward's word on a proposal.")
class DecideProposalInput:
    proposal_id: ID = strawberry.field(description="The proposal.")
    approve: bool = strawberry.field(description="Whether it shall stand in the next version.")
    answer: str = strawberry.field(default="", description="Why; needed for a rejection.")


@strawberry.input(description="A proposal to take back.")
class WithdrawProposalInput:
    proposal_id: ID = strawberry.field(description="The proposal.")


@strawberry.input(description="The next version of the global terms.")
class PublishTaxonomyInput:
    summary: str = strawberry.field(description="What it changes, in a sentence.")


def _unit(global_id: ID | None) -> int | None:
    return optional_key(global_id, "BusinessUnit", "business unit", "unitId")


def _proposal(global_id: ID) -> int:
    return node_key(global_id, "TermProposal", "proposal", "proposalId")


def _term(global_id: ID) -> int:
    return node_key(global_id, "Term", "term", "termId")


@strawberry.type
class TaxonomyMutation:
    @mutation(description="Add a word of a unit's own; what it means in global terms is said by mapTerms.")
    def add_term(
        self, info: HubInfo, input: AddTermInput
    ) -> Annotated[TermType | MutationErrors, strawberry.union("AddTermPayload")]:
        return as_type(
            TermType,
            actions.add_term(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                kind=input.kind,
                key=input.key,
                name=input.name,
                description=input.description,
                rank=input.rank,
            ),
        )

    @mutation(description="Change how a unit's own term is written; what it means stays.")
    def change_term(
        self, info: HubInfo, input: ChangeTermInput
    ) -> Annotated[TermType | MutationErrors, strawberry.union("ChangeTermPayload")]:
        return as_type(
            TermType,
            actions.change_term(
                actor=actor_of(info),
                term_id=_term(input.term_id),
                name=input.name,
                description=input.description,
                rank=input.rank,
            ),
        )

    @mutation(description="Take a unit's own term out of use; what is called so keeps it, and its meaning.")
    def retire_term(
        self, info: HubInfo, input: RetireTermInput
    ) -> Annotated[TermType | MutationErrors, strawberry.union("RetireTermPayload")]:
        return as_type(TermType, actions.retire_term(actor=actor_of(info), term_id=_term(input.term_id)))

    @mutation(
        description="Say what terms of a unit mean in global ones, as the next version of its mapping. Figures of the"
        " past change only under a version that says so."
    )
    def map_terms(
        self, info: HubInfo, input: MapTermsInput
    ) -> Annotated[MappingVersionType | MutationErrors, strawberry.union("MapTermsPayload")]:
        return as_type(
            MappingVersionType,
            actions.map_terms(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                meanings=meanings_of(input.meanings),
                reason=input.reason,
                since=input.since,
                as_version=input.as_version,
            ),
        )

    @mutation(description="Say what a term is called in a language, for everybody or in a unit's own words.")
    def name_term(
        self, info: HubInfo, input: NameTermInput
    ) -> Annotated[TermType | MutationErrors, strawberry.union("NameTermPayload")]:
        return as_type(
            TermType,
            actions.name_term(
                actor=actor_of(info),
                term_id=_term(input.term_id),
                language=input.language,
                name=input.name,
                unit_id=_unit(input.unit_id),
            ),
        )

    @mutation(description="Propose a change of the global terms; a steward who did not propose it decides.")
    def propose_term(
        self, info: HubInfo, input: ProposeTermInput
    ) -> Annotated[TermProposalType | MutationErrors, strawberry.union("ProposeTermPayload")]:
        actor, unit_id = actor_of(info), _unit(input.unit_id)
        wording = Wording(name=input.name, description=input.description, rank=input.rank)
        if input.change == ProposedChange.ADD:
            if input.kind is None or input.key is None:
                raise Invalid("A new term needs its kind and its key.", path=["kind" if input.kind is None else "key"])
            made = actions.propose_addition(
                actor=actor, kind=input.kind, key=input.key, wording=wording, reason=input.reason, unit_id=unit_id
            )
            return as_type(TermProposalType, made)
        if input.term_id is None:
            raise Invalid("Name the term that is to be changed or retired.", path=["termId"])
        if input.change == ProposedChange.CHANGE:
            made = actions.propose_change(
                actor=actor, term_id=_term(input.term_id), wording=wording, reason=input.reason, unit_id=unit_id
            )
            return as_type(TermProposalType, made)
        made = actions.propose_retirement(
            actor=actor,
            term_id=_term(input.term_id),
            reason=input.reason,
            successor_id=optional_key(input.successor_id, "Term", "global term", "successorId"),
            unit_id=unit_id,
        )
        return as_type(TermProposalType, made)

    @mutation(description="Approve a proposal or reject it, as a steward who did not make it.")
    def decide_proposal(
        self, info: HubInfo, input: DecideProposalInput
    ) -> Annotated[TermProposalType | MutationErrors, strawberry.union("DecideProposalPayload")]:
        decided = actions.decide_proposal(
            actor=actor_of(info),
            proposal_id=_proposal(input.proposal_id),
            approve=input.approve,
            answer=input.answer,
        )
        return as_type(TermProposalType, decided)

    @mutation(description="Take back one's own proposal.")
    def withdraw_proposal(
        self, info: HubInfo, input: WithdrawProposalInput
    ) -> Annotated[TermProposalType | MutationErrors, strawberry.union("WithdrawProposalPayload")]:
        return as_type(
            TermProposalType,
            actions.withdraw_proposal(actor=actor_of(info), proposal_id=_proposal(input.proposal_id)),
        )

    @mutation(description="Publish everything that was approved as the next version of the global terms.")
    def publish_taxonomy(
        self, info: HubInfo, input: PublishTaxonomyInput
    ) -> Annotated[TaxonomyVersionType | MutationErrors, strawberry.union("PublishTaxonomyPayload")]:
        return as_type(TaxonomyVersionType, actions.publish_taxonomy(actor=actor_of(info), summary=input.summary))
