"""The one place where an exception becomes a GraphQL error with a stable `extensions.code`, one of `codes.CODES`."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from graphql import GraphQLError, GraphQLSyntaxError, get_argument_values
from psycopg.errors import QueryCanceled
from strawberry.exceptions import StrawberryInputCoercionError

from hub.lib.api.codes import CODES
from hub.lib.api.deadline import OutOfTime
from hub.lib.errors import HubError, Invalid

logger = logging.getLogger("hub.graphql")

LONGEST_SENTENCE: Final = 500

_ARGUMENTS: Final = get_argument_values.__module__

_KNOWN: Final[tuple[tuple[type[BaseException], str, str | None], ...]] = (
    (GraphQLSyntaxError, "GRAPHQL_PARSE_FAILED", None),
    (StrawberryInputCoercionError, "BAD_USER_INPUT", None),
    # Next to either end of the calendar there is nothing to reckon with.
    (OverflowError, "BAD_USER_INPUT", "A date, a moment or a number is too far out to be reckoned with."),
    (RecursionError, "TOO_DEEP", "The request is nested too deeply."),
    (QueryCanceled, "TIMEOUT", "This takes the database too long: ask for less."),
    (OutOfTime, "TIMEOUT", "This takes too long: ask for less."),
    (OperationalError, "UNAVAILABLE", "The database does not answer. Try again in a moment."),
    (InterfaceError, "UNAVAILABLE", "The database does not answer. Try again in a moment."),
)
"""What is no fault inside, with its code and its sentence, or None for the exception's own."""


def refused(code: str, message: str, *, nodes: Any = None, **figures: Any) -> GraphQLError:
    """An error with its code, made where the fault is found.

    Args:
        code: one of `CODES`.
        figures: facts for the client's program beside the code: the limit and what was found.
    """
    if code not in CODES:
        raise ValueError(f"{code} is no documented code")
    return GraphQLError(message, nodes=nodes, extensions={"code": code, **figures})


def cut(message: str) -> str:
    """A sentence of the library, which repeats what it was sent, at a length that can be read."""
    return message if len(message) <= LONGEST_SENTENCE else f"{message[: LONGEST_SENTENCE - 1]}…"


def coded(error: GraphQLError) -> GraphQLError:
    """`error` as the client may see it. An error that has its code already stays as it is.

    What no rule knows is a fault of ours: it is logged with its trace under an id, and the client gets the id alone.
    """
    if "code" in (error.extensions or {}):
        return error
    cause = _cause(error)
    if isinstance(cause, GraphQLError) and "code" in (cause.extensions or {}):
        return _same_place(error, cause.message, dict(cause.extensions or {}))
    if isinstance(cause, HubError):
        code = "BAD_USER_INPUT" if isinstance(cause, Invalid) else cause.code
        return _same_place(
            error, cause.message, {"code": code} | ({"argument": list(cause.path)} if cause.path else {})
        )
    if isinstance(cause, GraphQLError) and not isinstance(cause, GraphQLSyntaxError) and _is_of_values(error, cause):
        return _same_place(error, cut(error.message), {"code": "BAD_USER_INPUT"})
    for kind, code, message in _KNOWN:
        if isinstance(cause, kind):
            figures = {"limit": settings.GRAPHQL_STATEMENT_SECONDS} if code == "TIMEOUT" else {}
            sentence = message or cut(str(getattr(cause, "message", cause)))
            return _same_place(error, sentence, {"code": code, **figures})
    return _internal(error, cause)


def coded_all(errors: Iterable[GraphQLError]) -> list[GraphQLError]:
    """`coded` for each of them."""
    return [coded(error) for error in errors]


def _cause(error: GraphQLError) -> BaseException:
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    # Django wraps what the driver raised, which says more.
    return cause.__cause__ if isinstance(cause.__cause__, QueryCanceled) else cause


def _is_of_values(error: GraphQLError, cause: GraphQLError) -> bool:
    """Whether graphql-core has found it in what variables and arguments are given, as null where there is a default.

    Of all that happens outside of any field, only the values of variables are left: the rest has its code.
    """
    if not error.path:
        return True
    trace = cause.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_globals.get("__name__") == _ARGUMENTS


def _internal(error: GraphQLError, cause: BaseException) -> GraphQLError:
    fault = uuid.uuid4().hex
    logger.error("Fault %s at %s", fault, error.path or "the operation", exc_info=cause)
    return _same_place(
        error, "Something went wrong inside the hub. It was recorded under this id.", {"code": "INTERNAL", "id": fault}
    )


def _same_place(error: GraphQLError, message: str, extensions: dict[str, Any]) -> GraphQLError:
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )
