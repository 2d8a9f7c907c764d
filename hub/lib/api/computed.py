"""Fields that are computed, declared so that they need no Python for each row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self, TypeAlias

import strawberry_django
from django.db.models import Expression, Q
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


def computed(*, sql: Computation, only: Sequence[str], description: str) -> Any:
    """A field that a property of the model and an SQL expression compute alike: `is_overdue: bool = computed(...)`.

    Args:
        sql: what the property computes, of columns, relations, `now()`, `today()` and `me()`.
        only: the columns that the property reads.
    """
    made: ComputedField = strawberry_django.field(field_cls=ComputedField, only=list(only), description=description)
    made.sql = sql
    return made


def annotated(*, sql: Callable[[str], Expression], description: str) -> Any:
    """A field that only SQL computes, because it depends on who asks or on other tables: `label: str = annotated(...)`.

    Args:
        sql: what computes it, given the prefix of its model's columns.
    """
    made: ComputedField = strawberry_django.field(field_cls=ComputedField, annotate=sql(""), description=description)
    made.sql = sql
    return made
