"""What developers are shown of a compiled operation: its statement and PostgreSQL's plan, or why there is none."""

from __future__ import annotations

from typing import Any

import psycopg
from django.db import connection
from strawberry import Schema

from hub.graphql.compiler.plans import Ready, plans
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.documents import Asked


def notes(schema: Schema, asked: Asked, *, is_explained: bool = True) -> dict[str, Any]:
    """The statement that answers an operation with PostgreSQL's plan for it, or the reason for not compiling it.

    Where the executor answers a part of it, why it does stands under `executed`.

    Args:
        is_explained: whether PostgreSQL is asked, in the open transaction and as whoever is bound there.
    """
    try:
        ready = plans.ready(schema, asked)
        shown: dict[str, Any] = {"statement": ready.plan.statement}
        if ready.plan.reason:
            shown["executed"] = ready.plan.reason
        return {**shown, "explain": explained(ready)} if is_explained else shown
    except NotCompiled as reason:
        return {"notCompiled": reason.reason}


def explained(ready: Ready) -> list[str]:
    """PostgreSQL's plan, run and measured, line by line."""
    statement = f"EXPLAIN (ANALYZE, BUFFERS) {ready.plan.statement}"
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        return [str(line) for (line,) in cursor.execute(statement, ready.parameters, prepare=False).fetchall()]
