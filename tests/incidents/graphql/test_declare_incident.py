"""`declareIncident`."""

from __future__ import annotations

from typing import Any

import pytest

from hub.catalog.models import Service
from hub.incidents.models import Incident
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = """... on Incident {
  id reference title severity status restricted unit { slug } service { slug } declaredBy { username }
  roles { kind person { username } } timeline { edges { node { body } } }
}"""


def ledger() -> str:
    with seeding():
        return global_id("Service", Service.objects.get(slug="ledger"))


def test_an_incident_begins_with_its_people_on_it(api: ApiOf) -> None:
    answer = api("responder.payments").change(
        "declareIncident",
        FIELDS,
        title="  Ledger lags ",
        severity="SEV2",
        serviceId=ledger(),
        severityReason="Money waits",
    )

    declared = answer.data["declareIncident"]
    assert (declared["title"], declared["severity"], declared["status"]) == ("Ledger lags", "SEV2", "DECLARED")
    assert (declared["unit"], declared["service"]) == ({"slug": "payments"}, {"slug": "ledger"})
    assert declared["declaredBy"] == {"username": "responder.payments"}
    assert {role["kind"] for role in declared["roles"]} == {"COMMANDER", "RESPONDER"}
    assert declared["timeline"]["edges"][0]["node"]["body"] == "Declared as SEV2: Ledger lags"
    with seeding():
        incident = Incident.objects.get(reference=declared["reference"])
        entry = AuditEntry.objects.get(verb="declare_incident", object_id=incident.pk)
    assert (entry.through, entry.person_id) == ("graphql", incident.declared_by_id)


def test_a_unit_is_enough(api: ApiOf) -> None:
    with seeding():
        unit = global_id("BusinessUnit", BusinessUnit.objects.get(slug="payments"))

    answer = api("responder.payments").change("declareIncident", FIELDS, title="Odd", severity="SEV5", unitId=unit)

    assert answer.data["declareIncident"]["unit"] == {"slug": "payments"}
    assert answer.data["declareIncident"]["roles"] == []


def test_a_restricted_one_is_seen_by_its_declarer_alone(api: ApiOf) -> None:
    answer = api("responder.payments").change(
        "declareIncident", FIELDS, title="Cards in a log", severity="SEV1", serviceId=ledger(), restricted=True
    )

    declared = answer.data["declareIncident"]
    assert declared["restricted"]
    assert declared["reference"].startswith("PAY-R")
    query = "query ($id: ID!) { node(id: $id) { id } }"
    assert api("responder.payments").ask(query, id=declared["id"]).data["node"] == {"id": declared["id"]}
    for username in ("coordinator", "commander.payments", "lead.emea", "outsider.logistics"):
        assert api(username).ask(query, id=declared["id"]).data["node"] is None


@pytest.mark.parametrize("username", ["observer.payments", "outsider.logistics", "auditor", "steward"])
def test_it_takes_a_responders_role_in_the_unit(api: ApiOf, username: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("declareIncident", FIELDS, title="No", severity="SEV3", serviceId=ledger())

    (error,) = answer.data["declareIncident"]["errors"]
    assert error["code"] == "FORBIDDEN"
    assert "Payments" in error["message"]


@pytest.mark.parametrize(
    ("input", "code", "path"),
    [
        ({"title": " "}, "INVALID", ["input", "title"]),
        ({"title": "x" * 201}, "INVALID", ["input", "title"]),
        ({"serviceId": None}, "INVALID", ["input", "unitId"]),
        ({"serviceId": "nothing"}, "NOT_FOUND", ["input", "serviceId"]),
        ({"serviceId": global_id("Service", 10**15)}, "NOT_FOUND", ["input", "serviceId"]),
        ({"unitId": global_id("BusinessUnit", 10**15)}, "NOT_FOUND", ["input", "unitId"]),
        ({"unitId": global_id("Service", 1)}, "NOT_FOUND", ["input", "unitId"]),
        ({"incidentTypeId": global_id("Term", 10**15)}, "NOT_FOUND", ["input", "incidentTypeId"]),
        ({"summary": "x" * 20_001}, "INVALID", ["input", "summary"]),
        ({"severity": None}, "INVALID", ["input", "severity"]),
    ],
)
def test_what_cannot_be_is_said_with_its_field(api: ApiOf, input: dict[str, Any], code: str, path: list[str]) -> None:
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change(
            "declareIncident", FIELDS, **({"title": "Odd", "severity": "SEV3", "serviceId": ledger()} | input)
        )

    assert [(error["code"], error["path"]) for error in answer.data["declareIncident"]["errors"]] == [(code, path)]


@pytest.mark.parametrize("input", [{"severity": "SEV9"}, {"titel": "x"}, {"title": 5}])
def test_what_the_schema_does_not_take_is_not_executed(api: ApiOf, input: dict[str, Any]) -> None:
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change(
            "declareIncident", FIELDS, **({"title": "Odd", "severity": "SEV3", "serviceId": ledger()} | input)
        )

    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])
