"""How people are reached: proved by a code, in their order, quiet when they say so."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from hub.delivery import actions, sending
from hub.delivery.actions import acknowledge_message
from hub.delivery.answering import path_of
from hub.delivery.models import ContactKind, ContactMethod, Message, MessageStatus
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound, TooMany
from hub.lib.identity import Actor
from tests.conftest import seeding
from tests.delivery.conftest import acting, as_it_is, attempts_of, message_to, method_of
from tests.jobs import run_jobs
from tests.services.smtp import SmtpServer

ActorNamed = Callable[[str], Actor]
pytestmark = pytest.mark.django_db
ME = "responder.payments"


def code_in(smtp: SmtpServer, address: str) -> str:
    found = re.match(r"(\w{8}) is your code", smtp.sent_to(address)[-1].subject)
    assert found
    return found[1]


def due_now(message: Message) -> None:
    """The wait is over."""
    with seeding():
        Message.objects.filter(pk=message.pk).update(due_at=datetime(2020, 1, 1, tzinfo=UTC))
    sending.deliver([message.pk])


def test_a_method_is_used_once_its_code_has_come_back(actor: ActorNamed, mail: None, smtp: SmtpServer) -> None:
    method = actions.add_contact_method(actor=actor(ME), kind=ContactKind.EMAIL, address="pager@example.org")
    run_jobs()
    with pytest.raises(Invalid):
        actions.verify_contact_method(actor=actor(ME), method_id=method.pk, code="AAAAAAAA")
    code = code_in(smtp, "pager@example.org")
    with pytest.raises(NotFound):
        actions.verify_contact_method(actor=actor("commander.payments"), method_id=method.pk, code=code)
    before = message_to(ME)
    sending.deliver([before.pk])
    assert not [each for each in smtp.sent_to("pager@example.org") if "code" not in each.subject]

    actions.verify_contact_method(actor=actor(ME), method_id=method.pk, code=f" {code[:4].lower()} {code[4:]}")

    after = message_to(ME, dedupe_key="test:2")
    sending.deliver([after.pk])
    assert [each.subject for each in smtp.sent_to("pager@example.org")][-1] == after.subject
    with pytest.raises(Conflict):
        actions.verify_contact_method(actor=actor(ME), method_id=method.pk, code=code)


def test_an_old_code_and_one_that_was_replaced_hold_no_longer(actor: ActorNamed, mail: None, smtp: SmtpServer) -> None:
    method = actions.add_contact_method(actor=actor(ME), kind=ContactKind.EMAIL, address="pager@example.org")
    run_jobs()
    first = code_in(smtp, "pager@example.org")
    with pytest.raises(TooMany):
        actions.send_code_again(actor=actor(ME), method_id=method.pk)
    now = clock.now()
    with clock.at(now + timedelta(minutes=20)):
        with pytest.raises(Invalid, match="too old"):
            actions.verify_contact_method(actor=actor(ME), method_id=method.pk, code=first)
        actions.send_code_again(actor=actor(ME), method_id=method.pk)
        run_jobs()
        with pytest.raises(Invalid, match="not the code"):
            actions.verify_contact_method(actor=actor(ME), method_id=method.pk, code=first)
        second = code_in(smtp, "pager@example.org")
        assert actions.verify_contact_method(actor=actor(ME), method_id=method.pk, code=second).verified_at


@pytest.mark.parametrize(
    ("kind", "address"), [(ContactKind.EMAIL, "nobody"), (ContactKind.ADDRESS, "nonsense"), (ContactKind.ADDRESS, "")]
)
def test_what_is_no_address_is_refused(actor: ActorNamed, kind: ContactKind, address: str) -> None:
    with pytest.raises(Invalid) as refused:
        actions.add_contact_method(actor=actor(ME), kind=kind, address=address)
    assert refused.value.path == ("address",)
    with seeding():
        assert not ContactMethod.objects.filter(person__username=ME).exists()


def test_silence_falls_through_to_the_next_method_after_its_wait(mail: None, smtp: SmtpServer) -> None:
    method_of(ME, ContactKind.EMAIL, "first@example.org", position=1)
    method_of(ME, ContactKind.EMAIL, "second@example.org", position=2)
    message = message_to(ME)

    sending.deliver([message.pk])
    waiting = as_it_is(message)
    assert (waiting.status, waiting.sent_at is not None) == (MessageStatus.QUEUED, True)
    assert timedelta(minutes=4) < waiting.due_at - datetime.now(UTC) <= timedelta(minutes=5)
    assert smtp.sent_to("second@example.org") == []

    due_now(message)
    assert len(smtp.sent_to("second@example.org")) == 1
    assert as_it_is(message).status == MessageStatus.SENT
    due_now(message)
    assert [state for _, state, _ in attempts_of(message)] == ["sent", "sent"]


def test_whoever_has_answered_is_not_called_again(mail: None, smtp: SmtpServer) -> None:
    method_of(ME, ContactKind.EMAIL, "first@example.org", position=1)
    method_of(ME, ContactKind.EMAIL, "second@example.org", position=2)
    message = message_to(ME)
    sending.deliver([message.pk])
    acknowledge_message(actor=acting(ME), message_id=message.pk)

    due_now(message)

    assert smtp.sent_to("second@example.org") == []
    assert as_it_is(message).status == MessageStatus.SENT


def test_quiet_hours_by_severity_where_its_person_is(actor: ActorNamed, mail: None, smtp: SmtpServer) -> None:
    method = method_of(ME, ContactKind.EMAIL, "first@example.org")
    all_week = [[0, 7 * 24 * 60]]
    actions.change_contact_method(actor=actor(ME), method_id=method.pk, quiet_hours=all_week)
    quiet, loud = message_to(ME, severity="sev2"), message_to(ME, dedupe_key="test:2", severity="sev1")

    sending.deliver([quiet.pk])
    sending.deliver([loud.pk])

    assert len(smtp.sent_to("first@example.org")) == 1
    assert as_it_is(quiet).status == MessageStatus.INBOX_ONLY
    assert attempts_of(quiet) == [("email", "skipped", "Its person has quiet hours.")]
    assert as_it_is(loud).status == MessageStatus.SENT


def test_the_order_changes(actor: ActorNamed) -> None:
    first, second, third = (
        method_of(ME, ContactKind.EMAIL, f"{number}@example.org", position=number) for number in (1, 2, 3)
    )
    actions.change_contact_method(actor=actor(ME), method_id=third.pk, position=1)
    with seeding():
        ordered = ContactMethod.objects.filter(person__username=ME).order_by("position").values_list("pk", flat=True)
        assert list(ordered) == [third.pk, first.pk, second.pk]


def test_a_link_acknowledges_by_a_button_and_not_by_being_followed(client: Client) -> None:
    message = message_to(ME)
    link = re.search(r"/acknowledge/\S+", message.text)
    assert link

    shown = client.get(link[0])
    assert shown.status_code == 200
    assert "Acknowledge</button>" in shown.content.decode()
    assert shown["Referrer-Policy"] == "no-referrer"
    assert as_it_is(message).acknowledged_at is None

    pressed = client.post(link[0])
    assert "is acknowledged" in pressed.content.decode()
    assert as_it_is(message).acknowledged_at is not None
    assert client.post(link[0]).status_code == 200


def test_a_link_that_is_forged_or_old_is_not_there(client: Client) -> None:
    message = message_to(ME)
    link = path_of(message.key, message.person_id)
    other = path_of(message.key, acting("commander.payments").person_id or 0)
    for path in (link[:-1] + ("A" if link[-1] != "A" else "B"), other):
        assert client.post(path).status_code == 404
    assert as_it_is(message).acknowledged_at is None


def test_the_page_shows_methods_and_no_secrets(client: Client, actor: ActorNamed) -> None:
    with seeding():
        person = method_of(ME, ContactKind.ADDRESS, "jsons://user:secret@example.org/hook").person
    client.force_login(person)
    shown = client.get("/me/contact").content.decode()
    assert "jsons://…" in shown
    assert "secret@" not in shown
    answer = client.post("/me/contact", {"do": "add", "kind": "email", "address": "x", "wait": "5"})
    assert answer.status_code == 422
    assert "That is no e-mail address." in answer.content.decode()
