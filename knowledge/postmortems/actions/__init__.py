"""The only writers of reviews. Each is one transaction: lock the review, then its part; check, write, audit.

What imports them from files, `importing`, is not loaded here: the readers of other systems' pages would take each of
the hub's processes a while to load, and one command uses them.
"""

from knowledge.postmortems.actions.analysing import (
    add_cause,
    edit_effect,
    link_cause,
    remove_analysis,
    remove_cause,
    start_analysis,
)
from knowledge.postmortems.actions.asking import answer_actions_question, ask_whether_actions_worked
from knowledge.postmortems.actions.causes import set_causes
from knowledge.postmortems.actions.disclosing import (
    approve_disclosure,
    decline_disclosure,
    request_disclosure,
    withdraw_disclosure,
)
from knowledge.postmortems.actions.editing import StaleEdit, edit_postmortem
from knowledge.postmortems.actions.evidence import add_evidence, add_gap, edit_gap, remove_evidence, remove_gap
from knowledge.postmortems.actions.items import (
    accept_action_item,
    add_action_item,
    complete_action_item,
    drop_action_item,
    reopen_action_item,
    update_action_item,
)
from knowledge.postmortems.actions.meeting import (
    answer_invitation,
    call_off_review_meeting,
    change_review_meeting,
    plan_review_meeting,
    record_review_meeting,
)
from knowledge.postmortems.actions.moments import add_moment, edit_moment, remove_moment
from knowledge.postmortems.actions.opening import open_postmortem
from knowledge.postmortems.actions.publishing import missing_for_publication, publish_postmortem, retract_postmortem
from knowledge.postmortems.actions.signing import refuse_signature, settle_refusal, sign_postmortem

__all__ = [
    "StaleEdit",
    "accept_action_item",
    "add_action_item",
    "add_cause",
    "add_evidence",
    "add_gap",
    "add_moment",
    "answer_actions_question",
    "answer_invitation",
    "approve_disclosure",
    "ask_whether_actions_worked",
    "call_off_review_meeting",
    "change_review_meeting",
    "complete_action_item",
    "decline_disclosure",
    "drop_action_item",
    "edit_effect",
    "edit_gap",
    "edit_moment",
    "edit_postmortem",
    "link_cause",
    "missing_for_publication",
    "open_postmortem",
    "plan_review_meeting",
    "publish_postmortem",
    "record_review_meeting",
    "refuse_signature",
    "remove_analysis",
    "remove_cause",
    "remove_evidence",
    "remove_gap",
    "remove_moment",
    "reopen_action_item",
    "request_disclosure",
    "retract_postmortem",
    "set_causes",
    "settle_refusal",
    "sign_postmortem",
    "start_analysis",
    "update_action_item",
    "withdraw_disclosure",
]
