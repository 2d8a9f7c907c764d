"""`editTimelineEntry`."""

from __future__ import annotations

import pytest

from hub.incidents.models import Incident
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on TimelineEntry { body editedAt revisions { body replacedBy { username } } }"


def note(api: ApiOf, incident: Incident, username: str = "responder.payments") -> str:
    answer = api(username).change(
        "addTimelineEntry", "... on TimelineEntry { id }", incidentId=global_id("Incident", incident), body="Before"
    )
    return str(answer.data["addTimelineEntry"]["id"])


def test_a_correction_keeps_what_stood_before(api: ApiOf, incident: Incident) -> None:
    entry = note(api, incident)

    answer = api("responder.payments").change("editTimelineEntry", FIELDS, entryId=entry, body="After")

    edited = answer.data["editTimelineEntry"]
    assert edited["body"] == "After"
    assert edited["editedAt"]
    assert edited["revisions"] == [{"body": "Before", "replacedBy": {"username": "responder.payments"}}]


@pytest.mark.parametrize(
    ("username", "code"),
    [("responder2.payments", "FORBIDDEN"), ("commander.payments", "FORBIDDEN"), ("observer.payments", "FORBIDDEN")],
)
def test_only_its_author_corrects_it(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    entry, own = note(api, incident), api(username)
    with nothing_changed():
        answer = own.change("editTimelineEntry", FIELDS, entryId=entry, body="After")

    assert [error["code"] for error in answer.data["editTimelineEntry"]["errors"]] == [code]


def test_others_see_nothing(api: ApiOf, incident: Incident) -> None:
    entry, outsider = note(api, incident), api("outsider.logistics")
    with nothing_changed():
        answer = outsider.change("editTimelineEntry", FIELDS, entryId=entry, body="After")

    (error,) = answer.data["editTimelineEntry"]["errors"]
    assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "entryId"])


def test_what_the_hub_wrote_is_not_corrected(api: ApiOf, incident: Incident) -> None:
    own = api("responder.payments")
    query = "query ($id: ID!) { incident(id: $id) { timeline(first: 1) { edges { node { id } } } } }"
    timeline = own.ask(query, id=global_id("Incident", incident)).data["incident"]["timeline"]

    with nothing_changed():
        answer = own.change("editTimelineEntry", FIELDS, entryId=timeline["edges"][0]["node"]["id"], body="After")

    assert [error["code"] for error in answer.data["editTimelineEntry"]["errors"]] == ["CONFLICT"]


def test_a_correction_has_a_text(api: ApiOf, incident: Incident) -> None:
    entry, own = note(api, incident), api("responder.payments")
    with nothing_changed():
        answer = own.change("editTimelineEntry", FIELDS, entryId=entry, body=" ")

    (error,) = answer.data["editTimelineEntry"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "body"])
