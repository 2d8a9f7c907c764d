"""Columns as the executor writes them: one entry for each pair of a GraphQL type and a kind of column."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, cast

import orjson
from django.contrib.postgres.fields import ArrayField
from django.db.models import DecimalField, Expression, Field
from graphql import GraphQLEnumType, GraphQLList, GraphQLNamedType, GraphQLNonNull, GraphQLScalarType

from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.text import CLIENTS_JSON, NULL, UNSOUND, Part, or_else, quoted, spliced, strict

DATE_TIME: Final = """to_char({} AT TIME ZONE 'UTC', 'FMYYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
DATE: Final = "to_char({}, 'YYYY-MM-DD')"
TIME: Final = (
    "to_char({0}::interval, 'HH24:MI:SS') || CASE WHEN date_trunc('second', {0}::interval) = {0}::interval"
    " THEN '' ELSE to_char({0}::interval, '.US') END"
)
"""Python leaves a fraction of a second away where there is none."""

_TEXTS: Final = frozenset({"CharField", "TextField", "SlugField", "EmailField", "URLField"})
_INTEGERS: Final = frozenset(
    {"SmallIntegerField", "IntegerField", "PositiveSmallIntegerField", "PositiveIntegerField", "AutoField"}
)
_ITEMS: Final = {"String": _TEXTS, "Int": _INTEGERS}
"""What PostgreSQL writes as a list as it is, by the GraphQL type of the items."""
_LARGE_INTEGERS: Final = frozenset({"BigIntegerField", "PositiveBigIntegerField", "BigAutoField"})
_MOST_DECIMALS: Final = 6
"""Python writes smaller steps with an exponent."""

Written = tuple[str, Expression, str]
"""A value between what stands before and behind it; NULL where the column is."""


def leaf(type_: Any, field: Field[Any, Any], value: Expression, *, nullable: bool | None = None) -> list[Part]:
    """The JSON of a column's value.

    Args:
        type_: the GraphQL type of the field that shows it.
        field: what the value is.
        nullable: whether it can be NULL; as the column says if nothing is said.

    Raises `NotCompiled`.
    """
    before, expression, after = _written(type_.of_type if isinstance(type_, GraphQLNonNull) else type_, field, value)
    if not (field.null if nullable is None else nullable):
        return [before, expression, after]
    otherwise = UNSOUND if isinstance(type_, GraphQLNonNull) else NULL
    return [or_else(strict(before, expression, after), otherwise)]


def _written(type_: Any, field: Field[Any, Any], value: Expression) -> Written:
    if isinstance(type_, GraphQLEnumType):
        return "", _enum(type_, field, value), ""
    if isinstance(type_, GraphQLList):
        return "", _list(type_, field, value), ""
    writer = _WRITERS.get(type_.name) if isinstance(type_, GraphQLScalarType) else None
    if writer is None or (hasattr(field, "from_db_value") and type_.name != "JSON"):
        raise NotCompiled(f"a {field.get_internal_type()} as {type_} is not written in SQL")
    return writer(type_, field, value)


def _of(kinds: frozenset[str], before: str, sql: str, after: str) -> Callable[..., Written]:
    def written(type_: GraphQLNamedType, field: Field[Any, Any], value: Expression) -> Written:
        if field.get_internal_type() not in kinds:
            raise NotCompiled(f"a {field.get_internal_type()} as {type_} is not written in SQL")
        return before, spliced(sql, value) if sql else value, after

    return written


def _integer(type_: GraphQLNamedType, field: Field[Any, Any], value: Expression) -> Written:
    kind = field.get_internal_type()
    if kind in _LARGE_INTEGERS:
        # GraphQL's Int has 32 bits, and a larger one is an error.
        fits = "{0} BETWEEN -2147483648 AND 2147483647"
        sql = f"CASE WHEN {fits} THEN {{0}}::text WHEN {{0}} IS NOT NULL THEN {quoted(UNSOUND)} END"
        return "", spliced(sql, value), ""
    return _of(_INTEGERS, "", "{}::text", "")(type_, field, value)


def _decimal(type_: GraphQLNamedType, field: Field[Any, Any], value: Expression) -> Written:
    if not isinstance(field, DecimalField) or field.decimal_places > _MOST_DECIMALS:
        raise NotCompiled(f"a {field.get_internal_type()} as {type_} is not written in SQL")
    return '"', spliced("{}::text", value), '"'


# The answer's JSON has no spaces, and numbers as Python writes them: what is nested, or no whole number, is marked.
_FLAT_JSON: Final = f"""(SELECT CASE
 WHEN jsonb_typeof({{0}}) = 'object' THEN (SELECT concat('{{{{', string_agg(concat(to_json(one.key), ':', CASE
   WHEN jsonb_typeof(one.value) IN ('string', 'boolean', 'null') OR one.value::text ~ '^-?[0-9]{{{{1,18}}}}$'
   THEN one.value::text ELSE {CLIENTS_JSON.around("one.value::text")} END), ','), '}}}}')
   FROM jsonb_each({{0}}) one)
 WHEN {{0}} IS NOT NULL THEN {CLIENTS_JSON.around("{0}::text")} END)"""


def with_json(text: bytes) -> bytes:
    """An answer with JSON of clients' own making as Python writes it, where PostgreSQL writes it otherwise.

    Raises `NotCompiled` for what Python does not write.
    """
    return CLIENTS_JSON.replaced(text, _as_python_writes)


def _as_python_writes(written: bytes) -> bytes:
    try:
        return orjson.dumps(json.loads(written))
    except (TypeError, ValueError):
        raise NotCompiled("Python does not write this JSON", for_good=False) from None


def _json(type_: GraphQLNamedType, field: Field[Any, Any], value: Expression) -> Written:
    if field.get_internal_type() != "JSONField" or getattr(field, "decoder", None) is not None:
        raise NotCompiled(f"a {field.get_internal_type()} as {type_} is not written in SQL")
    return "", spliced(_FLAT_JSON, value), ""


_WRITERS: Final[dict[str, Callable[..., Written]]] = {
    "String": _of(_TEXTS, "", "to_json({})::text", ""),
    "Boolean": _of(frozenset({"BooleanField"}), "", "{}::text", ""),
    "Int": _integer,
    "DateTime": _of(
        frozenset({"DateTimeField"}),
        '"',
        DATE_TIME,
        '"',
    ),
    "Date": _of(frozenset({"DateField"}), '"', DATE, '"'),
    "Time": _of(frozenset({"TimeField"}), '"', f"({TIME})", '"'),
    "UUID": _of(frozenset({"UUIDField"}), '"', "{}::text", '"'),
    "Decimal": _decimal,
    "JSON": _json,
}


def _enum(type_: GraphQLEnumType, field: Field[Any, Any], value: Expression) -> Expression:
    if field.get_internal_type() not in _TEXTS | _INTEGERS:
        raise NotCompiled(f"a {field.get_internal_type()} as {type_} is not written in SQL")
    branches = []
    for name, each in type_.values.items():
        bare = each.value.value if isinstance(each.value, Enum) else each.value
        stored = quoted(bare) if isinstance(bare, str) else str(int(bare))
        written = quoted(f'"{name}"')
        branches.append(f"WHEN {stored} THEN {written}")
    # NULL equals none of them, and stays NULL.
    sql = f"CASE {{0}} {' '.join(branches)} ELSE CASE WHEN {{0}} IS NOT NULL THEN {quoted(UNSOUND)} END END"
    return spliced(sql, value)


def _list(type_: GraphQLList[Any], field: Field[Any, Any], value: Expression) -> Expression:
    named = type_.of_type.of_type if isinstance(type_.of_type, GraphQLNonNull) else type_.of_type
    kind = field.base_field.get_internal_type() if isinstance(field, ArrayField) else ""
    if kind in _TEXTS and isinstance(named, GraphQLEnumType) and isinstance(type_.of_type, GraphQLNonNull):
        item = _enum(named, cast("ArrayField[Any, Any]", field).base_field, spliced("item.value"))
        sql = (
            f"CASE WHEN {{0}} IS NOT NULL THEN (SELECT concat('[', string_agg(coalesce({{1}}, {quoted(UNSOUND)}), ','"
            " ORDER BY item.place), ']') FROM unnest({0}) WITH ORDINALITY item(value, place)) END"
        )
        return spliced(sql, value, item)
    if kind not in _ITEMS.get(getattr(named, "name", ""), ()):
        raise NotCompiled(f"a {field.get_internal_type()} as {type_} is not written in SQL")
    sound = "array_to_json({0})::text"
    if not isinstance(type_.of_type, GraphQLNonNull):
        return spliced(sound, value)
    return spliced(f"CASE WHEN array_position({{0}}, NULL) IS NULL THEN {sound} ELSE {quoted(UNSOUND)} END", value)
