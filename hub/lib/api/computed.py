"""Fields that are computed, declared so that an operation with them is still compiled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeAlias

import strawberry_django
from django.db.models import Expression, Model, Q
from strawberry_django.fields.field import StrawberryDjangoField

Computation: TypeAlias = Callable[[str], Expression | Q]
"""The expression that computes it, given the prefix of its model's columns (`service__`)."""


class ComputedField(StrawberryDjangoField):
    """A property of the model that is also declared in SQL, for operations that are compiled.

    Attributes:
        sql: computes the same as the property; a test holds them together.
    """

    sql: Computation

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.sql = self.sql
        return copied

    def get_result(self, source: Any, info: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """What the row has, or one statement more: a row that an action wrote was not read with its annotations."""
        name = self.django_name or self.python_name
        if isinstance(source, Model) and name not in source.__dict__ and not hasattr(type(source), name):
            rows = type(source)._default_manager.filter(pk=source.pk).annotate(**{name: self.sql("")})
            setattr(source, name, rows.values_list(name, flat=True).get())
        return super().get_result(source, info, args, kwargs)


def computed(*, sql: Computation, only: Sequence[str], description: str) -> Any:
    """A field that a property of the model and an SQL expression compute alike: `is_overdue: bool = computed(...)`.

    Args:
        sql: what the property computes, of columns, relations, `now()`, `today()` and `me()`.
        only: the columns that the property reads.
    """
    made: ComputedField = strawberry_django.field(field_cls=ComputedField, only=list(only), description=description)
    made.sql = sql
    return made


class RowDataField(StrawberryDjangoField):
    """A field whose resolver makes plain data of one row, of what is declared to be read with it and nothing else."""


def row_data(resolver: Callable[[Any], Any], *, description: str, **read: Any) -> Any:
    """A field that Python works out of a row: `hours: list[Span] = row_data(hours_of, only=["hours"], ...)`.

    The rows of an operation are read once more for it, all of them together; so it costs some statements, whatever
    their number.

    Args:
        resolver: takes a row and returns plain data: objects whose attributes are the answer, or nothing.
        read: what it needs of the row, as strawberry-django's optimizer takes it: `only`, `prefetch_related`,
            `annotate`.
    """
    return strawberry_django.field(field_cls=RowDataField, resolver=resolver, description=description, **read)


def annotated(*, sql: Callable[[str], Expression], description: str) -> Any:
    """A field that only SQL computes, because it depends on who asks or on other tables: `label: str = annotated(...)`.

    Args:
        sql: what computes it, given the prefix of its model's columns.
    """
    made: ComputedField = strawberry_django.field(field_cls=ComputedField, annotate=sql(""), description=description)
    made.sql = sql
    return made
