"""Whoever is given a role in an incident is told of it: from the write to the mail, through a real worker."""

from __future__ import annotations

from hub.catalog.models import Service
from hub.delivery.models import Message, MessageStatus
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from tests.conftest import seeding
from tests.delivery.conftest import StartWorker, acting
from tests.services.smtp import SmtpServer
from tests.services.waiting import wait_until


def declare(title: str = "Checkout answers 502", *, username: str = "responder.payments", **more: object) -> Incident:
    with seeding():
        checkout = Service.objects.get(slug="checkout-api")
    return actions.declare_incident(
        actor=acting(username), title=title, severity=Severity.SEV2, service_id=checkout.pk, **more
    )


def test_the_commander_on_call_gets_a_mail(start_worker: StartWorker, smtp: SmtpServer) -> None:
    start_worker()

    incident = declare()

    with seeding():
        commander = Incident.objects.select_related("commander").get(pk=incident.pk).commander
    assert commander is not None
    wait_until(lambda: smtp.sent_to(commander.email), what="the commander's mail")
    [received] = smtp.sent_to(commander.email)
    assert received.subject == f"[SEV2] {incident.reference} Checkout answers 502: you are incident commander"
    assert f"https://hub.example/incidents/{incident.reference}" in received.text
    assert "Luca Marino" in received.text

    def sent() -> bool:
        with seeding():
            return Message.objects.filter(person=commander, incident_id=incident.pk, status=MessageStatus.SENT).exists()

    wait_until(sent, what="the receipt")
