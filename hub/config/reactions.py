"""What follows from what: for each event, the jobs that are queued with it, in the same transaction.

A job here takes `event_id`, `unit_id`, `incident_id` and the event's own fields, all by name; a job that follows from
several events takes the rest as `**others`. It decides by the rows as it finds them: it may run late, or twice.
"""

from __future__ import annotations

from hub.incidents import jobs as incidents
from hub.incidents.events import IncidentRestricted, IncidentStatusChanged, RoleAssigned
from hub.live.outbox import Reactions
from knowledge.postmortems import jobs as postmortems
from knowledge.postmortems.events import PostmortemEdited, PostmortemPublished, PostmortemRetracted
from knowledge.search import jobs as search

REACTIONS: Reactions = {
    IncidentRestricted: [search.index_postmortem_of_incident],
    IncidentStatusChanged: [incidents.settle_answered_pages, postmortems.open_review],
    PostmortemEdited: [postmortems.ask_owners, search.index_postmortem],
    PostmortemPublished: [search.index_postmortem],
    PostmortemRetracted: [search.index_postmortem],
    RoleAssigned: [incidents.tell_assignee],
}
