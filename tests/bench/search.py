"""Searching reviews: the hub's answer against a plain full-text query, p50 and p99.

    python -m tests.bench.search

The hub's answer is as a person gets it: stems, synonyms, misspellings, what they may read, facets, highlights, rows
read again. The plain query is one statement over a table of the same texts with a GIN index, without permissions:
matches, rank, count and headlines of twenty. Elasticsearch takes part where it is installed.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from django.conf import settings

from hub.lib import identity
from hub.lib.identity import SEED, SYSTEM, Actor, acting_as
from knowledge.postmortems import actions as postmortems
from knowledge.postmortems.models import Audience
from knowledge.search import access, actions
from knowledge.search.filters import Filters
from tenants.models import Person
from tests.bench.harness import Line, alone, hub_of
from tests.database import Server
from tests.knowledge.search.library import acting, write
from tests.processes import Hub
from tests.services.elasticsearch import ElasticsearchServer
from tests.services.process import ServerDidNotStart

ROUNDS: Final = 12
READERS: Final = ("coordinator", "lead.emea", "commander.payments", "outsider.logistics")
PUBLISHED: Final = 12
FINDABLE: Final = 2_000
"""Milliseconds that a review may take from its publication until it is found."""
QUESTIONS: Final = (
    "expired certificate",
    "connection pool exhausted",
    '"disk full"',
    "replication lag failover",
    "kafka consumer rebalance",
    "dns resolution timeout",
    "memory leak -java",
    "certifcate rotaton",
)

PLAIN_TABLE: Final = """
CREATE TABLE bench_plain AS SELECT id, title, text, to_tsvector('english', title || ' ' || text) AS words
  FROM (SELECT id, title,
               concat_ws(E'\n', summary, impact, detection, root_cause, went_well, went_badly, lessons) AS text
          FROM postmortems_postmortem WHERE status = 'published') reviews
"""
PLAIN_QUERY: Final = """
SELECT id, title, ts_headline('english', text, query), count(*) OVER () FROM (
  SELECT b.*, query FROM bench_plain b, websearch_to_tsquery('english', %s) query
   WHERE words @@ query ORDER BY ts_rank_cd(words, query) DESC, id DESC LIMIT 20) best
"""


def measure(server: Server) -> list[Line]:
    """Milliseconds a question: all questions by several readers, the ways in turn."""
    with hub_of(server, "search") as hub, psycopg.connect(server.cluster.admin_dsn(hub.database)) as plain:
        plain.execute(PLAIN_TABLE)
        plain.execute("CREATE INDEX ON bench_plain USING gin (words)")
        plain.execute("ANALYZE bench_plain")
        plain.commit()
        with acting_as(SEED):
            readers = [identity.person(Person.objects.get(username=each).pk, through="test") for each in READERS]
        with elasticsearch() as server_of_words:
            baseline = "plain full-text query"
            ways: dict[str, Callable[[Actor, str], Any]] = {
                baseline: lambda reader, question: plain.execute(PLAIN_QUERY, [question]).fetchall(),
                "the hub, its own index": access.search,
            }
            if server_of_words:
                actions.rebuild(actor=SYSTEM)
                ways["the hub, Elasticsearch"] = lambda reader, question: on(server_of_words, reader, question)
                ways["the hub, its own index"] = lambda reader, question: on(None, reader, question)
            times = in_turn(ways, readers)
        return [*lines(times, baseline), findable(hub)]


def findable(hub: Hub) -> Line:
    """Milliseconds from publishing a review until somebody of another unit finds it, at the worst of several."""
    hub.worker()
    reader = acting("outsider.logistics")
    taken = []
    for number in range(PUBLISHED + 1):
        draft = write(title=f"Quokkas in duct {number}", text=f"They gnawed cable{number}.")
        postmortems.publish_postmortem(
            actor=acting("commander.payments"), postmortem_id=draft.pk, audience=Audience.ENTERPRISE
        )
        began = time.perf_counter()
        while not access.search(reader, f"cable{number}").total:
            time.sleep(0.02)
        taken.append((time.perf_counter() - began) * 1000)
    worst = max(taken[1:])  # the first one waits for the worker to have started
    return Line("published to findable, the slowest of 12", worst, "ms", worst / FINDABLE, "at most 1")


def in_turn(
    ways: dict[str, Callable[[Actor, str], Any]], readers: list[Actor], *, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Milliseconds of each question, by way; the first round is not counted."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for reader in readers:
            for question in QUESTIONS:
                for name, way in ways.items():
                    began = time.perf_counter()
                    way(reader, question)
                    if number:
                        times[name].append((time.perf_counter() - began) * 1000)
    return times


def lines(times: dict[str, list[float]], baseline: str) -> list[Line]:
    made = []
    for name, figures in times.items():
        for label, position in (("p50", 49), ("p99", 98)):
            value = statistics.quantiles(figures, n=100)[position]
            base = statistics.quantiles(times[baseline], n=100)[position]
            made.append(Line(f"search, {label}: {name}", value, "ms", None if name == baseline else value / base))
    return made


@contextmanager
def elasticsearch() -> Iterator[str | None]:
    """The address of an Elasticsearch with a prefix of our own in the settings; None where there is none."""
    try:
        server = ElasticsearchServer(worker="bench")
    except ServerDidNotStart as error:
        print(f"  (without Elasticsearch: {error})")
        yield None
        return
    with server:
        settings.ELASTICSEARCH_INDEX_PREFIX = f"{server.prefix}{uuid.uuid4().hex[:6]}"
        settings.ELASTICSEARCH_URL = server.url
        try:
            yield server.url
        finally:
            settings.ELASTICSEARCH_URL = ""


def on(
    address: str | None, reader: Actor, question: str, filters: Filters | None = None, *, first: int = access.PAGE
) -> Any:
    """The answer from one of the two indices, which the settings choose."""
    settings.ELASTICSEARCH_URL = address or ""
    found = access.search(reader, question, filters, first=first)
    assert found.notice != access.FALLEN_BACK
    return found


if __name__ == "__main__":
    alone(measure)
