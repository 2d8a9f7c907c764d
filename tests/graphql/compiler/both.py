"""One operation answered twice: as the hub answers it, and by the executor alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from hub.graphql.compiler.executing import executed_only
from hub.graphql.schema import schema
from hub.lib import clock
from hub.lib.api import Context
from hub.lib.api.errors import coded_all
from hub.lib.identity import Actor, acting_as


@dataclass(frozen=True)
class Both:
    """Two answers to one operation.

    Attributes:
        compiled, executed: the bodies.
        reason: why it was not compiled; None if it was.
    """

    compiled: bytes
    executed: bytes
    reason: str | None


def as_the_hub_answers(actor: Actor, query: str) -> tuple[bytes, str | None]:
    """The body, and why it was not compiled; None if it was."""
    with acting_as(actor):
        return _answer(actor, query, None)


def both(actor: Actor, query: str, variables: dict[str, Any] | None = None) -> Both:
    """Ask for both answers in one transaction and at one moment, which some of them name, on behalf of `actor`."""
    with acting_as(actor), clock.at(clock.now()):
        compiled, reason = _answer(actor, query, variables)
        with executed_only():
            executed, _ = _answer(actor, query, variables)
    return Both(compiled, executed, reason)


def _answer(actor: Actor, query: str, variables: dict[str, Any] | None) -> tuple[bytes, str | None]:
    context = Context(actor, takes_json=True)
    result = schema.execute_sync(query, variable_values=variables, context_value=context)
    errors = [error.formatted for error in coded_all(result.errors or [])]
    return orjson.dumps({"data": result.data, "errors": errors}), context.not_compiled
