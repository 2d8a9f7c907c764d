"""Whoever is given a role in an incident is told of it, once, and no more than they may know."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction

from hub.catalog.models import Service
from hub.delivery.models import Message, MessageStatus
from hub.incidents import actions
from hub.incidents.jobs import tell_assignee
from hub.incidents.models import Incident, RoleKind, Severity
from hub.lib.errors import Forbidden
from hub.lib.identity import Actor
from hub.live.models import OutboxEntry
from tenants.models import Person
from tests.conftest import seeding
from tests.delivery.conftest import StartWorker, acting, as_it_is
from tests.jobs import queued_jobs, run_jobs
from tests.services.smtp import ReceivedMail, SmtpServer
from tests.services.waiting import wait_until

ActorNamed = Callable[[str], Actor]

TELL = "hub.incidents.jobs.tell_assignee"


def declare(
    actor: Actor, title: str = "Checkout answers 502", *, severity: Severity = Severity.SEV2, restricted: bool = False
) -> Incident:
    with seeding():
        checkout = Service.objects.get(slug="checkout-api")
    return actions.declare_incident(
        actor=actor, title=title, severity=severity, service_id=checkout.pk, restricted=restricted
    )


def commander_of(incident: Incident) -> Person:
    with seeding():
        commander = Incident.objects.select_related("commander").get(pk=incident.pk).commander
    assert commander is not None
    return commander


def messages_about(incident: Incident) -> list[Message]:
    with seeding():
        return list(Message.objects.filter(incident_id=incident.pk).select_related("person").order_by("id"))


def everything(mail: ReceivedMail) -> str:
    """Headers and all parts, decoded."""
    parts = [part.get_content() for part in mail.message.walk() if not part.is_multipart()]
    return "\n".join([*map(str, mail.message.values()), *map(str, parts)])


def test_declared_by_one_person_the_commander_on_call_gets_a_mail(start_worker: StartWorker, smtp: SmtpServer) -> None:
    """From the action to the mail box, through a real worker."""
    start_worker()

    incident = declare(acting("responder.payments"))

    commander = commander_of(incident)
    # Reminders of reviews may reach the same person.
    [mail] = wait_until(
        lambda: [mail for mail in smtp.sent_to(commander.email) if incident.reference in mail.subject],
        what="the commander's mail",
    )
    assert mail.subject == f"[SEV2] {incident.reference} Checkout answers 502: you are incident commander"
    assert f"https://hub.example/incidents/{incident.reference}\n" in mail.text
    assert "Where:    Checkout API, Payments\n" in mail.text
    assert "by Luca Marino" in mail.text
    assert f"On it:    {commander.name}, incident commander" in mail.text
    [message] = [each for each in messages_about(incident) if each.person == commander]
    wait_until(lambda: as_it_is(message).status == MessageStatus.SENT, what="the receipt")
    assert message.is_page


@pytest.mark.django_db
def test_commander_and_responder_are_told_each_of_their_role(actor: ActorNamed) -> None:
    incident = declare(actor("coordinator"))

    run_jobs()

    told = {
        (message.person.username.split(".")[0].rstrip("23"), message.subject) for message in messages_about(incident)
    }
    assert told == {
        ("commander", f"[SEV2] {incident.reference} Checkout answers 502: you are incident commander"),
        ("responder", f"[SEV2] {incident.reference} Checkout answers 502: you are responder"),
    }


@pytest.mark.django_db
def test_a_job_that_runs_twice_tells_once(actor: ActorNamed) -> None:
    incident = declare(actor("coordinator"))
    jobs = [arguments for name, arguments in queued_jobs() if name == TELL]
    assert set(jobs[0]) == {"event_id", "unit_id", "incident_id", "role", "assignee_id", "entry_id", "is_told"}

    for _ in range(2):
        for arguments in jobs:
            tell_assignee.func(**arguments)

    assert len(messages_about(incident)) == 2


@pytest.mark.django_db
def test_nobody_is_told_what_they_did_themselves(actor: ActorNamed) -> None:
    incident = declare(actor("coordinator"))
    run_jobs()
    before = len(messages_about(incident))
    scribe = actor("observer.payments")
    taker = actor("responder2.payments")

    actions.assign_role(actor=taker, incident_id=incident.pk, role=RoleKind.SCRIBE, person_id=taker.person_id or 0)
    run_jobs()

    assert len(messages_about(incident)) == before
    actions.assign_role(
        actor=taker, incident_id=incident.pk, role=RoleKind.COMMUNICATIONS_LEAD, person_id=scribe.person_id or 0
    )
    run_jobs()
    told = messages_about(incident)[before:]
    assert [(message.person_id, message.is_page) for message in told] == [(scribe.person_id, False)]


@pytest.mark.django_db
def test_nobody_is_told_after_the_incident_is_over(actor: ActorNamed) -> None:
    incident = declare(actor("coordinator"))
    actions.resolve_incident(actor=actor("coordinator"), incident_id=incident.pk)

    run_jobs()

    assert [message for message in messages_about(incident) if message.is_page] == []


@pytest.mark.django_db
def test_an_action_that_is_rolled_back_defers_nothing(actor: ActorNamed) -> None:
    coordinator = actor("coordinator")
    savepoint = transaction.savepoint()
    declare(coordinator)
    assert TELL in [name for name, _ in queued_jobs()]

    transaction.savepoint_rollback(savepoint)

    assert queued_jobs() == []
    with seeding():
        assert not OutboxEntry.objects.exists()


@pytest.mark.django_db
def test_a_refused_action_defers_nothing(actor: ActorNamed) -> None:
    with pytest.raises(Forbidden):
        declare(actor("observer.payments"))

    assert queued_jobs() == []


@pytest.mark.django_db
def test_a_title_with_line_breaks_and_markup_stays_a_title(actor: ActorNamed, mail: None, smtp: SmtpServer) -> None:
    incident = declare(actor("coordinator"), "Checkout\r\nBcc: press@example.org\r\n\r\n<script>alert(1)</script>")

    run_jobs()

    commander = commander_of(incident)
    [received] = smtp.sent_to(commander.email)
    assert received.subject == (
        f"[SEV2] {incident.reference} Checkout Bcc: press@example.org <script>alert(1)</script>"
        ": you are incident commander"
    )
    assert received.message["Bcc"] is None
    html = received.message.get_body(("html",))
    assert html is not None
    assert "<script>" not in html.get_content()


@pytest.mark.django_db
def test_a_restricted_incident_pages_nobody_by_rotation(actor: ActorNamed) -> None:
    incident = declare(actor("responder.payments"), "Card numbers in a log", restricted=True)

    run_jobs()

    assert messages_about(incident) == []


@pytest.mark.django_db
def test_the_mail_of_a_restricted_incident_says_nothing_of_it(actor: ActorNamed, mail: None, smtp: SmtpServer) -> None:
    declarer = actor("responder.payments")
    incident = declare(declarer, "Card numbers in a log", restricted=True)
    security = actor("security")
    actions.grant_access(
        actor=declarer, incident_id=incident.pk, person_id=security.person_id or 0, reason="Leads the investigation"
    )
    actions.assign_role(
        actor=declarer, incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=security.person_id or 0
    )

    run_jobs()

    [received] = smtp.received
    assert received.recipients == ("security@meridian.example",)
    assert received.subject == f"{incident.reference} needs you"
    said = everything(received)
    assert f"/incidents/{incident.reference}" in said
    for secret in ("Card", "SEV", "commander", "Checkout", "Payments", "Luca", "investigation"):
        assert secret not in said, secret
    [message] = messages_about(incident)
    assert "Card numbers in a log" in message.text, "in the hub, whoever was admitted reads it"


@pytest.mark.django_db
def test_what_becomes_restricted_before_it_is_sent_goes_out_without_its_title(
    actor: ActorNamed, mail: None, smtp: SmtpServer
) -> None:
    incident = declare(actor("coordinator"), "Odd logins")
    commander = commander_of(incident)
    for arguments in [arguments for name, arguments in queued_jobs() if name == TELL]:
        tell_assignee.func(**arguments)
    actions.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="May be an intrusion")

    run_jobs()

    [received] = smtp.sent_to(commander.email)
    assert received.subject == f"{incident.reference} needs you"
    assert "Odd logins" not in everything(received)
    assert all(message.restricted for message in messages_about(incident))
