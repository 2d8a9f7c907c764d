"""Many rows into a table by one statement, for what is written by the hundred while somebody waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, Final, TypeVar

import orjson
from django.db import connection
from django.db.models import Model

M = TypeVar("M", bound=Model)

_INSERT: Final = (
    "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json){ending}"
)


def insert_all(rows: Sequence[M], *, ignore_conflicts: bool = False) -> list[M]:
    """`bulk_create`, in a fraction of its time: the rows are one parameter, which PostgreSQL takes apart.

    Values are stored as the rows have them, and are such as JSON and PostgreSQL write alike: texts, numbers, moments,
    UUIDs and data. No field fills itself in. Rows without a key get theirs from the table, in their order, unless
    conflicts are ignored.
    """
    for group in ([row for row in rows if row.pk is None], [row for row in rows if row.pk is not None]):
        if group:
            _insert(group, has_key=group[0].pk is not None, ignore_conflicts=ignore_conflicts)
    return list(rows)


def _insert(rows: Sequence[Model], *, has_key: bool, ignore_conflicts: bool) -> None:
    meta = type(rows[0])._meta
    assert meta.pk is not None
    key, names = meta.pk.column, _names(type(rows[0]), has_key=has_key)
    values = [{column: getattr(row, name) for column, name in names.items()} for row in rows]
    quoted = connection.ops.quote_name
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else "" if has_key else f" RETURNING {quoted(key)}"
    statement = _INSERT.format(table=quoted(meta.db_table), columns=", ".join(map(quoted, names)), ending=ending)
    with connection.cursor() as cursor:
        cursor.execute(statement, [orjson.dumps(values).decode()])
        if not ignore_conflicts and not has_key:
            for row, (made,) in zip(rows, cursor.fetchall(), strict=True):
                row.pk = made
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


@cache
def _names(model: type[Model], *, has_key: bool) -> dict[str, str]:
    """The attribute of each column that is written."""
    fields: list[Any] = [each for each in model._meta.local_concrete_fields if has_key or not each.primary_key]
    return {each.column: each.attname for each in fields}
