"""What PostgreSQL's own catalogue says about who may read what: true for every table, whoever adds it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from tests.tenancy.privileges import NARROWER, TRIGGERS

pytestmark = pytest.mark.django_db

UNSCOPED = {
    # Read before anybody is identified, or without meaning to anybody: each with its reason.
    "django_session": "a session is found by its secret key, before its person is known",
    "django_content_type": "names of models; no login may write it",
    "auth_permission": "names of permissions; no login may write it",
    "auth_group": "names of groups that hold need-to-know grants",
    "auth_group_permissions": "guardian's groups hold no model permissions",
    "django_admin_log": "the tenant admin writes the hub's own audit trail instead; no login may write it",
    "axes_accessattempt": "failed sign-ins, counted before anybody is identified",
    "axes_accessfailurelog": "failed sign-ins, counted before anybody is identified",
    "axes_accesslog": "switched off",
    "axes_accessattemptexpiration": "when a paused sign-in opens again",
    "guardian_userobjectpermission": "guardian's generic grants; the hub uses direct ones",
    "guardian_groupobjectpermission": "guardian's generic grants; the hub uses direct ones",
    "tenants_person_groups": "who is in which group of grants",
    "tenants_person_user_permissions": "Django's own permissions, which decide nothing here",
}
"""Tables without row-level security, and why. Procrastinate's own carry ids of jobs and nothing else."""


def rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def test_every_scoped_table_forces_row_security_with_a_policy_for_each_command() -> None:
    catalogue = {
        name: (enabled, forced, set(commands or ()))
        for name, enabled, forced, commands in rows(
            "SELECT relname, relrowsecurity, relforcerowsecurity,"
            " (SELECT array_agg(polcmd::text) FROM pg_policy WHERE polrelid = c.oid)"
            " FROM pg_class c WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
    }
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    scoped = {table for table in tables - set(UNSCOPED) if not table.startswith("procrastinate_")}
    lacking = {t: catalogue[t] for t in scoped if catalogue[t] != (True, True, {"r", "a", "w", "d", "*"})}
    assert lacking == {}


WRITTEN_UNSCOPED = {
    "axes_accessattempt": "DELETE INSERT UPDATE",
    "axes_accessattemptexpiration": "DELETE INSERT UPDATE",
    "axes_accessfailurelog": "DELETE INSERT UPDATE",
    "axes_accesslog": "DELETE INSERT UPDATE",
    "django_session": "DELETE INSERT UPDATE",
}
"""What people's requests may write of tables without policies: sessions, and failed sign-ins."""


def test_nobodys_request_writes_what_no_policy_guards() -> None:
    """Who is in a group above all: a group may be admitted to a restricted incident."""
    written = rows(
        "SELECT c.relname, string_agg(verb, ' ' ORDER BY verb)"
        " FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) verb"
        " WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT c.relrowsecurity"
        " AND c.relname NOT LIKE 'procrastinate\\_%' AND CASE verb WHEN 'DELETE'"
        " THEN has_table_privilege('hub_app', c.oid, verb) ELSE has_any_column_privilege('hub_app', c.oid, verb) END"
        " GROUP BY 1"
    )
    assert dict(written) == WRITTEN_UNSCOPED
    assert (
        rows(
            "SELECT login FROM unnest(ARRAY['hub_app', 'hub_worker']) login"
            " WHERE has_table_privilege(login, 'tenants_person_groups', 'INSERT, UPDATE, DELETE, TRUNCATE')"
            " OR has_table_privilege(login, 'django_admin_log', 'INSERT, UPDATE, DELETE, TRUNCATE')"
        )
        == []
    )


@pytest.mark.parametrize("login", ["hub_app", "hub_worker"])
def test_the_logins_write_of_guarded_tables_what_they_are_meant_to(login: str) -> None:
    """One privilege or one column more, and somebody could write what actions never do."""
    found: dict[str, list[str]] = {}
    for table, may in rows(
        "SELECT relname, concat_ws(', ',"
        f" CASE WHEN NOT has_table_privilege('{login}', c.oid, 'SELECT') THEN 'unread' END,"
        f" CASE WHEN has_table_privilege('{login}', c.oid, 'INSERT') THEN 'INSERT' END,"
        f" CASE WHEN has_table_privilege('{login}', c.oid, 'UPDATE') THEN 'UPDATE' ELSE (SELECT 'UPDATE ('"
        " || string_agg(attname, ', ' ORDER BY attname) || ')' FROM pg_attribute a WHERE a.attrelid = c.oid"
        f" AND attnum > 0 AND NOT attisdropped AND has_column_privilege('{login}', c.oid, attnum, 'UPDATE')) END,"
        f" CASE WHEN has_table_privilege('{login}', c.oid, 'DELETE') THEN 'DELETE' END)"
        " FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relrowsecurity ORDER BY 1"
    ):
        found.setdefault(may, []).append(table)
    assert {may: tables for may, tables in found.items() if may != "INSERT, UPDATE, DELETE"} == {
        may: tables.split() for may, tables in NARROWER[login].items()
    }
    assert (
        rows(
            "SELECT relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            f" AND has_table_privilege('{login}', c.oid, 'TRUNCATE, TRIGGER, REFERENCES')"
        )
        == []
    )


def test_every_trigger_stands_by() -> None:
    there: dict[str, list[str]] = {}
    for table, name in rows(
        "SELECT relname, tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal"
        " AND tgenabled = 'O' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'procrastinate\\_%'"
        " ORDER BY 1, 2"
    ):
        there.setdefault(table, []).append(name)
    assert there == {table: names.split() for table, names in TRIGGERS.items()}


def test_every_part_of_an_incident_takes_its_scope_along() -> None:
    """Whose a row is and whether it is restricted follow the incident's, by a foreign key of all three columns."""
    parts = {
        table
        for (table,) in rows(
            "SELECT c.relname FROM pg_class c WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            " AND 3 = (SELECT count(*) FROM pg_attribute WHERE attrelid = c.oid AND NOT attisdropped"
            " AND attname IN ('incident_id', 'unit_id', 'restricted'))"
        )
    }
    tied = {
        table
        for (table,) in rows(
            "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confupdtype = 'c'"
            " AND (SELECT array_agg(attname::text ORDER BY attname) FROM pg_attribute"
            " WHERE attrelid = conrelid AND attnum = ANY (conkey)) @> ARRAY['restricted', 'unit_id']"
        )
    }
    assert len(parts) > 40
    assert parts - tied == set()


def test_exceptions_exist() -> None:
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    assert set(UNSCOPED) <= tables


@pytest.mark.parametrize("login", ["hub_app", "hub_worker"])
def test_the_logins_own_nothing_and_bypass_nothing(login: str) -> None:
    assert rows(
        f"SELECT rolsuper, rolbypassrls, rolcreaterole, rolinherit FROM pg_roles WHERE rolname = '{login}'"
    ) == [(False, False, False, False)]
    assert rows(f"SELECT count(*) FROM pg_class WHERE relowner = '{login}'::regrole") == [(0,)]
    assert rows(f"SELECT count(*) FROM pg_proc WHERE proowner = '{login}'::regrole") == [(0,)]


def test_no_view_reads_past_the_policies() -> None:
    assert rows("SELECT matviewname FROM pg_matviews") == []
    assert (
        rows(
            "SELECT relname FROM pg_class WHERE relkind = 'v' AND relnamespace = 'public'::regnamespace"
            " AND NOT coalesce(reloptions, '{}') @> ARRAY['security_invoker=true']"
        )
        == []
    )


def test_definer_functions_are_guarded() -> None:
    unsafe = rows(
        "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace IN ('app'::regnamespace, 'public'::regnamespace)"
        " AND (NOT EXISTS (SELECT 1 FROM unnest(coalesce(proconfig, '{}')) s WHERE s LIKE 'search_path=%')"
        "      OR proowner <> 'hub_guard'::regrole"
        "      OR has_function_privilege('public', oid, 'EXECUTE'))"
    )
    assert unsafe == []


def test_policies_ask_helpers_once_a_statement() -> None:
    """A helper outside a sub-select would run for every row. `app.may_grant` takes the row and is for inserts only."""
    for name, table, using, check in rows(
        "SELECT polname, polrelid::regclass::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
        " FROM pg_policy"
    ):
        for expression in filter(None, (using, check)):
            text = re.sub(r"app\.may_grant\(", "", str(expression))
            assert len(re.findall(r"SELECT app\.", text)) == len(re.findall(r"app\.\w+\(", text)), (name, table, text)
