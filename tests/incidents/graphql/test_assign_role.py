"""`assignRole`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.incidents.models import Incident
from tenants.models import AuditEntry, Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]

FIELDS = "... on Incident { commander { username } roles { kind endedAt person { username } } }"


def test_somebody_takes_a_role(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    answer = api("responder.payments").change(
        "assignRole",
        FIELDS,
        incidentId=global_id("Incident", incident),
        role="SCRIBE",
        personId=global_id("Person", person("observer.payments")),
    )

    assert {"kind": "SCRIBE", "endedAt": None, "person": {"username": "observer.payments"}} in answer.data[
        "assignRole"
    ]["roles"]


def test_command_is_handed_over(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    assert incident.commander is not None
    other = {"commander.payments": "commander2.payments", "commander2.payments": "commander.payments"}
    successor = other[incident.commander.username]

    answer = api(incident.commander.username).change(
        "assignRole",
        FIELDS,
        incidentId=global_id("Incident", incident),
        role="COMMANDER",
        personId=global_id("Person", person(successor)),
    )

    assigned = answer.data["assignRole"]
    assert assigned["commander"] == {"username": successor}
    commanders = [role for role in assigned["roles"] if role["kind"] == "COMMANDER"]
    assert [role["person"]["username"] for role in commanders if role["endedAt"] is None] == [successor]
    assert len(commanders) == 2


def test_command_is_not_taken_by_one_who_may_not(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    own, successor = api("responder.payments"), global_id("Person", person("responder.payments"))
    with nothing_changed():
        answer = own.change(
            "assignRole", FIELDS, incidentId=global_id("Incident", incident), role="COMMANDER", personId=successor
        )

    assert [error["code"] for error in answer.data["assignRole"]["errors"]] == ["FORBIDDEN"]


def test_a_role_in_a_restricted_incident_opens_it(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    own, incident_id = api("commander.payments"), global_id("Incident", incident)
    own.change("restrictIncident", "", incidentId=incident_id, reason="Card numbers are in it")
    security, seen = api("security"), "query ($id: ID!) { incident(id: $id) { id } }"
    before = security.ask(seen, id=incident_id).data["incident"]

    answer = own.change(
        "assignRole",
        "... on Incident { timeline(last: 2) { edges { node { body } } } }",
        incidentId=incident_id,
        role="TECHNICAL_LEAD",
        personId=global_id("Person", person("security")),
    )

    assert before is None
    assert security.ask(seen, id=incident_id).data["incident"] == {"id": incident_id}
    name = person("security").name
    assert [edge["node"]["body"] for edge in answer.data["assignRole"]["timeline"]["edges"]] == [
        f"{name} was admitted: To be technical lead",
        f"{name} is technical lead (By hand)",
    ]
    with seeding():
        trail = AuditEntry.objects.filter(incident_id=incident.pk).order_by("-id")[:2]
        assert [entry.verb for entry in trail] == ["assign_role", "grant_access"]


def test_nobody_without_a_grant_lets_somebody_in_by_a_role(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    incident_id = global_id("Incident", incident)
    api("commander.payments").change("restrictIncident", "", incidentId=incident_id, reason="Card numbers are in it")
    own, themselves = api("responder2.payments"), global_id("Person", person("responder2.payments"))
    with nothing_changed():
        answer = own.change("assignRole", FIELDS, incidentId=incident_id, role="SCRIBE", personId=themselves)

    assert [error["code"] for error in answer.data["assignRole"]["errors"]] == ["NOT_FOUND"]


def test_a_role_is_held_once(api: ApiOf, incident: Incident) -> None:
    own, commander = api("commander.payments"), global_id("Person", incident.commander_id or 0)
    with nothing_changed():
        answer = own.change(
            "assignRole", FIELDS, incidentId=global_id("Incident", incident), role="COMMANDER", personId=commander
        )

    (error,) = answer.data["assignRole"]["errors"]
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "personId"])


@pytest.mark.parametrize("person_id", ["x", global_id("Person", 10**15), global_id("BusinessUnit", 1)])
def test_nobody_holds_no_role(api: ApiOf, incident: Incident, person_id: str) -> None:
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change(
            "assignRole", FIELDS, incidentId=global_id("Incident", incident), role="SCRIBE", personId=person_id
        )

    (error,) = answer.data["assignRole"]["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "personId"])


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(
    api: ApiOf, incident: Incident, person: PersonNamed, username: str, code: str
) -> None:
    own, themselves = api(username), global_id("Person", person(username))
    with nothing_changed():
        answer = own.change(
            "assignRole", FIELDS, incidentId=global_id("Incident", incident), role="RESPONDER", personId=themselves
        )

    assert [error["code"] for error in answer.data["assignRole"]["errors"]] == [code]
