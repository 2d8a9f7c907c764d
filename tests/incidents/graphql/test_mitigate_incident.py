"""`mitigateIncident`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { status mitigatedAt acknowledgedAt timeline(last: 1) { edges { node { body } } } }"


def test_users_no_longer_suffer(api: ApiOf, incident: Incident) -> None:
    answer = api("responder.payments").change(
        "mitigateIncident", FIELDS, incidentId=global_id("Incident", incident), note="Switched to the standby"
    )

    mitigated = answer.data["mitigateIncident"]
    assert (mitigated["status"], mitigated["acknowledgedAt"]) == ("MITIGATED", None)
    assert mitigated["mitigatedAt"]
    assert mitigated["timeline"]["edges"][0]["node"]["body"] == "Mitigated: Switched to the standby"


def test_what_is_resolved_is_not_mitigated(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    own.change("resolveIncident", "", incidentId=global_id("Incident", incident))

    with nothing_changed():
        answer = own.change("mitigateIncident", FIELDS, incidentId=global_id("Incident", incident))

    (error,) = answer.data["mitigateIncident"]["errors"]
    assert error["code"] == "CONFLICT"
    assert "can become acknowledged or closed" in error["message"]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("mitigateIncident", FIELDS, incidentId=global_id("Incident", incident))

    assert [error["code"] for error in answer.data["mitigateIncident"]["errors"]] == [code]


def test_a_note_has_its_length(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change("mitigateIncident", FIELDS, incidentId=global_id("Incident", incident), note="x" * 20_001)

    assert [error["path"] for error in answer.data["mitigateIncident"]["errors"]] == [["input", "note"]]
