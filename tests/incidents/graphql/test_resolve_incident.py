"""`resolveIncident`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { status resolvedAt timeline(last: 1) { edges { node { body } } } }"


def test_it_is_over(api: ApiOf, incident: Incident) -> None:
    answer = api("responder.payments").change(
        "resolveIncident", FIELDS, incidentId=global_id("Incident", incident), note="Replayed the journal"
    )

    resolved = answer.data["resolveIncident"]
    assert resolved["status"] == "RESOLVED"
    assert resolved["resolvedAt"]
    assert resolved["timeline"]["edges"][0]["node"]["body"] == "Resolved: Replayed the journal"


def test_what_is_over_is_over(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    own.change("resolveIncident", FIELDS, incidentId=global_id("Incident", incident))

    with nothing_changed():
        answer = own.change("resolveIncident", FIELDS, incidentId=global_id("Incident", incident))

    assert [error["code"] for error in answer.data["resolveIncident"]["errors"]] == ["CONFLICT"]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("resolveIncident", FIELDS, incidentId=global_id("Incident", incident))

    assert [error["code"] for error in answer.data["resolveIncident"]["errors"]] == [code]
