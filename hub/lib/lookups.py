"""Conditions on columns that Django does not have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup, Q
from django.db.models.sql.compiler import SQLCompiler


@Field.register_lookup
class AnyOf(Lookup):  # type: ignore[type-arg]  # generic for the type checker alone
    """`= ANY(array)`: what `in` is for a list that is one parameter, given now or only when the statement runs."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_values, *right_values]


def any_of(column: str, keys: Collection[int]) -> Q:
    """The rows of which a column is one of many keys: Django would write a parameter for each of them."""
    return Q(**{f"{column}__any_of": list(keys)})
