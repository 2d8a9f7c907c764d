"""A page is acknowledged by a reply to its mail: by whom it went to, while it holds, and by no program."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings

from hub.catalog.models import Service
from hub.delivery import replies
from hub.delivery.models import Message
from hub.delivery.replies import Said
from hub.incidents.actions import Reply, declare_incident, receive_reply
from hub.incidents.models import Incident, Severity, Status
from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import AuditEntry
from tests.conftest import seeding
from tests.delivery.conftest import mail, mail_address
from tests.jobs import run_jobs
from tests.services.smtp import ReceivedMail, SmtpServer

__all__ = ["mail", "mail_address"]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]
SECRET = "world-secret"


@pytest.fixture(autouse=True)
def reply_address(settings: Settings) -> None:
    settings.REPLY_ADDRESS = "hub@reply.example.org"
    settings.INBOUND_MAIL_SECRET = SECRET


@pytest.fixture
def paged(actor: Callable[[str], Actor], smtp: SmtpServer) -> ReceivedMail:
    """The page that the commander of a new incident has got by mail."""
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    incident = declare_incident(
        actor=actor("responder.payments"), title="Late", severity=Severity.SEV2, service_id=ledger.pk
    )
    run_jobs()
    with seeding():
        commander = Incident.objects.select_related("commander").get(pk=incident.pk).commander
    assert commander is not None
    return next(each for each in smtp.sent_to(commander.email) if incident.reference in each.subject)


def answer(to: ReceivedMail, text: str, **headers: str) -> bytes:
    """What a mail program sends as the reply."""
    made = EmailMessage()
    made["From"] = "Somebody <private@example.net>"
    made["To"] = str(to.message["Reply-To"])
    made["Subject"] = f"Re: {to.subject}"
    made["In-Reply-To"] = str(to.message["Message-ID"])
    for name, value in headers.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made.as_bytes()


def standing(page: ReceivedMail) -> tuple[bool, str]:
    """Whether the page is acknowledged, and how its incident stands."""
    with seeding():
        message = Message.objects.get(key=str(page.message["Message-ID"]).strip("<>").partition("@")[0])
        incident = Incident.objects.get(pk=message.incident_id or 0)
        return message.acknowledged_at is not None, incident.status


def test_a_reply_that_says_ack_acknowledges_as_its_person(paged: ReceivedMail, client: Client) -> None:
    assert "Or reply “ack” to this mail." in paged.text
    quoting = "Ack!\n\nSent from my phone\n\nOn Thu, 26 Nov 2026 at 18:00, Incident hub\n<x@y> wrote:\n> PAY-1\n"
    assert client.post("/inbound/mail/wrong", answer(paged, quoting), content_type="message/rfc822").status_code == 404
    assert standing(paged) == (False, Status.DECLARED)
    told = client.post(f"/inbound/mail/{SECRET}", answer(paged, quoting), content_type="message/rfc822")
    assert (told.status_code, told.content.decode().strip()) == (200, "acknowledged")
    assert standing(paged) == (True, Status.ACKNOWLEDGED)
    with seeding():
        entry = AuditEntry.objects.select_related("person").filter(verb="acknowledge_message").latest("pk")
    assert entry.person is not None
    assert (entry.through, entry.person.email in paged.recipients) == ("mail", True)
    assert receive_reply(mail=answer(paged, quoting)) is Reply.ACKNOWLEDGED  # again: nothing more happens


def test_a_mail_server_pipes_it_and_an_empty_reply_is_enough(
    paged: ReceivedMail, monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mail"
    file.write_bytes(answer(paged, "\n> quoted\n").replace(b"hub+", b"HUB+"))
    with file.open() as piped:
        monkeypatch.setattr("sys.stdin", piped)
        call_command("receive_mail")
    assert capsys.readouterr().out.strip() == "acknowledged"
    assert standing(paged)[0]


def test_what_a_program_wrote_acknowledges_nothing(paged: ReceivedMail) -> None:
    for headers in (
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"X_Autoreply": "yes"},
        {"List_Id": "<team.example.org>"},
    ):
        assert receive_reply(mail=answer(paged, "ack", **headers)) is Reply.AUTOMATIC, headers
    away = answer(paged, "ack").replace(b"Subject: Re:", b"Subject: Out of office:")
    assert receive_reply(mail=away) is Reply.AUTOMATIC
    assert standing(paged) == (False, Status.DECLARED)


def test_other_words_acknowledge_nothing_and_their_writer_is_told_once(paged: ReceivedMail, smtp: SmtpServer) -> None:
    for text in ("I am on a train", "nack", "Please acknowledge for me", "ack?"):
        assert receive_reply(mail=answer(paged, text)) is Reply.NOT_UNDERSTOOD
    run_jobs()
    assert standing(paged) == (False, Status.DECLARED)
    told = [each for each in smtp.sent_to(paged.recipients[0]) if "was not understood" in each.subject]
    assert (len(told), told[0].message["Reply-To"]) == (1, None)


def test_forged_old_or_unreadable_it_is_for_nobody(paged: ReceivedMail) -> None:
    address = str(paged.message["Reply-To"])
    assert len(address.partition("@")[0]) <= 64
    found = replies.read(address)
    assert found is not None
    last = address[address.index("@") - 1]
    forged = address.replace(f"{last}@", "a@" if last != "a" else "b@")
    for other in (forged, "hub@reply.example.org"):
        changed = answer(paged, "ack").replace(address.encode(), other.encode())
        assert receive_reply(mail=changed) is Reply.FOR_NOBODY
    with clock.at(clock.now() + timedelta(hours=25)):
        assert receive_reply(mail=answer(paged, "ack")) is Reply.FOR_NOBODY
    assert receive_reply(mail=b"\xff\xfe\x00") is Reply.FOR_NOBODY
    assert standing(paged) == (False, Status.DECLARED)


@pytest.mark.parametrize(
    ("subtype", "text", "said"),
    [
        ("plain", "", Said.ACKNOWLEDGED),
        ("plain", "ACK.", Said.ACKNOWLEDGED),
        ("plain", "Acknowledged\n-- \nJonas Weber", Said.ACKNOWLEDGED),
        ("plain", "Am Do., 26. Nov. 2026 um 18:00 Uhr schrieb Incident hub\n<a@b>:\n> x", Said.ACKNOWLEDGED),
        ("plain", "________________________________\nFrom: Incident hub", Said.ACKNOWLEDGED),
        ("html", "<div>ack</div><blockquote>[SEV2] PAY-1</blockquote>", Said.ACKNOWLEDGED),
        ("html", "<p>On it soon<br>ack</p>", Said.SOMETHING_ELSE),
        ("plain", "On it", Said.SOMETHING_ELSE),
    ],
)
def test_only_what_stands_above_the_quote_counts(subtype: str, text: str, said: Said) -> None:
    made = EmailMessage()
    made.set_content(text, subtype=subtype)
    assert replies.said_in(made) is said
