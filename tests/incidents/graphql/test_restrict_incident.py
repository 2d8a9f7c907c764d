"""`restrictIncident`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import fresh, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { restricted timeline { totalCount } }"
SEEN = (
    "query ($id: ID!) { incident(id: $id) { timeline { totalCount } } incidents(filters: {id: [$id]}) { totalCount } }"
)


def test_it_is_closed_to_all_but_a_few_at_once(api: ApiOf, incident: Incident) -> None:
    assert incident.commander is not None
    incident_id = global_id("Incident", incident)

    answer = api("commander.payments").change(
        "restrictIncident", FIELDS, incidentId=incident_id, reason="Card numbers are in it"
    )

    assert answer.data["restrictIncident"]["restricted"]
    for username in ("commander.payments", incident.commander.username):
        assert api(username).ask(SEEN, id=incident_id).data["incidents"]["totalCount"] == 1
    for username in ("responder.payments", "coordinator", "lead.emea", "auditor", "admin.payments"):
        assert api(username).ask(SEEN, id=incident_id).data == {"incident": None, "incidents": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("username", "code"),
    [("responder2.payments", "FORBIDDEN"), ("observer.payments", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND")],
)
def test_it_takes_one_who_may_command(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("restrictIncident", FIELDS, incidentId=global_id("Incident", incident), reason="Because")

    assert [error["code"] for error in answer.data["restrictIncident"]["errors"]] == [code]
    assert not fresh(incident).restricted


@pytest.mark.parametrize("reason", ["", "x" * 301])
def test_it_takes_a_reason(api: ApiOf, incident: Incident, reason: str) -> None:
    own = api("commander.payments")
    with nothing_changed():
        answer = own.change("restrictIncident", FIELDS, incidentId=global_id("Incident", incident), reason=reason)

    (error,) = answer.data["restrictIncident"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "reason"])


def test_twice_is_once_too_often(api: ApiOf, incident: Incident) -> None:
    own = api("commander.payments")
    own.change("restrictIncident", FIELDS, incidentId=global_id("Incident", incident), reason="Because")

    with nothing_changed():
        answer = own.change("restrictIncident", FIELDS, incidentId=global_id("Incident", incident), reason="Again")

    assert [error["code"] for error in answer.data["restrictIncident"]["errors"]] == ["CONFLICT"]
