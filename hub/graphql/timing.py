"""Holds an operation to its time: what PostgreSQL may take for it, and what the executor may."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection
from graphql import Executor
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from hub.lib.api import deadline

_MUCH: Final = 0.9
"""As long as this part of what PostgreSQL was granted is left, it is not told anew."""

_WAY_BACK: Final = ("ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT")
"""What undoes a part of a transaction takes no time, and is done whatever the hour."""


@contextmanager
def limited_in_time() -> Iterator[None]:
    """Bound what the open transaction takes altogether to `GRAPHQL_STATEMENT_SECONDS`.

    PostgreSQL cancels a statement that is not done by then, which is a `QueryCanceled`. Where a statement, an object of
    the executor or a column of data would begin later, `OutOfTime` is raised.
    """
    granted: float = settings.GRAPHQL_STATEMENT_SECONDS
    _grant(granted)

    def begin(run: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal granted
        if str(sql).startswith(_WAY_BACK):
            return run(sql, params, many, context)
        left = deadline.left()
        if left is not None and left < granted * _MUCH:
            granted = left
            _grant(granted)
        return run(sql, params, many, context)

    with deadline.within(granted), connection.execute_wrapper(begin):
        yield


def _grant(seconds: float) -> None:
    """PostgreSQL shall cancel any statement of this transaction that takes longer."""
    # To PostgreSQL, 0 is no limit.
    milliseconds = max(1, int(seconds * 1000))
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", (f"{milliseconds}ms",))


class TimedEvents(Executor[Any]):
    """graphql-core's executor, which looks at the clock before each object."""

    def execute_fields(self, *args: Any, **kwargs: Any) -> Any:
        deadline.check()
        return super().execute_fields(*args, **kwargs)


class TimedOperations(TimedEvents, StrawberryGraphQLCoreExecutionContext):
    """The same of strawberry's."""
