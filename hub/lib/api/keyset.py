"""Keysets: where a row stands in an ordering, as a cursor that survives rows coming and going.

A cursor holds the row's values of the ordering's columns as text, written so that PostgreSQL's `json_build_array`
would write the same, and a fingerprint of the ordering, so that a cursor of another list is recognised.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias, cast

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Expression, F, Field, Index, Model, OrderBy, Q, QuerySet, UniqueConstraint

LONGEST_CURSOR: Final = 4_000
_COLUMN: Final = "_keyset_"
_NOTHING: Final = Q(pk__in=[])

Values: TypeAlias = Sequence[Any]


@dataclass(frozen=True)
class Key:
    """One column or expression of an ordering, and where its nulls stand."""

    expression: Expression | F
    descending: bool
    nulls_first: bool
    nullable: bool

    @property
    def reversed(self) -> Key:
        return Key(self.expression, not self.descending, not self.nulls_first, self.nullable)

    @property
    def order(self) -> OrderBy:
        """What ORDER BY needs: nulls are spelt out only where there can be any, so that plain indexes serve."""
        if not self.nullable:
            return OrderBy(self.expression, descending=self.descending)
        return OrderBy(
            self.expression,
            descending=self.descending,
            nulls_first=self.nulls_first or None,
            nulls_last=not self.nulls_first or None,
        )


@dataclass(frozen=True)
class Keyset:
    """A total ordering of a model's rows: what was asked for, and the primary key where that leaves ties."""

    model: type[Model]
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, queryset: QuerySet[Any]) -> Keyset:
        """The ordering of `queryset`, or else its model's own. What `arrange` returned has the same one again."""
        model = queryset.model
        orders = queryset.query.order_by or model._meta.ordering or ()
        keys = [_key(model, _as_order_by(order)) for order in orders]
        primary = model._meta.pk.name
        if not any(_column_of(key.expression) == primary for key in keys):
            keys.append(Key(F(primary), descending=False, nulls_first=False, nullable=False))
        return cls(model, tuple(keys))

    @property
    def reversed(self) -> Keyset:
        """The same rows from the end."""
        return Keyset(self.model, tuple(key.reversed for key in self.keys))

    @property
    def has_index(self) -> bool:
        """Whether an index holds all of the model's rows by the first key, from whichever end."""
        leading = self.keys[0]
        if leading.nullable and leading.descending != leading.nulls_first:
            return False
        try:
            field = self.model._meta.get_field(_column_of(leading.expression))
        except FieldDoesNotExist:
            return False
        made = [_columns_of(each) for each in self.model._meta.indexes if each.condition is None]
        made += [
            list(each.fields)
            for each in self.model._meta.constraints
            if isinstance(each, UniqueConstraint) and each.condition is None
        ]
        if any(fields and fields[0] == field.name for fields in made):
            return True
        return bool(getattr(field, "unique", False) or getattr(field, "db_index", False))

    @property
    def orders(self) -> list[OrderBy]:
        """What ORDER BY needs."""
        return [key.order for key in self.keys]

    def arrange(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in this ordering, each with its keys as annotations, which no `only()` defers."""
        columns: dict[str, Any] = {name: key.expression for name, key in zip(self.columns, self.keys, strict=True)}
        arranged: QuerySet[Any] = queryset.annotate(**columns).order_by(*self.orders)
        return arranged

    def cursor(self, row: Model) -> str:
        """The cursor of a row that came from an arranged query set."""
        texts = [_as_text(getattr(row, column)) for column in self.columns]
        return base64.b64encode(json.dumps([self.fingerprint, *texts], ensure_ascii=False).encode()).decode()

    def values(self, cursor: str, arranged: QuerySet[Any]) -> Values:
        """The position that `cursor` names in this ordering of `arranged`. Raises ValueError for any other text."""
        return self.values_of(texts_of(cursor), self.fields(arranged))

    def values_of(self, texts: Sequence[Any], fields: Sequence[Field[Any, Any]]) -> Values:
        """The same from the cursor's texts and the keys' fields."""
        if list(texts[:1]) != [self.fingerprint] or len(texts) != len(self.keys) + 1:
            raise ValueError("the cursor belongs to another list or order")
        values = [_from_text(text, field) for text, field in zip(texts[1:], fields, strict=True)]
        if any(value is None and not key.nullable for key, value in zip(self.keys, values, strict=True)):
            raise ValueError("a value of the cursor is missing")
        return values

    def fields(self, arranged: QuerySet[Any]) -> list[Field[Any, Any]]:
        """What the keys of `arranged` are, in order."""
        return [arranged.query.annotations[column].output_field for column in self.columns]

    @property
    def columns(self) -> list[str]:
        """The names of the annotations that `arrange` adds."""
        return [f"{_COLUMN}{number}" for number in range(len(self.keys))]

    def beyond(self, values: Values, *, backward: bool = False) -> Q:
        """The rows after the position `values`, or before it."""
        condition: Q | None = None
        for number, (key, value) in reversed(list(enumerate(zip(self.keys, values, strict=True)))):
            strictly = _strictly_beyond(f"{_COLUMN}{number}", key, value, backward)
            if condition is None:
                condition = strictly or _NOTHING
                continue
            tied = Q(**{f"{_COLUMN}{number}__isnull": True} if value is None else {f"{_COLUMN}{number}": value})
            condition = (strictly | (tied & condition)) if strictly else tied & condition
        leading = self.keys[0]
        if len(self.keys) > 1 and not leading.nullable:
            # Implied by the rest, and what lets PostgreSQL enter an index at the cursor instead of reading up to it.
            lookup = "lte" if backward ^ leading.descending else "gte"
            return Q(**{f"{_COLUMN}0__{lookup}": values[0]}) & (condition or _NOTHING)
        return condition or _NOTHING

    @property
    def fingerprint(self) -> str:
        """The same for the same ordering of the same model, in every process."""
        text = (
            f"{self.model._meta.label} {[(repr(key.expression), key.descending, key.nulls_first) for key in self.keys]}"
        )
        return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()


def texts_of(cursor: str) -> list[Any]:
    """What a cursor holds, unchecked: its fingerprint and a text or None for each key. Raises ValueError."""
    if len(cursor) > LONGEST_CURSOR:
        raise ValueError("the cursor is too long")
    try:
        decoded = json.loads(base64.b64decode(cursor.encode(), validate=True))
    except RecursionError:
        raise ValueError("the cursor is nested") from None
    if not isinstance(decoded, list):
        raise ValueError("the cursor is no list")
    return decoded


def _as_order_by(order: Any) -> OrderBy:
    if isinstance(order, OrderBy):
        return order
    if isinstance(order, str):
        return F(order.removeprefix("-")).desc() if order.startswith("-") else F(order).asc()
    return cast(OrderBy, order.asc())


def _key(model: type[Model], order: OrderBy) -> Key:
    descending = bool(order.descending)
    # Where nothing is said, PostgreSQL takes nulls for the largest values.
    nulls_first = bool(order.nulls_first) or (descending and not order.nulls_last)
    expression = cast("Expression | F", order.expression)
    if _column_of(expression) == "pk":
        # One ordering has one name, and so one fingerprint.
        expression = F(model._meta.pk.name)
    return Key(expression, descending, nulls_first, _is_nullable(model, expression))


def _is_nullable(model: type[Model], expression: Expression | F) -> bool:
    column = _column_of(expression)
    try:
        field = model._meta.get_field(column)
    except FieldDoesNotExist:
        return True
    return bool(getattr(field, "null", True))


def _column_of(expression: Expression | F) -> str:
    """The name that a plain reference gives; no name for anything else."""
    return str(getattr(expression, "name", "")) if isinstance(expression, F) else ""


def _columns_of(index: Index) -> list[str]:
    """The columns of an index; no name for an expression."""
    made = [each.expression if isinstance(each, OrderBy) else each for each in index.expressions]
    return [_column_of(cast("Expression | F", each)) for each in made] or [
        each.removeprefix("-") for each in index.fields
    ]


def _strictly_beyond(column: str, key: Key, value: Any, backward: bool) -> Q | None:
    """The rows whose value stands after `value` (before it for `backward`), or None if no row's can."""
    nulls_follow = key.nulls_first == backward
    if value is None:
        return None if nulls_follow else Q(**{f"{column}__isnull": False})
    lookup = "lt" if backward ^ key.descending else "gt"
    condition = Q(**{f"{column}__{lookup}": value})
    if key.nullable and nulls_follow:
        condition |= Q(**{f"{column}__isnull": True})
    return condition


def _as_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)


def _from_text(text: Any, field: Field[Any, Any]) -> Any:
    """The value that `_as_text` wrote as `text`. Raises ValueError for a text that it never writes."""
    if text is None:
        return None
    if not isinstance(text, str) or "\x00" in text:
        raise ValueError("a cursor holds texts")
    text.encode()  # a lone surrogate is no text either
    try:
        value = field.to_python(text)
    except (ValidationError, OverflowError):
        raise ValueError("a value of the cursor is malformed") from None
    if isinstance(value, datetime) and value.utcoffset() != timedelta(0):
        raise ValueError("a time of the cursor is not in UTC")
    if _as_text(value) != text:
        raise ValueError("a value of the cursor is not in its own form")
    return value
