"""Unique keys are oracles: what cannot be made because a hidden row has its key tells of that row."""

from __future__ import annotations

import pytest
from django.db import connection

pytestmark = pytest.mark.django_db

SCOPING = {
    "unit_id", "incident_id", "person_id", "user_id", "group_id", "content_object_id", "source_id", "postmortem_id",
    "document_id", "message_id", "entry_id", "service_id", "schedule_id", "rotation_id", "link_id", "investigation_id",
    "stream_id", "role_id", "account_id", "layer_id", "local_id", "policy_id",
    "step_id", "run_id", "taken_id", "analysis_id", "effect_id", "cause_id", "runbook_id", "problem_id",
    "article_id", "training_id",
}  # fmt: skip
"""Columns that keep a key inside what its writer sees already: its unit, its incident, its own parent."""

ACROSS = {
    "catalog_service_slug": "services are the enterprise's shared map: everybody sees them all",
    "tenants_businessunit": "units are open to everybody",
    "tenants_region": "regions are open to everybody",
    "tenants_person_username": "names are open to everybody",
    "person_username_caseless": "names are open to everybody",
    "incidents_incident_reference": "drawn by the hub: from the unit's counter, or at random",
    "tenants_accesstoken_digest": "256 random bits",
    "alerts_alertsourcekey_digest": "256 random bits",
    "oncall_calendarlink_digest": "256 random bits",
    "alerts_severityfloor_position": "the enterprise's floors are open to everybody",
    "tenants_regulationprofile_key": "the regulations that a unit can be under are open to everybody",
    "tenants_taxonomyversion_number": "versions of the shared taxonomy are open to everybody",
    "one_approved_proposal_a_term": "proposals are approved by stewards, who see them all",
    "edition_once_a_version": "versions of the shared taxonomy are open to everybody",
    "live_outboxentry_event_id": "a random UUID",
    "live_feedevent_event_id": "a random UUID",
    "delivery_message_key": "a random UUID",
    "delivery_message_dedupe_key": "written by the system alone",
    "bridge_crossing_dedupe_key": "made of the id of the row that it follows from",
    "metrics_quarterrelease_starts_on": "written by the system alone",
    "articles_article_current_id": "which of its own revisions is published, as the action that decides on it says",
    "runbooks_runbook_current_id": "which of its own revisions is in force, as the action that decides on it says",
    "phone_tree_code_is_of_one_call": "of a code that the hub draws",
    "drill_code_is_of_one_probe": "of a code that the hub draws",
    "search_word_word": "written by the system alone",
}
"""Unique keys over the whole table, by the beginning of their names, and why nobody learns from them."""


def test_no_unique_key_reaches_across_what_is_hidden() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, i.relname, array_agg(a.attname::text) FROM pg_index x"
            " JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid"
            " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)"
            " WHERE x.indisunique AND NOT x.indisprimary AND c.relrowsecurity"
            " AND c.relnamespace = 'public'::regnamespace GROUP BY 1, 2"
        )
        keys = cursor.fetchall()
    reaching = {
        name
        for _, name, columns in keys
        if not set(columns) & (SCOPING | {"id"}) and not any(name.startswith(known) for known in ACROSS)
    }
    assert reaching == set()
