"""Declaring an incident by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.catalog.models import Service
from hub.incidents import access, actions
from hub.incidents.models import Incident, IncidentRole, RoleKind, Severity, Status, TimelineEntry
from hub.lib.errors import Forbidden, NotFound
from hub.lib.identity import Actor, acting_as
from hub.live.models import OutboxEntry
from tenants.models import AuditEntry
from tests.conftest import seeding

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


def service(slug: str) -> Service:
    with seeding():
        return Service.objects.get(slug=slug)


def test_whoever_is_on_call_is_on_it_from_the_first_second(actor: ActorNamed) -> None:
    checkout = service("checkout-api")

    incident = actions.declare_incident(
        actor=actor("responder.payments"),
        title="Checkout answers 502",
        severity=Severity.SEV2,
        service_id=checkout.pk,
    )

    assert (incident.status, incident.unit_id) == (Status.DECLARED, checkout.unit_id)
    assert incident.reference.startswith("PAY-")
    with seeding():
        roles = {role.kind for role in IncidentRole.objects.filter(incident=incident)}
        assert roles == {RoleKind.COMMANDER, RoleKind.RESPONDER}
        assert AuditEntry.objects.filter(object_id=incident.pk, verb="declare_incident").count() == 1
        assert [event.type for event in OutboxEntry.objects.filter(incident_id=incident.pk).order_by("id")] == [
            "IncidentDeclared",
            "RoleAssigned",
            "RoleAssigned",
        ]


def test_an_observer_may_not_declare_and_nothing_is_left(actor: ActorNamed) -> None:
    checkout = service("checkout-api")
    with seeding():
        before = (Incident.objects.count(), TimelineEntry.objects.count(), OutboxEntry.objects.count())

    with pytest.raises(Forbidden):
        actions.declare_incident(
            actor=actor("observer.payments"), title="No", severity=Severity.SEV4, service_id=checkout.pk
        )

    with seeding():
        assert (Incident.objects.count(), TimelineEntry.objects.count(), OutboxEntry.objects.count()) == before


def test_another_unit_does_not_see_it(actor: ActorNamed) -> None:
    incident = actions.declare_incident(
        actor=actor("responder.payments"),
        title="Ledger lags",
        severity=Severity.SEV3,
        service_id=service("ledger").pk,
    )

    outsider = actor("outsider.logistics")
    with acting_as(outsider), pytest.raises(NotFound):
        access.incident_for(outsider, incident.pk)
    for username in ("coordinator", "lead.emea", "observer.payments", "auditor"):
        with acting_as(actor(username)):
            assert access.incident_for(actor(username), incident.pk) == incident


def test_a_restricted_one_is_its_declarers_alone(actor: ActorNamed) -> None:
    incident = actions.declare_incident(
        actor=actor("responder.payments"),
        title="Card numbers in a log",
        severity=Severity.SEV1,
        service_id=service("card-gateway").pk,
        restricted=True,
    )

    assert incident.reference.startswith("PAY-R")
    for username in ("coordinator", "admin.payments", "commander.payments", "lead.emea"):
        with acting_as(actor(username)):
            assert not Incident.objects.filter(pk=incident.pk).exists()
            assert not TimelineEntry.objects.filter(incident_id=incident.pk).exists()
            assert not AuditEntry.objects.filter(object_id=incident.pk, noun="incident").exists()
    with acting_as(actor("responder.payments")):
        assert Incident.objects.get(pk=incident.pk).title == "Card numbers in a log"


def test_restricting_hides_everything_at_once(actor: ActorNamed) -> None:
    incident = actions.declare_incident(
        actor=actor("responder.payments"),
        title="Odd logins",
        severity=Severity.SEV3,
        service_id=service("wallet").pk,
    )
    actions.add_timeline_entry(actor=actor("responder.payments"), incident_id=incident.pk, body="Seen twice")
    commander = actor("commander2.payments")

    actions.restrict_incident(actor=commander, incident_id=incident.pk, reason="May be an intrusion")

    with acting_as(actor("observer.payments")):
        assert not Incident.objects.filter(pk=incident.pk).exists()
        assert not TimelineEntry.objects.filter(incident_id=incident.pk).exists()
        assert not IncidentRole.objects.filter(incident_id=incident.pk).exists()
        assert not AuditEntry.objects.filter(incident_id=incident.pk).exists()
    with acting_as(commander):
        assert TimelineEntry.objects.filter(incident_id=incident.pk, body="Seen twice").exists()


def test_opening_costs_a_handful_of_statements(actor: ActorNamed) -> None:
    responder, ledger = actor("responder.payments"), service("ledger")
    with CaptureQueriesContext(connection) as statements:
        actions.declare_incident(actor=responder, title="Ledger lags", severity=Severity.SEV3, service_id=ledger.pk)

    written = [each["sql"] for each in statements if each["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(written) == 6, "the number, the incident, its roles, its timeline, its events, its trail"
    assert sum("procrastinate_defer_jobs" in each["sql"] for each in statements) == 1
    assert len(statements) <= 25
