"""`reopenIncident`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import Api, ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { status resolvedAt timeline(last: 1) { edges { node { body } } } }"


def resolved(own: Api, incident: Incident) -> str:
    incident_id = global_id("Incident", incident)
    own.change("resolveIncident", "", incidentId=incident_id)
    return incident_id


def test_it_was_not_over_after_all(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")

    answer = own.change("reopenIncident", FIELDS, incidentId=resolved(own, incident), note="The lag is back")

    reopened = answer.data["reopenIncident"]
    assert (reopened["status"], reopened["resolvedAt"]) == ("ACKNOWLEDGED", None)
    assert reopened["timeline"]["edges"][0]["node"]["body"] == "Reopened: The lag is back"


def test_it_takes_a_reason(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    incident_id = resolved(own, incident)

    with nothing_changed():
        answer = own.change("reopenIncident", FIELDS, incidentId=incident_id, note=" ")

    (error,) = answer.data["reopenIncident"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "note"])


def test_what_is_closed_stays_closed(api: ApiOf, incident: Incident) -> None:
    own = api("commander.payments")
    incident_id = resolved(own, incident)
    own.change("closeIncident", "", incidentId=incident_id)

    with nothing_changed():
        answer = own.change("reopenIncident", FIELDS, incidentId=incident_id, note="Again")

    (error,) = answer.data["reopenIncident"]["errors"]
    assert error["code"] == "CONFLICT"
    assert "stays closed" in error["message"]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    incident_id = resolved(api("responder.payments"), incident)
    own = api(username)
    with nothing_changed():
        answer = own.change("reopenIncident", FIELDS, incidentId=incident_id, note="Again")

    assert [error["code"] for error in answer.data["reopenIncident"]["errors"]] == [code]
