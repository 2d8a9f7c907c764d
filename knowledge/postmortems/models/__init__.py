from knowledge.postmortems.models.action_items import ActionItem, ActionPriority, ActionStatus, Proof
from knowledge.postmortems.models.analysis import (
    Analysis,
    CausalLink,
    CauseRole,
    Effect,
    Evidence,
    EvidenceKind,
    Gap,
    GapKind,
    Method,
)
from knowledge.postmortems.models.disclosures import Disclosure, DisclosureState, Recipients
from knowledge.postmortems.models.parts import ContributingCause, PostmortemMoment, PostmortemRevision
from knowledge.postmortems.models.postmortem import WRITTEN, Audience, Postmortem, PostmortemStatus, Section
from knowledge.postmortems.models.questions import ActionsQuestion, SeenAgain, Verdict

__all__ = [
    "WRITTEN",
    "ActionItem",
    "ActionPriority",
    "ActionStatus",
    "ActionsQuestion",
    "Analysis",
    "Audience",
    "CausalLink",
    "CauseRole",
    "ContributingCause",
    "Disclosure",
    "DisclosureState",
    "Effect",
    "Evidence",
    "EvidenceKind",
    "Gap",
    "GapKind",
    "Method",
    "Postmortem",
    "PostmortemMoment",
    "PostmortemRevision",
    "PostmortemStatus",
    "Proof",
    "Recipients",
    "Section",
    "SeenAgain",
    "Verdict",
]
