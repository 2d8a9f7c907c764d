"""Runs a plan in the transaction that Django has open, under the identity that is bound there."""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.db import connection

from hub.graphql.compiler.data import filled
from hub.graphql.compiler.leaves import with_json
from hub.graphql.compiler.plans import Ready, is_sound
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.sightings import noted


def run(ready: Ready, context: Any) -> bytes:
    """The answer's `data`, as JSON.

    Args:
        context: the operation's, for resolvers of data.

    Raises `NotCompiled` where the executor would raise an error, Django's database errors, and what resolvers raise.
    """
    parameters = ready.parameters
    began = time.monotonic()
    # Django's cursor would send the values inside the text, and PostgreSQL would plan anew each time.
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        row = cursor.execute(ready.plan.statement, parameters, prepare=True, binary=False).fetchone()
    if connection.queries_logged:
        connection.queries_log.append({"sql": ready.plan.statement, "time": f"{time.monotonic() - began:.3f}"})
    assert row is not None, "a statement has one row"
    texts = [with_json(noted(text.encode())) for text in row]
    if not all(is_sound(text) for text in texts):
        raise NotCompiled("the executor finds an error in the data", for_good=False)
    if ready.plan.row_data:
        texts = filled(texts, ready.plan.row_data, context)
    pieces = [texts[0]]
    for data, text in zip(ready.plan.data, texts[1:], strict=True):
        pieces += [data.written(context, ready.variables, ready.given), text]
    return b"".join(pieces)
