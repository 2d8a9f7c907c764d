"""The inbox in GraphQL: one's own messages, seen and acknowledged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.delivery import sending
from hub.delivery.models import Message
from hub.incidents import actions
from hub.incidents.models import Incident, RoleKind, Severity, Status
from hub.lib.identity import Actor
from tenants.models import AuditEntry, BusinessUnit, RoleAssignment
from tests.conftest import seeding
from tests.delivery.conftest import as_it_is, message_to
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.services.smtp import SmtpServer

pytestmark = pytest.mark.django_db

__all__ = ["api"]

ActorNamed = Callable[[str], Actor]

INBOX = """{ inbox { totalCount edges { node {
  id subject text reference path isPage status seenAt acknowledgedAt
  person { username } unit { slug } receipts { channel number state reason } } } } }"""
MESSAGES = "{ messages { edges { node { id person { username } receipts { channel state reason } } } } }"
SEEN = """mutation ($id: ID!) { markMessageSeen(input: {messageId: $id}) {
  __typename ... on Message { seenAt acknowledgedAt } ... on MutationErrors { errors { code path } } } }"""
ACKNOWLEDGE = """mutation ($id: ID!) { acknowledgeMessage(input: {messageId: $id}) {
  __typename ... on Message { seenAt acknowledgedAt } ... on MutationErrors { errors { code message path } } } }"""


def ask(api: Api, document: str, **variables: object) -> dict[str, Any]:
    answer: dict[str, Any] = api.ask(document, **variables).data
    return answer


def inbox(api: Api) -> list[dict[str, Any]]:
    return [edge["node"] for edge in ask(api, INBOX)["inbox"]["edges"]]


def paged(actor: ActorNamed, username: str = "commander.payments") -> tuple[Incident, Message]:
    """An incident that somebody was given to command, and the page that says so."""
    coordinator = actor("coordinator")
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    incident = actions.declare_incident(actor=coordinator, title="Ledger lags", severity=Severity.SEV3, unit_id=unit.pk)
    actions.assign_role(
        actor=coordinator, incident_id=incident.pk, role=RoleKind.COMMANDER, person_id=actor(username).person_id or 0
    )
    run_jobs()
    with seeding():
        return incident, Message.objects.get(incident_id=incident.pk)


def status_of(incident: Incident) -> str:
    with seeding():
        return Incident.objects.get(pk=incident.pk).status


def test_it_holds_what_one_was_told_with_every_attempt(
    actor: ActorNamed, api: ApiOf, mail: None, smtp: SmtpServer
) -> None:
    incident, message = paged(actor)

    [entry] = inbox(api("commander.payments"))

    assert entry["id"] == global_id("Message", message)
    assert entry["subject"] == f"[SEV3] {incident.reference} Ledger lags: you are incident commander"
    assert (entry["reference"], entry["path"]) == (incident.reference, f"/incidents/{incident.reference}")
    assert (entry["isPage"], entry["status"], entry["seenAt"]) == (True, "SENT", None)
    assert (entry["person"], entry["unit"]) == ({"username": "commander.payments"}, {"slug": "payments"})
    assert entry["receipts"] == [
        {"channel": "IN_APP", "number": 0, "state": "DELIVERED", "reason": ""},
        {"channel": "EMAIL", "number": 1, "state": "SENT", "reason": ""},
    ]
    assert inbox(api("responder.payments")) == []


def test_without_a_mail_server_it_says_so(actor: ActorNamed, api: ApiOf) -> None:
    paged(actor)

    [entry] = inbox(api("commander.payments"))

    assert entry["status"] == "INBOX_ONLY"
    assert entry["receipts"][1] == {
        "channel": "EMAIL",
        "number": 1,
        "state": "SKIPPED",
        "reason": "No mail server is configured (HUB_SMTP_URL).",
    }


def test_the_first_sight_counts(actor: ActorNamed, api: ApiOf) -> None:
    _, message = paged(actor)
    commander = api("commander.payments")

    first = ask(commander, SEEN, id=global_id("Message", message))["markMessageSeen"]
    second = ask(commander, SEEN, id=global_id("Message", message))["markMessageSeen"]

    assert first["seenAt"] == second["seenAt"] is not None
    assert first["acknowledgedAt"] is None


def test_acknowledging_a_page_acknowledges_its_incident(actor: ActorNamed, api: ApiOf) -> None:
    incident, message = paged(actor)

    answer = ask(api("commander.payments"), ACKNOWLEDGE, id=global_id("Message", message))["acknowledgeMessage"]

    assert answer["acknowledgedAt"] is not None
    assert answer["seenAt"] is not None
    assert status_of(incident) == Status.ACKNOWLEDGED
    with seeding():
        verbs = AuditEntry.objects.filter(incident_id=incident.pk, person_id=message.person_id).values_list(
            "verb", flat=True
        )
        assert set(verbs) == {"acknowledge_message", "acknowledge_incident"}


def test_an_incident_that_has_gone_on_stays_where_it_is(actor: ActorNamed, api: ApiOf) -> None:
    incident, message = paged(actor)
    actions.mitigate_incident(actor=actor("coordinator"), incident_id=incident.pk)

    answer = ask(api("commander.payments"), ACKNOWLEDGE, id=global_id("Message", message))["acknowledgeMessage"]

    assert answer["acknowledgedAt"] is not None
    assert status_of(incident) == Status.MITIGATED


def test_whoever_may_not_work_on_the_incident_acknowledges_the_page_alone(actor: ActorNamed, api: ApiOf) -> None:
    incident, message = paged(actor, "observer.payments")

    answer = ask(api("observer.payments"), ACKNOWLEDGE, id=global_id("Message", message))["acknowledgeMessage"]

    assert answer["acknowledgedAt"] is not None
    assert status_of(incident) == Status.DECLARED


def test_whoever_sees_the_incident_no_longer_acknowledges_the_page_alone(actor: ActorNamed, api: ApiOf) -> None:
    incident, message = paged(actor)
    with seeding():
        RoleAssignment.objects.filter(person__username="commander.payments").delete()

    answer = ask(api("commander.payments"), ACKNOWLEDGE, id=global_id("Message", message))["acknowledgeMessage"]

    assert (answer["__typename"], bool(answer["acknowledgedAt"])) == ("Message", True)
    assert status_of(incident) == Status.DECLARED
    with seeding():
        (entry,) = AuditEntry.objects.filter(verb="acknowledge_message", object_id=message.pk)
        assert (entry.unit_id, entry.incident_id) == (incident.unit_id, None)


def test_a_notice_asks_for_no_acknowledgement(actor: ActorNamed, api: ApiOf) -> None:
    message = message_to("commander.payments", is_page=False)

    answer = ask(api("commander.payments"), ACKNOWLEDGE, id=global_id("Message", message))["acknowledgeMessage"]

    assert answer["errors"] == [
        {"code": "CONFLICT", "message": "This message asks for no acknowledgement.", "path": ["input", "messageId"]}
    ]
    assert as_it_is(message).acknowledged_at is None


def test_whoever_acknowledges_the_incident_elsewhere_has_answered_their_page(actor: ActorNamed, api: ApiOf) -> None:
    incident, message = paged(actor)
    actions.assign_role(
        actor=actor("coordinator"),
        incident_id=incident.pk,
        role=RoleKind.RESPONDER,
        person_id=actor("responder2.payments").person_id or 0,
    )
    run_jobs()

    actions.acknowledge_incident(actor=actor("commander.payments"), incident_id=incident.pk)
    run_jobs()

    assert as_it_is(message).acknowledged_at is not None
    [other] = inbox(api("responder2.payments"))
    assert other["acknowledgedAt"] is None


@pytest.mark.parametrize("username", ["responder.payments", "admin.payments", "coordinator", "outsider.logistics"])
def test_nobody_else_answers_a_page(actor: ActorNamed, api: ApiOf, username: str) -> None:
    """Also those who see it: to them it is the same as one that does not exist."""
    incident, message = paged(actor)
    other = api(username)

    for document, name in ((SEEN, "markMessageSeen"), (ACKNOWLEDGE, "acknowledgeMessage")):
        real = ask(other, document, id=global_id("Message", message))[name]
        unknown = ask(other, document, id=global_id("Message", 999999999))[name]
        assert real == unknown
        assert real["errors"][0]["code"] == "NOT_FOUND"

    assert as_it_is(message).seen_at is None
    assert status_of(incident) == Status.DECLARED


@pytest.mark.parametrize(
    ("username", "sees"),
    [
        ("commander.payments", True),
        ("admin.payments", True),
        ("lead.emea", True),
        ("responder.payments", False),
        ("coordinator", False),
        ("auditor", False),
        ("admin.logistics", False),
        ("outsider.logistics", False),
    ],
)
def test_receipts_are_for_the_person_and_for_whoever_administers_the_unit(
    actor: ActorNamed, api: ApiOf, username: str, sees: bool
) -> None:
    _, message = paged(actor)

    edges = ask(api(username), MESSAGES)["messages"]["edges"]

    found = [edge["node"]["receipts"] for edge in edges if edge["node"]["id"] == global_id("Message", message)]
    assert [[receipt["channel"] for receipt in receipts] for receipts in found] == (
        [["IN_APP", "EMAIL"]] if sees else []
    )


def test_restricting_an_incident_closes_its_messages_at_once(actor: ActorNamed, api: ApiOf) -> None:
    incident, message = paged(actor, "responder2.payments")
    assert len(inbox(api("responder2.payments"))) == 1

    actions.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="May be an intrusion")

    for username in ("admin.payments", "lead.emea", "observer.payments"):
        edges = ask(api(username), MESSAGES)["messages"]["edges"]
        assert global_id("Message", message) not in [edge["node"]["id"] for edge in edges]
    # The restriction admits the commander, who was told of it before.
    assert [entry["id"] for entry in inbox(api("responder2.payments"))] == [global_id("Message", message)]
    late = api("responder.payments")
    assert ask(late, SEEN, id=global_id("Message", message))["markMessageSeen"]["errors"][0]["code"] == "NOT_FOUND"


def test_the_number_of_statements_does_not_grow_with_the_inbox(actor: ActorNamed, api: ApiOf) -> None:
    commander = api("commander.payments")
    counts = []
    for total in (1, 8):
        for number in range(total):
            sending.deliver([message_to("commander.payments", dedupe_key=f"test:{total}:{number}").pk])
        counts.append(commander.ask(INBOX).statements)

    assert counts[0] == counts[1]
