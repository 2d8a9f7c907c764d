"""Values that a statement leaves open: one that is compiled once serves every request that has the same shape.

`now`, `today` and `me` stand in conditions and computed fields for the moment and the person. Elsewhere Django binds
them like any other value; while a statement is being compiled for later (`left_open`) they stay open in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, DateField, DateTimeField, Expression, Field, ForeignKey, Lookup
from django.db.models.sql.compiler import SQLCompiler

from hub.lib import clock, identity

Sql: TypeAlias = tuple[str, list[Any]]

_left_open: ContextVar[bool] = ContextVar("hub_left_open", default=False)


@dataclass(frozen=True, slots=True)
class Values:
    """What one run of a statement binds.

    Attributes:
        leaves: the values of the operation's variables, in the order in which they were found.
        now: the moment (aware).
    """

    leaves: Sequence[Any]
    now: datetime


class Given(Expression):
    """A value that is only known when the statement runs.

    Args:
        take: takes it from what the run binds; None is NULL.
        sql_type: PostgreSQL's name of its type, or of the array's.
    """

    def __init__(self, take: Callable[[Values], Any], sql_type: str, output_field: Field[Any, Any]) -> None:
        super().__init__(output_field=output_field)
        self.take = take
        self.sql_type = sql_type

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return f"%s::{self.sql_type}", [self]

    def mapped(self, change: Callable[[Any], Any], sql_type: str, output_field: Field[Any, Any]) -> Given:
        """The same value, changed before it is bound."""
        take = self.take
        return Given(lambda values: change(take(values)), sql_type, output_field)


@Field.register_lookup
@ForeignKey.register_lookup
class AnyOf(Lookup):  # type: ignore[type-arg]  # generic for the type checker alone
    """`= ANY(array)`: what `in` is for a list that is given only when the statement runs, or that may be long: Django
    takes some microseconds for each parameter, and PostgreSQL plans for each number of them anew."""

    lookup_name = "any_of"

    def get_prep_lookup(self) -> Any:
        return self.rhs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        left, left_values = self.process_lhs(compiler, connection)
        right, right_values = self.process_rhs(compiler, connection)
        return f"{left} = ANY({right})", [*left_values, *right_values]


@contextmanager
def left_open() -> Iterator[None]:
    """Inside, SQL that is made keeps `now`, `today` and `me` open."""
    token = _left_open.set(True)
    try:
        yield
    finally:
        _left_open.reset(token)


class _Moment(Expression):
    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return ("%s::timestamptz", [_NOW]) if _left_open.get() else ("%s", [clock.now()])


class _Day(Expression):
    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        return ("%s::date", [_TODAY]) if _left_open.get() else ("%s", [clock.now().date()])


class _Me(Expression):
    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Sql:
        if _left_open.get():
            return "(SELECT app.uid())", []
        actor = identity.current()
        return "%s::bigint", [actor.person_id if actor else None]


_NOW: Final = Given(lambda values: values.now, "timestamptz", DateTimeField())
_TODAY: Final = Given(lambda values: values.now.date(), "date", DateField())


def now() -> Expression:
    """The moment in which the statement runs."""
    return _Moment(output_field=DateTimeField())


def today() -> Expression:
    """The day on which the statement runs, in UTC."""
    return _Day(output_field=DateField())


def me() -> Expression:
    """The key of the person for whom the statement runs; NULL for the system."""
    return _Me(output_field=BigIntegerField())
