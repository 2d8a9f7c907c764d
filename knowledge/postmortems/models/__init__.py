from knowledge.postmortems.models.action_items import ActionItem, ActionStatus
from knowledge.postmortems.models.parts import ContributingCause, PostmortemMoment, PostmortemRevision
from knowledge.postmortems.models.postmortem import WRITTEN, Audience, Postmortem, PostmortemStatus, Section

__all__ = [
    "WRITTEN",
    "ActionItem",
    "ActionStatus",
    "Audience",
    "ContributingCause",
    "Postmortem",
    "PostmortemMoment",
    "PostmortemRevision",
    "PostmortemStatus",
    "Section",
]
