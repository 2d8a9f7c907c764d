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
from tests.tenancy.tables import moving, reading, scoped_tables, writing

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

STAYS_ANYHOW = {
    "alerts_alert",
    "alerts_alertgroup",
    "alerts_alertsource",
    "alerts_alertsourcekey",
    "alerts_severityfloor",
    "articles_article",
    "bridge_securitylink",
    "delivery_message",
    "escalation_run",
    "incidents_escalationcriteria",
    "incidents_handoff",
    "incidents_handover",
    "incidents_incident",
    "incidents_incidentpersongrant",
    "incidents_maintenancewindow",
    "postmortems_actionitem",
    "postmortems_reviewsignature",
    "postmortems_writer",
    "problems_problem",
    "reach_call",
    "reach_probe",
    "reach_treerun",
    "runbooks_runbook",
    "tenants_accesstoken",
    "tenants_businessunit",
    "tenants_closure",
    "tenants_person",
    "tenants_region",
    "tenants_regulationprofile",
    "tenants_role",
    "tenants_roleassignment",
    "tenants_termproposal",
}
"""Tables of which no row is given away even where a policy would let it: the column that says whose it is may not be
written (`privileges`), a trigger or a key holds it, or the row is nobody's in particular."""

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
        for half, left in _halves(table, command, using, check):
            yield Fault(
                f"policy {name} of {table}{half}",
                lambda grounds, name=name, table=table, before=(using, check), left=left: opened(  # type: ignore[misc]
                    administrator(grounds), name, table, before, left
                ),
                lambda grounds, table=table, notices=_writes_notice if half else _tables_notice: notices(  # type: ignore[misc]
                    grounds, [table]
                ),
            )


Clauses = tuple[str | None, str | None]
"""What a policy asks of the rows that are there, and of those that are to be."""


def _halves(table: str, command: str, using: str | None, check: str | None) -> Iterator[tuple[str, Clauses]]:
    """What is left of a policy: nothing; and of one for UPDATE, what it asks of the rows before, or after."""
    yield "", (using and "true", check and "true")
    if COMMANDS[command] == "UPDATE" and "true" not in (using, check):
        yield ", of rows as they are", ("true", check)
        if using != "false" and table not in STAYS_ANYHOW:
            yield ", of rows as they become", (using, "true")


def _may(admin: psycopg.Connection, table: str, verb: str) -> bool:
    function = "has_any_column_privilege" if verb in ("UPDATE", "INSERT") else "has_table_privilege"
    row = admin.execute(f"SELECT {function}('hub_app', %s, %s)", [table, verb]).fetchone()
    return bool(row and row[0])


@contextmanager
def opened(admin: psycopg.Connection, name: str, table: str, before: Clauses, left: Clauses) -> Iterator[None]:
    """Leave of a policy what `left` says, and restore what it said before."""

    def alter(using: str | None, check: str | None) -> None:
        said = (f" USING ({using})" if using else "") + (f" WITH CHECK ({check})" if check else "")
        admin.execute(f"ALTER POLICY {name} ON {table}{said}")

    alter(*left)
    try:
        yield
    finally:
        alter(*before)


def _tables_notice(grounds: Grounds, tables: list[str]) -> bool:
    with transaction.atomic():
        found = any(True for person in grounds.observers for _ in reading(person, grounds.sample, tables))
        transaction.set_rollback(True)
    return found or _writes_notice(grounds, tables)


def _writes_notice(grounds: Grounds, tables: list[str]) -> bool:
    with transaction.atomic():
        found = any(True for _ in writing(grounds.stranger, grounds.sample, tables)) or any(
            True for person in grounds.movers for _ in moving(person, grounds.sample, tables)
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
