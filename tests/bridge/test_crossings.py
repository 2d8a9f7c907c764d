"""What crosses the bridge, and that each crossing is logged on the side that may know who and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hub.bridge.models import PROJECTION, Crossing, SecurityLink
from hub.incidents.models import Incident, TimelineEntry
from tenants.models import Person
from tests.bridge.conftest import Declare, investigation_for
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.graphql.walking import SCHEMA
from tests.incidents.graphql.conftest import nothing_changed
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

LOG = """query ($id: ID!) { incident(id: $id) { investigation { crossings {
  direction content reason person { username } } } } }"""


@pytest.fixture
def linked(api: ApiOf, declare: Declare) -> tuple[Incident, Incident]:
    """An incident and its investigation."""
    incident = declare()
    api("responder.payments").change(
        "suspectBreach", "", incidentId=global_id("Incident", incident), reason="Odd logins"
    )
    run_jobs()
    return incident, investigation_for(incident)


def test_security_shows_it_what_it_must_not_do(
    api: ApiOf, linked: tuple[Incident, Incident], person: Callable[[str], Person]
) -> None:
    incident, investigation = linked

    answer = api("security").change(
        "showToIt",
        "... on SecurityLink { constraints contact { username } }",
        incidentId=global_id("Incident", investigation),
        contactId=global_id("Person", person("security.second")),
        constraints="Do not reboot ledger-3",
        reason="Its memory is evidence against the night shift",
    )
    run_jobs()

    assert answer.data["showToIt"]["constraints"] == "Do not reboot ledger-3"
    (crossing,) = [
        each
        for each in api("security.second")
        .ask(LOG, id=global_id("Incident", investigation))
        .data["incident"]["investigation"]["crossings"]
        if each["direction"] == "TO_IT"
    ]
    assert crossing["person"] == {"username": "security"}
    assert crossing["reason"] == "Its memory is evidence against the night shift"
    assert crossing["content"]["constraints"] == "Do not reboot ledger-3"
    with seeding():
        said = TimelineEntry.objects.filter(incident=incident).latest("id")
        everything = str(list(TimelineEntry.objects.filter(incident=incident).values()))
    assert said.author_id is None
    assert "constraints: Do not reboot ledger-3" in said.body
    assert "night shift" not in everything
    assert investigation.reference not in everything


def test_it_passes_something_to_security(api: ApiOf, linked: tuple[Incident, Incident]) -> None:
    incident, investigation = linked

    api("responder.payments").change(
        "passToSecurity",
        "",
        incidentId=global_id("Incident", incident),
        text="The host was rebuilt on Thursday",
        reason="May have destroyed traces",
    )
    run_jobs()
    run_jobs()

    crossings = api("security").ask(LOG, id=global_id("Incident", investigation)).data["incident"]["investigation"]
    passed = [each for each in crossings["crossings"] if "text" in each["content"]]
    assert passed == [
        {
            "direction": "TO_SECURITY",
            "content": {"text": "The host was rebuilt on Thursday"},
            "reason": "May have destroyed traces",
            "person": {"username": "responder.payments"},
        }
    ]
    with seeding():
        heard = TimelineEntry.objects.filter(incident=investigation).latest("at")
    assert "The host was rebuilt on Thursday" in heard.body


@pytest.mark.parametrize("username", ["responder.payments", "commander.payments", "coordinator", "admin.payments"])
def test_the_it_side_moves_nothing_on_the_other(api: ApiOf, linked: tuple[Incident, Incident], username: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change(
            "showToIt", "", incidentId=global_id("Incident", linked[1]), constraints="None", reason="Curious"
        )

    assert [error["code"] for error in answer.data["showToIt"]["errors"]] == ["NOT_FOUND"]
    with seeding():
        assert SecurityLink.objects.get(incident=linked[0]).constraints == ""
        assert Crossing.objects.filter(incident=linked[1]).count() == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"reason": "", "note": "x"}, "INVALID"),
        ({"reason": "Because"}, "INVALID"),
        ({"reason": "Because", "contactId": "x"}, "NOT_FOUND"),
    ],
)
def test_bad_input_shows_nothing(
    api: ApiOf, linked: tuple[Incident, Incident], given: dict[str, str], code: str
) -> None:
    own = api("security")
    with nothing_changed():
        answer = own.change("showToIt", "", incidentId=global_id("Incident", linked[1]), **given)

    assert [error["code"] for error in answer.data["showToIt"]["errors"]] == [code]


def test_nothing_is_passed_without_a_bridge(api: ApiOf, declare: Declare) -> None:
    incident = declare()
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change(
            "passToSecurity", "", incidentId=global_id("Incident", incident), text="x", reason="Because"
        )

    assert [error["code"] for error in answer.data["passToSecurity"]["errors"]] == ["CONFLICT"]


def test_the_projection_is_what_is_declared() -> None:
    """A field more on the IT side's type is a decision, not an accident."""
    shown = set(SCHEMA.type_map["SecurityLink"].fields)  # type: ignore[attr-defined]
    own = {"id", "reason", "askedBy", "askedAt", "shownAt"}
    assert shown == {*PROJECTION, *own}
