from knowledge.postmortems.models.action_items import SHOWN_IN, ActionItem, ActionPriority, ActionStatus, Proof
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
from knowledge.postmortems.models.meetings import Answer, MeetingParticipant, MeetingState, ReviewMeeting
from knowledge.postmortems.models.parts import ContributingCause, PostmortemMoment, PostmortemRevision
from knowledge.postmortems.models.postmortem import (
    WRITTEN,
    Audience,
    DueCounted,
    Postmortem,
    PostmortemStatus,
    Section,
)
from knowledge.postmortems.models.questions import ActionsQuestion, SeenAgain, Verdict
from knowledge.postmortems.models.signatures import ReviewSignature
from knowledge.postmortems.models.writers import Writer

__all__ = [
    "SHOWN_IN",
    "WRITTEN",
    "ActionItem",
    "ActionPriority",
    "ActionStatus",
    "ActionsQuestion",
    "Analysis",
    "Answer",
    "Audience",
    "CausalLink",
    "CauseRole",
    "ContributingCause",
    "Disclosure",
    "DisclosureState",
    "DueCounted",
    "Effect",
    "Evidence",
    "EvidenceKind",
    "Gap",
    "GapKind",
    "MeetingParticipant",
    "MeetingState",
    "Method",
    "Postmortem",
    "PostmortemMoment",
    "PostmortemRevision",
    "PostmortemStatus",
    "Proof",
    "Recipients",
    "ReviewMeeting",
    "ReviewSignature",
    "Section",
    "SeenAgain",
    "Verdict",
    "Writer",
]
