"""Runs a plan in the transaction that Django has open, under the identity that is bound there."""

from __future__ import annotations

import time

import psycopg
from django.db import connection

from hub.graphql.compiler.plans import Ready, is_sound
from hub.graphql.compiler.reasons import NotCompiled


def run(ready: Ready) -> bytes:
    """The answer's `data`, as JSON.

    Raises `NotCompiled` where the executor would raise an error, and Django's database errors.
    """
    parameters = ready.parameters
    began = time.monotonic()
    # Django's cursor would send the values inside the text, and PostgreSQL would plan anew each time.
    with connection.wrap_database_errors, psycopg.RawCursor(connection.connection) as cursor:
        row = cursor.execute(ready.plan.statement, parameters, prepare=True, binary=False).fetchone()
    if connection.queries_logged:
        connection.queries_log.append({"sql": ready.plan.statement, "time": f"{time.monotonic() - began:.3f}"})
    data: bytes = row[0].encode() if row else b""
    if not is_sound(data):
        raise NotCompiled("the executor finds an error in the data", for_good=False)
    return data
