"""Faults to plant, one at a time, and whether the suite notices each: a guard that nobody would miss is no guard."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import psycopg
from django.db import transaction

from tests.tenancy.definers import FUNCTIONS
from tests.tenancy.probes import PROBES, Grounds, probes
from tests.tenancy.tables import reading, scoped_tables, writing

GUARDED_TWICE = {
    ("hub_insert", "tenants_role"),
    ("hub_update", "tenants_role"),
    ("hub_insert", "tenants_roleassignment"),
}
"""Policies beside which a trigger refuses the same rows with the same words: without them nothing more gets through."""

ASKED_THROUGH = {
    "app.ceiling": "app.may_give",
    "app.may_grant": "incidents_incidentpersongrant",
    "app.owned": "incidents_incidentpersongrant",
}
"""What the probes name that ask these functions without naming them."""

COMMANDS = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}


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


def functions() -> Iterator[Fault]:
    """One fault for each condition of the helper functions that policies ask."""
    for signature, text, left in FUNCTIONS:
        yield Fault(
            f"{signature} without “{' '.join(text.split())[:60]}”",
            lambda grounds, signature=signature, text=text, left=left: _replaced(  # type: ignore[misc]
                administrator(grounds), signature, text, left
            ),
            lambda grounds, signature=signature: _functions_notice(grounds, signature),  # type: ignore[misc]
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


def _functions_notice(grounds: Grounds, signature: str) -> bool:
    """Whether anybody notices: who asks the function itself first, since everybody's tables take seconds."""
    function = signature.partition("(")[0]
    names = (function, ASKED_THROUGH.get(function, function))
    near = [probe for probe in PROBES if any(name in inspect.getsource(probe) for name in names)]
    far = [probe for probe in PROBES if probe not in near]
    return (
        bool(next(probes(grounds, near), None))
        or _tables_notice(grounds, scoped_tables())
        or bool(next(probes(grounds, far), None))
    )
