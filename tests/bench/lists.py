"""Lists over GraphQL against PostGraphile 5 on the same tables, as the same role, under the same row-level security.

    python -m tests.bench list compiled

`wrk` asks both for the same rows in turn, with eight connections and several people: the hub looks a bearer token up
for each request, PostGraphile believes a header. The answers of both are compared once before anything is timed.
`compiled` is the hub against itself, in this process: an operation as one statement, and as the executor resolves it.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from hub.graphql.compiler.executing import executed_only
from hub.graphql.documents import Approved, Asked, checked
from hub.graphql.execution import execute
from hub.graphql.schema import schema
from tenants.actions import create_token
from tests.bench import peer
from tests.bench.fanout import person
from tests.bench.harness import Line, hub_of, ratio, side_by_side
from tests.bench.incidents import QUERY
from tests.bench.scale import FEW, fill
from tests.database import Server

ROUNDS: Final = 5
SECONDS: Final = 2
REPEATS: Final = 5
READERS: Final = ("coordinator", "lead.emea", "admin.payments", "responder.payments")
"""Nobody who is admitted to a restricted incident: what they read is recorded row by row, and not compiled."""

PEERS_NODES: Final = """nodes {
  id reference title status severity declaredAt
  catalogServiceByServiceId { slug name } tenantsPersonByCommanderId { username name }
  incidentsTimelineentriesByIncidentId(first: 5, orderBy: [AT_ASC, PRIMARY_KEY_ASC]) {
    nodes { kind body at tenantsPersonByAuthorId { username } }
  }
}"""
NEWEST: Final = "orderBy: [DECLARED_AT_DESC, PRIMARY_KEY_DESC]"


@dataclass(frozen=True)
class Pair:
    """The same question to both."""

    hub: str
    peer: str


LIST: Final = Pair(QUERY, f"{{ allIncidentsIncidents(first: 50, {NEWEST}) {{ {PEERS_NODES} }} }}")
COUNTED: Final = Pair(
    QUERY.replace("(first: 50) {", "(first: 50) { totalCount"),
    f"{{ allIncidentsIncidents(first: 50, {NEWEST}) {{ totalCount {PEERS_NODES} }} }}",
)
SMALL: Final = Pair(
    "{ incidents(first: 10) { edges { node { reference title status } } } }",
    f"{{ allIncidentsIncidents(first: 10, {NEWEST}) {{ nodes {{ reference title status }} }} }}",
)


def measure(server: Server) -> list[Line]:
    """Requests a second: medians of interleaved rounds, with one worker each and then with two."""
    peer.needed("wrk")
    peer.installed()
    with hub_of(server, "list") as hub:
        fill(server.cluster.admin_dsn(hub.database), FEW)
        readers = [person(name) for name in READERS]
        keys = [create_token(actor=each, name="bench", valid_for=timedelta(hours=1)) for each in readers]
        bearers = [f"authorization: Bearer {key}" for key in keys]
        people = [f"x-user-id: {each.person_id}" for each in readers]
        lines: list[Line] = []
        for workers, asked in (
            (1, {"list of 50": (LIST, "at least 1.5"), "with totalCount": (COUNTED, "at least 1.1")}),
            (1, {"ten small rows": (SMALL, "at least 1.0")}),
            (2, {"list of 50": (LIST, "at least 1.3")}),
        ):
            with ExitStack() as stack:
                address = f"{hub.web(WEB_CONCURRENCY=str(workers))}/graphql/"
                other = stack.enter_context(
                    peer.running(
                        "postgraphile.mjs",
                        hub.directory,
                        b'{"query": "{ __typename }"}',
                        DATABASE_URL=peer.database_url(hub.database),
                        WORKERS=str(workers),
                    )
                )
                for name, (pair, goal) in asked.items():
                    compare(pair, address, bearers, f"{other}/graphql", people)
                    called = f"{name}, {workers} worker{'s' * (workers > 1)}"
                    works = {
                        Target(f"{other}/graphql", tuple(people)): pair.peer,
                        Target(address, tuple(bearers)): pair.hub,
                    }
                    lines += timed(called, goal, works, hub.directory)
            hub.processes.pop().stop()
    return lines


@dataclass(frozen=True)
class Target:
    """A server to ask, and the headers with which people ask it."""

    url: str
    headers: tuple[str, ...]


def timed(name: str, goal: str, works: Mapping[Target, str], directory: Path) -> list[Line]:
    """Both lines of one question, the peer's first."""
    ours, theirs = f"{name}: the hub", f"{name}: PostGraphile 5"
    figures = side_by_side(
        ROUNDS,
        {
            called: partial(peer.load, target.url, {"query": query}, target.headers, directory, SECONDS)
            for called, (target, query) in zip((theirs, ours), works.items(), strict=True)
        },
    )
    medians = {each: statistics.median(taken) for each, taken in figures.items()}
    return [
        Line(theirs, medians[theirs], "a second"),
        Line(ours, medians[ours], "a second", ratio(figures, ours, theirs), goal),
    ]


def compare(pair: Pair, hub: str, bearers: list[str], other: str, people: list[str]) -> None:
    """Raises `AssertionError` unless both give each reader the same rows."""
    for bearer, name in zip(bearers, people, strict=True):
        ours = answered(hub, pair.hub, bearer)["incidents"]
        theirs = answered(other, pair.peer, name)["allIncidentsIncidents"]
        assert ours["edges"], "there is something to read"
        assert [of_hub(edge["node"]) for edge in ours["edges"]] == [of_peer(node) for node in theirs["nodes"]]
        assert ours.get("totalCount") == theirs.get("totalCount")


def answered(url: str, query: str, header: str) -> Any:
    at = urlsplit(url)
    name, _, value = header.partition(": ")
    answer = json.loads(peer.posted(at.netloc, at.path, json.dumps({"query": query}).encode(), {name: value}))
    assert "errors" not in answer, answer
    return answer["data"]


def of_hub(node: Mapping[str, Any]) -> tuple[Any, ...]:
    """A row as both can be compared by."""
    if "timeline" not in node:
        return node["reference"], node["title"], node["status"].lower()
    entries = [edge["node"] for edge in node["timeline"]["edges"]]
    return (
        *(node["reference"], node["title"], node["status"].lower(), node["severity"].lower()),
        *(datetime.fromisoformat(node["declaredAt"]), node["service"], node["commander"]),
        [(each["kind"].lower(), each["body"], datetime.fromisoformat(each["at"]), each["author"]) for each in entries],
    )


def of_peer(node: Mapping[str, Any]) -> tuple[Any, ...]:
    """The same of the peer's row."""
    if "severity" not in node:
        return node["reference"], node["title"], node["status"]
    entries = node["incidentsTimelineentriesByIncidentId"]["nodes"]
    return (
        *(node["reference"], node["title"], node["status"], node["severity"]),
        *(datetime.fromisoformat(node["declaredAt"]), node["catalogServiceByServiceId"]),
        node["tenantsPersonByCommanderId"],
        [
            (each["kind"], each["body"], datetime.fromisoformat(each["at"]), each["tenantsPersonByAuthorId"])
            for each in entries
        ],
    )


def measure_compiled(server: Server) -> list[Line]:
    """Lists a second in this process, executed and compiled, both down to the answer's bytes."""
    asked = Asked(QUERY)
    approved = checked(schema, asked, None)
    assert isinstance(approved, Approved), approved
    with hub_of(server, "compiled"):
        actor = person("lead.emea")

        def answer() -> bytes:
            outcome = execute(actor, asked, approved)
            assert outcome.is_executed, outcome.errors
            return orjson.dumps(outcome.data)

        def executed() -> bytes:
            with executed_only():
                return answer()

        assert answer() == executed(), "the same bytes"
        works = {
            "list of 50, in process: executed": a_second(executed),
            "list of 50, in process: compiled": a_second(answer),
        }
        figures = side_by_side(ROUNDS, works)
    slow, fast = works
    return [
        Line(slow, statistics.median(figures[slow]), "a second"),
        Line(fast, statistics.median(figures[fast]), "a second", ratio(figures, fast, slow), "at least 10"),
    ]


def a_second(work: Callable[[], bytes]) -> Callable[[], float]:
    def measured() -> float:
        began = time.perf_counter()
        for _ in range(REPEATS):
            work()
        return REPEATS / (time.perf_counter() - began)

    return measured
