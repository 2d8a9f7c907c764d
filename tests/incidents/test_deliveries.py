"""Who was reached about an incident, and how: for those who command it, in GraphQL, in its room, and live."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.delivery.models import Channel, ContactMethod, Message, MessageStatus, Receipt, ReceiptState
from hub.delivery.progress import without_addresses
from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.live.models import OutboxEntry
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ASKED = (
    '{{ incidentDeliveries(incidentId: "{}") {{ name isPage progress seenAt acknowledgedAt'
    " attempts {{ number channel state reason }} }} }}"
)
SECRET = "tgram://123456:secret-token/4711"


@pytest.fixture
def incident(actor: Callable[[str], Actor]) -> Incident:
    """Declared by responder.payments: whoever is on call to command was paged, and one attempt was refused."""
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    declared = actions.declare_incident(
        actor=actor("responder.payments"), title="Ledger lags", severity=Severity.SEV3, service_id=ledger.pk
    )
    run_jobs()
    with seeding():
        page = Message.objects.filter(incident_id=declared.pk, is_page=True).earliest("pk")
        method = ContactMethod.objects.create(person_id=page.person_id, kind="address", address=SECRET, position=9)
        Receipt.objects.create(
            message=page,
            person_id=page.person_id,
            unit_id=page.unit_id,
            incident_id=page.incident_id,
            restricted=page.restricted,
            method=method,
            channel=Channel.SERVICE,
            number=90,
            state=ReceiptState.REFUSED,
            reason=f"550 no such user <ada.private@example.com> at {SECRET}, nor +49 170 1234567",
            at=clock.now(),
        )
    return declared


def deliveries(own: Any, incident: Incident) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = own.ask(ASKED.format(global_id("Incident", incident))).data["incidentDeliveries"]
    return found


def test_who_commands_sees_every_attempt_and_no_address(api: ApiOf, incident: Incident) -> None:
    answer = api("commander.payments").ask(ASKED.format(global_id("Incident", incident)))

    with seeding():
        page = Message.objects.filter(incident_id=incident.pk, is_page=True).select_related("person").earliest("pk")
    found = next(each for each in answer.data["incidentDeliveries"] if each["name"] == page.person.name)
    assert found["isPage"]
    assert found["attempts"][0] == {"number": 0, "channel": "IN_APP", "state": "DELIVERED", "reason": ""}
    refused = found["attempts"][-1]
    assert (refused["channel"], refused["state"]) == ("SERVICE", "REFUSED")
    assert refused["reason"] == "550 no such user … at … nor …"
    for private in ("ada.private", "secret-token", "170 1234567"):
        assert private not in str(answer.data)


def test_who_was_paged_and_commands_here_sees_it_and_responders_and_observers_do_not(
    api: ApiOf, incident: Incident
) -> None:
    with seeding():
        commander = Incident.objects.select_related("commander").get(pk=incident.pk).commander
    assert commander is not None
    assert deliveries(api(commander.username), incident)
    for username in ("responder.payments", "observer.payments", "admin.payments"):
        assert deliveries(api(username), incident) == []
    assert deliveries(api("outsider.logistics"), incident) == []


def test_once_restricted_only_those_who_own_or_command_it_see_it(
    api: ApiOf, actor: Callable[[str], Actor], incident: Incident
) -> None:
    actions.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Private")

    assert deliveries(api("commander.payments"), incident)
    for username in ("lead.emea", "coordinator"):
        assert deliveries(api(username), incident) == []


def test_it_goes_from_queued_to_acknowledged_and_the_feed_says_so(
    api: ApiOf, signed_in: SignedIn, incident: Incident
) -> None:
    with seeding():
        page = Message.objects.filter(incident_id=incident.pk, is_page=True).select_related("person").earliest("pk")
        Message.objects.filter(pk=page.pk).update(status=MessageStatus.QUEUED, sent_at=None)
    own = api("commander.payments")

    def progress() -> str:
        found = next(each for each in deliveries(own, incident) if each["name"] == page.person.name)
        return str(found["progress"])

    def announced() -> int:
        with seeding():
            told = OutboxEntry.objects.filter(type="DeliveryProgressed", incident_id=incident.pk)
            assert all(set(each.payload) == {"message_id"} for each in told)
            return told.filter(payload__message_id=page.pk).count()

    before = announced()
    assert before >= 1
    assert progress() == "QUEUED"
    theirs = api(page.person.username)
    for number, (mutation, reached) in enumerate(
        [("markMessageSeen", "SEEN"), ("acknowledgeMessage", "ACKNOWLEDGED")], start=1
    ):
        done = f'mutation {{ {mutation}(input: {{messageId: "{global_id("Message", page)}"}}) {{ __typename }} }}'
        assert theirs.ask(done).data == {mutation: {"__typename": "Message"}}
        run_jobs()
        assert progress() == reached
        assert announced() == before + number
    room = signed_in("commander.payments").get(f"/incidents/{incident.reference}/side").content.decode()
    assert "<h2>Reached</h2>" in room
    assert "Acknowledged" in room
    assert "ada.private" not in room
    assert (
        "<h2>Reached</h2>"
        not in signed_in("observer.payments").get(f"/incidents/{incident.reference}/side").content.decode()
    )


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "The mail server refused the recipient: 550 5.1.1 unknown",
            "The mail server refused the recipient: 550 5.1.1 unknown",
        ),
        ("Telegram said no to tgram://a:b/c", "Telegram said no to …"),
        ("ada+x@mail.example.org is full", "… is full"),
    ],
)
def test_what_providers_say_is_told_without_addresses(said: str, told: str) -> None:
    assert without_addresses(said) == told
