"""Terms as all readers of a document know them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Prefetch

from hub.lib import clock
from tenants.models import Term, TermMapping, TermRelation


@dataclass(frozen=True)
class Terms:
    """Global terms: the root cause first, and how it failed.

    A unit's own term stands for the global one that it equals or is a part of; one that resolves to none is left out:
    only its unit knows it, while others may read the document.
    """

    causes: tuple[Term, ...] = ()
    failure_mode: Term | None = None

    @classmethod
    def of(cls, causes: Iterable[Term | None], failure_mode: Term | None) -> Terms:
        """The global ones of these, whose mappings were read along (`with_mappings`)."""
        found = {term.pk: term for term in map(_global, causes) if term is not None}
        return cls(tuple(found.values()), _global(failure_mode))

    @property
    def cause_names(self) -> list[str]:
        return [term.name for term in self.causes]

    @property
    def failure_mode_name(self) -> str:
        return self.failure_mode.name if self.failure_mode else ""


_MAPPINGS: Final = Prefetch("mappings", TermMapping.objects.select_related("target").order_by("-version__number"))


def with_mappings(*relations: str) -> list[Prefetch[str]]:
    """What reads along the terms that these relations lead to, with what each means."""
    return [Prefetch(relation, Term.objects.prefetch_related(_MAPPINGS)) for relation in relations]


def _global(term: Term | None) -> Term | None:
    if term is None or term.unit_id is None:
        return term
    now = clock.now()
    latest = next((mapping for mapping in term.mappings.all() if mapping.valid_from <= now), None)
    if latest is None or latest.relation not in (TermRelation.EQUAL, TermRelation.NARROWER):
        return None
    return latest.target
