"""Who was added gets a mail with the way in, and who has forgotten their password asks for one."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from hub.lib import clock
from tenants import invitations
from tenants.models import AuditEntry, BusinessUnit, Person, Role
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import queued_jobs, run_jobs
from tests.services.smtp import SmtpServer

__all__ = ["api"]

pytestmark = pytest.mark.django_db

GOOD = "a-quiet-harbour-at-dawn"
SAID = "If somebody signs in so and the hub knows their e-mail address, a mail is on its way there."


def ask(called: str) -> str:
    """What the page answers to this name."""
    answer = Client().post("/sign-in/forgotten", {"called": called})
    assert answer.status_code == 200
    return answer.content.decode()


def way_in(smtp: SmtpServer) -> str:
    """The path in the one mail that came."""
    (received,) = smtp.received
    text = received.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    (address,) = re.findall(r"^(http\S+/welcome/\S+)\s*$", text, re.MULTILINE)
    return str(urlsplit(address).path)


def password_of(username: str) -> str:
    with seeding():
        return Person.objects.get(username=username).password


def test_a_forgotten_password_is_replaced(mail: None, smtp: SmtpServer) -> None:
    assert 'href="/sign-in/forgotten"' in Client().get("/sign-in").content.decode()

    assert SAID in ask("commander.payments")
    run_jobs()

    path = way_in(smtp)
    assert "commander.payments@meridian.example" in smtp.received[0].message["To"]
    assert Client().post(path, {"password": GOOD, "again": GOOD}).status_code == 302
    assert Client().post("/sign-in", {"username": "commander.payments", "password": GOOD}).status_code == 302
    assert Client().get(path).status_code == 404, "the address opens nothing any more"
    with seeding():
        verbs = AuditEntry.objects.filter(person__username="commander.payments").order_by("-pk")
        assert {"choose_password", "ask_for_way_in"} <= {each.verb for each in verbs[:3]}


def test_nobody_learns_who_there_is_and_nobody_else_gets_mail(mail: None, smtp: SmtpServer) -> None:
    with seeding():
        Person.objects.filter(username="responder.payments").update(is_active=False)
        Person.objects.filter(username="observer.payments").update(email="")

    answers = {
        re.sub(r'(nonce|value|content)="[^"]*"', "", ask(called))
        for called in ("commander.payments", "nobody", "responder.payments", "observer.payments", "%")
    }
    run_jobs()

    assert len(answers) == 1
    assert len(smtp.received) == 1
    assert Client().post("/sign-in/forgotten", {"called": "\x00"}).status_code == 422


def test_a_mailbox_is_not_filled_and_an_address_serves_as_a_name(mail: None) -> None:
    ask("Commander.Payments@meridian.example ")
    ask("commander.payments")

    assert [name for name, _ in queued_jobs()] == ["hub.delivery.jobs.mail_way_in"]
    with seeding():
        Person.objects.filter(username="commander.payments").update(way_in_mailed_at=clock.now() - timedelta(minutes=6))
    ask("COMMANDER.PAYMENTS")
    assert len(queued_jobs()) == 2


def test_the_address_holds_for_an_hour_where_there_is_a_password() -> None:
    with seeding():
        person = Person.objects.get(username="commander.payments")
    before, now = password_of("commander.payments"), clock.now()
    with clock.at(now - timedelta(minutes=59)):
        young = invitations.path_for(person)
    with clock.at(now - timedelta(minutes=60)):
        path = invitations.path_for(person)

    assert Client().get(young).status_code == 200
    assert Client().get(path).status_code == 404
    assert Client().post(path, {"password": GOOD, "again": GOOD}).status_code == 404
    assert password_of("commander.payments") == before


def test_who_is_added_gets_a_mail(api: ApiOf, mail: None, smtp: SmtpServer) -> None:
    with seeding():
        unit, role = BusinessUnit.objects.get(slug="payments"), Role.objects.get(key="responder", unit=None)

    invited: Any = api("admin.payments").change(
        "addPerson",
        "... on Invitation { address isMailed }",
        username="noor.haddad",
        name="Noor Haddad",
        email="noor@meridian.example",
        unitId=global_id("BusinessUnit", unit),
        roleId=global_id("Role", role),
    ).data["addPerson"]  # fmt: skip
    run_jobs()

    assert invited["isMailed"]
    assert way_in(smtp) == urlsplit(invited["address"]).path
    assert smtp.received[0].message["Subject"] == "You have an account in the incident hub"


def test_a_hub_without_mail_says_so(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    settings.SMTP_URL = ""

    assert "This hub sends no mail." in Client().get("/sign-in/forgotten").content.decode()
    ask("commander.payments")
    with caplog.at_level(logging.WARNING):
        run_jobs()
    assert "No mail server is configured" in caplog.text
