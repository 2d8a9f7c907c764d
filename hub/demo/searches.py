"""Searches that the demonstration's people keep, and what they were told of."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hub.demo.organisation import Organisation
from hub.lib import clock
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, SavedSearch, SavedSearchMatch

KEPT: Final = (
    ("responder.payments", "Acquirers", "acquirer", (), ()),
    ("responder.payments", "Certificates running out", "expired certificate", (), ()),
    ("coordinator", "New runbooks of Payments", "", (Kind.RUNBOOK,), ("payments",)),
    ("coordinator", "Connection pools", '"connection pool"', (Kind.POSTMORTEM,), ()),
)
TOLD_OF: Final = 2


def load_searches(organisation: Organisation) -> None:
    """Write them, once everything stands in the index, with the latest runbooks and known errors as what was told."""
    now = clock.now()
    for number, (keeper, name, query, kinds, units) in enumerate(KEPT):
        saved = SavedSearch.objects.create(
            person=organisation.people[keeper],
            name=name,
            query=query,
            kinds=list(kinds),
            units=[organisation.units[slug].pk for slug in units],
            created_at=now - timedelta(days=60 - number),
        )
        if saved.query == "acquirer":
            latest = Document.objects.filter(kind__in=[Kind.RUNBOOK, Kind.PROBLEM], folded__contains=f" {query} ")
            SavedSearchMatch.objects.bulk_create(
                SavedSearchMatch(saved_search=saved, person=saved.person, document=document, found_at=now)
                for document in latest.filter(published_at__isnull=False).order_by("-published_at")[:TOLD_OF]
            )
