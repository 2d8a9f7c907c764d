"""What follows from what: for each event, the jobs that are queued with it, in the same transaction.

A job here takes `event_id`, `unit_id`, `incident_id` and the event's own fields, all by name; a job that follows from
several events takes the rest as `**others`. It decides by the rows as it finds them: it may run late, or twice.
"""

from __future__ import annotations

from hub.alerts.events import AlertFired
from hub.bridge import jobs as bridge
from hub.bridge.events import BreachSuspected, PassedToSecurity, ShownToIt
from hub.escalation import jobs as escalation
from hub.escalation.events import EscalationAsked
from hub.incidents import jobs as incidents
from hub.incidents.events import (
    AccessGranted,
    GlassBroken,
    HandOffDecided,
    HandOffOffered,
    HandOverDecided,
    HandOverOffered,
    IncidentDeclared,
    IncidentDescribed,
    IncidentRestricted,
    IncidentSeverityChanged,
    IncidentStatusChanged,
    IncidentTagged,
    QuietEnded,
    RoleAssigned,
)
from hub.live.outbox import Reactions
from hub.oncall import jobs as oncall
from hub.oncall.events import SwapAnswered, SwapOffered
from knowledge.articles import jobs as articles
from knowledge.articles.events import ArticleChanged, ArticleRevisionDecided, TrainingAssigned, TrainingCompleted
from knowledge.postmortems import jobs as postmortems
from knowledge.postmortems.events import (
    DisclosureDecided,
    DisclosureRequested,
    PostmortemEdited,
    PostmortemPublished,
    PostmortemRetracted,
    ReviewMeetingCalledOff,
    ReviewMeetingPlanned,
    ReviewMeetingRecorded,
    SignatureRefused,
    SignaturesVoided,
)
from knowledge.problems.events import ProblemChanged, ProblemStateChanged
from knowledge.runbooks.events import RunbookChanged
from knowledge.search import jobs as search

REACTIONS: Reactions = {
    AccessGranted: [incidents.tell_admitted],
    AlertFired: [bridge.check_criteria],
    ArticleChanged: [articles.follow_readers, search.index_article],
    ArticleRevisionDecided: [articles.renew_training],
    BreachSuspected: [bridge.open_investigation],
    DisclosureDecided: [postmortems.tell_requester],
    DisclosureRequested: [postmortems.tell_approvers],
    EscalationAsked: [escalation.start_by_hand],
    GlassBroken: [incidents.tell_owners],
    HandOffDecided: [incidents.tell_first_level],
    HandOffOffered: [incidents.tell_specialists],
    HandOverDecided: [incidents.tell_giver, escalation.follow_hand_over],
    HandOverOffered: [incidents.tell_receiver],
    IncidentDeclared: [
        incidents.assign_duties,
        incidents.engage_plans,
        incidents.consider_escalation,
        bridge.check_criteria,
        escalation.start_runs,
    ],
    IncidentDescribed: [incidents.engage_by_type, incidents.consider_escalation, bridge.check_criteria],
    IncidentRestricted: [escalation.end_runs, search.index_postmortem_of_incident],
    IncidentSeverityChanged: [
        incidents.reassign_duties,
        incidents.engage_plans,
        incidents.consider_escalation,
        bridge.check_criteria,
        escalation.follow_severity,
    ],
    IncidentTagged: [incidents.engage_by_tags, bridge.check_criteria],
    IncidentStatusChanged: [
        incidents.settle_answered_pages,
        incidents.flow_outcome,
        escalation.follow_status,
        postmortems.open_review,
    ],
    PostmortemEdited: [postmortems.ask_owners, search.index_postmortem],
    PassedToSecurity: [bridge.tell_security_side],
    PostmortemPublished: [postmortems.ask_whether_actions_worked, search.index_postmortem],
    PostmortemRetracted: [search.index_postmortem],
    ProblemChanged: [search.index_problem],
    ProblemStateChanged: [search.index_problem],
    QuietEnded: [incidents.tell_holders, incidents.consider_escalation, escalation.start_after_quiet],
    ReviewMeetingCalledOff: [postmortems.tell_of_cancellation],
    ReviewMeetingPlanned: [postmortems.invite_to_meeting],
    ReviewMeetingRecorded: [postmortems.ask_for_signatures],
    RoleAssigned: [incidents.tell_assignee],
    RunbookChanged: [search.index_runbook],
    SignatureRefused: [postmortems.tell_of_refusal],
    SignaturesVoided: [postmortems.ask_to_sign_again],
    ShownToIt: [bridge.tell_it_side],
    SwapAnswered: [oncall.tell_of_answer],
    SwapOffered: [oncall.tell_of_offer],
    TrainingAssigned: [articles.follow_audience],
    TrainingCompleted: [articles.grant_expertise],
}
