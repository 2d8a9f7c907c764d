"""What a person's login may do with the rows of delivery, whatever code runs as them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import Error, connection, transaction

from hub.delivery.models import ContactKind, ContactMethod, Message, Receipt
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from tenants.models import Person
from tests.delivery.conftest import as_it_is, message_to, method_of

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE delivery_message SET text = 'something else'",
        "UPDATE delivery_message SET status = 'sent', sent_at = now()",
        "UPDATE delivery_message SET person_id = (SELECT app.uid())",
        "DELETE FROM delivery_message",
        "INSERT INTO delivery_message SELECT * FROM delivery_message",
        "UPDATE delivery_receipt SET state = 'sent'",
        "DELETE FROM delivery_receipt",
    ],
)
def test_a_person_changes_no_message(actor: ActorNamed, statement: str) -> None:
    message = message_to("commander.payments")

    for username in ("commander.payments", "admin.payments", "coordinator"):
        with (
            acting_as(actor(username)),
            connection.cursor() as cursor,
            pytest.raises(Error, match="permission denied"),
            transaction.atomic(),
        ):
            cursor.execute(statement)

    assert as_it_is(message).text == message.text
    assert as_it_is(message).status == message.status


def test_a_person_says_nothing_for_another(actor: ActorNamed) -> None:
    message = message_to("commander.payments")

    with acting_as(actor("responder.payments")):
        assert Message.objects.filter(pk=message.pk).update(seen_at=clock.now()) == 0
        assert not Receipt.objects.filter(message_id=message.pk).exists()

    assert as_it_is(message).seen_at is None


def test_contact_methods_are_the_persons_alone(actor: ActorNamed, person: Callable[[str], Person]) -> None:
    method_of("commander.payments", ContactKind.ADDRESS, "slack://T0KEN-A/T0KEN-B/T0KEN-C")

    for username in ("admin.payments", "lead.emea", "coordinator", "security"):
        with acting_as(actor(username)):
            assert not ContactMethod.objects.exists()
            with pytest.raises(Error, match="row-level security"), transaction.atomic():
                ContactMethod.objects.create(
                    person=person("commander.payments"), kind=ContactKind.EMAIL, address="elsewhere@example.org"
                )
    with acting_as(actor("commander.payments")):
        assert ContactMethod.objects.count() == 1
