"""What the logins may write of the tables that policies guard, and which triggers stand by: as they are meant to be.

A policy says whose rows somebody writes; these say what of them anybody does. What is given or taken, or lost by a
migration, is to be written down here as well: `test_catalogue` compares with PostgreSQL's catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

NARROWER: Final[Mapping[str, Mapping[str, str]]] = {
    "hub_app": {
        "": (
            "delivery_receipt escalation_logicalclock escalation_page escalation_runstep incidents_duty "
            "incidents_engagement reach_wrongcode"
        ),
        "INSERT": (
            "articles_trainingcompletion bridge_crossing bridge_investigation incidents_assessment "
            "incidents_incidentsighting incidents_maintenanceseries incidents_timelinerevision "
            "metrics_quarterrelease postmortems_postmortemrevision reach_drill tenants_auditentry"
        ),
        "INSERT, DELETE": "incidents_maintenanceservice problems_problemincident",
        "INSERT, UPDATE": (
            "alerts_alert alerts_alertgroup articles_article articles_articlerevision articles_training "
            "articles_trainingduty catalog_service incidents_handover incidents_incident "
            "incidents_incidentrole incidents_timelineentry postmortems_actionitem "
            "postmortems_actionsquestion postmortems_disclosure postmortems_postmortem "
            "postmortems_reviewmeeting postmortems_reviewsignature postmortems_seenagain problems_problem "
            "reach_phonetree runbooks_revision runbooks_runbook runbooks_runbookrun runbooks_runbookrunstep"
        ),
        "INSERT, UPDATE (answer, decided_at, decided_by_id, state)": "incidents_handoff",
        "INSERT, UPDATE (constraints, contact_id, note, shown_at, state)": "bridge_securitylink",
        "INSERT, UPDATE (answer, decided_at, decided_by_id, state, term_id, version_id), DELETE": (
            "tenants_termproposal"
        ),
        "INSERT, UPDATE (default_service_id, default_severity, name, resolves_incidents, revoked_at, service_labels)": (
            "alerts_alertsource"
        ),
        "INSERT, UPDATE (end, ended_at, ended_by_id)": "reach_treerun",
        "INSERT, UPDATE (ended_by_id, granted_at, granted_by_id, is_emergency, is_owner, reason, valid_until)"
        ", DELETE": "incidents_incidentpersongrant",
        "INSERT, UPDATE (ends_at)": "alerts_alertsourcekey",
        "INSERT, UPDATE (ends_at, reason, starts_at, stopped_at, stopped_by_id, version)": (
            "incidents_maintenancewindow"
        ),
        "INSERT, UPDATE (reached_at, state)": "reach_call",
        "UPDATE (acknowledged_at, seen_at)": "delivery_message",
        "UPDATE (confirmed_at, sent_at, state)": "reach_probe",
        "UPDATE (next_at, paused_by_id, paused_until, remaining)": "escalation_run",
    },
    "hub_worker": {
        "": "reach_wrongcode",
        "INSERT": (
            "articles_trainingcompletion bridge_crossing escalation_page escalation_runstep "
            "incidents_assessment incidents_incidentsighting incidents_maintenanceseries "
            "incidents_timelinerevision metrics_quarterrelease postmortems_postmortemrevision "
            "tenants_auditentry"
        ),
        "INSERT, DELETE": "problems_problemincident",
        "INSERT, UPDATE": (
            "alerts_alert alerts_alertgroup alerts_alertsource alerts_alertsourcekey articles_article "
            "articles_articlerevision articles_training articles_trainingduty bridge_investigation "
            "bridge_securitylink catalog_service delivery_message delivery_receipt escalation_logicalclock "
            "escalation_run incidents_handoff incidents_handover incidents_incident incidents_incidentrole "
            "incidents_maintenanceservice incidents_maintenancewindow incidents_timelineentry "
            "postmortems_actionitem postmortems_disclosure postmortems_postmortem postmortems_reviewmeeting "
            "postmortems_reviewsignature problems_problem reach_call reach_drill reach_phonetree reach_probe "
            "reach_treerun runbooks_revision runbooks_runbook runbooks_runbookrun runbooks_runbookrunstep"
        ),
        "INSERT, UPDATE (ended_at)": "incidents_duty",
        "INSERT, UPDATE (update_due_at)": "incidents_engagement",
    },
}
"""By login: what it may do beside reading where that is not all of INSERT, UPDATE and DELETE, and of which tables."""

TRIGGERS: Final[Mapping[str, str]] = {
    "articles_article": "guard",
    "articles_articlerevision": "guard",
    "articles_trainingduty": "guard",
    "django_session": "tell_rights",
    "incidents_handover": "decide",
    "incidents_incident": "federate forget",
    "incidents_incidentgroupgrant": "tell_rights",
    "incidents_incidentpersongrant": "tell_rights",
    "incidents_timelineentry": "keep_history",
    "postmortems_actionsquestion": "guard",
    "postmortems_causallink": "set_open",
    "postmortems_disclosure": "guard",
    "postmortems_effect": "guard_published set_open",
    "postmortems_meetingparticipant": "guard",
    "postmortems_postmortem": "guard_branches guard_failure_mode guard_publication guard_signatures keep_history",
    "postmortems_reviewmeeting": "guard",
    "postmortems_reviewsignature": "guard",
    "problems_problem": "guard_sharing",
    "runbooks_revision": "guard",
    "runbooks_runbook": "guard",
    "tenants_accesstoken": "only_narrows tell_rights",
    "tenants_businessunit": "pass_on_lineage set_lineage",
    "tenants_person": "tell_rights",
    "tenants_person_groups": "tell_rights",
    "tenants_role": "stay_below tell_rights",
    "tenants_roleassignment": "give tell_rights",
}
"""The triggers that refuse, keep or tell what no policy can, by table."""
