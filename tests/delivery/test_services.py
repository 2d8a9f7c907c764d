"""Other services than e-mail, by their apprise address, in the order in which a person wants to be reached."""

from __future__ import annotations

import logging

import pytest

from hub.delivery import sending
from hub.delivery.models import ContactKind, MessageStatus
from tests.conftest import seeding
from tests.delivery.conftest import as_it_is, attempts_of, message_to, method_of
from tests.services.process import free_port
from tests.services.smtp import SmtpServer
from tests.services.webhooks import WebhookReceiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

COMMANDER = "commander.payments"
SECRET = "s3cr3t-t0ken"


def webhook(receiver: WebhookReceiver) -> str:
    return f"{receiver.url.replace('http', 'json')}/hooks/{SECRET}"


def test_a_webhook_gets_the_message(webhooks: WebhookReceiver, smtp: SmtpServer) -> None:
    method_of(COMMANDER, ContactKind.ADDRESS, webhook(webhooks))
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    [post] = webhooks.posts
    assert post.path == f"/hooks/{SECRET}"
    assert post.body["title"] == message.subject
    assert "You are incident commander of PAY-1." in post.body["message"]
    assert as_it_is(message).status == MessageStatus.SENT
    assert attempts_of(message) == [("service", "sent", "")]
    assert post.headers["Idempotency-Key"] == str(message.key), "a copy is known by its name"
    assert smtp.received == [], "whoever names a method is reached by that"


def test_a_failure_falls_through_to_the_next_method(webhooks: WebhookReceiver, smtp: SmtpServer) -> None:
    webhooks.status = 500
    method_of(COMMANDER, ContactKind.ADDRESS, webhook(webhooks), position=0)
    method_of(COMMANDER, ContactKind.EMAIL, "jonas@home.example", position=1)
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert len(smtp.sent_to("jonas@home.example")) == 1
    first, second = attempts_of(message)
    assert first[:2] == ("service", "delayed")
    assert second == ("email", "sent", "")
    assert as_it_is(message).status == MessageStatus.SENT


def test_a_method_that_is_not_verified_or_was_removed_is_not_used(webhooks: WebhookReceiver, smtp: SmtpServer) -> None:
    unverified = method_of(COMMANDER, ContactKind.ADDRESS, webhook(webhooks))
    removed = method_of(COMMANDER, ContactKind.EMAIL, "old@home.example")
    with seeding():
        removed.removed_at = removed.verified_at
        unverified.verified_at = None
        removed.save()
        unverified.save()
    message = message_to(COMMANDER)

    sending.deliver([message.pk])

    assert webhooks.posts == []
    assert [mail.recipients for mail in smtp.received] == [("commander.payments@meridian.example",)]


def test_neither_receipts_nor_logs_repeat_a_secret(
    webhooks: WebhookReceiver, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    webhooks.status = 403
    method_of(COMMANDER, ContactKind.ADDRESS, webhook(webhooks), position=0)
    method_of(COMMANDER, ContactKind.ADDRESS, f"json://user:{SECRET}@127.0.0.1:{free_port()}/", position=1)
    method_of(COMMANDER, ContactKind.ADDRESS, f"nosuch://{SECRET}@host/{SECRET}", position=2)
    message = message_to(COMMANDER)

    with caplog.at_level(logging.DEBUG):
        sending.deliver([message.pk])

    reasons = [reason for _, _, reason in attempts_of(message)]
    assert len(reasons) == 3
    assert reasons[2] == "The address is not one that apprise knows."
    output = capfd.readouterr()
    for text in (*reasons, output.out, output.err):
        assert SECRET not in text


def test_somebody_who_has_left_is_not_written_to(smtp: SmtpServer) -> None:
    message = message_to(COMMANDER)
    with seeding():
        message.person.is_active = False
        message.person.save()

    sending.deliver([message.pk])

    assert smtp.received == []
    assert as_it_is(message).status == MessageStatus.INBOX_ONLY
