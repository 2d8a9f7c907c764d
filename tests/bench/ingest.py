"""Alerts a second through the real endpoint, against plain batched inserts of the same rows.

    python -m tests.bench.ingest

Both end with a commit that waits for the disk, for each 100 alerts. The hub's side is a uvicorn process on a database
of its own: key look-up, checks, row-level security, deduplication and incidents included. The plain side is one
connection that inserts into a table of the same columns, a primary key and a unique key, 100 rows a transaction.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from tests.bench.harness import Line, alone, durable, ratio, side_by_side
from tests.database import ROOT, Server, process_environment
from tests.services.process import ServerProcess, free_port

BATCH: Final = 100
BATCHES: Final = 200
GROUPS: Final = 20
SENDERS: Final = 8
SINGLE: Final = 500
ROUNDS: Final = 3


def measure(server: Server) -> list[Line]:
    """Alerts a second, durable: medians of interleaved rounds on a database that is dropped afterwards."""
    with server.clone("bench_ingest") as database, _hub(database) as (port, path), durable(server):
        open_requests = [_request(path, _body(group, [f"first-{group}"])) for group in range(GROUPS)]
        asyncio.run(_post_all(port, open_requests))
        numbers = itertools.count()
        tables = itertools.count()
        last: list[bytes] = []

        def new() -> float:
            batches = [[f"a{next(numbers)}" for _ in range(BATCH)] for _ in range(BATCHES)]
            last[:] = [_request(path, _body(index % GROUPS, batch)) for index, batch in enumerate(batches)]
            return BATCH * BATCHES / asyncio.run(_post_all(port, last))

        def single() -> float:
            requests = [_request(path, _body(group % GROUPS, [f"first-{group % GROUPS}"])) for group in range(SINGLE)]
            return SINGLE / asyncio.run(_post_all(port, requests))

        plain = f"alerts: psycopg, {BATCH} a transaction"
        works = {
            plain: lambda: _plain(server, database, next(tables)),
            f"alerts: new, through HTTP, {BATCH} a request": new,
            f"alerts: repeated, through HTTP, {BATCH} a request": lambda: (
                BATCH * BATCHES / asyncio.run(_post_all(port, last))
            ),
            "alerts: repeated, through HTTP, one a request": single,
        }
        figures = side_by_side(ROUNDS, works)
    goals = ["", "at least 0.55", "at least 0.55", ""]
    return [
        Line(
            name,
            statistics.median(figures[name]),
            "a second",
            None if name == plain else ratio(figures, name, plain),
            goal,
        )
        for name, goal in zip(works, goals, strict=True)
    ]


@contextmanager
def _hub(database: str) -> Iterator[tuple[int, str]]:
    environment = process_environment(database, "web")
    made = subprocess.run(
        [sys.executable, "manage.py", "source", "payments", "alertmanager", "Bench"],
        cwd=ROOT,
        env=process_environment(database, "worker"),
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"/ingest/alertmanager/\w+", made.stdout)
    assert found is not None, made.stdout
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        command = [
            sys.executable,
            "-m",
            "uvicorn",
            "hub.config.asgi:application",
            f"--port={port}",
            "--log-level=warning",
        ]
        process = ServerProcess([*command, f"--app-dir={ROOT}"], log=Path(directory) / "log", environment=environment)
        asked = [_request("/ingest/", b"{}")]
        process.start(ready=lambda: asyncio.run(_post_all(port, asked, expected=404)) > 0, timeout=timedelta(minutes=1))
        try:
            yield port, found[0]
        finally:
            process.stop()


def _plain(server: Server, database: str, round_number: int) -> float:
    """Alerts a second of batched inserts, with nothing around them."""
    table = f"bench_plain_{round_number}"
    server.execute(
        f"CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, source_id bigint, group_id bigint,"
        " unit_id bigint, restricted boolean, incident_id bigint, service_id bigint, fingerprint varchar(255),"
        " name varchar(200), summary text, status varchar(8), labels jsonb, annotations jsonb, link text,"
        " starts_at timestamptz, ends_at timestamptz, first_seen_at timestamptz, last_seen_at timestamptz,"
        " changed_at timestamptz, count int, UNIQUE (group_id, fingerprint))",
        database=database,
    )
    columns = (
        "source_id, group_id, unit_id, restricted, incident_id, service_id, fingerprint, name, summary, status, labels,"
        " annotations, link, starts_at, ends_at, first_seen_at, last_seen_at, changed_at, count"
    )
    insert = f"INSERT INTO {table} ({columns}) VALUES ({', '.join(['%s'] * 19)})"
    batches = [[_row(number * BATCH + index) for index in range(BATCH)] for number in range(BATCHES)]
    with psycopg.connect(server.cluster.admin_dsn(database)) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        for batch in batches:
            cursor.executemany(insert, batch)
            connection.commit()
        return BATCH * BATCHES / (time.perf_counter() - began)


def _row(number: int) -> tuple[Any, ...]:
    alert = _alert(f"p{number}")
    now = datetime.now(UTC)
    labels, annotations = json.dumps(alert["labels"]), json.dumps(alert["annotations"])
    summary = alert["annotations"]["summary"]
    return (
        *(1, 1, 1, False, 1, 1, alert["fingerprint"], "HighLatency", summary, "firing"),
        *(labels, annotations, alert["generatorURL"], now, None, now, now, now, 1),
    )


def _alert(fingerprint: str) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {
            "alertname": "HighLatency",
            "service": "checkout-api",
            "severity": "critical",
            "instance": f"{fingerprint}.checkout.internal:9100",
            "cluster": "eu-central-1",
            "namespace": "payments",
        },
        "annotations": {
            "summary": "The 99th percentile of checkout is above two seconds",
            "description": "Requests to checkout took 2.4 s at the 99th percentile during the last five minutes.",
        },
        "startsAt": "2026-05-01T12:00:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.internal/graph?g0.expr=checkout_p99+%3E+2",
        "fingerprint": fingerprint,
    }


def _body(group: int, fingerprints: Sequence[str]) -> bytes:
    document = {
        "version": "4",
        "groupKey": f'{{}}:{{alertname="HighLatency", shard="{group}"}}',
        "status": "firing",
        "receiver": "hub",
        "truncatedAlerts": 0,
        "groupLabels": {"alertname": "HighLatency"},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://alertmanager.internal",
        "alerts": [_alert(fingerprint) for fingerprint in fingerprints],
    }
    return json.dumps(document).encode()


def _request(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


async def _post_all(port: int, requests: Sequence[bytes], *, expected: int = 200) -> float:
    """Seconds until all of these requests were answered, over `SENDERS` connections."""
    waiting = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_sender(port, waiting, expected) for _ in range(min(SENDERS, len(requests)))))
    return time.perf_counter() - began


async def _sender(port: int, waiting: Iterator[bytes], expected: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for request in waiting:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = re.search(r"content-length: (\d+)", head, re.IGNORECASE)
            body = await reader.readexactly(int(length[1]) if length else 0)
            if f" {expected} " not in head.splitlines()[0]:
                raise RuntimeError(f"{head.splitlines()[0]}: {body.decode()}")
    finally:
        writer.close()


if __name__ == "__main__":
    alone(measure)
