"""Asks every scoped table, as one person, what it lets them read and write, and compares that with `rules`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import psycopg
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from hub.lib import identity
from hub.lib.identity import SEED, acting_as
from tests.tenancy.predicates import Facts, Reader, Row
from tests.tenancy.rules import RULES
from tests.tenancy.test_catalogue import UNSCOPED

DENIED = "42501"
"""What PostgreSQL says of a row that no policy lets through, and of a command that was not granted."""


OF_ONE_UNIT = frozenset(
    {"incidents_incidentnumber", "incidents_ownership", "incidents_escalationcriteria", "tenants_unitcalendar"}
)
"""Tables with one row a unit, which names it."""


SHOWN_BY = {"articles_trainingduty": "tries"}
"""The column on which an UPDATE is tried, where a trigger refuses a change of the others in the words of a policy."""


@dataclass(frozen=True)
class Leak:
    """Something that a person got and may not have, or the other way round."""

    path: str
    person: str
    said: str

    def __str__(self) -> str:
        return f"{self.path} as {self.person}: {self.said}"


def scoped_tables() -> list[str]:
    """Every table with rows of units, incidents or people."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.managed}
    return sorted(each for each in tables - set(UNSCOPED) if not each.startswith("procrastinate_"))


def rows_of(table: str, where: str = "true") -> list[Row]:
    """A table's rows, in the open transaction's identity."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" WHERE {where}')
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def facts() -> Facts:
    """What rights follow from, at this moment."""
    with acting_as(SEED):
        with connection.cursor() as cursor:
            cursor.execute("SELECT statement_timestamp()")
            (now,) = cursor.fetchone()

        def by_id(table: str) -> dict[int, Row]:
            return {row["id"]: row for row in rows_of(table)}

        return Facts(
            now=now,
            people=by_id("tenants_person"),
            roles=by_id("tenants_role"),
            assignments=rows_of("tenants_roleassignment"),
            units=by_id("tenants_businessunit"),
            unit_regions=rows_of("tenants_unitregion"),
            person_grants=rows_of("incidents_incidentpersongrant"),
            group_grants=rows_of("incidents_incidentgroupgrant"),
            memberships=rows_of("tenants_person_groups"),
            investigations=rows_of("bridge_investigation"),
            sources=rows_of("alerts_alertsource"),
            layers=by_id("oncall_layer"),
            rotations=by_id("oncall_rotation"),
            members=rows_of("oncall_rotationmember"),
            fixed_shifts=rows_of("oncall_fixedshift"),
            overrides=rows_of("oncall_override"),
            swaps=rows_of("oncall_swap"),
            schedules=by_id("oncall_schedule"),
            ownerships=rows_of("incidents_ownership"),
        )


def key_of(table: str) -> str:
    """The column, or the columns, that name a row."""
    if table == "search_posting":
        return "(word_id, shelf, document_id)"
    return "unit_id" if table in OF_ONE_UNIT else "id"


@dataclass
class Sample:
    """Rows that all probes look at: the newest of each table, where hidden ones are."""

    rows: dict[str, list[Row]]
    facts: Facts

    @classmethod
    def taken(cls, tables: Iterable[str], most: int = 60) -> Sample:
        """The newest `most` rows of each table, as they are."""
        with acting_as(SEED):
            rows = {
                table: rows_of(
                    table,
                    f"{key_of(table)} IN (SELECT {key_of(table).strip('()')} FROM {table}"
                    f" ORDER BY {_order(table)} DESC LIMIT {most})",
                )
                for table in tables
            }
        return cls(rows, facts())


def _order(table: str) -> str:
    return "document_id" if table == "search_posting" else key_of(table)


def key(table: str, row: Row) -> Any:
    names = key_of(table).strip("()").split(", ")
    return tuple(row[name] for name in names) if len(names) > 1 else row[names[0]]


def reading(person_id: int, sample: Sample, tables: Iterable[str]) -> Iterator[Leak]:
    """Where what a person reads of the sampled rows is not what the rules say."""
    reader = Reader(person_id, sample.facts)
    name = sample.facts.people[person_id]["username"]
    with acting_as(identity.person(person_id, through="test")):
        for table in tables:
            rule, rows = RULES[table], sample.rows[table]
            expected = {key(table, row) for row in rows if rule(reader, row)}
            every = {key(table, row) for row in rows}
            names = key_of(table).strip("()")
            # Only the sample is asked for, by a key that tells nothing of rows that a policy holds back.
            asked = "" if "," in names else f" WHERE {names} = ANY (%s)"
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {names} FROM {table}{asked}", [list(every)] if asked else None)
                got = {row if len(row) > 1 else row[0] for row in cursor.fetchall()} & every
            if got != expected:
                yield Leak(
                    f"table {table}", name, f"reads {sorted(got - expected)[:5]}, misses {sorted(expected - got)[:5]}"
                )


def writing(person_id: int, sample: Sample, tables: Iterable[str]) -> Iterator[Leak]:
    """What somebody without any role or row of their own can write: nothing may pass a policy.

    An UPDATE and a DELETE without a condition ask the policies of their own commands alone. Nothing is kept.
    """
    name = sample.facts.people[person_id]["username"]
    for table in tables:
        for command, attempt in _attempts(table, sample.rows[table]):
            outcome = _outcome(person_id, attempt)
            nothing = OWN_ROWS.get((command, table), "0")
            # An update is tried on a column that may be written: one that is denied has found rows to write.
            if outcome != nothing and (command == "update" or outcome != "denied"):
                yield Leak(f"{command} {table}", name, f"was not denied but {outcome}")


def moving(person_id: int, sample: Sample, tables: Iterable[str]) -> Iterator[Leak]:
    """What somebody of one unit can give away: no row of theirs may be made another unit's, or another person's.

    What they may write is asked of the policies, by an UPDATE of all rows: one with a condition would have to leave
    rows that its person still reads, and that would cover for what an update may leave. Nothing is kept.
    """
    home = {each["unit_id"] for each in sample.facts.assignments if each["person_id"] == person_id}
    away = max(key for key, row in sample.facts.units.items() if not home & set(row["lineage"]))
    for table in tables:
        columns = sample.rows[table][0] if sample.rows[table] else {}
        for column, target in (("unit_id", away), (OF_A_PERSON.get(table, ""), _somebody_else(sample, person_id))):
            if column not in columns or column in _generated(table) or not _may_update(table, column):
                continue
            outcome = _outcome(person_id, _move(table, column, target))
            if (outcome.isdecimal() and outcome != "0") or (outcome in PASSED and table not in HELD_BY_KEYS):
                yield Leak(f"move {table}", sample.facts.people[person_id]["username"], f"{column}: {outcome}")


OF_A_PERSON = {
    "delivery_contactmethod": "person_id",
    "delivery_phonenumber": "person_id",
    "oncall_calendarlink": "owner_id",
    "oncall_leave": "person_id",
    "search_savedsearch": "person_id",
    "tenants_accesstoken": "person_id",
}
"""Tables of which a row is somebody's alone, and the column that says whose."""

HELD_BY_KEYS = {"incidents_handover", "postmortems_actionitem", "postmortems_reviewsignature"}
"""Tables that people write who are not of the row's unit: a key holds its scope together with its parent's."""

PASSED = {"failed with 23503", "failed with 23505"}
"""What refuses a row only after its policies have let it pass: keys."""


def _somebody_else(sample: Sample, person_id: int) -> int:
    return max(key for key in sample.facts.people if key != person_id)


def _move(table: str, column: str, target: int) -> Callable[[Any], None]:
    return lambda cursor: cursor.execute(f'UPDATE {table} SET "{column}" = %s', [target])


def _attempts(table: str, rows: list[Row]) -> Iterator[tuple[str, Callable[[Any], None]]]:
    if table == "tenants_person":
        # Everybody has a row here, and may change what is theirs in it.
        yield "update", lambda cursor: cursor.execute("UPDATE tenants_person SET language = 'xx'")
    else:
        names = [name for name in (rows[0] if rows else {}) if name != "id" and name not in _generated(table)]
        shown = [SHOWN_BY[table]] if table in SHOWN_BY else names
        column = next((name for name in shown if _may_update(table, name)), None)
        if column is not None:
            yield "update", lambda cursor: cursor.execute(f'UPDATE {table} SET "{column}" = DEFAULT')
    yield "delete", lambda cursor: cursor.execute(f"DELETE FROM {table}")
    if rows:
        text = json.dumps(dict(rows[0]), default=_written)
        written = ", ".join(f'"{name}"' for name in rows[0] if name not in _generated(table))
        yield (
            "insert",
            lambda cursor: cursor.execute(
                f"INSERT INTO {table} ({written})"
                f" SELECT {written} FROM jsonb_populate_record(NULL::{table}, %s::jsonb)",
                [text],
            ),
        )


OWN_ROWS = {("update", "tenants_person"): "1"}
"""How many rows are a stranger's own, where that is any."""


@cache
def _generated(table: str) -> frozenset[str]:
    """The columns that the database computes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attgenerated <> ''", [table])
        return frozenset(name for (name,) in cursor.fetchall())


def _written(value: Any) -> str:
    return f"\\x{bytes(value).hex()}" if isinstance(value, bytes | memoryview) else str(value)


_updatable: dict[tuple[str, str], bool] = {}


def _may_update(table: str, column: str) -> bool:
    if (table, column) not in _updatable:
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_column_privilege('hub_app', %s, %s, 'UPDATE')", [table, column])
            _updatable[table, column] = bool(cursor.fetchone()[0])
    return _updatable[table, column]


def _outcome(person_id: int, attempt: Callable[[Any], None]) -> str:
    """ "denied" by a policy or for want of a privilege, or else what came of it: a count, or another error's code."""
    try:
        with transaction.atomic():
            with acting_as(identity.person(person_id, through="test")), connection.cursor() as cursor:
                attempt(cursor)
                count = cursor.rowcount
            transaction.set_rollback(True)
            return str(count)
    except DatabaseError as error:
        cause = error.__cause__
        code = cause.sqlstate if isinstance(cause, psycopg.Error) else None
        return "denied" if code == DENIED else f"failed with {code}"
