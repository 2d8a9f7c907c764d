"""Row-level security as a migration operation, and the predicates that areas build their policies from.

Every predicate asks a helper function inside a sub-select, so that PostgreSQL evaluates it once a statement and
not once a row. The helpers are defined in the tenants area's migrations and owned by `hub_guard`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

NOBODY = "false"
ANYBODY_ACTIVE = "(SELECT app.is_active())"


def in_units(permission: str, *, unit: str = "unit_id") -> str:
    """The row's unit is one in which the person holds `permission`."""
    return f"{unit} = ANY((SELECT app.units('{permission}'))::bigint[])"


def in_units_or_everywhere(permission: str, *, unit: str = "unit_id") -> str:
    """The same rows as `in_units`, for tables that somebody counts who reads hundreds of units.

    An array that is known only when the statement runs is searched from its start for every row. Whoever holds the
    permission for the enterprise passes by the range instead, which no other reader's unit lies in. It has two ends,
    because PostgreSQL then expects few rows in it, and keeps looking for the units of others by their index.
    """
    return (
        f"(({unit} >= (SELECT app.everywhere('{permission}')) AND {unit} <= 9223372036854775807)"
        f" OR {unit} = ANY((SELECT app.units_apart('{permission}'))::bigint[]))"
    )


def enterprise(permission: str) -> str:
    """The person holds `permission` for the whole enterprise."""
    return f"(SELECT app.enterprise('{permission}'))"


def in_incident(permission: str, *, incident: str = "incident_id", within: Callable[[str], str] = in_units) -> str:
    """An incident's row or a child's: by unit while it is open to the unit, by explicit grant once restricted."""
    return (
        f"((NOT restricted AND {within(permission)})"
        f" OR (restricted AND {incident} = ANY((SELECT app.granted())::bigint[])))"
    )


class EnableRowSecurity(Operation):
    """Enable and force row-level security on a table, with one policy a command for people and one for the system.

    Args:
        table: the table's name.
        select, insert, update, delete: predicates for `hub_app`; `update` serves as USING and as CHECK unless
            `update_check` is given.
        worker: the predicate for `hub_worker`.
    """

    reduces_to_sql = True
    reversible = True
    atomic = True

    def __init__(
        self,
        table: str,
        *,
        select: str,
        insert: str = NOBODY,
        update: str = NOBODY,
        delete: str = NOBODY,
        update_check: str | None = None,
        worker: str = "true",
    ) -> None:
        self.table = table
        self.select = select
        self.insert = insert
        self.update = update
        self.update_check = update_check
        self.delete = delete
        self.worker = worker

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        names = ("select", "insert", "update", "delete", "update_check", "worker")
        return self.__class__.__name__, [self.table], {name: getattr(self, name) for name in names}

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Policies are no part of Django's model state."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = schema_editor.quote_name(self.table)
        check = self.update_check or self.update
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY hub_select ON {table} FOR SELECT TO hub_app USING ({self.select})",
            f"CREATE POLICY hub_insert ON {table} FOR INSERT TO hub_app WITH CHECK ({self.insert})",
            f"CREATE POLICY hub_update ON {table} FOR UPDATE TO hub_app USING ({self.update}) WITH CHECK ({check})",
            f"CREATE POLICY hub_delete ON {table} FOR DELETE TO hub_app USING ({self.delete})",
            f"CREATE POLICY hub_system ON {table} TO hub_worker USING ({self.worker}) WITH CHECK ({self.worker})",
        ):
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        table = schema_editor.quote_name(self.table)
        for name in ("select", "insert", "update", "delete", "system"):
            schema_editor.execute(f"DROP POLICY IF EXISTS hub_{name} ON {table}")
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        return f"Enable row-level security on {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"row_security_{self.table}"


def scope_foreign_key(
    table: str, *, parent: str = "incidents_incident", column: str = "incident_id"
) -> tuple[str, str]:
    """SQL (forwards, backwards) that ties a child's scope columns to its parent's.

    With ON UPDATE CASCADE a parent that becomes restricted, or moves to another unit, takes its children along in
    the same statement, so one predicate over the child's own columns is always right.
    """
    name = f"{table}_scope_fk"
    return (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY ({column}, unit_id, restricted)"
        f" REFERENCES {parent} (id, unit_id, restricted) ON UPDATE CASCADE DEFERRABLE INITIALLY IMMEDIATE",
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
    )
