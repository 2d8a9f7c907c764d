"""Rows of one table that are shown as objects of several types: an interface, and a type for each kind of row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Self

import strawberry_django
from django.db.models import Model
from strawberry_django.fields.field import StrawberryDjangoField


class Variant:
    """Tells whether a row is of a type: `is_type_of = Variant(FieldValue, "kind", FieldKind.TEXT)`.

    Attributes:
        model: whose rows.
        column: the column that tells the kinds apart.
        value: what it holds in the rows of this type.
    """

    def __init__(self, model: type[Model], column: str, value: str) -> None:
        self.model = model
        self.column = column
        self.value = value

    def __call__(self, obj: object, info: object) -> bool:
        return isinstance(obj, self.model) and getattr(obj, self.column) == self.value


class VariantsField(StrawberryDjangoField):
    """A list of all the rows that a relation leads to, in their own order, each as an object of its kind's type.

    Attributes:
        relation: its name, on the model.
    """

    relation: str

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.relation = self.relation
        return copied


def variants(
    relation: str, *, resolver: Callable[[Any], Any], prefetch_related: Sequence[str], description: str
) -> Any:
    """A field of an interface: `fields: list[FieldValueType] = variants("field_values", resolver=values_of, ...)`.

    Args:
        resolver: returns what the relation has read, for when the executor answers.
        prefetch_related: what is read then, with everything that any of the types shows.
    """
    made: VariantsField = strawberry_django.field(
        field_cls=VariantsField, resolver=resolver, prefetch_related=list(prefetch_related), description=description
    )
    made.relation = relation
    return made
