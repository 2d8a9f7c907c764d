"""The list of incidents with a hundred times as many of them: the time must not grow with the table.

    python -m tests.bench.scale

Two databases of the demonstration organisation, filled up to 20,000 and to 2,000,000 incidents (HUB_BENCH_INCIDENTS
says another number) by one statement each; the incidents of the first page keep their timelines. Both are asked over
HTTP with the same token, in turn.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Final

import psycopg

from tenants.actions import create_token
from tests.bench.fanout import person
from tests.bench.harness import Line, alone, ratio, side_by_side, use
from tests.bench.incidents import QUERY, REPEATS, timed_post
from tests.database import Server
from tests.processes import Hub

FEW: Final = 20_000
MANY: Final = int(os.environ.get("HUB_BENCH_INCIDENTS", "2000000"))
ROUNDS: Final = 15
READER: Final = "lead.emea"

COLUMNS: Final = """
SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns
 WHERE table_name = 'incidents_incident' AND column_name NOT IN ('id', 'reference', 'declared_at')
   AND is_generated = 'NEVER'
"""
# Checks of foreign keys and triggers are left out for these copies of rows that have passed them.
FILL: Final = """
SET session_replication_role = replica;
INSERT INTO incidents_incident (reference, declared_at, {columns})
SELECT 'GEN-' || n, declared_at - n * interval '10 seconds', {columns}
  FROM (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place, count(*) OVER () AS many
          FROM incidents_incident WHERE NOT restricted) template
  JOIN generate_series(1, {wanted} - (SELECT count(*) FROM incidents_incident)) n ON place = n % many;
RESET session_replication_role;
"""


def measure(server: Server) -> list[Line]:
    """Milliseconds for one list of 50 incidents: medians of interleaved rounds."""
    with ExitStack() as stack:
        works: dict[str, Callable[[], float]] = {}
        for wanted in (FEW, MANY):
            database = stack.enter_context(server.clone(f"bench_scale_{wanted}"))
            fill(server.cluster.admin_dsn(database), wanted)
            stack.enter_context(use(database))
            token = create_token(actor=person(READER), name="bench", valid_for=timedelta(hours=1))
            directory = stack.enter_context(tempfile.TemporaryDirectory())
            hub = stack.enter_context(Hub(database, Path(directory)))
            works[f"the list at {wanted:,} incidents"] = timed_post(hub.web(), token, QUERY, REPEATS)
        figures = side_by_side(ROUNDS, works)
    few, many = works
    medians = {name: sorted(taken)[len(taken) // 2] for name, taken in figures.items()}
    return [Line(few, medians[few], "ms"), Line(many, medians[many], "ms", ratio(figures, many, few), "at most 1.2")]


def fill(dsn: str, wanted: int) -> None:
    """Fill the table of incidents up to so many rows."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        columns = connection.execute(COLUMNS).fetchone()
        assert columns is not None
        connection.execute(FILL.format(columns=columns[0], wanted=wanted).encode())
        connection.execute("VACUUM ANALYZE incidents_incident")


if __name__ == "__main__":
    alone(measure)
