"""An incident of Payments, and what it takes to make it a suspected breach."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib.identity import Actor
from tests.conftest import seeding
from tests.graphql.api import api

__all__ = ["api"]

Declare = Callable[[], Incident]


@pytest.fixture
def declare(actor: Callable[[str], Actor]) -> Declare:
    """Declares an incident of the ledger as responder.payments."""

    def declared() -> Incident:
        with seeding():
            ledger = Service.objects.get(slug="ledger")
        return actions.declare_incident(
            actor=actor("responder.payments"), title="Odd logins", severity=Severity.SEV2, service_id=ledger.pk
        )

    return declared


def investigation_for(incident: Incident) -> Incident:
    """The restricted incident that looks into this one."""
    with seeding():
        return Incident.objects.select_related("commander").get(investigation__link__incident=incident)
