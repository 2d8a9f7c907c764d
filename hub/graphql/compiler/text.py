"""JSON as PostgreSQL writes it: expressions whose values are texts, byte for byte what the executor's answer holds.

`json_build_object` and `json_agg` put spaces where the executor puts none, and `row_to_json` cuts names at 63 bytes, so
objects and lists are joined from their parts, and only what needs escaping goes through PostgreSQL's own `to_json`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from string import Formatter
from typing import Any, Final, TypeAlias

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Expression, Field, QuerySet, Subquery, TextField
from django.db.models.expressions import BaseExpression
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler

from hub.lib.given import Sql

Part: TypeAlias = str | BaseExpression
"""A piece of JSON: as it is, or as an expression computes it. The expression is never NULL."""

NULL: Final = "null"
UNSOUND: Final = "\x01"
"""Stands where the executor would raise an error. JSON never holds this byte, so it is found in the answer."""

_MOST_ARGUMENTS: Final = 90


@dataclass(frozen=True)
class Mark:
    """Two bytes around something in an answer that is not its JSON yet, or no part of it. JSON never holds them."""

    begin: str
    end: str

    def around(self, sql: str) -> str:
        """SQL for what `sql` computes, marked."""
        return f"concat({quoted(self.begin)}, {sql}, {quoted(self.end)})"

    def is_in(self, text: bytes) -> bool:
        return self.begin.encode() in text

    def found_in(self, text: bytes) -> list[bytes]:
        """What stands between the bytes, in order."""
        return self._pattern.findall(text)

    def replaced(self, text: bytes, by: Callable[[bytes], bytes]) -> bytes:
        """The text with what `by` makes of everything that is marked in its place."""
        return self._pattern.sub(lambda found: by(found[1]), text) if self.is_in(text) else text

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(f"{self.begin}([^{self.end}]*){self.end}".encode())


ROW_DATA: Final = Mark("\x02", "\x03")
"""Around the number of data that is worked out in Python (`data`), a colon, and the key of its row."""
SIGHTING: Final = Mark("\x04", "\x05")
"""Around the key of a restricted incident of which something is shown (`sightings`)."""
CLIENTS_JSON: Final = Mark("\x06", "\x07")
"""Around JSON of clients' own making that Python writes otherwise than PostgreSQL (`leaves`)."""


class Spliced(Expression):
    """SQL with other expressions in it."""

    def __init__(self, parts: Iterable[Part], output_field: Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field or TextField())
        self.parts = list(parts)

    def get_source_expressions(self) -> list[Any]:
        return [part for part in self.parts if not isinstance(part, str)]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        following = iter(exprs)
        self.parts = [part if isinstance(part, str) else next(following) for part in self.parts]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        pieces: list[str] = []
        values: list[Any] = []
        for part in self.parts:
            sql, params = (part, ()) if isinstance(part, str) else compiler.compile(part)
            pieces.append(sql)
            values.extend(params)
        return "".join(pieces), values


class Text(Spliced):
    """Texts, one after the other."""

    def __init__(self, parts: Iterable[Part]) -> None:
        super().__init__(_merged(parts))

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        pieces: list[str] = []
        values: list[Any] = []
        for part in self.parts:
            sql, params = (quoted(part), ()) if isinstance(part, str) else compiler.compile(part)
            pieces.append(sql)
            values.extend(params)
        while len(pieces) > _MOST_ARGUMENTS:
            chunks = [pieces[at : at + _MOST_ARGUMENTS] for at in range(0, len(pieces), _MOST_ARGUMENTS)]
            pieces = [f"concat({', '.join(chunk)})" for chunk in chunks]
        return f"concat({', '.join(pieces)})", values


def spliced(template: str, *expressions: Any, output_field: Field[Any, Any] | None = None) -> Spliced:
    """SQL with the expressions at its `{}`, or more than once at its `{0}`, `{1}`."""
    parts: list[Part] = []
    for number, (literal, name, _, _) in enumerate(Formatter().parse(template)):
        parts.append(literal)
        if name is not None:
            parts.append(expressions[int(name or number)])
    return Spliced(parts, output_field)


class Column(Expression):
    """A column of a row's model, or of what its relations to one lead to.

    Unlike `F` it never takes the relation's own column for the other table's: a row that row-level security hides has
    no key here either. The joins are those of `select_related`.

    Args:
        path: the names of the relations, from the query's model on.
    """

    def __init__(self, path: Sequence[str], field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.path = tuple(path)
        self.column = field

    def resolve_expression(
        self,
        query: Any = None,
        allow_joins: bool = True,
        reuse: Any = None,
        summarize: bool = False,
        for_save: bool = False,
    ) -> Any:
        alias = query.get_initial_alias()
        if self.path:
            # Not on to the column itself: where a relation is the key, that would be the row which it leads to.
            alias = query.setup_joins(self.path, query.get_meta(), alias).joins[-1]
        return self.column.get_col(alias)


class Rows(Subquery):
    """The rows of a query set, one after another; none where Django finds that there cannot be any."""

    def __init__(self, queryset: QuerySet[Any], columns: Sequence[str]) -> None:
        super().__init__(queryset.values(*columns), output_field=TextField())
        self.columns = tuple(columns)

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, *more: Any, **context: Any) -> Sql:
        try:
            sql, values = super().as_sql(compiler, connection, *more, **context)
            return sql, list(values)
        except EmptyResultSet:
            return f"(SELECT {', '.join(f'NULL::text AS {name}' for name in self.columns)} WHERE false)", []


def compiled(expression: Expression, connection: BaseDatabaseWrapper) -> Sql:
    """The SQL of an expression that stands for itself, outside of any table."""
    compiler = Query(None).get_compiler(connection=connection)
    sql, values = compiler.compile(expression)
    return sql, list(values)


def quoted(text: str) -> str:
    """`text` as a constant of a statement whose values are bound at `%s`."""
    return "'" + text.replace("'", "''").replace("%", "%%") + "'"


def strict(before: str, expression: Expression, after: str) -> Expression:
    """The expression between two texts; NULL if it is NULL."""
    if not before and not after:
        return expression
    return Spliced([f"({quoted(before)} || ", expression, f" || {quoted(after)})"])


def or_else(expression: Expression, otherwise: str) -> Expression:
    """The expression, or a text where it is NULL."""
    return Spliced(["coalesce(", expression, f", {quoted(otherwise)})"])


def _merged(parts: Iterable[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        pieces = part.parts if isinstance(part, Text) else [part]
        for piece in pieces:
            if isinstance(piece, str) and merged and isinstance(merged[-1], str):
                merged[-1] += piece
            elif piece != "":
                merged.append(piece)
    return merged
