"""How well the search ranks: nDCG@10 over judged queries on the demonstration's reviews.

    python -m tests.bench.relevance

Beside the hub's own ranking stands PostgreSQL's `ts_rank` on the same texts, with all words required and with any. The
queries are of several kinds (wording of the text, paraphrase, symptom for cause, misspelling, short form, error string)
and were judged from the texts: 3 is what was looked for, 1 is of use beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import psycopg

from hub.demo.reviews import read_reviews
from hub.lib import identity
from hub.lib.identity import SEED, SYSTEM, acting_as
from knowledge.postmortems.models import Postmortem
from knowledge.search import actions
from tenants.models import Person
from tests.bench.harness import Line, alone, hub_of
from tests.bench.search import PLAIN_TABLE, elasticsearch, on
from tests.database import Server

DEPTH: Final = 10

# Reviews by the number that their file begins with.
JUDGED: Final[dict[str, dict[int, int]]] = {
    "connection pool exhausted": {1: 3, 52: 1, 44: 1, 24: 1},
    "expired certificate": {26: 3, 9: 2, 2: 2, 34: 1, 57: 1},
    "integer overflow in primary key": {3: 3, 51: 1, 36: 1},
    "payments taken twice": {4: 2, 16: 3, 7: 1, 43: 1},
    "daylight saving time bug": {4: 3, 33: 3, 46: 1},
    "retry storm": {8: 3, 55: 2, 11: 1},
    "cache stampede": {13: 3, 55: 2},
    "k8s webhook deadlock": {30: 3, 60: 1},
    "disk full because of WAL": {23: 3},
    "conntrack table full": {24: 3},
    "clock drift breaks login": {25: 3, 57: 1},
    "regular expression backtracking": {22: 3},
    "jwks key rotation": {57: 3, 26: 1},
    "kafka offsets lost": {18: 3, 58: 1, 28: 1},
    "consumer rebalancing loop": {58: 3, 28: 1},
    "personal page served to other users": {27: 3},
    "memory leak in node": {38: 3, 19: 1, 52: 1},
    "split brain leader election": {39: 3},
    "character encoding garbled names": {40: 3},
    "wrong patient records merged": {41: 3, 42: 1},
    "medication ordered twice": {43: 3, 45: 1},
    "unit conversion error": {45: 3, 5: 3, 6: 1},
    "overlapping cron jobs": {46: 3, 4: 1},
    "file read while still being uploaded": {47: 3, 42: 1},
    "gpu driver update": {48: 3},
    "route leak at a transit provider": {59: 3},
    "feature flag inverted": {12: 3},
    "gps week rolover": {36: 3},
    "sms sent at night": {37: 3},
    "bulk deletion by mistake": {54: 3},
    "firmware counter kills ssds": {20: 3, 31: 1},
    "autoscaler made it worse": {58: 3, 60: 1},
    "users of mobile carriers blocked": {14: 3},
    "header too large": {21: 3},
    "dns ttl ignored": {29: 3},
    "HikariPool-1 Connection is not available": {1: 3},
    "half finished index went live": {15: 3},
    "noisy neighbour pods evicted": {60: 3, 56: 1},
}

TS_RANK: Final = """
SELECT id FROM bench_plain b, {query} q WHERE words @@ q ORDER BY ts_rank(words, q) DESC, id LIMIT %s
"""
ALL_WORDS: Final = "websearch_to_tsquery('english', %s)"
ANY_WORD: Final = "CAST(replace(CAST(plainto_tsquery('english', %s) AS text), '&', '|') AS tsquery)"


def measure(server: Server) -> list[Line]:
    """nDCG@10, averaged over the queries, by way of ranking."""
    with hub_of(server, "relevance") as hub, psycopg.connect(server.cluster.admin_dsn(hub.database)) as plain:
        plain.execute(PLAIN_TABLE)
        with acting_as(SEED):
            reader = identity.person(Person.objects.get(username="coordinator").pk, through="test")
            by_title = dict(Postmortem.objects.filter(status="published").values_list("title", "pk"))
        keys = {int(review.path.name[:2]): by_title[review.about["title"]] for review in read_reviews()}

        def ranked(query: str) -> Callable[[str], Sequence[int]]:
            statement = TS_RANK.format(query=query)
            return lambda asked: [key for (key,) in plain.execute(statement, [asked, DEPTH]).fetchall()]

        def found(asked: str, address: str | None = None) -> Sequence[int]:
            return [hit.record.pk for hit in on(address, reader, asked).hits]

        lines = [
            Line("relevance: ts_rank, all words", average(ranked(ALL_WORDS), keys), "nDCG@10"),
            Line("relevance: ts_rank, any word", average(ranked(ANY_WORD), keys), "nDCG@10"),
            Line("relevance: the hub, its own index", average(found, keys), "nDCG@10"),
        ]
        with elasticsearch() as address:
            if address:
                actions.rebuild(actor=SYSTEM)
                figure = average(lambda asked: found(asked, address), keys)
                lines.append(Line("relevance: the hub, Elasticsearch", figure, "nDCG@10"))
        return [Line(line.name, line.value, line.unit, line.value / lines[1].value) for line in lines]


def average(way: Callable[[str], Sequence[int]], keys: dict[int, int]) -> float:
    """The mean nDCG@10 of a way to rank, over all queries."""
    return sum(
        ndcg(way(query), {keys[one]: grade for one, grade in judged.items()}) for query, judged in JUDGED.items()
    ) / len(JUDGED)


def ndcg(found: Sequence[int], grades: dict[int, int]) -> float:
    """Normalised discounted cumulative gain of the first `DEPTH`."""
    ideal = sorted(grades.values(), reverse=True)
    return _gain([grades.get(key, 0) for key in found]) / _gain(ideal)


def _gain(grades: Sequence[int]) -> float:
    return sum((2.0**grade - 1) / math.log2(place + 1) for place, grade in enumerate(grades[:DEPTH], start=1))


if __name__ == "__main__":
    print(f"{len(JUDGED)} queries, by somebody who reads all published reviews")
    alone(measure)
