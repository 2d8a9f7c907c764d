"""`make relevance`: how well each backend ranks, beside plain BM25, over judged queries on the demonstration's reviews.

nDCG@10 is what a reader gets from the first page, recall@20 what they can get at all, MRR how soon the best comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hub.demo.reviews import read_reviews
from hub.lib import identity
from hub.lib.identity import SEED, SYSTEM, acting_as
from knowledge.postmortems.models import Postmortem
from knowledge.search import actions
from knowledge.search.filters import Filters
from knowledge.search.kinds import Kind
from knowledge.search.sources import reviews
from tenants.models import Person
from tests.bench.harness import hub_of, test_server
from tests.bench.search import elasticsearch, on
from tests.relevance.baseline import Bm25
from tests.relevance.judgements import JUDGED
from tests.relevance.measures import ndcg, recall, reciprocal_rank

DEPTH: Final = 20
WIDTH: Final = 30
REVIEWS: Final = Filters(kinds=frozenset({Kind.POSTMORTEM}))

Ranked = Callable[[str], Sequence[int]]


def main() -> None:
    """Measure and print."""
    with test_server() as server, hub_of(server, "relevance"):
        with acting_as(SEED):
            reader = identity.person(Person.objects.get(username="coordinator").pk, through="test")
            published = Postmortem.objects.filter(status="published")
            by_title = dict(published.values_list("title", "pk"))
            texts = {
                review.record.pk: "\n".join(passage.text for passage in review.content(()).passages)
                for review in reviews.pieces(SEED, published.values_list("pk", flat=True))
            }
        keys = {review.number: by_title[review.about["title"]] for review in read_reviews()}
        total = sum(len(queries) for queries in JUDGED.values())
        print(f"{total} judged queries over {len(texts)} reviews, read by somebody who may read all")
        report("plain BM25", Bm25(texts).ranked, keys)

        def found(query: str, address: str | None = None) -> Sequence[int]:
            return [hit.record.pk for hit in on(address, reader, query, REVIEWS, first=DEPTH).hits]

        report("the hub, PostgreSQL", found, keys)
        with elasticsearch() as address:
            if address:
                actions.rebuild(actor=SYSTEM)
                report("the hub, Elasticsearch", lambda query: found(query, address), keys)


def report(name: str, ranked: Ranked, keys: dict[int, int]) -> None:
    """Print a way to rank: over all queries, and by their kind."""
    print(f"\n{name:<{WIDTH}}{'nDCG@10':>10}{'recall@20':>11}{'MRR':>8}")
    figures = {
        kind: [_figures(ranked(query), _by_key(grades, keys)) for query, grades in queries.items()]
        for kind, queries in JUDGED.items()
    }
    together = {"all": [row for each in figures.values() for row in each]}
    for kind, rows in (together | figures).items():
        first, second, third = (sum(column) / len(rows) for column in zip(*rows, strict=True))
        print(f"  {f'{kind} ({len(rows)})':<{WIDTH - 2}}{first:>10.3f}{second:>11.3f}{third:>8.3f}")


def _figures(found: Sequence[int], grades: dict[int, int]) -> tuple[float, float, float]:
    return ndcg(found, grades), recall(found, grades), reciprocal_rank(found, grades)


def _by_key(grades: dict[int, int], keys: dict[int, int]) -> dict[int, int]:
    return {keys[number]: grade for number, grade in grades.items()}


if __name__ == "__main__":
    main()
