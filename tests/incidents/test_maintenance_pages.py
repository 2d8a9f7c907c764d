"""Maintenance is announced, seen and ended with nothing but forms, and an incident says that it happened in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from hub.catalog.models import Service
from hub.incidents.actions import declare_incident
from hub.incidents.models import Incident, MaintenanceWindow, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import Person
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

REASON = "The ledger's disks are changed"


def form(person: Person, slug: str = "ledger", *, begins: float = -1, ends: float = 60) -> dict[str, object]:
    """What is filled in, in minutes from now and the reader's zone."""
    with timezone.override(person.time_zone):
        start, end = (timezone.localtime(clock.now() + timedelta(minutes=each)) for each in (begins, ends))
    with seeding():
        service = Service.objects.get(slug=slug)
    written = {"starts_at": start.strftime("%Y-%m-%dT%H:%M"), "ends_at": end.strftime("%Y-%m-%dT%H:%M")}
    return {"services": [service.pk], "reason": REASON, **written}


def test_it_is_announced_shown_and_ended(
    signed_in: SignedIn, person: Callable[[str], Person], actor: Callable[[str], Actor]
) -> None:
    commander = signed_in("commander.payments")
    assert commander.post("/maintenance", form(person("commander.payments"))).status_code == 302
    with seeding():
        window = MaintenanceWindow.objects.get(reason=REASON)
        service = Service.objects.get(slug="ledger")
    incident = declare_incident(
        actor=actor("responder.payments"), title="Ledger is late", severity=Severity.SEV2, service_id=service.pk
    )
    for path in ("/maintenance", f"/incidents/{incident.reference}"):
        assert REASON in commander.get(path).content.decode().replace("&#x27;", "'")
    assert "in maintenance" in signed_in("responder.payments").get("/").content.decode()
    assert "In maintenance, pages nobody" in commander.get("/incidents/?view=all&unit=payments").content.decode()
    outsider = signed_in("outsider.logistics").get("/maintenance").content.decode()
    assert incident.reference not in outsider
    assert "Announce it" not in outsider

    assert commander.post(f"/incidents/{incident.reference}/page-anyway").status_code == 302
    assert commander.post(f"/maintenance/{window.pk}/stop").status_code == 302
    with seeding():
        assert Incident.objects.get(pk=incident.pk).is_quiet is False
        assert MaintenanceWindow.objects.get(pk=window.pk).stopped_at is not None
    assert "ended early" in commander.get("/maintenance?unit=payments").content.decode()


def test_what_is_wrong_is_said_beside_the_field(signed_in: SignedIn, person: Callable[[str], Person]) -> None:
    commander = signed_in("commander.payments")
    over = commander.post("/maintenance", form(person("commander.payments"), begins=-60, ends=-10))
    assert (over.status_code, "It would be over already" in over.content.decode()) == (422, True)
    elsewhere = commander.post("/maintenance", form(person("commander.payments"), "pricing"))
    assert elsewhere.status_code == 422
    with seeding():
        assert not MaintenanceWindow.objects.filter(reason=REASON).exists()


def test_who_leads_nothing_announces_and_stops_nothing(signed_in: SignedIn, person: Callable[[str], Person]) -> None:
    responder = signed_in("responder.payments")
    assert responder.post("/maintenance", form(person("responder.payments"))).status_code == 422
    signed_in("commander.payments").post("/maintenance", form(person("commander.payments")))
    with seeding():
        window = MaintenanceWindow.objects.get(reason=REASON)
    assert responder.post(f"/maintenance/{window.pk}/stop").status_code == 403
    assert responder.post("/maintenance/1000000000/stop").status_code == 404
    with seeding():
        assert MaintenanceWindow.objects.get(pk=window.pk).stopped_at is None
