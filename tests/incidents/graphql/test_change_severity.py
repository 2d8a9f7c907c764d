"""`changeSeverity`."""

from __future__ import annotations

from typing import Any

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { severity severityReason timeline(last: 1) { edges { node { kind body } } } }"


def test_it_is_graver_than_was_thought(api: ApiOf, incident: Incident) -> None:
    answer = api("responder.payments").change(
        "changeSeverity",
        FIELDS,
        incidentId=global_id("Incident", incident),
        severity="SEV1",
        reason="Payments are lost",
    )

    changed = answer.data["changeSeverity"]
    assert (changed["severity"], changed["severityReason"]) == ("SEV1", "Payments are lost")
    assert changed["timeline"]["edges"][0]["node"] == {
        "kind": "SEVERITY",
        "body": "Severity changed from SEV3 to SEV1: Payments are lost",
    }


@pytest.mark.parametrize(
    ("input", "code", "path"),
    [
        ({"reason": ""}, "INVALID", ["input", "reason"]),
        ({"reason": "x" * 301}, "INVALID", ["input", "reason"]),
        ({"severity": "SEV3"}, "CONFLICT", ["input", "severity"]),
    ],
)
def test_what_cannot_be_is_said_with_its_field(
    api: ApiOf, incident: Incident, input: dict[str, Any], code: str, path: list[str]
) -> None:
    own = api("responder.payments")
    given = {"incidentId": global_id("Incident", incident), "severity": "SEV1", "reason": "Because"}
    with nothing_changed():
        answer = own.change("changeSeverity", FIELDS, **(given | input))

    assert [(error["code"], error["path"]) for error in answer.data["changeSeverity"]["errors"]] == [(code, path)]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change(
            "changeSeverity", FIELDS, incidentId=global_id("Incident", incident), severity="SEV1", reason="Because"
        )

    assert [error["code"] for error in answer.data["changeSeverity"]["errors"]] == [code]
