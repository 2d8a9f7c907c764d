"""Faults to plant, one at a time, and whether the suite notices each: a guard that nobody would miss is no guard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction

from hub.lib import identity
from hub.lib.identity import SEED, acting_as
from hub.live import access as live
from tests.tenancy.hidden import CANARY
from tests.tenancy.predicates import Reader, incident
from tests.tenancy.readers import Actors
from tests.tenancy.tables import Leak, Sample, reading, scoped_tables, writing

GUARDED_TWICE = {
    ("hub_insert", "tenants_role"),
    ("hub_update", "tenants_role"),
    ("hub_insert", "tenants_roleassignment"),
}
"""Policies beside which a trigger refuses the same rows with the same words: without them nothing more gets through."""

MOST_READERS = 5
"""How many administrators are asked what takes a query for each of them."""
COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


@dataclass
class Grounds:
    """A database with a populated world, committed, in which faults are planted."""

    admin: psycopg.Connection | None
    sample: Sample
    actors: Actors
    observers: list[int]

    @property
    def stranger(self) -> int:
        return self.actors.people["stranger"].pk


def administrator(grounds: Grounds) -> psycopg.Connection:
    """The connection that plants faults."""
    assert grounds.admin is not None, "faults are planted in a database of their own"
    return grounds.admin


@dataclass(frozen=True)
class Fault:
    """A guard to remove: `planted` holds while it is gone, and `noticed` looks for what that lets through."""

    name: str
    planted: Callable[[Grounds], AbstractContextManager[None]]
    noticed: Callable[[Grounds], bool]


def policies(admin: psycopg.Connection) -> Iterator[Fault]:
    """One fault for each policy of each scoped table, without those that no login has the privilege to meet."""
    rows = admin.execute(
        "SELECT polname, relname, polcmd::text, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)"
        " FROM pg_policy JOIN pg_class c ON c.oid = polrelid WHERE polname <> 'hub_system' ORDER BY 2, 3"
    ).fetchall()
    tables = set(scoped_tables())
    for name, table, command, using, check in rows:
        verb = COMMANDS[command]
        if (
            table not in tables
            or (name, table) in GUARDED_TWICE
            or (using or check) == "true"
            or not _may(admin, table, verb)
        ):
            continue
        yield Fault(
            f"policy {name} of {table}",
            lambda grounds, name=name, table=table, using=using, check=check: opened(  # type: ignore[misc]
                administrator(grounds), name, table, using, check
            ),
            lambda grounds, table=table: _tables_notice(grounds, [table]),  # type: ignore[misc]
        )


def _may(admin: psycopg.Connection, table: str, verb: str) -> bool:
    function = "has_any_column_privilege" if verb in ("UPDATE", "INSERT") else "has_table_privilege"
    row = admin.execute(f"SELECT {function}('hub_app', %s, %s)", [table, verb]).fetchone()
    return bool(row and row[0])


@contextmanager
def opened(admin: psycopg.Connection, name: str, table: str, using: str | None, check: str | None) -> Iterator[None]:
    def clauses(using: str | None, check: str | None) -> str:
        return (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")

    admin.execute(f"ALTER POLICY {name} ON {table}{clauses(using and 'true', check and 'true')}")
    try:
        yield
    finally:
        admin.execute(f"ALTER POLICY {name} ON {table}{clauses(using, check)}")


def _tables_notice(grounds: Grounds, tables: list[str]) -> bool:
    with transaction.atomic():
        found = any(True for person in grounds.observers for _ in reading(person, grounds.sample, tables)) or any(
            True for _ in writing(grounds.stranger, grounds.sample, tables)
        )
        transaction.set_rollback(True)
    return found


FUNCTIONS: tuple[tuple[str, str, str], ...] = (
    # Which function, what stands in it, and what is left of that.
    ("app.granted()", "AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())\n    UNION", "UNION"),
    ("app.granted()", "u.id = (SELECT app.uid()) AND u.is_active", "u.id = (SELECT app.uid())"),
    ("app.granted()", "m.person_id = (SELECT app.uid()) AND", "true AND"),
    ("app.units(text)", "AND a.valid_from <= statement_timestamp()", ""),
    ("app.units(text)", "AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())", ""),
    ("app.units(text)", "p.id = a.person_id AND p.is_active", "p.id = a.person_id"),
    ("app.units(text)", "r.permissions @> ARRAY[permission]::varchar[]", "permission IS NOT NULL"),
    ("app.units(text)", "u.region_id = a.region_id", "a.region_id IS NOT NULL"),
    ("app.units_apart(text)", "AND a.valid_from <= statement_timestamp()", ""),
    ("app.units_apart(text)", "AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())", ""),
    ("app.units_apart(text)", "p.id = a.person_id AND p.is_active", "p.id = a.person_id"),
    ("app.units_apart(text)", "r.permissions @> ARRAY[permission]::varchar[]", "permission IS NOT NULL"),
    ("app.units_apart(text)", "u.region_id = h.region_id", "h.region_id IS NOT NULL"),
    ("app.everywhere(text)", "WHEN app.enterprise(permission) THEN", "WHEN permission IS NOT NULL THEN"),
    ("app.enterprise(text)", "AND (a.valid_until IS NULL OR a.valid_until > statement_timestamp())", ""),
    ("app.enterprise(text)", "AND a.is_enterprise", ""),
    ("app.may_administer(bigint)", "AND NOT app.may_give(a.role_id, whom, a.unit_id, a.region_id)", "AND false"),
    (
        "app.may_administer(bigint)",
        "AND app.ceiling(a.unit_id, a.region_id) @> ARRAY['people.administer']::varchar[]",
        "",
    ),
    ("app.set_active(bigint,boolean)", "IF NOT app.may_administer(whom) THEN", "IF false THEN"),
    ("app.is_active()", "p.id = app.uid() AND p.is_active", "p.id = app.uid()"),
    ("app.owned()", "AND (p.valid_until IS NULL OR p.valid_until > statement_timestamp())\n    UNION", "UNION"),
    ("app.owned()", "p.user_id = app.uid() AND p.is_owner", "p.user_id = app.uid()"),
    ("app.may_grant(bigint)", "i.id = ANY (app.owned())", "true"),
    ("app.break_glass(text,text)", "AND i.unit_id = ANY (app.units('incident.break_glass'))", ""),
    ("app.bridged()", "WHERE i.incident_id = ANY (app.granted())", ""),
    (
        "app.shelves()",
        "ARRAY(SELECT -g FROM unnest(app.granted()) AS g)",
        "ARRAY(SELECT -i.id FROM public.incidents_incident i)",
    ),
    ("app.role_holders(text,bigint)", "of_unit <> ALL (app.units('oncall.view'))", "false"),
    ("app.feed_since(bigint,integer,bigint[])", "AND p.is_active", ""),
    (
        "app.feed_since(bigint,integer,bigint[])",
        "CASE WHEN batch.restricted THEN granted.people ELSE viewers.people END",
        "connected",
    ),
    ("app.words_of(text[])", "AND p.shelf = ANY (mine.shelves)", ""),
    ("app.words_starting(text)", "AND p.shelf = ANY (mine.shelves)", ""),
    ("app.words_like(text)", "AND p.shelf = ANY (mine.shelves)", ""),
)


def functions() -> Iterator[Fault]:
    """One fault for each condition of the helper functions that policies ask."""
    for signature, text, left in FUNCTIONS:
        yield Fault(
            f"{signature} without “{' '.join(text.split())[:60]}”",
            lambda grounds, signature=signature, text=text, left=left: _replaced(  # type: ignore[misc]
                administrator(grounds), signature, text, left
            ),
            _functions_notice,
        )


@contextmanager
def _replaced(admin: psycopg.Connection, signature: str, text: str, left: str) -> Iterator[None]:
    row = admin.execute("SELECT pg_get_functiondef(%s::regprocedure)", [signature]).fetchone()
    assert row is not None
    whole = str(row[0])
    assert text in whole, f"{signature} does not say “{text}”: adapt the fault to what it says"
    admin.execute(whole.replace(text, left, 1))
    try:
        yield
    finally:
        admin.execute(whole)


def _functions_notice(grounds: Grounds) -> bool:
    return bool(next(probes(grounds), None)) or _tables_notice(grounds, scoped_tables())


def probes(grounds: Grounds) -> Iterator[Leak]:
    """What the helper functions themselves let through, past any table."""
    sample = grounds.sample
    with transaction.atomic():
        readers = {key: Reader(key, sample.facts) for key in grounds.observers}
        events = {row["id"]: row for row in sample.rows["live_feedevent"]}
        if events:
            with acting_as(identity.person(grounds.stranger)):
                for event in live.events_since(min(events) - 1, list(readers)):
                    if event.id not in events:
                        continue
                    expected = {key for key, each in readers.items() if incident()(each, events[event.id])}
                    if event.seen_by != expected:
                        yield Leak("app.feed_since", "all", f"event {event.id}: {sorted(event.seen_by ^ expected)}")
        stranger = identity.person(grounds.stranger)
        for statement in (
            "SELECT term FROM app.words_of(ARRAY(SELECT %s || n FROM unnest(%s::text[]) n))",
            "SELECT term FROM app.words_starting(%s) WHERE %s::text[] IS NOT NULL",
            "SELECT term FROM app.words_like(%s || '1') WHERE %s::text[] IS NOT NULL",
        ):
            with acting_as(stranger), connection.cursor() as cursor:
                cursor.execute(statement, [CANARY, _endings()])
                if cursor.fetchall():
                    yield Leak(statement[17:34], "stranger", "knows a hidden word")
        with acting_as(stranger), connection.cursor() as cursor:
            cursor.execute(
                "SELECT u.id FROM tenants_businessunit u WHERE app.role_holders('commander', u.id) IS NOT NULL"
            )
            if found := cursor.fetchall():
                yield Leak("app.role_holders", "stranger", f"knows who commands in {found}")
        restricted = [row for row in sample.rows["incidents_incident"] if row["restricted"]]
        for row in restricted[:3]:
            with acting_as(stranger), connection.cursor() as cursor:
                cursor.execute("SELECT app.break_glass(%s, 'Because')", [row["reference"]])
                if cursor.fetchone() != (None,):
                    yield Leak("app.break_glass", "stranger", row["reference"])
        yield from _grants(grounds, restricted)
        yield from _accounts(grounds, readers)
        transaction.set_rollback(True)


def _accounts(grounds: Grounds, readers: dict[int, Reader]) -> Iterator[Leak]:
    """Whether somebody administers whom they do not, or switches off an account that is none of their business."""
    people = {each.pk for each in grounds.actors.people.values()}
    administrators = [key for key, reader in readers.items() if reader.units("people.administer")]
    for key in {grounds.stranger, *administrators[:MOST_READERS]}:
        with acting_as(identity.person(key)), connection.cursor() as cursor:
            cursor.execute("SELECT p FROM unnest(%s::bigint[]) p WHERE app.may_administer(p)", [sorted(people)])
            found = {person for (person,) in cursor.fetchall()}
        expected = {person for person in people if readers[key].administers(person)}
        if found != expected:
            yield Leak("app.may_administer", str(key), f"people {sorted(found ^ expected)}")
    try:
        with transaction.atomic(), acting_as(identity.person(grounds.stranger)), connection.cursor() as cursor:
            cursor.execute("SELECT app.set_active(%s, false)", [max(people - {grounds.stranger})])
        yield Leak("app.set_active", "stranger", "switches somebody's account off")
    except DatabaseError:  # the denial that is wanted
        return


def _endings() -> list[str]:
    with acting_as(SEED), connection.cursor() as cursor:
        cursor.execute("SELECT term FROM search_word WHERE word LIKE %s LIMIT 20", [f"{CANARY}%"])
        return [str(term).removeprefix(CANARY) for (term,) in cursor.fetchall()]


def _grants(grounds: Grounds, restricted: list[Any]) -> Iterator[Leak]:
    """Whether somebody admits themselves, or lengthens what has ended."""
    for name, statement in (
        (
            "stranger",
            "INSERT INTO incidents_incidentpersongrant (user_id, content_object_id, permission_id, reason,"
            " granted_by_id, is_owner, is_emergency) SELECT {me}, {it}, min(id), 'x', {me}, true, false"
            " FROM auth_permission",
        ),
        ("expired", "UPDATE incidents_incidentpersongrant SET valid_until = NULL, granted_by_id = {me}"),
        (
            "guest",
            "UPDATE incidents_incidentpersongrant SET valid_until = NULL, granted_by_id = {me}, is_owner = true",
        ),
    ):
        me = grounds.actors.people[name].pk
        for row in restricted[:1]:
            try:
                with transaction.atomic(), acting_as(identity.person(me)), connection.cursor() as cursor:
                    cursor.execute(statement.format(me=me, it=row["id"]))
                    if cursor.rowcount:
                        yield Leak("grants", name, statement[:40])
                    transaction.set_rollback(True)
            except Exception:  # the denial that is wanted
                continue
