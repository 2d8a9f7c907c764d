"""One query or mutation, executed in one transaction on behalf of one person, whichever transport it came by."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from graphql import GraphQLError, OperationType
from psycopg.errors import QueryCanceled
from psycopg.pq import TransactionStatus

from hub.graphql.compiler.explaining import notes
from hub.graphql.documents import Approved, Asked, extensions
from hub.graphql.schema import schema
from hub.lib import identity
from hub.lib.api import Context
from hub.lib.api.errors import coded, coded_all
from hub.lib.identity import Actor


@dataclass(frozen=True)
class Outcome:
    """What became of an operation.

    Attributes:
        is_executed: whether it ran, at least in part; otherwise nothing was read or changed, and the errors say why.
        errors: coded; they may be shown.
    """

    is_executed: bool
    data: Any = None
    errors: list[GraphQLError] = field(default_factory=list)
    extensions: dict[str, Any] = field(default_factory=dict)


def execute(actor: Actor, asked: Asked, approved: Approved, request: Any = None) -> Outcome:
    """Execute an operation that `checked` has approved. Whatever happens, the outcome tells nothing of the inside."""
    try:
        with identity.acting_as(actor), limited_in_time():
            result = schema.execute_sync(
                asked.query,
                variable_values=asked.variables,
                operation_name=asked.operation_name,
                context_value=Context(actor, request, takes_json=not asked.counts_cost),
            )
            errors = coded_all(result.errors or [])
            failed = connection.connection.info.transaction_status is TransactionStatus.INERROR
            if failed or any((error.extensions or {}).get("code") == "TIMEOUT" for error in errors):
                # Some statement failed outside of a mutation's own savepoint: PostgreSQL will commit nothing, so
                # nothing may be reported as done. And what ran out of time is not half an answer.
                transaction.set_rollback(True)
                return Outcome(False, errors=errors or [_unfinished()])
            if result.data is None and errors and not any(error.path for error in errors):
                # Without a path nothing was executed: the values of the variables did not fit.
                return Outcome(False, errors=errors)
            found = extensions(schema, asked, approved, result.data)
            if settings.DEBUG and approved.kind is OperationType.QUERY and not errors:
                found["compiler"] = notes(schema, asked)
            return Outcome(True, result.data, errors, found)
    except Exception as error:
        return Outcome(False, errors=[coded(GraphQLError(str(error), original_error=error))])


@contextmanager
def limited_in_time() -> Iterator[None]:
    """Bound what the open transaction takes: PostgreSQL cancels a statement that runs longer than
    `GRAPHQL_STATEMENT_SECONDS`, and none begins after as long altogether. Either is a `QueryCanceled`.
    """
    seconds = settings.GRAPHQL_STATEMENT_SECONDS
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", (f"{int(seconds * 1000)}ms",))
    end = time.monotonic() + seconds

    def begin(run: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        if time.monotonic() > end:
            raise QueryCanceled("the operation's time is over")
        return run(sql, params, many, context)

    with connection.execute_wrapper(begin):
        yield


def _unfinished() -> GraphQLError:
    return coded(GraphQLError("the transaction failed", original_error=RuntimeError("the transaction failed")))
