"""Which ways of failing have a runbook, an article, a training: what reviews say went wrong, against what there is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.db.models import Q

from hub.catalog.models import Service
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from knowledge.articles import access as articles
from knowledge.articles import training
from knowledge.articles.models import Article
from knowledge.postmortems import access as postmortems
from knowledge.runbooks import access
from knowledge.runbooks.models import Runbook
from tenants import access as tenants
from tenants.definitions import LEAST_COVERAGE, Grounds, check_least_coverage
from tenants.models import Term, TermKind
from tenants.resolution import Resolution

PERIOD: Final = timedelta(days=365)


@dataclass(frozen=True)
class OfService:
    """Where something failed in some way.

    Attributes:
        service: None where reviews name none.
        runbooks: how many are in force for this service or for any.
    """

    service: Service | None
    reviews: int
    runbooks: int


@dataclass(frozen=True)
class Covered:
    """A global way of failing.

    Attributes:
        reviews: of the period, that name it or a unit's own word for it.
        runbooks: in force for it.
        articles: published about it.
        trainings: how often one of these is asked of people.
        services: where it was seen, the most often first.
    """

    failure_mode: Term
    reviews: int
    runbooks: tuple[Runbook, ...]
    articles: tuple[Article, ...]
    trainings: int
    services: tuple[OfService, ...]

    @property
    def lacking(self) -> tuple[OfService, ...]:
        """Where it was seen and there is nothing to go by."""
        return tuple(each for each in self.services if not each.runbooks)


@dataclass(frozen=True)
class Coverage:
    """All global ways of failing.

    Attributes:
        rows: what lacks a runbook first, by how often it was seen; as the taxonomy has them, where too few of the
            reviews mean a global way of failing to put them in order.
        grounds: on what the counts of reviews rest.
    """

    rows: tuple[Covered, ...]
    grounds: Grounds


def coverage(
    actor: Actor,
    *,
    unit_ids: Collection[int] | None = None,
    known_at: datetime | None = None,
    least_coverage: float = LEAST_COVERAGE,
) -> Coverage:
    """Every global way of failing with its runbooks, articles and training, as far as `actor` reads them.

    Args:
        unit_ids: whose reviews count; all that the reader may read when left out. What others share counts for
            everybody.
        known_at: by the mappings published up to this moment (aware); now if left out.
        least_coverage: from 0.5 to 1; if fewer of the reviews mean a global way of failing, nothing is put in order.

    Raises `Invalid` for a coverage outside of that.
    """
    check_least_coverage(least_coverage)
    with acting_as(actor):
        named = tenants.called(tenants.terms(actor).filter(kind=TermKind.FAILURE_MODE), None)
        terms = list(named.order_by("rank", "id"))
        modes = [term for term in terms if term.retired_at is None]
        meanings = tenants.Meanings.of(actor, terms)
        now = clock.now()
        known = known_at or now
        means: dict[int, int] = {}
        for mode in modes:
            meant = meanings.at(mode, moment=now, known_at=known)
            if isinstance(meant, Resolution):
                means[mode.pk] = meant.term
        runbooks: dict[int, list[Runbook]] = defaultdict(list)
        for runbook in access.usable(actor).filter(failure_mode__in=means).select_related("unit", "service"):
            runbooks[means[runbook.failure_mode_id or 0]].append(runbook)
        told: dict[int, list[Article]] = defaultdict(list)
        for article in articles.published(actor).filter(failure_mode__in=means).select_related("unit"):
            told[means[article.failure_mode_id or 0]].append(article)
        trained = Counter(
            means[mode_id or 0]
            for mode_id in training.active(actor)
            .filter(article__failure_mode__in=means)
            .values_list("article__failure_mode", flat=True)
        )
        seen: dict[int, Counter[int | None]] = defaultdict(Counter)
        by_key = {term.pk: term for term in terms}
        counted: list[tuple[int, Decimal | None]] = []
        whose = Q() if unit_ids is None else Q(unit__in=unit_ids)
        rows = postmortems.postmortems(actor).filter(whose, occurred_at__gte=now - PERIOD)
        for unit_id, mode_id, service_id, occurred_at in rows.values_list(
            "unit_id", "failure_mode_id", "service_id", "occurred_at"
        ):
            term = by_key.get(mode_id or 0)
            said = meanings.at(term, moment=occurred_at, known_at=known) if term is not None else None
            counted.append((unit_id, said.strength if isinstance(said, Resolution) else None))
            if isinstance(said, Resolution):
                seen[said.term][service_id] += 1
        grounds = Grounds.of(
            counted,
            said="reviews mean a global failure mode",
            known_at=known,
            taxonomy_version=tenants.taxonomy_version_at(actor, known),
            least_coverage=least_coverage,
        )
        services = Service.objects.in_bulk({key for counted in seen.values() for key in counted if key})
        found = [
            Covered(
                mode,
                seen[mode.pk].total(),
                tuple(runbooks[mode.pk]),
                tuple(told[mode.pk]),
                trained[mode.pk],
                _places(runbooks[mode.pk], seen[mode.pk], services),
            )
            for mode in modes
            if mode.unit_id is None
        ]
        if not grounds.refusal:
            found.sort(key=lambda each: (bool(each.runbooks), not each.lacking, -each.reviews))
        return Coverage(tuple(found), grounds)


def _places(runbooks: list[Runbook], seen: Counter[int | None], services: dict[int, Service]) -> tuple[OfService, ...]:
    return tuple(
        OfService(
            service=services.get(key) if key else None,
            reviews=count,
            runbooks=sum(each.service_id in (None, key) for each in runbooks),
        )
        for key, count in seen.most_common()
    )
