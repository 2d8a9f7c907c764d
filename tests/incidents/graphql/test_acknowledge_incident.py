"""`acknowledgeIncident`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from hub.live.models import OutboxEntry
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import fresh, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = (
    "... on Incident { status acknowledgedAt timeline(last: 1) { edges { node { kind body author { username } } } } }"
)


def test_somebody_is_on_it(api: ApiOf, incident: Incident) -> None:
    answer = api("responder2.payments").change(
        "acknowledgeIncident", FIELDS, incidentId=global_id("Incident", incident)
    )

    acknowledged = answer.data["acknowledgeIncident"]
    assert acknowledged["status"] == "ACKNOWLEDGED"
    assert acknowledged["acknowledgedAt"]
    assert acknowledged["timeline"]["edges"][0]["node"] == {
        "kind": "STATUS",
        "body": "Acknowledged",
        "author": {"username": "responder2.payments"},
    }
    with seeding():
        assert OutboxEntry.objects.filter(incident_id=incident.pk).latest("id").type == "IncidentStatusChanged"


def test_twice_is_once_too_often(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    own.change("acknowledgeIncident", FIELDS, incidentId=global_id("Incident", incident))

    with nothing_changed():
        answer = own.change("acknowledgeIncident", FIELDS, incidentId=global_id("Incident", incident))

    (error,) = answer.data["acknowledgeIncident"]["errors"]
    assert error["code"] == "CONFLICT"
    assert error["message"] == f"{incident.reference} is acknowledged already."


@pytest.mark.parametrize(
    ("username", "code"),
    [("observer.payments", "FORBIDDEN"), ("auditor", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND")],
)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("acknowledgeIncident", FIELDS, incidentId=global_id("Incident", incident))

    assert [error["code"] for error in answer.data["acknowledgeIncident"]["errors"]] == [code]
    assert fresh(incident).status == "declared"
