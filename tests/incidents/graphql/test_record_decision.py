"""`recordDecision`."""

from __future__ import annotations

from typing import Any

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on TimelineEntry { kind body rationale author { username } }"


def test_a_decision_is_kept_with_its_reason(api: ApiOf, incident: Incident) -> None:
    answer = api("commander.payments").change(
        "recordDecision",
        FIELDS,
        incidentId=global_id("Incident", incident),
        decision="Fail over to the standby",
        rationale="Its lag is below ten seconds",
    )

    assert answer.data["recordDecision"] == {
        "__typename": "TimelineEntry",
        "kind": "DECISION",
        "body": "Fail over to the standby",
        "rationale": "Its lag is below ten seconds",
        "author": {"username": "commander.payments"},
    }


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({"decision": ""}, ["input", "decision"]),
        ({"decision": "x" * 20_001}, ["input", "decision"]),
        ({"rationale": "x" * 20_001}, ["input", "rationale"]),
    ],
)
def test_what_cannot_be_is_said_with_its_field(
    api: ApiOf, incident: Incident, input: dict[str, Any], path: list[str]
) -> None:
    own = api("commander.payments")
    with nothing_changed():
        answer = own.change(
            "recordDecision", FIELDS, **({"incidentId": global_id("Incident", incident), "decision": "Wait"} | input)
        )

    assert [(error["code"], error["path"]) for error in answer.data["recordDecision"]["errors"]] == [("INVALID", path)]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("recordDecision", FIELDS, incidentId=global_id("Incident", incident), decision="Wait")

    assert [error["code"] for error in answer.data["recordDecision"]["errors"]] == [code]
