"""Mutations of analyses and gaps: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key
from hub.lib.unchanged import UNCHANGED
from knowledge.postmortems import actions
from knowledge.postmortems.graphql import inputs
from knowledge.postmortems.graphql.analyses import AnalysisType, CausalLinkType, EffectType, EvidenceType, GapType
from knowledge.postmortems.graphql.mutations import shown
from knowledge.postmortems.graphql.types import PostmortemType


def _postmortem(global_id: ID) -> int:
    return node_key(global_id, "Postmortem", "post-mortem", "postmortemId")


def _effect(global_id: ID, field: str = "effectId") -> int:
    return node_key(global_id, "Effect", "effect", field)


def _gap(global_id: ID) -> int:
    return node_key(global_id, "Gap", "gap", "gapId")


@strawberry.type
class AnalysesMutation:
    @mutation(description="Begin to ask why something happened: by Five Whys, or as a cause-and-effect graph.")
    def start_analysis(
        self, info: HubInfo, input: inputs.StartAnalysisInput
    ) -> Annotated[AnalysisType | MutationErrors, strawberry.union("StartAnalysisPayload")]:
        return as_type(
            AnalysisType,
            actions.start_analysis(
                actor=actor_of(info),
                postmortem_id=_postmortem(input.postmortem_id),
                method=input.method,
                problem=input.problem,
                ended_because=input.ended_because,
            ),
        )

    @mutation(description="Take an analysis out of its review. The audit trail keeps what it said.")
    def remove_analysis(
        self, info: HubInfo, input: inputs.RemoveAnalysisInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("RemoveAnalysisPayload")]:
        analysis_id = node_key(input.analysis_id, "Analysis", "analysis", "analysisId")
        return shown(info, actions.remove_analysis(actor=actor_of(info), analysis_id=analysis_id))

    @mutation(description="Name a cause of an effect; it is an effect in its turn.")
    def add_cause(
        self, info: HubInfo, input: inputs.AddCauseInput
    ) -> Annotated[EffectType | MutationErrors, strawberry.union("AddCausePayload")]:
        return as_type(
            EffectType,
            actions.add_cause(
                actor=actor_of(info),
                effect_id=_effect(input.effect_id),
                text=input.text,
                role=input.role,
                ended_because=input.ended_because,
            ),
        )

    @mutation(
        description="Say that an effect of the same analysis is a cause of another one, too. A circle is refused."
    )
    def link_cause(
        self, info: HubInfo, input: inputs.LinkCauseInput
    ) -> Annotated[CausalLinkType | MutationErrors, strawberry.union("LinkCausePayload")]:
        return as_type(
            CausalLinkType,
            actions.link_cause(
                actor=actor_of(info),
                effect_id=_effect(input.effect_id),
                cause_id=_effect(input.cause_id, "causeId"),
                role=input.role,
            ),
        )

    @mutation(description="Change what an effect says, or why nobody asks further behind it.")
    def edit_effect(
        self, info: HubInfo, input: inputs.EditEffectInput
    ) -> Annotated[EffectType | MutationErrors, strawberry.union("EditEffectPayload")]:
        return as_type(
            EffectType,
            actions.edit_effect(
                actor=actor_of(info),
                effect_id=_effect(input.effect_id),
                text=input.text,
                ended_because=input.ended_because,
            ),
        )

    @mutation(
        description="Say that something is no cause of an effect after all. What leads to nothing else goes with it."
    )
    def remove_cause(
        self, info: HubInfo, input: inputs.RemoveCauseInput
    ) -> Annotated[AnalysisType | MutationErrors, strawberry.union("RemoveCausePayload")]:
        link_id = node_key(input.link_id, "CausalLink", "cause", "linkId")
        return as_type(AnalysisType, actions.remove_cause(actor=actor_of(info), link_id=link_id))

    @mutation(description="Say how an effect is known.")
    def add_evidence(
        self, info: HubInfo, input: inputs.AddEvidenceInput
    ) -> Annotated[EvidenceType | MutationErrors, strawberry.union("AddEvidencePayload")]:
        return as_type(
            EvidenceType,
            actions.add_evidence(
                actor=actor_of(info),
                effect_id=_effect(input.effect_id),
                text=input.text,
                kind=input.kind,
                url=input.url,
            ),
        )

    @mutation(description="Take evidence back. The audit trail keeps it.")
    def remove_evidence(
        self, info: HubInfo, input: inputs.RemoveEvidenceInput
    ) -> Annotated[EffectType | MutationErrors, strawberry.union("RemoveEvidencePayload")]:
        evidence_id = node_key(input.evidence_id, "Evidence", "evidence", "evidenceId")
        return as_type(EffectType, actions.remove_evidence(actor=actor_of(info), evidence_id=evidence_id))

    @mutation(description="Say what should have noticed or ended it sooner, and was missing.")
    def add_gap(
        self, info: HubInfo, input: inputs.AddGapInput
    ) -> Annotated[GapType | MutationErrors, strawberry.union("AddGapPayload")]:
        return as_type(
            GapType,
            actions.add_gap(
                actor=actor_of(info),
                postmortem_id=_postmortem(input.postmortem_id),
                kind=input.kind,
                text=input.text,
                minutes=input.minutes,
            ),
        )

    @mutation(description="Change what a gap says.")
    def edit_gap(
        self, info: HubInfo, input: inputs.EditGapInput
    ) -> Annotated[GapType | MutationErrors, strawberry.union("EditGapPayload")]:
        return as_type(
            GapType,
            actions.edit_gap(
                actor=actor_of(info),
                gap_id=_gap(input.gap_id),
                text=input.text,
                minutes=UNCHANGED if input.minutes is UNSET else input.minutes,
            ),
        )

    @mutation(description="Take a gap back. The audit trail keeps it.")
    def remove_gap(
        self, info: HubInfo, input: inputs.RemoveGapInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("RemoveGapPayload")]:
        return shown(info, actions.remove_gap(actor=actor_of(info), gap_id=_gap(input.gap_id)))
