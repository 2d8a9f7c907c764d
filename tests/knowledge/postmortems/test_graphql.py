"""Reviews through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hub.incidents.models import Incident
from hub.lib import clock
from knowledge.postmortems import actions
from knowledge.postmortems.models import ActionItem, Postmortem
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.knowledge.postmortems.conftest import TEXTS, ActorNamed, stored

__all__ = ["api"]

pytestmark = pytest.mark.django_db

REVIEW = """
query ($id: ID!) { postmortem(id: $id) {
  reference title status audience version severity isOverdue restricted
  minutesToAcknowledge minutesToMitigate minutesToResolve
  summary impact detection rootCause wentWell wentBadly lessons
  unit { slug } service { slug } author { username } publishedBy { username }
  incident { reference timeline { totalCount } }
  cause { key } contributing { key }
  moments { kind text at }
  actionItems { title owner { username } dueOn status acceptedAt isOverdue }
  revisions { totalCount edges { node { section body version replacedBy { username } } } }
  blamelessFindings { section phrase sentence suggestion }
} }
"""


def test_its_unit_reads_all_of_a_draft(complete: Postmortem, incident: Incident, api: ApiOf) -> None:
    review = api("observer.payments").ask(REVIEW, id=global_id("Postmortem", complete)).data["postmortem"]

    assert (review["reference"], review["status"], review["version"]) == (incident.reference, "DRAFT", 3)
    assert review["rootCause"] == TEXTS["root_cause"]
    assert review["incident"]["reference"] == incident.reference
    assert (review["cause"], review["contributing"]) == ({"key": "capacity"}, [{"key": "change-failure"}])
    assert review["minutesToResolve"] == 90
    assert review["isOverdue"]
    assert [moment["text"] for moment in review["moments"]][-1] == "Resolved"
    assert review["revisions"]["totalCount"] == 7
    assert review["revisions"]["edges"][0]["node"]["replacedBy"] == {"username": "responder.payments"}


def test_the_enterprise_reads_what_was_published_to_it_without_the_incident(
    published: Callable[..., Postmortem], api: ApiOf
) -> None:
    review = published("enterprise")

    seen = api("outsider.logistics").ask(REVIEW, id=global_id("Postmortem", review)).data["postmortem"]

    assert (seen["title"], seen["minutesToResolve"]) == ("Checkout answers 502", 90)
    assert seen["incident"] is None
    assert seen["revisions"] == {"totalCount": 0, "edges": []}
    assert seen["moments"]
    assert seen["publishedBy"] == {"username": "commander.payments"}


def test_a_hidden_review_and_none_are_the_same(complete: Postmortem, api: ApiOf) -> None:
    outsider = api("outsider.logistics")
    answers = [
        outsider.ask(REVIEW, id=each).body
        for each in (global_id("Postmortem", complete), global_id("Postmortem", 10**9), global_id("Term", 1), "?")
    ]

    assert [answer["data"] for answer in answers] == [{"postmortem": None}] * 4


def test_blaming_words_are_pointed_out(draft: Postmortem, actor: ActorNamed, api: ApiOf) -> None:
    actions.edit_postmortem(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        version=1,
        texts={"root_cause": "Luca Marino forgot to raise the limit."},
    )

    review = api("observer.payments").ask(REVIEW, id=global_id("Postmortem", draft)).data["postmortem"]

    [finding] = review["blamelessFindings"]
    assert (finding["section"], finding["phrase"]) == ("ROOT_CAUSE", "Luca Marino forgot to")


LIST = """
query ($filters: PostmortemFilter, $ordering: [PostmortemOrder!], $first: Int) {
  postmortems(filters: $filters, ordering: $ordering, first: $first) { totalCount edges { node {
    reference title incident { reference commander { name } } unit { name } service { name } cause { name }
    contributing { name } moments { text } actionItems { title owner { name } } isOverdue
    blamelessFindings { phrase } revisions(first: 2) { edges { node { replacedBy { name } } } }
  } } }
}
"""


def test_one_review_and_fifty_take_as_many_statements(complete: Postmortem, api: ApiOf) -> None:
    coordinator = api("coordinator")

    one, many = coordinator.ask(LIST, first=1), coordinator.ask(LIST, first=50)

    assert len(one.data["postmortems"]["edges"]) == 1
    assert len(many.data["postmortems"]["edges"]) == 50
    assert one.statements == many.statements


@pytest.mark.parametrize(
    "filters",
    [
        {"unit": {"slug": {"exact": "payments"}}},
        {"service": {"slug": {"exact": "checkout-api"}}},
        {"cause": {"key": {"exact": "capacity"}}},
        {"status": {"exact": "DRAFT"}},
        {"overdue": True},
        {"severity": {"exact": "SEV2"}},
        {"author": {"username": {"contains": "payments"}}},
        {"occurredAt": {"gte": "2026-03-02T00:00:00Z", "lt": "2026-03-03T00:00:00Z"}},
    ],
    ids=lambda filters: next(iter(filters)),
)
def test_filters_find_it_and_their_opposites_do_not(
    complete: Postmortem, api: ApiOf, filters: dict[str, object]
) -> None:
    def found(asked: dict[str, object]) -> bool:
        narrowed = {"AND": [asked, {"reference": {"exact": complete.reference}}]}
        return bool(api("coordinator").ask(LIST, filters=narrowed).data["postmortems"]["totalCount"])

    assert found(filters)
    assert not found({"NOT": filters})


def test_filters_by_incident_and_contributing_cause(
    complete: Postmortem, incident: Incident, api: ApiOf, cause: Callable[[str], int]
) -> None:
    def found(**filters: object) -> list[str]:
        answer = api("observer.payments").ask(LIST, filters=filters)
        return [edge["node"]["reference"] for edge in answer.data["postmortems"]["edges"]]

    assert found(incident={"id": [global_id("Incident", incident)]}) == [incident.reference]
    assert incident.reference in found(contributing=[global_id("Term", cause("change-failure"))])
    assert incident.reference not in found(contributing=[global_id("Term", cause("vendor-failure"))])


def test_a_filter_by_incident_tells_nothing_of_a_hidden_one(
    published: Callable[..., Postmortem], incident: Incident, api: ApiOf
) -> None:
    published("enterprise")

    answer = api("outsider.logistics").ask(LIST, filters={"incident": {"title": {"contains": "Checkout"}}})

    assert answer.data["postmortems"]["totalCount"] == 0


def test_from_draft_to_publication(draft: Postmortem, api: ApiOf, cause: Callable[[str], int]) -> None:
    writer, publisher = api("responder.payments"), api("commander.payments")
    review = global_id("Postmortem", draft)
    with seeding():
        aisha = global_id("Person", draft.unit.role_assignments.get(person__username="responder2.payments").person_id)
    texts = {
        "summary": TEXTS["summary"],
        "impact": TEXTS["impact"],
        "detection": TEXTS["detection"],
        "rootCause": TEXTS["root_cause"],
        "wentWell": TEXTS["went_well"],
        "wentBadly": TEXTS["went_badly"],
        "lessons": TEXTS["lessons"],
    }
    on_review = "... on Postmortem { version status audience lessons cause { key } publishedAt }"
    on_item = "... on ActionItem { id status acceptedAt outcome dueOn owner { username } }"

    edited = writer.change("editPostmortem", on_review, postmortemId=review, version=1, **texts).data["editPostmortem"]
    assert (edited["version"], edited["lessons"]) == (2, TEXTS["lessons"])
    caused = writer.change("setCauses", on_review, postmortemId=review, causeId=global_id("Term", cause("capacity")))
    assert caused.data["setCauses"]["cause"] == {"key": "capacity"}
    added = writer.change("addActionItem", on_item, postmortemId=review, title="Alert").data["addActionItem"]
    refused = publisher.change("publishPostmortem", on_review, postmortemId=review, audience="ENTERPRISE")
    assert [error["path"] for error in refused.data["publishPostmortem"]["errors"]] == [
        ["input", "actionItems", "0", "ownerId"],
        ["input", "actionItems", "0", "dueOn"],
    ]
    updated = writer.change("updateActionItem", on_item, actionItemId=added["id"], ownerId=aisha, dueOn="2027-01-31")
    assert updated.data["updateActionItem"]["owner"] == {"username": "responder2.payments"}
    accepted = api("responder2.payments").ask(
        "mutation ($input: ActionItemInput!) { acceptActionItem(input: $input) { ... on ActionItem { acceptedAt } } }",
        input={"actionItemId": added["id"]},
    )
    assert accepted.data["acceptActionItem"]["acceptedAt"] is not None
    done = publisher.change("publishPostmortem", on_review, postmortemId=review, audience="ENTERPRISE")
    assert done.data["publishPostmortem"]["status"] == "PUBLISHED"
    completed = api("responder2.payments").change(
        "completeActionItem", on_item, actionItemId=added["id"], outcome="Alert pool-80"
    )
    assert completed.data["completeActionItem"]["status"] == "DONE"
    back = publisher.change("retractPostmortem", on_review, postmortemId=review, reason="It names a customer")
    assert back.data["retractPostmortem"]["status"] == "DRAFT"


def test_a_stale_edit_is_a_conflict_that_says_who(draft: Postmortem, actor: ActorNamed, api: ApiOf) -> None:
    actions.edit_postmortem(
        actor=actor("responder2.payments"), postmortem_id=draft.pk, version=1, texts={"root_cause": "A leak."}
    )

    answer = api("responder.payments").change(
        "editPostmortem",
        "... on Postmortem { version }",
        postmortemId=global_id("Postmortem", draft),
        version=1,
        rootCause="A pool.",
    )

    [error] = answer.data["editPostmortem"]["errors"]
    assert (error["code"], error["path"]) == ("CONFLICT", ["input", "rootCause"])
    assert error["message"].startswith("Aisha Bello changed “Root cause”")
    assert stored(draft).root_cause == "A leak."


@pytest.mark.parametrize(
    ("username", "code"), [("observer.payments", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND")]
)
def test_readers_change_nothing(complete: Postmortem, api: ApiOf, username: str, code: str) -> None:
    reader = api(username)
    review = global_id("Postmortem", complete)
    before = stored(complete)

    for mutation, input in (
        ("editPostmortem", {"version": 3, "lessons": "No"}),
        ("setCauses", {}),
        ("addMoment", {"at": "2026-03-02T09:00:00Z", "text": "No"}),
        ("addActionItem", {"title": "No"}),
        ("publishPostmortem", {}),
        ("retractPostmortem", {"reason": "No"}),
    ):
        answer = reader.change(mutation, "", postmortemId=review, **input)
        assert [error["code"] for error in answer.data[mutation]["errors"]] == [code]

    after = stored(complete)
    assert (after.version, after.status) == (before.version, before.status)
    with seeding():
        assert not ActionItem.objects.filter(postmortem=complete).exists()


def test_moments_are_added_mended_and_left_out(draft: Postmortem, api: ApiOf) -> None:
    writer = api("responder.payments")
    added = writer.change(
        "addMoment",
        "... on PostmortemMoment { id text kind }",
        postmortemId=global_id("Postmortem", draft),
        at="2026-03-02T08:40:00Z",
        text="A batch job starts",
    ).data["addMoment"]
    assert (added["text"], added["kind"]) == ("A batch job starts", "NOTE")
    mended = writer.change(
        "editMoment", "... on PostmortemMoment { text }", momentId=added["id"], text="A batch job takes 40 connections"
    )
    assert mended.data["editMoment"]["text"] == "A batch job takes 40 connections"
    left = writer.change("removeMoment", "... on Postmortem { moments { text } }", momentId=added["id"])
    assert added["text"] not in [moment["text"] for moment in left.data["removeMoment"]["moments"]]


MINE = """
query ($filters: ActionItemFilter) { actionItems(filters: $filters, ordering: [{dueOn: ASC}]) { totalCount edges {
  node { title isOverdue postmortem { reference unit { name } cause { name } } } } } }
"""


def test_an_owner_elsewhere_sees_the_item_without_its_review(
    draft: Postmortem, actor: ActorNamed, api: ApiOf, person: Callable[..., object]
) -> None:
    owner = person("responder.cloud")
    actions.add_action_item(
        actor=actor("responder.payments"),
        postmortem_id=draft.pk,
        title="Raise the limit",
        owner_id=owner.pk,  # type: ignore[attr-defined]
        due_on=(clock.now() - timedelta(days=1)).date(),
    )
    filters = {"mine": True, "status": {"exact": "OPEN"}, "title": {"exact": "Raise the limit"}}

    [mine] = api("responder.cloud").ask(MINE, filters=filters).data["actionItems"]["edges"]

    assert mine["node"] == {"title": "Raise the limit", "isOverdue": True, "postmortem": None}
    others = api("responder2.cloud").ask(MINE, filters={"title": {"exact": "Raise the limit"}})
    assert others.data["actionItems"]["totalCount"] == 0


def test_a_review_is_opened_by_hand(incident: Incident, api: ApiOf) -> None:
    answer = api("responder.payments").change(
        "openPostmortem", "... on Postmortem { reference isOverdue }", incidentId=global_id("Incident", incident)
    )

    assert answer.data["openPostmortem"]["reference"] == incident.reference
