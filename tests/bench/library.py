"""Searching 100,000 documents of all kinds: how fast they are indexed, found, and findable once published.

    python -m tests.bench.library

Seven in ten are reviews, the others articles, runbooks and known errors, made of sentences of the demonstration's own;
each has names and numbers of its own, so that the dictionary grows as it would (HUB_BENCH_DOCUMENTS says another
number). Asked are the questions of the search's bench, by the same readers; beside the hub's answers stand the
statement without any permissions, and Elasticsearch's bare answer with the same hits.
"""

from __future__ import annotations

import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, TypeVar

import psycopg
from elasticsearch import Elasticsearch

from hub.lib import clock, identity
from hub.lib.identity import SEED, SYSTEM, Actor, acting_as
from knowledge.articles.models import Article, ArticleRevision
from knowledge.postmortems.models import Audience, Postmortem, PostmortemStatus, Section
from knowledge.problems.models import Problem, ProblemState
from knowledge.revisions.access import check_due
from knowledge.revisions.models import RevisedText, State
from knowledge.runbooks.models import Revision, Runbook
from knowledge.search import access, actions, elasticsearch, postgres, shelves
from knowledge.search.elasticsearch.requests import request
from knowledge.search.filters import Filters
from knowledge.search.plan import plan
from knowledge.search.query import parse
from tenants.models import BusinessUnit, Person
from tests.bench import search
from tests.bench.harness import Line, alone, hub_of, ratio, side_by_side
from tests.database import Server

RevisedT = TypeVar("RevisedT", bound=RevisedText)

DOCUMENTS: Final = int(os.environ.get("HUB_BENCH_DOCUMENTS", "100000"))
ROUNDS: Final = 3
TOGETHER: Final = 1_000
OTHER_KINDS: Final = 0.1
"""The share of each kind that is no review."""
GENERATED: Final = 10_000
"""The numbers of what is generated begin beyond those of the demonstration."""
SHORT: Final = 30
"""Characters that a sentence needs to be taken."""
PERMISSION_ROUNDS: Final = 9
PERMISSIONS: Final = 1.2
"""How many times as long a search may take with permissions as without."""


def measure(server: Server) -> list[Line]:
    """Documents a second into each index, milliseconds a question, and milliseconds until a new review is found."""
    with (
        hub_of(server, "library") as hub,
        psycopg.connect(server.cluster.admin_dsn(hub.database), autocommit=True) as admin,
    ):
        with acting_as(SEED):
            fill(DOCUMENTS)
            readers = [identity.person(Person.objects.get(username=each).pk, through="test") for each in search.READERS]
        lines = [Line("indexed, PostgreSQL", _rate(lambda: actions.index_all(actor=SYSTEM)), "documents/s")]
        admin.execute("VACUUM ANALYZE")
        with search.elasticsearch() as address:
            ways: dict[str, Callable[[Actor, str], Any]] = {
                "the hub, its own index": lambda reader, question: search.on(None, reader, question)
            }
            if address:
                lines.append(Line("built beside, Elasticsearch", _rate(_build_beside), "documents/s"))
                ways = {
                    "the bare query for the same hits": Bare(address).ask,
                    "the hub, Elasticsearch": lambda reader, question: search.on(address, reader, question),
                    **ways,
                }
            lines += search.lines(search.in_turn(ways, readers, rounds=ROUNDS), next(iter(ways)))
        return [*lines, *_permissions(readers[0]), search.findable(hub)]


def fill(wanted: int) -> None:
    """Write published knowledge up to so many documents, as whoever no policy holds."""
    others = int(wanted * OTHER_KINDS)
    generated = Generated(
        [row.text_of(section) for row in Postmortem.objects.filter(incident__isnull=False) for section in Section],
        list(BusinessUnit.objects.order_by("pk").values_list("pk", flat=True)),
    )
    for make, count in (
        (generated.articles, others),
        (generated.runbooks, others),
        (generated.problems, others),
        (generated.reviews, wanted - 3 * others),
    ):
        for start in range(0, count, TOGETHER):
            make(range(start, min(start + TOGETHER, count)))


@dataclass
class Generated:
    """Knowledge made of what others wrote: the same each time.

    Attributes:
        texts: what its sentences are taken from.
        units: whose it is, in turn. Half of it is shared with the enterprise.
    """

    texts: list[str]
    units: list[int]
    chance: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.sentences = [each.strip() for text in self.texts for each in text.split(". ") if len(each) > SHORT]
        self.now = clock.now()

    def reviews(self, numbers: range) -> None:
        Postmortem.objects.bulk_create(
            Postmortem(
                unit_id=self._unit(number),
                reference=f"GEN-R{number}",
                external_id=f"generated-{number}",
                status=PostmortemStatus.PUBLISHED,
                audience=Audience.ENTERPRISE if number % 2 else Audience.UNIT,
                occurred_at=self.now - timedelta(hours=number),
                opened_at=self.now - timedelta(hours=number),
                due_at=self.now,
                published_at=self.now - timedelta(hours=number),
                edited_at=self.now,
                title=self._title(number),
                summary=self._said(3),
                impact=self._said(1),
                root_cause=self._said(2),
                lessons=self._said(2),
            )
            for number in numbers
        )

    def articles(self, numbers: range) -> None:
        rows = Article.objects.bulk_create(Article(**self._text(number)) for number in numbers)
        said = ArticleRevision.objects.bulk_create(
            ArticleRevision(
                article=row, unit_id=row.unit_id, **self._decided(), summary=self._said(1)[:500], text=self._said(7)
            )
            for row in rows
        )
        self._put_in_use(Article, {each.article_id: each.pk for each in said})

    def runbooks(self, numbers: range) -> None:
        rows = Runbook.objects.bulk_create(Runbook(**self._text(number)) for number in numbers)
        said = Revision.objects.bulk_create(
            Revision(
                runbook=row,
                unit_id=row.unit_id,
                **self._decided(),
                purpose=self._said(2),
                steps=[{"title": self._said(0), "detail": self._said(1)} for _ in range(4)],
            )
            for row in rows
        )
        self._put_in_use(Runbook, {each.runbook_id: each.pk for each in said})

    def problems(self, numbers: range) -> None:
        Problem.objects.bulk_create(
            Problem(
                unit_id=self._unit(number),
                number=GENERATED + number,
                shared=number % 2 == 1,
                title=self._title(number),
                symptoms=self._said(2),
                root_cause=self._said(2),
                workaround=self._said(3),
                state=ProblemState.KNOWN_ERROR,
                opened_at=self.now,
                known_at=self.now,
                edited_at=self.now,
            )
            for number in numbers
        )

    def _text(self, number: int) -> dict[str, Any]:
        return {
            "unit_id": self._unit(number),
            "number": GENERATED + number,
            "title": self._title(number),
            "written_at": self.now,
            "edited_at": self.now,
        }

    def _decided(self) -> dict[str, Any]:
        return {
            "number": 1,
            "state": State.CURRENT.value,
            "reason": "The first one",
            "proposed_at": self.now,
            "decided_at": self.now,
        }

    def _put_in_use(self, model: type[RevisedT], current: dict[int, int]) -> None:
        rows = list(model._default_manager.filter(pk__in=current))
        for row in rows:
            row.current_id = current[row.pk]
            row.checked_at, row.check_due_at = self.now, check_due(self.now, row.check_days)
        model._default_manager.bulk_update(rows, ["current", "checked_at", "check_due_at"])
        # The revisions follow by their composite key.
        model._default_manager.filter(pk__in=sorted(current)[::2]).update(shared=True)

    def _unit(self, number: int) -> int:
        return self.units[number % len(self.units)]

    def _title(self, number: int) -> str:
        return f"{self.chance.choice(self.sentences)[:150]} ({number})"

    def _said(self, count: int) -> str:
        place = self.chance.randrange(10**6)
        own = f"Seen on host-{place:06d} as E{place % 9973:05d}, {place % 977} times within {place % 59 + 1} minutes"
        return f"{'. '.join([*self.chance.sample(self.sentences, count), own])}."


def _rate(work: Callable[[], int]) -> float:
    began = time.perf_counter()
    return work() / (time.perf_counter() - began)


def _build_beside() -> int:
    index = elasticsearch.configured()
    assert index is not None
    return actions.build_beside(index, actor=SYSTEM)


class Bare:
    """Elasticsearch's own answer to what the hub looks up: the same words in the same fields of the same indices, and
    twenty hits; neither facets nor meaning, nobody's permissions asked and no row read.
    """

    def __init__(self, address: str) -> None:
        self._client = Elasticsearch(address)
        index = elasticsearch.configured()
        assert index is not None
        self._index = index
        self._prepared: dict[tuple[int | None, str], dict[str, Any]] = {}

    def ask(self, reader: Actor, question: str) -> Any:
        key = (reader.person_id, question)
        if key not in self._prepared:
            self._prepared[key] = self._prepare(reader, question)
        return self._client.search(**self._prepared[key])

    def _prepare(self, reader: Actor, question: str) -> dict[str, Any]:
        with acting_as(reader):
            readable = shelves.readable()
            asked = request(plan(parse(question)), Filters(), readable, limit=access.PAGE, offset=0)
        asked["from_"] = asked.pop("from")
        del asked["aggs"]
        return {"index": [self._index.alias(shelf) for shelf in readable], "ignore_unavailable": True, **asked}


def _permissions(reader: Actor) -> list[Line]:
    """The statement in PostgreSQL as somebody who reads all but what is restricted, and as whom no policy holds."""
    with acting_as(reader):
        plans = [plan(parse(question)) for question in search.QUESTIONS]

    def asked(actor: Actor) -> Callable[[], float]:
        def ask() -> float:
            began = time.perf_counter()
            for each in plans:
                with acting_as(actor):
                    postgres.search(each, Filters(), limit=access.PAGE, offset=0)
            return (time.perf_counter() - began) * 1000 / len(plans)

        return ask

    off, on = "the statement alone, without permissions", "the statement alone, with permissions"
    figures = side_by_side(PERMISSION_ROUNDS, {off: asked(SEED), on: asked(reader)})
    return [
        Line(off, statistics.median(figures[off]), "ms"),
        Line(on, statistics.median(figures[on]), "ms", ratio(figures, on, off), f"at most {PERMISSIONS}"),
    ]


if __name__ == "__main__":
    alone(measure)
