"""Root fields that show one object, or any, declared so that an operation need not ask Python for them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

import strawberry_django
from django.db.models import BigIntegerField, Field, Model, QuerySet, TextField
from strawberry import ID
from strawberry.types.fields.resolver import StrawberryResolver
from strawberry_django.fields.field import StrawberryDjangoField

from hub.lib.api.connections import Narrowing
from hub.lib.api.context import HubInfo, actor_of
from hub.lib.api.filters import key_of
from hub.lib.errors import Invalid
from hub.lib.given import Given


@dataclass(frozen=True)
class Name:
    """An argument by which an object is named.

    Attributes:
        column: the column that holds the name.
        change: what makes the column's value of the argument's.
    """

    argument: str
    type: Any
    column: str
    change: Callable[[Any], Any]
    sql_type: str
    output_field: Field[Any, Any]

    def rows(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows that have this name: one or none."""
        if isinstance(value, Given):
            changed: Any = value.mapped(self.change, self.sql_type, self.output_field)
        else:
            changed = self.change(value)
        return queryset.filter(**{self.column: changed})


def by_id(type_name: str) -> Name:
    """By a global id of this type. An id of another type, or of no shape, is nobody's."""
    return Name("id", ID, "pk", lambda given: key_of(given, type_name) or 0, "bigint", BigIntegerField())


def by_text(column: str, change: Callable[[str], str] = str) -> Name:
    """By a column that is unique."""
    return Name(column, str, column, change, "text", TextField())


class ObjectField(StrawberryDjangoField):
    """A root field that shows one object.

    Attributes:
        names: the arguments that may name it; one of them has to.
        noun: what messages call it.
        narrowed: which rows it is among, where that is not all of the model's.
    """

    names: tuple[Name, ...] = ()
    noun: str = "object"
    narrowed: Narrowing | None = None

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.names, copied.noun, copied.narrowed = self.names, self.noun, self.narrowed
        return copied

    def rows(self, given: Mapping[str, Any]) -> QuerySet[Any]:
        """The object, or none.

        Args:
            given: the arguments by name, those that are null or absent left out.

        Raises `Invalid` unless exactly one of the names is given.
        """
        model = cast("type[Model]", self.django_model)
        found = model._default_manager.all()
        if self.narrowed:
            found = self.narrowed(found)
        named = [name for name in self.names if given.get(name.argument) is not None]
        if len(named) != min(len(self.names), 1):
            ways = " or ".join(f"by its {name.argument}" for name in self.names)
            raise Invalid(f"Name the {self.noun} {ways}, and not by both.", path=[self.noun])
        for name in named:
            found = name.rows(found, given[name.argument])
        return found


def one(*, description: str, noun: str = "object", by: tuple[Name, ...] = (), rows: Narrowing | None = None) -> Any:
    """A root field that shows one object: `incident: IncidentType | None = one(by=(by_id("Incident"),), ...)`.

    Args:
        by: the arguments that name it. The only one has to be given; of several, exactly one.
        rows: which rows it is among, of columns, relations, `now()`, `today()` and `me()`.
    """
    made: ObjectField = strawberry_django.field(field_cls=ObjectField, description=description)
    made.names, made.noun, made.narrowed = by, noun, rows

    def found(info: HubInfo, **given: Any) -> Any:
        actor_of(info)
        return cast(ObjectField, info._field).rows(given)

    parameters = [inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=HubInfo)]
    for name in by:
        optional: dict[str, Any] = (
            {"annotation": name.type | None, "default": None} if len(by) > 1 else {"annotation": name.type}
        )
        parameters.append(inspect.Parameter(name.argument, inspect.Parameter.KEYWORD_ONLY, **optional))
    found.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    made.base_resolver = StrawberryResolver(found)
    return made


class NodeField(StrawberryDjangoField):
    """`node(id:)`: its resolver is `find_node`, and nothing else."""


class NodesField(StrawberryDjangoField):
    """`nodes(ids:)`: its resolver is `find_nodes`, and nothing else."""
