"""From the commit of an event to the last of 1,000 sockets, against a bare Channels consumer that sends the same bytes.

    python -m tests.bench.fanout

The hub: outbox, sequencer (a process), wake-up, who may see it, the selection, 1,000 sends of one web process. The
baseline: one uvicorn process whose consumer has 1,000 sockets in one group of the in-memory channel layer, and passes
a text of the same length on; nothing is stored, ordered or checked. The clients of each are one process of their own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from websockets.sync.client import ClientConnection, connect

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib import identity
from hub.lib.identity import SEED, Actor, acting_as
from tenants.actions import create_token
from tenants.models import Person
from tests.bench.harness import Line, against, alone, hub_of, medians_of_rounds
from tests.bench.sockets import PROTOCOL, READY
from tests.database import ROOT, Server, process_environment
from tests.services.process import ServerProcess, free_port

SOCKETS: Final = 1_000
ROUNDS: Final = 15
READERS: Final = (
    "coordinator",
    "lead.emea",
    "admin.payments",
    "commander.payments",
    "commander2.payments",
    "responder.payments",
    "responder2.payments",
    "observer.payments",
)


class Clients:
    """A process with `SOCKETS` sockets that says when the last of them has received an event."""

    def __init__(self, address: str, tokens: Sequence[str]) -> None:
        command = [sys.executable, "-m", "tests.bench.sockets", address, str(SOCKETS), *tokens]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self._expect(READY)

    def last_received_at(self) -> float:
        """Wait for the next event to be with everybody; returns the moment on the system's monotonic clock."""
        return float(self._line())

    def end(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _expect(self, word: str) -> None:
        found = self._line()
        if found != word:
            raise RuntimeError(f"the sockets said {found!r} and not {word!r}")

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


def measure(server: Server) -> list[Line]:
    """Milliseconds from the commit, or from the bare consumer's message, to the last socket: medians of rounds."""
    with hub_of(server, "fanout") as hub:
        hub.sequencer()
        address = hub.web()
        author = person("responder.payments")
        incident = incident_to_write_in(author)
        tokens = [create_token(actor=person(name), name="bench", valid_for=timedelta(hours=1)) for name in READERS]
        with bare_server(hub.database, hub.directory) as bare:
            clients, bare_clients = Clients(address, tokens), Clients(bare, ["nobody"])
            try:
                with connect(f"{bare.replace('http', 'ws', 1)}/graphql/", subprotocols=[PROTOCOL]) as trigger:
                    works = {
                        "event to the last of 1,000 sockets: bare consumer": lambda: bare_round(trigger, bare_clients),
                        "event to the last of 1,000 sockets: the hub": lambda: hub_round(author, incident, clients),
                    }
                    figures = medians_of_rounds(ROUNDS, works)
            finally:
                clients.end()
                bare_clients.end()
    return against(next(iter(works)), "ms", figures)


def hub_round(author: Actor, incident: Incident, clients: Clients) -> float:
    actions.add_timeline_entry(actor=author, incident_id=incident.pk, body="Half of the pool is back.")
    committed = time.monotonic()
    return (clients.last_received_at() - committed) * 1000


def bare_round(trigger: ClientConnection, clients: Clients) -> float:
    began = time.monotonic()
    trigger.send(json.dumps({"type": "fire"}))
    return (clients.last_received_at() - began) * 1000


def person(username: str) -> Actor:
    with acting_as(SEED):
        return identity.person(Person.objects.get(username=username).pk, through="test")


def incident_to_write_in(author: Actor) -> Incident:
    """An incident whose own events are in the feed before anybody connects."""
    with acting_as(author):
        service_id = Service.objects.get(slug="ledger").pk
    incident = actions.declare_incident(
        actor=author, title="Ledger lags", severity=Severity.SEV3, service_id=service_id
    )
    time.sleep(3)
    return incident


@contextmanager
def bare_server(database: str, directory: Path) -> Iterator[str]:
    """The baseline's address."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "tests.bench.bare:application", f"--port={port}", "--lifespan=off"]
    process = ServerProcess(
        [*command, "--log-level=warning"], log=directory / "bare.log", environment=process_environment(database, "web")
    )
    address = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        with connect(f"{address.replace('http', 'ws', 1)}/graphql/", subprotocols=[PROTOCOL]):
            return True

    process.start(ready=answers, timeout=timedelta(seconds=60))
    try:
        yield address
    finally:
        process.stop()


if __name__ == "__main__":
    alone(measure)
