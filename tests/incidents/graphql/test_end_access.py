"""`endAccess`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.incidents.models import Incident
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import nothing_changed

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]

DONE = "... on AccessIsOver { personId }"
SEEN = "query ($id: ID!) { incident(id: $id) { id } }"
GRANTS = """query ($id: ID!) { incident(id: $id) {
  grants { person { username } grantedBy { username } endedBy { username } isOwner reason }
  roles { person { username } endedAt } timeline(last: 1) { edges { node { body } } } } }"""


@pytest.fixture
def restricted(api: ApiOf, incident: Incident, person: PersonNamed) -> str:
    """Restricted by the commander of Payments, with security admitted."""
    incident_id, own = global_id("Incident", incident), api("commander.payments")
    own.change("restrictIncident", "", incidentId=incident_id, reason="Card numbers are in it")
    own.change(
        "grantAccess", "", incidentId=incident_id, personId=global_id("Person", person("security")), reason="Looks"
    )
    return incident_id


def test_sight_ends_at_once_and_the_grant_says_who_ended_it(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    own, security = api("commander.payments"), global_id("Person", person("security"))
    own.change("assignRole", "", incidentId=restricted, role="SCRIBE", personId=security)
    before = api("security").ask(SEEN, id=restricted).data["incident"]

    answer = own.change("endAccess", DONE, incidentId=restricted, personId=security, reason="Has looked")

    assert before == {"id": restricted}
    assert answer.data["endAccess"]["personId"] == security
    assert api("security").ask(SEEN, id=restricted).data["incident"] is None
    told = own.ask(GRANTS, id=restricted).data["incident"]
    (ended,) = [each for each in told["grants"] if each["person"]["username"] == "security"]
    assert ended == {
        "person": {"username": "security"},
        "grantedBy": {"username": "commander.payments"},
        "endedBy": {"username": "commander.payments"},
        "isOwner": False,
        "reason": "Looks",
    }
    assert [each["endedAt"] is None for each in told["roles"] if each["person"]["username"] == "security"] == [False]
    assert told["timeline"]["edges"][0]["node"]["body"].endswith("is no longer admitted: Has looked")


def test_one_whose_grant_has_ended_can_be_admitted_again(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    own, security = api("commander.payments"), global_id("Person", person("security"))
    own.change("endAccess", DONE, incidentId=restricted, personId=security, reason="Has looked")

    again = own.change("grantAccess", "", incidentId=restricted, personId=security, reason="Must look again")

    assert "errors" not in again.data["grantAccess"]
    assert api("security").ask(SEEN, id=restricted).data["incident"] == {"id": restricted}


def test_everybody_may_give_up_their_own_sight(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    own = api("security")

    answer = own.change(
        "endAccess", DONE, incidentId=restricted, personId=global_id("Person", person("security")), reason="On leave"
    )

    assert "errors" not in answer.data["endAccess"]
    assert own.ask(SEEN, id=restricted).data["incident"] is None


@pytest.mark.parametrize(
    ("username", "ended", "code"),
    [
        ("security", "commander.payments", "FORBIDDEN"),
        ("coordinator", "security", "NOT_FOUND"),
        ("admin.payments", "security", "NOT_FOUND"),
        ("commander.payments", "security.second", "NOT_FOUND"),
    ],
)
def test_only_an_owner_ends_what_is_there(api: ApiOf, restricted: str, username: str, ended: str, code: str) -> None:
    with seeding():
        somebody = global_id("Person", Person.objects.get(username=ended))
    own = api(username)
    with nothing_changed():
        answer = own.change("endAccess", DONE, incidentId=restricted, personId=somebody, reason="Because")

    assert [error["code"] for error in answer.data["endAccess"]["errors"]] == [code]


def test_one_who_is_only_admitted_admits_nobody(api: ApiOf, restricted: str, person: PersonNamed) -> None:
    own, somebody = api("security"), global_id("Person", person("security.second"))
    with nothing_changed():
        answer = own.change("grantAccess", "", incidentId=restricted, personId=somebody, reason="Helps")

    assert [error["code"] for error in answer.data["grantAccess"]["errors"]] == ["FORBIDDEN"]


def test_somebody_owns_it_at_all_times(api: ApiOf, incident: Incident, restricted: str, person: PersonNamed) -> None:
    own, mine = api("commander.payments"), global_id("Person", person("commander.payments"))
    commander = incident.commander
    assert commander is not None
    with nothing_changed():
        refused = own.change(
            "endAccess", DONE, incidentId=restricted, personId=global_id("Person", commander), reason="Because"
        )
    assert [error["code"] for error in refused.data["endAccess"]["errors"]] == ["CONFLICT"], "the commander stays"

    security = global_id("Person", person("security"))
    own.change("assignRole", "", incidentId=restricted, role="COMMANDER", personId=security)
    if commander.username != "commander.payments":
        own.change("endAccess", DONE, incidentId=restricted, personId=global_id("Person", commander), reason="Done")
    with nothing_changed():
        last = own.change("endAccess", DONE, incidentId=restricted, personId=mine, reason="Because")
    assert [error["code"] for error in last.data["endAccess"]["errors"]] == ["CONFLICT"]


def test_an_open_incident_has_no_grants(api: ApiOf, incident: Incident, person: PersonNamed) -> None:
    own, somebody = api("commander.payments"), global_id("Person", person("security"))
    with nothing_changed():
        answer = own.change(
            "endAccess", DONE, incidentId=global_id("Incident", incident), personId=somebody, reason="Because"
        )

    assert [error["code"] for error in answer.data["endAccess"]["errors"]] == ["CONFLICT"]
