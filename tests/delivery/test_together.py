"""Many messages that one job delivers: as few statements as for one, side by side, each by its own fortune."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from hub.delivery import sending
from hub.delivery.actions import Draft, send_messages
from hub.delivery.actions.messages import TOGETHER
from hub.delivery.models import ContactKind, Message, MessageStatus, Receipt, ReceiptState
from hub.lib.identity import SYSTEM
from hub.lib.jobs import waiting
from tenants.models import Person
from tests.conftest import as_system, seeding
from tests.delivery.conftest import attempts_of, letter, method_of
from tests.services.webhooks import WebhookReceiver

pytestmark = pytest.mark.django_db

COMMANDER, RESPONDER = "commander.payments", "responder.payments"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def messages(count: int, *usernames: str, name: str = "together") -> list[Message]:
    """So many messages, to these people in turn."""
    with seeding():
        people = [Person.objects.get(username=username).pk for username in usernames]
    drafts = [
        Draft(person_id=people[number % len(people)], letter=letter(), dedupe_key=f"test:{name}:{number}", is_page=True)
        for number in range(count)
    ]
    return send_messages(actor=SYSTEM, drafts=drafts)


def states(sent: list[Message]) -> list[str]:
    with seeding():
        found = Message.objects.in_bulk([each.pk for each in sent])
    return [found[each.pk].status for each in sent]


def statements_for(sent: list[Message]) -> int:
    with CaptureQueriesContext(connection) as captured:
        sending.deliver([each.pk for each in sent])
    return len(captured)


def test_as_few_statements_as_for_few(webhooks: WebhookReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "_GATHERING", 5.0)  # however busy the machine is, all of them come within that
    address = webhooks.url.replace("http", "json")
    method_of(COMMANDER, ContactKind.ADDRESS, f"{address}/one")
    method_of(RESPONDER, ContactKind.ADDRESS, f"{address}/other")
    two = messages(2, COMMANDER, RESPONDER, name="two")
    many = messages(sending.SIDE_BY_SIDE, COMMANDER, RESPONDER, name="many")

    counts = statements_for(two), statements_for(many)

    assert counts[0] == counts[1]
    assert set(states([*two, *many])) == {MessageStatus.SENT}
    keys = {str(each.key) for each in (*two, *many)}
    assert sorted(post.headers["Idempotency-Key"] for post in webhooks.posts) == sorted(keys), "each of them once"


def test_one_that_hangs_keeps_no_other_back(webhooks: WebhookReceiver, silent_port: int, settings: Settings) -> None:
    settings.DELIVERY_PATIENCE = timedelta(seconds=1)
    method_of(COMMANDER, ContactKind.ADDRESS, f"json://127.0.0.1:{silent_port}/")
    method_of(RESPONDER, ContactKind.ADDRESS, webhooks.url.replace("http", "json"))
    [hanging] = messages(1, COMMANDER, name="hanging")
    others = messages(2 * sending.SIDE_BY_SIDE, RESPONDER)

    sending.deliver([hanging.pk, *(each.pk for each in others)])

    assert set(states(others)) == {MessageStatus.SENT}
    assert states([hanging]) == [MessageStatus.QUEUED]
    [(_, state, _)] = attempts_of(hanging)
    assert state == "delayed"
    with seeding():
        given_up = Receipt.objects.get(message=hanging, number=1).at
        sent = Receipt.objects.filter(message__in=others, state=ReceiptState.SENT)
        assert [each.at < given_up for each in sent] == [True] * len(others)


def test_each_falls_through_by_its_own_methods(webhooks: WebhookReceiver) -> None:
    webhooks.status = 500
    address = webhooks.url.replace("http", "json")
    method_of(COMMANDER, ContactKind.ADDRESS, f"{address}/fails")
    method_of(COMMANDER, ContactKind.ADDRESS, "nosuch://host", position=1)
    method_of(RESPONDER, ContactKind.ADDRESS, "nosuch://host")
    sent = messages(4, COMMANDER, RESPONDER)

    sending.deliver([each.pk for each in sent])

    assert states(sent) == [MessageStatus.QUEUED, MessageStatus.FAILED] * 2
    assert [[state for _, state, _ in attempts_of(each)] for each in sent] == [["delayed", "refused"], ["refused"]] * 2


def test_what_goes_out_together_is_queued_together_and_not_twice() -> None:
    sent = messages(TOGETHER + 1, RESPONDER)

    with as_system():
        assert waiting("hub.delivery.jobs.deliver_together", "message_ids") == {each.pk for each in sent}
        with connection.cursor() as cursor:
            cursor.execute("SELECT jsonb_array_length(args -> 'message_ids') FROM procrastinate_jobs ORDER BY 1")
            assert cursor.fetchall() == [(25,), (26,)]
    assert sending.sweep() == 0
