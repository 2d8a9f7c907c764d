"""`grantAccess`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.incidents.models import Incident, IncidentPersonGrant
from hub.lib import clock
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import nothing_changed

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]

FIELDS = "... on Incident { restricted timeline(last: 1) { edges { node { body } } } }"
SEEN = "query ($id: ID!) { incident(id: $id) { id } }"


@pytest.fixture
def restricted(api: ApiOf, incident: Incident) -> str:
    incident_id = global_id("Incident", incident)
    api("commander.payments").change("restrictIncident", "", incidentId=incident_id, reason="Card numbers are in it")
    return incident_id


def test_one_more_person_sees_it(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    security = api("security")
    before = security.ask(SEEN, id=restricted).data["incident"]

    answer = api("commander.payments").change(
        "grantAccess",
        FIELDS,
        incidentId=restricted,
        personId=global_id("Person", person("security")),
        reason="Investigates it",
    )

    assert before is None
    assert answer.data["grantAccess"]["timeline"]["edges"][0]["node"]["body"].endswith("was admitted: Investigates it")
    assert security.ask(SEEN, id=restricted).data["incident"] == {"id": restricted}
    assert api("security.second").ask(SEEN, id=restricted).data["incident"] is None


def test_a_grant_may_end(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    api("commander.payments").change(
        "grantAccess",
        FIELDS,
        incidentId=restricted,
        personId=global_id("Person", person("security")),
        reason="Investigated it",
        validUntil=(clock.now() + timedelta(minutes=1)).isoformat(),
    )
    assert api("security").ask(SEEN, id=restricted).data["incident"] == {"id": restricted}
    with seeding():
        IncidentPersonGrant.objects.filter(reason="Investigated it").update(valid_until=clock.now())

    assert api("security").ask(SEEN, id=restricted).data["incident"] is None

    again = api("commander.payments").change(
        "grantAccess",
        FIELDS,
        incidentId=restricted,
        personId=global_id("Person", person("security")),
        reason="Is needed once more",
    )

    assert "errors" not in again.data["grantAccess"]
    assert api("security").ask(SEEN, id=restricted).data["incident"] == {"id": restricted}


def test_a_grant_does_not_end_before_it_begins(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    own = api("commander.payments")
    with nothing_changed():
        answer = own.change(
            "grantAccess",
            FIELDS,
            incidentId=restricted,
            personId=global_id("Person", person("security")),
            reason="Investigated it",
            validUntil=(clock.now() - timedelta(seconds=1)).isoformat(),
        )

    (error,) = answer.data["grantAccess"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "validUntil"])


@pytest.mark.parametrize("username", ["responder2.payments", "coordinator", "admin.payments", "outsider.logistics"])
def test_one_who_does_not_see_it_grants_nothing(
    api: ApiOf, restricted: str, person: PersonNamed, username: str
) -> None:
    own, themselves = api(username), global_id("Person", person(username))
    with nothing_changed():
        answer = own.change("grantAccess", FIELDS, incidentId=restricted, personId=themselves, reason="Curious")

    (error,) = answer.data["grantAccess"]["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "incidentId"])
    assert own.ask(SEEN, id=restricted).data["incident"] is None


def test_an_open_incident_needs_no_grant(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    own, somebody = api("commander.payments"), global_id("Person", person("security"))
    with nothing_changed():
        answer = own.change(
            "grantAccess", FIELDS, incidentId=global_id("Incident", incident), personId=somebody, reason="Because"
        )

    assert [error["code"] for error in answer.data["grantAccess"]["errors"]] == ["CONFLICT"]


@pytest.mark.parametrize(
    ("input", "fault"),
    [
        ({"personId": global_id("Person", 10**15)}, ("NOT_FOUND", ["input", "personId"])),
        ({"personId": "x"}, ("NOT_FOUND", ["input", "personId"])),
        ({"personId": "commander.payments"}, ("CONFLICT", ["input", "personId"])),
        ({"reason": ""}, ("INVALID", ["input", "reason"])),
    ],
)
def test_what_cannot_be_is_said_with_its_field(
    api: ApiOf, restricted: str, person: PersonNamed, input: dict[str, str], fault: tuple[str, list[str]]
) -> None:
    given = {"incidentId": restricted, "personId": "security", "reason": "Because"} | input
    if "." in given["personId"] or given["personId"] == "security":
        given["personId"] = global_id("Person", person(given["personId"]))
    own = api("commander.payments")
    with nothing_changed():
        answer = own.change("grantAccess", FIELDS, **given)

    assert [(error["code"], error["path"]) for error in answer.data["grantAccess"]["errors"]] == [fault]
