"""While the database is away, senders are told to repeat; what was accepted is there."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from psycopg import sql

from hub.alerts.models import SourceKind
from tests.alerts.senders import LiveHub, alert, notification
from tests.conftest import use_database
from tests.database import Server, process_environment
from tests.processes import Hub
from tests.services.process import ServerProcess, free_port


@contextmanager
def refused(server: Server, database: str) -> Iterator[None]:
    """The database as while its server restarts: its connections are cut, and it takes no new ones."""
    name = sql.Identifier(database)
    server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(name))
    cut = sql.SQL("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = {}")
    server.execute(cut.format(sql.Literal(database)))
    try:
        yield
    finally:
        server.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS true").format(name))


def test_senders_are_told_to_repeat_until_it_is_back(hub: LiveHub, server: Server) -> None:
    prometheus, nagios = hub.source(), hub.source(kind=SourceKind.EVENTS_V2)
    event = {"summary": "Stuck", "source": "ledger", "severity": "error"}
    prometheus.send(alert(), group="before")
    use_database(hub.database)  # this process' own connection is closed before it is cut

    with refused(server, hub.database):
        first = prometheus.post(notification(alert(instance="while"), group="while"))
        second = nagios.event("trigger", dedup_key="while", payload=event)

    assert (first.status_code, second.status_code) == (503, 503)
    assert (first.headers["retry-after"], second.headers["retry-after"]) == ("5", "5")
    assert second.json()["message"] == "The hub cannot store alerts at the moment; send this again."
    assert len(prometheus.incidents()) == 1
    prometheus.send(alert(instance="while"), group="while")
    assert nagios.event("trigger", dedup_key="while", payload=event).status_code == 202
    assert (len(prometheus.incidents()), len(nagios.incidents())) == (2, 1)


def test_connections_that_died_while_idle_cost_no_alert(hub: LiveHub, server: Server) -> None:
    source = hub.source()
    source.send(alert(), group="before")
    use_database(hub.database)

    with refused(server, hub.database):
        pass

    source.send(alert(instance="after"), group="after")
    assert len(source.incidents()) == 2


def test_a_server_that_does_not_listen(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{(port := free_port())}/ingest/alertmanager/{'x' * 32}"
    # A data directory of its own, in which no server runs.
    environment = {**process_environment("hub", "web"), "HUB_TEST_DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "uvicorn", "hub.config.asgi:application", "--port", str(port)]
    with ServerProcess(command, log=tmp_path / "log", environment=environment) as process:
        process.start(ready=lambda: listens(port), timeout=timedelta(minutes=1))
        began = time.monotonic()

        answer = httpx.post(address, json=notification(alert()), timeout=30)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["errors"][0]["message"] == "The hub cannot store alerts at the moment; send this again."
    assert time.monotonic() - began < 10


def listens(port: int) -> bool:
    """Whether anything takes a connection on this port; raises `OSError` while nothing does."""
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


@pytest.mark.parametrize("seconds", [0.05, 0.3])
def test_a_process_that_is_killed_has_stored_what_it_accepted(
    server: Server, hub: LiveHub, tmp_path: Path, seconds: float
) -> None:
    source = hub.source()
    with Hub(hub.database, tmp_path) as mortal:
        address = f"{mortal.web()}/ingest/alertmanager/{source.made.key}"
        accepted = []
        with httpx.Client(timeout=10) as http:
            deadline = time.monotonic() + seconds
            number = 0
            while time.monotonic() < deadline:
                number += 1
                body = notification(alert(instance=f"host-{number}"), group=f"group-{number}")
                accepted.append(http.post(address, json=body).status_code)
            mortal.processes[0].kill()

    assert accepted
    assert len(source.alerts()) >= accepted.count(200) > 0
    assert len(source.incidents()) == len(source.alerts())
