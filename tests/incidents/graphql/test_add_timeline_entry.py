"""`addTimelineEntry`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.incidents.models import Incident
from hub.lib import clock
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on TimelineEntry { kind body at author { username } }"


def test_a_note_stands_in_the_timeline(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")

    answer = own.change(
        "addTimelineEntry", FIELDS, incidentId=global_id("Incident", incident), body=" The standby lags too. "
    )

    note = answer.data["addTimelineEntry"]
    assert (note["kind"], note["body"], note["author"]) == (
        "NOTE",
        "The standby lags too.",
        {"username": "responder.payments"},
    )
    timeline = own.ask(
        "query ($id: ID!) { incident(id: $id) { timeline(last: 1) { edges { node { body } } } } }",
        id=global_id("Incident", incident),
    )
    assert timeline.data["incident"]["timeline"]["edges"][0]["node"]["body"] == "The standby lags too."


def test_it_may_tell_of_what_was_before(api: ApiOf, incident: Incident) -> None:
    earlier = (clock.now() - timedelta(hours=3)).replace(microsecond=0)

    answer = api("responder.payments").change(
        "addTimelineEntry",
        FIELDS,
        incidentId=global_id("Incident", incident),
        body="First alarm",
        at=earlier.isoformat(),
    )

    assert answer.data["addTimelineEntry"]["at"] == earlier.strftime("%Y-%m-%dT%H:%M:%S.000000Z")


@pytest.mark.parametrize(
    ("input", "path"),
    [
        ({"body": ""}, ["input", "body"]),
        ({"body": " \n "}, ["input", "body"]),
        ({"body": "x" * 20_001}, ["input", "body"]),
        ({"at": "2999-01-01T00:00:00Z"}, ["input", "at"]),
    ],
)
def test_what_cannot_be_is_said_with_its_field(
    api: ApiOf, incident: Incident, input: dict[str, Any], path: list[str]
) -> None:
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change(
            "addTimelineEntry", FIELDS, **({"incidentId": global_id("Incident", incident), "body": "Note"} | input)
        )

    assert [(error["code"], error["path"]) for error in answer.data["addTimelineEntry"]["errors"]] == [
        ("INVALID", path)
    ]


@pytest.mark.parametrize("at", ["yesterday", "2026-01-01T00:00:00", "2026-01-01", 5])
def test_a_time_has_its_offset(api: ApiOf, incident: Incident, at: object) -> None:
    own = api("responder.payments")
    with nothing_changed():
        answer = own.change("addTimelineEntry", FIELDS, incidentId=global_id("Incident", incident), body="Note", at=at)

    assert (answer.status, answer.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change("addTimelineEntry", FIELDS, incidentId=global_id("Incident", incident), body="Note")

    assert [error["code"] for error in answer.data["addTimelineEntry"]["errors"]] == [code]
