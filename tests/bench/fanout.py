"""From the commit of an event to the last of 1,000 sockets, against graphql-ws on Node and a bare Channels consumer.

    python -m tests.bench.fanout

The hub: outbox, sequencer (a process), wake-up, who may see it, the selection, 1,000 sends of one web process.
graphql-ws: an event of the same size that its own process publishes; it executes each subscriber's selection. The bare
consumer: 1,000 sockets in one group of the in-memory channel layer, and a text of the same length that is passed on.
Neither of the two stores, orders or checks anything. The clients of each are one process of their own, the same program
for all. Then the hub again with readers of eight different rights, and with 10,000 sockets on two web processes
(HUB_BENCH_SOCKETS says another number).
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
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
from tests.bench import peer
from tests.bench.harness import Line, alone, hub_of, side_by_side
from tests.bench.sockets import PROTOCOL, READY
from tests.database import ROOT, Server, process_environment
from tests.services.process import ServerDidNotStart, ServerProcess, free_port

SOCKETS: Final = 1_000
MANY: Final = int(os.environ.get("HUB_BENCH_SOCKETS", "10000"))
ROUNDS: Final = 15
FEW_ROUNDS: Final = 5
NODE: Final = f"event to the last of {SOCKETS:,} sockets: graphql-ws on Node"
BARE: Final = f"event to the last of {SOCKETS:,} sockets: bare Channels consumer"
HUB: Final = f"event to the last of {SOCKETS:,} sockets: the hub"
MIXED: Final = f"event to the last of {SOCKETS:,} sockets: the hub, eight kinds of rights"
MANY_NAME: Final = f"event to the last of {MANY:,} sockets: the hub, two processes"
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
    """A process with so many sockets that says when the last of them has received an event."""

    def __init__(self, address: str, tokens: Sequence[str], count: int) -> None:
        command = [sys.executable, "-m", "tests.bench.sockets", address, str(count), *tokens]
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
    """Milliseconds from the commit, or from the other servers' own event, to the last socket: medians of rounds."""
    allow_many_files()
    with hub_of(server, "fanout") as hub, ExitStack() as stack:
        hub.sequencer()
        addresses = [hub.web(), hub.web()]
        author = person("responder.payments")
        incident = incident_to_write_in(author)
        tokens = [create_token(actor=person(name), name="bench", valid_for=timedelta(hours=1)) for name in READERS]
        bare = stack.enter_context(bare_server(hub.database, hub.directory))
        trigger = stack.enter_context(connect(f"{bare.replace('http', 'ws', 1)}/graphql/", subprotocols=[PROTOCOL]))
        works: dict[str, Callable[[], float]] = {}
        with ExitStack() as sockets:
            try:
                node = stack.enter_context(peer.running("feed.mjs", hub.directory, b""))
                node_clients = sockets.enter_context(clients(node, ["nobody"], SOCKETS))
                works[NODE] = lambda: node_round(node, node_clients)
            except (peer.Missing, ServerDidNotStart) as error:
                print(f"  (without graphql-ws: {error})")
            bare_clients = sockets.enter_context(clients(bare, ["nobody"], SOCKETS))
            works[BARE] = lambda: bare_round(trigger, bare_clients)
            same = sockets.enter_context(clients(addresses[0], tokens[:1], SOCKETS))
            works[HUB] = lambda: hub_round(author, incident, [same])
            figures = side_by_side(ROUNDS, works)
        with clients(addresses[0], tokens, SOCKETS) as mixed:
            works[MIXED] = lambda: hub_round(author, incident, [mixed])
            figures |= side_by_side(ROUNDS, {MIXED: works[MIXED]})
        half = MANY // 2
        with clients(addresses[0], tokens, half) as first, clients(addresses[1], tokens, half) as second:
            figures |= side_by_side(FEW_ROUNDS, {MANY_NAME: lambda: hub_round(author, incident, [first, second])})
    baseline = NODE if NODE in figures else BARE
    goals = {HUB: "at most 0.8 of graphql-ws"}
    return [
        Line(
            name,
            statistics.median(taken),
            "ms",
            None if name == baseline else statistics.median(taken) / statistics.median(figures[baseline]),
            goals.get(name, ""),
        )
        for name, taken in figures.items()
    ]


def allow_many_files() -> None:
    """Let this process and those it starts open as many sockets as the system lets them."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def clients(address: str, tokens: Sequence[str], count: int) -> Iterator[Clients]:
    """So many sockets, by the same client whatever the server."""
    made = Clients(address, tokens, count)
    try:
        yield made
    finally:
        made.end()


def node_round(address: str, sockets: Clients) -> float:
    began = time.monotonic()
    peer.posted(address.removeprefix("http://"), "/fire", b"", {})
    return (sockets.last_received_at() - began) * 1000


def hub_round(author: Actor, incident: Incident, sockets: Sequence[Clients]) -> float:
    actions.add_timeline_entry(actor=author, incident_id=incident.pk, body="Half of the pool is back.")
    committed = time.monotonic()
    return (max(each.last_received_at() for each in sockets) - committed) * 1000


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
