"""Filters as input types: declared as columns and relations, and read as one condition.

A filter's fields all have to hold; `AND`, `OR` and `NOT` combine filters in the usual way. Row-level security covers
every table that a condition reaches, so a filter says nothing about rows that the person may not see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import Enum
from typing import Any, Final, Generic, Self, TypeVar, cast

import strawberry
from django.db.models import BigIntegerField, Q
from strawberry import UNSET, relay
from strawberry.types import get_object_definition, has_object_definition
from strawberry.types.field import StrawberryField

from hub.lib.errors import Invalid
from hub.lib.given import Given

T = TypeVar("T")
C = TypeVar("C", bound=type)

LONGEST_LIST: Final = 100
EVERYTHING: Final = Q()
NOTHING: Final = Q(pk__in=[])

_ITSELF: Any = Self
_COMBINATIONS: Final = {
    "AND": (list[_ITSELF] | None, "All of these hold as well."),
    "OR": (list[_ITSELF] | None, "At least one of these holds as well."),
    "NOT": (_ITSELF | None, "This does not hold."),
}
_LOOKUP: Final = "hub_lookup"
_COLUMN: Final = "hub_column"
_CONDITION: Final = "hub_condition"

Condition = Callable[[str, Any], Q]
"""What a field of a filter asks: from the prefix of its model's columns (`service__`) and the value given."""
P = TypeVar("P", bound=Condition)


def plain(condition: P) -> P:
    """Say of a condition that it may be compiled, once for all values.

    It depends on nothing but its arguments, and only hands its value on into the query: the value may be a `Given`.
    A yes or no it may look at. For the moment and the person it uses `now()`, `today()` and `me()`.
    """
    condition.is_plain = True  # type: ignore[attr-defined]
    return condition


def condition_declared(field: StrawberryField) -> Condition | None:
    """The condition that a filter's field was declared with, if it has one."""
    return cast("Condition | None", field.metadata.get(_CONDITION))


def where(description: str, *, column: str | None = None, condition: Condition | None = None) -> Any:
    """A field of a filter.

    Args:
        column: the column or relation it is about; the field's own name otherwise.
        condition: for what is no plain comparison of a column.
    """
    metadata = {_COLUMN: column, _CONDITION: condition}
    return strawberry.field(description=description, default=UNSET, metadata=metadata)


def any_id(type_name: str) -> Condition:
    """Rows with one of these global ids. An id of another type, or of no shape, is nobody's."""

    @plain
    def condition(prefix: str, global_ids: Iterable[str] | Given) -> Q:
        return one_of(f"{prefix}pk", keys_of(global_ids, type_name))

    return condition


def keys_of(global_ids: Iterable[str] | Given, type_name: str) -> list[int] | Given:
    """The database keys in those of the global ids that are of the type `type_name`."""
    if isinstance(global_ids, Given):
        return global_ids.mapped(lambda given: keys_of(given, type_name), "bigint[]", BigIntegerField())
    return [key for key in (key_of(each, type_name) for each in global_ids) if key]


def one_of(column: str, values: Iterable[Any] | Given) -> Q:
    """The rows whose `column` has one of the values."""
    return Q(**{f"{column}__{'any_of' if isinstance(values, Given) else 'in'}": values})


def key_of(global_id: str | relay.GlobalID, type_name: str | None = None) -> int | None:
    """The database key in a global id, or None unless it is an id of the type `type_name`.

    An id is what the hub writes: what else decodes to the same, with spaces or padded further, is none.
    """
    try:
        decoded = global_id if isinstance(global_id, relay.GlobalID) else relay.GlobalID.from_id(global_id)
    except ValueError:
        return None
    if str(decoded) != str(global_id):
        return None
    text = decoded.node_id
    if type_name not in (None, decoded.type_name) or not (text.isascii() and text.isdigit()) or text[0] == "0":
        return None
    key = int(text) if len(text) < 20 else 2**63
    return key if key < 2**63 else None


def filter_type(*, description: str, name: str | None = None) -> Callable[[C], C]:
    """An input type that filters: every field is made with `where`; `AND`, `OR` and `NOT` are added."""

    def decorate(cls: C) -> C:
        for combination, (annotation, words) in _COMBINATIONS.items():
            cls.__annotations__[combination] = annotation
            setattr(cls, combination, strawberry.field(description=words, default=UNSET))
        return strawberry.input(cls, name=name, description=description)

    return decorate


def _lookup(description: str, lookup: str, *, name: str | None = None) -> Any:
    return strawberry.field(description=description, default=UNSET, name=name, metadata={_LOOKUP: lookup})


@strawberry.input(description="What a text is like. All that is given has to hold.")
class TextFilter:
    exact: str | None = _lookup("Exactly this.", "exact")
    one_of: list[str] | None = _lookup("Exactly one of these.", "in", name="in")
    contains: str | None = _lookup("Has this in it, in capitals or not.", "icontains")
    starts_with: str | None = _lookup("Begins with this, in capitals or not.", "istartswith")


@strawberry.input(description="When something was. All that is given has to hold.")
class TimeFilter:
    gt: datetime | None = _lookup("After this moment.", "gt")
    gte: datetime | None = _lookup("At this moment or after it.", "gte")
    lt: datetime | None = _lookup("Before this moment.", "lt")
    lte: datetime | None = _lookup("At this moment or before it.", "lte")
    is_null: bool | None = _lookup("Whether it never was.", "isnull")


@strawberry.input(description="How large a number is. All that is given has to hold.")
class NumberFilter:
    exact: int | None = _lookup("Exactly this.", "exact")
    one_of: list[int] | None = _lookup("One of these.", "in", name="in")
    gt: int | None = _lookup("Greater than this.", "gt")
    gte: int | None = _lookup("This or greater.", "gte")
    lt: int | None = _lookup("Less than this.", "lt")
    lte: int | None = _lookup("This or less.", "lte")


@strawberry.input(name="Filter", description="Which of the values it is. All that is given has to hold.")
class ChoiceFilter(Generic[T]):
    exact: T | None = _lookup("This one.", "exact")
    one_of: list[T] | None = _lookup("One of these.", "in", name="in")


def condition_of(filters: object | None, prefix: str = "") -> Q:
    """What a filter asks of its model's rows.

    Args:
        prefix: the way from the rows that are filtered to the filter's model: `service__`.

    Raises `Invalid` for a list of more than `LONGEST_LIST` values.
    """
    if filters is None or filters is UNSET:
        return EVERYTHING
    parts: list[Q] = []
    for field in get_object_definition(cast(Any, filters), strict=True).fields:
        value = getattr(filters, field.python_name)
        if value is None or value is UNSET:
            continue
        if isinstance(value, list) and len(value) > LONGEST_LIST:
            raise Invalid(f"{len(value)} values are too many for a filter; {LONGEST_LIST} is the most.")
        column = field.metadata.get(_COLUMN) or field.python_name
        if field.python_name == "AND":
            parts.extend(condition_of(each, prefix) for each in value)
        elif field.python_name == "OR":
            parts.append(_any([condition_of(each, prefix) for each in value], prefix))
        elif field.python_name == "NOT":
            parts.append(_not(condition_of(value, prefix), prefix))
        elif condition := condition_declared(field):
            parts.append(condition(prefix, value))
        elif lookup := field.metadata.get(_LOOKUP):
            column = prefix.removesuffix("__")
            parts.append(one_of(column, _bare(value)) if lookup == "in" else Q(**{f"{column}__{lookup}": _bare(value)}))
        elif has_object_definition(value):
            parts.append(condition_of(value, f"{prefix}{column}__"))
        else:
            parts.append(Q(**{f"{prefix}{column}": _bare(value)}))
    return _all(parts)


def _all(parts: Iterable[Q]) -> Q:
    whole = EVERYTHING
    for part in parts:
        whole &= part
    return whole


def _any(parts: list[Q], prefix: str) -> Q:
    # Django takes an empty Q for no condition at all, where a disjunction needs it to mean "everything".
    if any(part == EVERYTHING for part in parts):
        return EVERYTHING
    whole = Q(**{f"{prefix}pk__in": []})
    for part in parts:
        whole |= part
    return whole


def _not(part: Q, prefix: str) -> Q:
    return Q(**{f"{prefix}pk__in": []}) if part == EVERYTHING else ~part


def _bare(value: Any) -> Any:
    if isinstance(value, list):
        return [_bare(each) for each in value]
    return value.value if isinstance(value, Enum) else value
