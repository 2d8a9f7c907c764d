"""The reviews that patterns and trends are read from, in the enterprise's terms."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q

from hub.lib.identity import Actor
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import PostmortemStatus
from tenants import access as tenants
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
        said: its title and the beginning of its summary.
    """

    key: int
    reference: str
    title: str
    unit_id: int
    service_id: int | None
    cause: int | None
    failure_mode: int | None
    occurred_at: datetime
    said: str


def reviews(actor: Actor, *, since: datetime, until: datetime, unit_ids: Collection[int] | None) -> list[Fact]:
    """Published reviews of incidents of the period that `actor` may read, the latest first; restricted ones never."""
    terms = {term.pk: term for term in tenants.terms(actor).filter(kind__in=[TermKind.CAUSE, TermKind.FAILURE_MODE])}
    meanings = tenants.Meanings.of(actor, terms.values())

    def meant(key: int | None, moment: datetime) -> int | None:
        term = terms.get(key) if key is not None else None
        found = meanings.at(term, moment=moment) if term is not None else None
        return found.term if isinstance(found, Resolution) else None

    whose = Q() if unit_ids is None else Q(unit__in=unit_ids)
    rows = postmortems.postmortems(actor).filter(
        whose, status=PostmortemStatus.PUBLISHED, restricted=False, occurred_at__gte=since, occurred_at__lt=until
    )
    columns = ("pk", "reference", "title", "unit_id", "service_id", "cause_id", "failure_mode_id", "occurred_at")
    return [
        Fact(
            key=key,
            reference=reference,
            title=title,
            unit_id=unit_id,
            service_id=service_id,
            cause=meant(cause_id, occurred_at),
            failure_mode=meant(mode_id, occurred_at),
            occurred_at=occurred_at,
            said=f"{title} {summary[:600]}",
        )
        for key, reference, title, unit_id, service_id, cause_id, mode_id, occurred_at, summary in rows.order_by(
            "-occurred_at", "-pk"
        ).values_list(*columns, "summary")[:MOST]
    ]


def global_terms(actor: Actor) -> dict[int, Term]:
    """The global causes and failure modes by key."""
    kinds = [TermKind.CAUSE, TermKind.FAILURE_MODE]
    return {term.pk: term for term in tenants.terms(actor).filter(kind__in=kinds, unit=None)}
