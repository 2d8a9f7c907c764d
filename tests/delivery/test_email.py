"""A message goes out by e-mail through a real SMTP server, whatever that server does."""

from __future__ import annotations

import socket
from datetime import timedelta

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from hub.delivery import sending
from hub.delivery.attempts import ROUNDS
from hub.delivery.channels import spare
from hub.delivery.models import ContactKind, Message, MessageStatus
from tests.conftest import seeding
from tests.delivery.conftest import as_it_is, attempts_of, message_to, method_of
from tests.services.process import free_port
from tests.services.smtp import Answer, SmtpServer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

COMMANDER = "commander.payments"
ADDRESS = "commander.payments@meridian.example"


def make_due(message: Message) -> None:
    """Let the pause before the next round pass."""
    with seeding():
        Message.objects.filter(pk=message.pk).update(due_at=message.created_at)


def test_it_arrives_once_with_all_that_a_mail_should_have(smtp: SmtpServer) -> None:
    message = message_to(COMMANDER)

    sending.deliver([message.pk])
    sending.deliver([message.pk])

    [mail] = smtp.received
    assert mail.recipients == (ADDRESS,)
    assert mail.sender == "hub@meridian.example"
    assert mail.subject == "[SEV2] PAY-1 Checkout answers 502: you are incident commander"
    assert str(mail.message["From"]) == "Incident hub <hub@meridian.example>"
    assert str(mail.message["To"]) == f"Jonas Weber <{ADDRESS}>"
    assert mail.message["Message-ID"] == f"<{message.key}@meridian.example>"
    assert mail.message["References"] == "<PAY-1@meridian.example>"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Importance"] == "high"
    assert mail.message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.message.iter_parts()] == ["text/plain", "text/html"]
    assert mail.text == message.text
    stands = as_it_is(message)
    assert stands.status == MessageStatus.SENT
    assert stands.sent_at is not None
    assert attempts_of(message) == [("email", "sent", "")]


def test_a_server_that_says_later_gets_it_later(smtp: SmtpServer) -> None:
    smtp.refuse(451, "greylisted, come back", times=1)
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert as_it_is(message).status == MessageStatus.QUEUED
    assert attempts_of(message) == [
        ("email", "delayed", "The mail server put the message off: 451 greylisted, come back")
    ]

    sending.deliver([message.pk])
    assert smtp.received == [], "the pause before the next round was not kept"

    make_due(message)
    sending.deliver([message.pk])
    assert len(smtp.received) == 1
    assert as_it_is(message).status == MessageStatus.SENT


def test_a_server_that_says_never_is_not_asked_again(smtp: SmtpServer) -> None:
    smtp.refuse(550, f"no mailbox {ADDRESS}", recipient=ADDRESS)
    message = message_to(COMMANDER)

    sending.deliver([message.pk])
    make_due(message)
    sending.deliver([message.pk])

    assert as_it_is(message).status == MessageStatus.FAILED
    assert attempts_of(message) == [("email", "refused", "The mail server refused the address: 550 no mailbox …")]


def test_a_server_that_hangs_is_given_up_for_now(smtp: SmtpServer, settings: Settings) -> None:
    settings.DELIVERY_PATIENCE = timedelta(seconds=1)
    smtp.misbehave(Answer.NEVER, times=1)
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert as_it_is(message).status == MessageStatus.QUEUED
    [(_, state, reason)] = attempts_of(message)
    assert state == "delayed"
    assert reason == "The mail server did not answer in time; whether it took the message is not known."

    make_due(message)
    sending.deliver([message.pk])
    assert as_it_is(message).status == MessageStatus.SENT


def test_mails_that_follow_each_other_share_a_connection_as_long_as_the_server_likes(
    smtp: SmtpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spare, "FRESH", 60.0)  # however busy the machine is
    messages = [message_to(COMMANDER, dedupe_key=f"test:{number}") for number in range(5)]

    for message in messages[:3]:
        sending.deliver([message.pk])
    assert (len(smtp.received), smtp.connections) == (3, 1)
    smtp.most_mails = 4
    for message in messages[3:]:
        sending.deliver([message.pk])

    assert [as_it_is(message).status for message in messages] == [MessageStatus.SENT] * 5
    assert [mail.message["Message-ID"] for mail in smtp.received] == [
        f"<{each.key}@meridian.example>" for each in messages
    ]
    assert smtp.connections == 2


def test_nobody_listens(settings: Settings) -> None:
    settings.SMTP_URL = f"mailto://127.0.0.1:{free_port()}?from=hub@meridian.example"
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert attempts_of(message) == [
        ("email", "delayed", "The mail server 127.0.0.1 cannot be reached: Connection refused.")
    ]


def test_a_listener_that_is_no_mail_server(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.SMTP_URL = f"mailto://127.0.0.1:{silent.getsockname()[1]}?from=hub@meridian.example&cto=0.3"
        message = message_to(COMMANDER)

        sending.deliver([message.pk])

    [(_, state, reason)] = attempts_of(message)
    assert state == "delayed"
    assert reason.startswith("The mail server 127.0.0.1 cannot be reached")


def test_the_answer_is_lost_after_the_mail_was_taken(smtp: SmtpServer) -> None:
    """It goes out again, for it may not have arrived; both copies carry one Message-ID, by which they are known."""
    smtp.misbehave(Answer.DISCONNECT, after_keeping=True, times=1)
    message = message_to(COMMANDER)

    sending.deliver([message.pk])
    assert attempts_of(message) == [
        ("email", "delayed", "The mail server's answer was lost; whether it took the message is not known.")
    ]
    make_due(message)
    sending.deliver([message.pk])

    first, second = smtp.received
    assert first.message["Message-ID"] == second.message["Message-ID"] == f"<{message.key}@meridian.example>"
    assert [mail.message["X-Hub-Attempt"] for mail in (first, second)] == ["1", "2"]
    assert as_it_is(message).status == MessageStatus.SENT


def test_it_is_not_tried_for_ever(smtp: SmtpServer) -> None:
    smtp.refuse(421, "too busy")
    message = message_to(COMMANDER)

    for _ in range(ROUNDS + 3):
        sending.deliver([message.pk])
        make_due(message)

    assert as_it_is(message).status == MessageStatus.FAILED
    assert len(attempts_of(message)) == ROUNDS
    assert smtp.received == []


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("", "No mail server is configured (HUB_SMTP_URL)."),
        (
            "smtp.example:25",
            "HUB_SMTP_URL is not an apprise mail address such as mailtos://user:password@host:port?from=hub@host.",
        ),
        ("mailto://smtp.example:25", "HUB_SMTP_URL names no sender: add ?from= with an e-mail address."),
    ],
)
def test_without_a_mail_server_it_stands_in_the_inbox(settings: Settings, address: str, reason: str) -> None:
    settings.SMTP_URL = address
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert as_it_is(message).status == MessageStatus.INBOX_ONLY
    assert attempts_of(message) == [("email", "skipped", reason)]
    with seeding():
        assert [receipt.state for receipt in message.receipts.filter(number=0)] == ["delivered"]


@pytest.mark.parametrize("address", ["nobody", "one@meridian.example, two@meridian.example", "a@b\r\nBcc: c@d.example"])
def test_what_is_no_address_reaches_nobody(smtp: SmtpServer, address: str) -> None:
    method_of(COMMANDER, ContactKind.EMAIL, address)
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert attempts_of(message) == [("email", "refused", "The e-mail address is not one.")]
    assert smtp.received == []


@pytest.mark.parametrize(
    ("address", "problems"),
    [
        ("", []),
        ("mailto://smtp.example?from=hub@meridian.example", []),
        ("mailto://user:s3cret@smtp.example", []),
        ("s3cret@smtp.example", ["is not an apprise mail address"]),
        ("mailto://:s3cret@smtp.example:25", ["names no sender"]),
    ],
)
def test_what_cannot_work_is_said_at_the_start(settings: Settings, address: str, problems: list[str]) -> None:
    settings.SMTP_URL = address

    said = [str(warning.msg) for warning in run_checks(tags=["delivery"])]

    assert len(said) == len(problems)
    assert all(part in text and "s3cret" not in text for part, text in zip(problems, said, strict=True))


def test_a_message_is_told_once_whoever_asks_twice(smtp: SmtpServer) -> None:
    first = message_to(COMMANDER, dedupe_key="incident:1:role:commander")
    second = message_to(COMMANDER, dedupe_key="incident:1:role:commander")

    assert first == second
    sending.deliver([first.pk])
    sending.deliver([second.pk])
    assert len(smtp.received) == 1
