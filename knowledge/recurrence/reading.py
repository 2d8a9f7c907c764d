"""The reviews that patterns and trends are read from, in the enterprise's terms."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db.models import Q

from hub.lib import clock
from hub.lib.identity import Actor
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import PostmortemStatus
from tenants import access as tenants
from tenants.definitions import Grounds, check_least_coverage
from tenants.models import Term, TermKind
from tenants.resolution import Resolution

MOST: Final = 5_000
"""The latest reviews of the period: what is read of more takes the page longer than it tells more."""


@dataclass(frozen=True)
class Fact:
    """A published review.

    Attributes:
        cause, failure_mode: keys of global terms, as the unit's own words meant them when it happened; None where they
            mean none.
        cause_surely, failure_mode_surely: how surely the unit's own words mean them, from 0 to 1; 0 where they mean
            none.
        said: its title and the beginning of its summary.
    """

    key: int
    reference: str
    title: str
    unit_id: int
    service_id: int | None
    cause: int | None
    failure_mode: int | None
    cause_surely: Decimal
    failure_mode_surely: Decimal
    occurred_at: datetime
    said: str


@dataclass(frozen=True)
class Reading:
    """The reviews of a period, the latest first, and by which mappings their words were read.

    Attributes:
        known_at: those published up to this moment.
        taxonomy_version: the latest version of the global terms then; None before the first.
    """

    facts: tuple[Fact, ...]
    known_at: datetime
    taxonomy_version: int | None

    def grounds(self, said: str, surely: Callable[[Fact], Decimal | None], least_coverage: float) -> Grounds:
        """On what a figure over these reviews rests.

        Args:
            said: what a covered review says: "reviews mean a global cause".
            surely: how surely a review says it; None where it does not.
            least_coverage: below it nothing is put in order.
        """
        return Grounds.of(
            ((fact.unit_id, surely(fact)) for fact in self.facts),
            said=said,
            known_at=self.known_at,
            taxonomy_version=self.taxonomy_version,
            least_coverage=least_coverage,
        )


def reviews(
    actor: Actor,
    *,
    since: datetime,
    until: datetime,
    unit_ids: Collection[int] | None,
    known_at: datetime | None,
    least_coverage: float,
) -> Reading:
    """Published reviews of incidents of the period that `actor` may read; restricted ones never.

    Args:
        known_at: by the mappings published up to this moment (aware); now if None.
        least_coverage: that the reader asks for, from 0.5 to 1.

    Raises `Invalid` for a coverage outside of that.
    """
    check_least_coverage(least_coverage)
    known = known_at or clock.now()
    terms = {term.pk: term for term in tenants.terms(actor).filter(kind__in=[TermKind.CAUSE, TermKind.FAILURE_MODE])}
    meanings = tenants.Meanings.of(actor, terms.values())

    def meant(key: int | None, moment: datetime) -> tuple[int | None, Decimal]:
        term = terms.get(key) if key is not None else None
        found = meanings.at(term, moment=moment, known_at=known) if term is not None else None
        return (found.term, found.strength) if isinstance(found, Resolution) else (None, Decimal(0))

    whose = Q() if unit_ids is None else Q(unit__in=unit_ids)
    rows = postmortems.postmortems(actor).filter(
        whose, status=PostmortemStatus.PUBLISHED, restricted=False, occurred_at__gte=since, occurred_at__lt=until
    )
    columns = ("pk", "reference", "title", "unit_id", "service_id", "cause_id", "failure_mode_id", "occurred_at")
    facts = []
    for key, reference, title, unit_id, service_id, cause_id, mode_id, occurred_at, summary in rows.order_by(
        "-occurred_at", "-pk"
    ).values_list(*columns, "summary")[:MOST]:
        cause, cause_surely = meant(cause_id, occurred_at)
        failure_mode, failure_mode_surely = meant(mode_id, occurred_at)
        facts.append(
            Fact(
                key=key,
                reference=reference,
                title=title,
                unit_id=unit_id,
                service_id=service_id,
                cause=cause,
                failure_mode=failure_mode,
                cause_surely=cause_surely,
                failure_mode_surely=failure_mode_surely,
                occurred_at=occurred_at,
                said=f"{title} {summary[:600]}",
            )
        )
    return Reading(tuple(facts), known, tenants.taxonomy_version_at(actor, known))


def global_terms(actor: Actor) -> dict[int, Term]:
    """The global causes and failure modes by key."""
    kinds = [TermKind.CAUSE, TermKind.FAILURE_MODE]
    found = tenants.called(tenants.terms(actor).filter(kind__in=kinds, unit=None), None)
    return {term.pk: term for term in found}
