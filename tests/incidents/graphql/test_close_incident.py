"""`closeIncident`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { status closedAt resolvedAt }"


def test_nothing_is_left_to_do(api: ApiOf, incident: Incident) -> None:
    own = api("commander.payments")
    own.change("resolveIncident", "", incidentId=global_id("Incident", incident))

    answer = own.change("closeIncident", FIELDS, incidentId=global_id("Incident", incident))

    closed = answer.data["closeIncident"]
    assert closed["status"] == "CLOSED"
    assert closed["closedAt"] >= closed["resolvedAt"]


def test_it_takes_one_who_may_command(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    own.change("resolveIncident", "", incidentId=global_id("Incident", incident))

    with nothing_changed():
        answer = own.change("closeIncident", FIELDS, incidentId=global_id("Incident", incident))

    assert [error["code"] for error in answer.data["closeIncident"]["errors"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    api("responder.payments").change("resolveIncident", "", incidentId=global_id("Incident", incident))
    own = api(username)
    with nothing_changed():
        answer = own.change("closeIncident", FIELDS, incidentId=global_id("Incident", incident))

    assert [error["code"] for error in answer.data["closeIncident"]["errors"]] == [code]


def test_what_goes_on_is_not_closed(api: ApiOf, incident: Incident) -> None:
    own = api("commander.payments")
    with nothing_changed():
        answer = own.change("closeIncident", FIELDS, incidentId=global_id("Incident", incident))

    (error,) = answer.data["closeIncident"]["errors"]
    assert error["code"] == "CONFLICT"
    assert "it is declared" in error["message"]
