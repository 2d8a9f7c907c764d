"""Which ways of failing have a runbook, an article, a training: what reviews say went wrong, against what there is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
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


def coverage(actor: Actor, *, unit_ids: Collection[int] | None = None) -> list[Covered]:
    """Every global way of failing with its runbooks, articles and training, as far as `actor` reads them.

    What lacks a runbook comes first.

    Args:
        unit_ids: whose reviews count; all that the reader may read when left out. What others share counts for
            everybody.
    """
    with acting_as(actor):
        modes = list(tenants.terms(actor).filter(kind=TermKind.FAILURE_MODE, retired_at=None).order_by("rank", "id"))
        meanings = tenants.Meanings.of(actor, modes)
        now = clock.now()
        means: dict[int, int] = {}
        for mode in modes:
            meant = meanings.at(mode, moment=now)
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
        whose = Q() if unit_ids is None else Q(unit__in=unit_ids)
        rows = postmortems.postmortems(actor).filter(whose, failure_mode__in=means, occurred_at__gte=now - PERIOD)
        for mode_id, service_id in rows.values_list("failure_mode_id", "service_id"):
            seen[means[mode_id or 0]][service_id] += 1
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
        return sorted(found, key=lambda each: (bool(each.runbooks), not each.lacking, -each.reviews))


def _places(runbooks: list[Runbook], seen: Counter[int | None], services: dict[int, Service]) -> tuple[OfService, ...]:
    return tuple(
        OfService(
            service=services.get(key) if key else None,
            reviews=count,
            runbooks=sum(each.service_id in (None, key) for each in runbooks),
        )
        for key, count in seen.most_common()
    )
