"""An incident of Payments, and proof that a refusal leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import (
    Incident,
    IncidentPersonGrant,
    IncidentRole,
    Severity,
    TimelineEntry,
    TimelineRevision,
)
from hub.lib.identity import Actor
from hub.live.models import OutboxEntry
from tenants.models import AuditEntry
from tests.conftest import seeding
from tests.graphql.api import api

__all__ = ["api"]

READERS = (("observer.payments", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND"))
"""Who may not work on an incident of Payments, and as what they are told: one sees it, one does not."""


@pytest.fixture
def incident(actor: Callable[[str], Actor]) -> Incident:
    """Declared a moment ago by responder.payments; its service's rotation has put a commander on it."""
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    declared = actions.declare_incident(
        actor=actor("responder.payments"), title="Ledger lags", severity=Severity.SEV3, service_id=ledger.pk
    )
    return fresh(declared)


def fresh(incident: Incident) -> Incident:
    """The incident as it is in the database now."""
    with seeding():
        return Incident.objects.select_related("commander", "service", "unit").get(pk=incident.pk)


@contextmanager
def nothing_changed() -> Iterator[None]:
    """Nothing is written by the block: no row of incidents, no event, no audit entry."""
    before = _everything()
    yield
    assert _everything() == before


def _everything() -> list[object]:
    written = (IncidentRole, TimelineEntry, TimelineRevision, IncidentPersonGrant, OutboxEntry, AuditEntry)
    with seeding():
        newest = list(Incident.objects.order_by("-id").values()[:5])
        return [
            Incident.objects.count(),
            newest,
            *(list(each.objects.order_by("-id").values()[:3]) for each in written),
        ]
