"""One query or mutation, executed in one transaction on behalf of one person, whichever transport it came by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from graphql import GraphQLError, OperationType
from psycopg.pq import TransactionStatus

from hub.graphql.compiler.explaining import notes
from hub.graphql.documents import Approved, Asked, extensions
from hub.graphql.schema import schema
from hub.graphql.timing import limited_in_time
from hub.lib import identity
from hub.lib.api import Context
from hub.lib.api.deadline import OutOfTime
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
    except (Exception, OutOfTime) as error:
        return Outcome(False, errors=[ended_by(error)])


def ended_by(error: BaseException) -> GraphQLError:
    """What ended an operation, as whoever asked may be told."""
    # graphql-core means exceptions, and keeps whatever it is given.
    return coded(GraphQLError(str(error), original_error=error))  # type: ignore[arg-type]


def _unfinished() -> GraphQLError:
    return ended_by(RuntimeError("the transaction failed"))
