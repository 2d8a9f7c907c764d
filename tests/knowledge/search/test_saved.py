"""Searches that people keep tell them of what is published and matches: once, and only of what they may read."""

from __future__ import annotations

from typing import Any

import pytest

from hub.delivery.models import Message
from hub.lib.identity import SYSTEM
from knowledge.postmortems import actions as postmortems
from knowledge.postmortems.models import Audience, Postmortem
from knowledge.search import actions, jobs
from knowledge.search.actions.telling import ONE_BY_ONE
from knowledge.search.filters import Filters
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, SavedSearch
from tenants.models import BusinessUnit
from tests.conftest import SignedIn, seeding
from tests.graphql.api import Api, ApiOf, api
from tests.jobs import queued_jobs
from tests.knowledge.search.library import acting, publish, write

__all__ = ["api"]

pytestmark = pytest.mark.django_db

KEEPERS = ("responder.payments", "outsider.logistics")
SAVE = """mutation ($input: SaveSearchInput!) { saveSearch(input: $input) {
  __typename ... on SavedSearch { id name query kinds tells } ... on MutationErrors { errors { code path } } } }"""


def keep(by: str, query: str = "quokkas duct", **filters: Any) -> SavedSearch:
    return actions.save_search(
        actor=acting(by), name=f"Kept {query}", query=query, filters=Filters(**filters) if filters else None
    )


def told(*people: str) -> dict[str, list[str]]:
    """The subjects of what each was told about searches, in order."""
    tell()
    with seeding():
        rows = Message.objects.filter(dedupe_key__startswith="saved-search:").order_by("pk")
        return {each: [*rows.filter(person__username=each).values_list("subject", flat=True)] for each in people}


def tell() -> None:
    """Do what is queued for telling, twice: a job may run again."""
    for name, arguments in queued_jobs():
        if name.endswith(".tell_savers"):
            for _ in range(2):
                jobs.tell_savers.func(**arguments)


def review(text: str = "Quokkas in the duct.", **about: Any) -> Postmortem:
    return write(title="Gnawed cables", text=text, **about)


def test_a_new_match_is_told_once_to_whoever_may_read_it() -> None:
    for keeper in KEEPERS:
        keep(keeper)

    published = publish(review(), audience=Audience.UNIT)

    subject = "New for “Kept quokkas duct”: Gnawed cables"
    assert told(*KEEPERS) == {"responder.payments": [subject], "outsider.logistics": []}

    # An edit tells nobody again, nor does taking it back and publishing it; who reads it only now is told now.
    postmortems.retract_postmortem(actor=acting("commander.payments"), postmortem_id=published.pk, reason="Too soon")
    actions.index_postmortem(actor=SYSTEM, postmortem_id=published.pk)
    publish(published, audience=Audience.ENTERPRISE)
    assert told(*KEEPERS) == {"responder.payments": [subject], "outsider.logistics": [subject]}


def test_what_lacks_a_word_or_is_filtered_out_is_not_told() -> None:
    keep("responder.payments")
    keep("responder.payments", "quokkas", kinds=frozenset({Kind.RUNBOOK}))
    keep("responder.payments", '"duct quokkas"')
    keep("responder.payments", "quokkas -duct")
    keep("responder.payments", "the")
    keep("responder.payments", "quokka")

    publish(review("Quokkas elsewhere."), audience=Audience.UNIT)
    publish(review(), audience=Audience.UNIT)

    assert told("responder.payments") == {
        "responder.payments": [
            "New for “Kept quokkas -duct”: Gnawed cables",
            "New for “Kept quokka”: Gnawed cables",
            "New for “Kept quokkas duct”: Gnawed cables",
            "New for “Kept quokka”: Gnawed cables",
        ]
    }


def test_a_restricted_match_is_told_by_grant_and_without_words_outside_the_hub() -> None:
    for keeper in ("responder.payments", "commander.payments"):
        keep(keeper)

    publish(review(restricted=True), audience=Audience.UNIT, by="responder.payments")

    assert told("responder.payments", "commander.payments")["commander.payments"] == []
    with seeding():
        [message] = Message.objects.filter(dedupe_key__startswith="saved-search:")
    assert (message.person.username, message.restricted) == ("responder.payments", True)


def test_who_lost_the_right_before_the_job_ran_or_asked_for_silence_is_not_told() -> None:
    saved = keep("outsider.logistics")
    published = publish(review(), audience=Audience.ENTERPRISE)
    postmortems.retract_postmortem(actor=acting("commander.payments"), postmortem_id=published.pk, reason="Names")
    assert told("outsider.logistics") == {"outsider.logistics": []}

    actions.edit_saved_search(actor=acting("outsider.logistics"), saved_search_id=saved.pk, tells=False)
    publish(published)
    assert told("outsider.logistics") == {"outsider.logistics": []}


def test_many_at_once_are_told_by_their_number() -> None:
    keep("coordinator", "", kinds=frozenset({Kind.POSTMORTEM}))
    with seeding():
        rows = Document.objects.filter(kind="postmortem", restricted=False)
        ids = list(rows.values_list("pk", flat=True)[: ONE_BY_ONE + 1])

    for _ in range(2):
        actions.tell_savers(actor=SYSTEM, document_ids=ids)

    with seeding():
        subjects = Message.objects.filter(dedupe_key__startswith="saved-search:", person__username="coordinator")
        assert [*subjects.values_list("subject", flat=True)] == ["6 new results for “Kept”"]


def test_the_api_keeps_changes_and_removes_them_for_their_keeper_alone(api: ApiOf) -> None:
    mine, other = api("responder.payments"), api("commander.payments")
    kept = mine.ask(SAVE, input={"name": "Pools", "query": "connection pool", "kinds": ["RUNBOOK"]}).data["saveSearch"]
    assert (kept["query"], kept["kinds"], kept["tells"]) == ("connection pool", ["RUNBOOK"], True)

    assert refused(mine, {"name": " pools ", "query": "x"}) == ("CONFLICT", ["name"])
    assert refused(mine, {"name": "", "query": "x"}) == ("INVALID", ["name"])
    assert refused(mine, {"name": "Nothing"}) == ("INVALID", ["query"])
    assert refused(mine, {"name": "Long", "query": "x" * 1001}) == ("INVALID", ["query"])
    assert "Pools" not in {each["node"]["name"] for each in names(other)}
    removal = f'mutation {{ removeSavedSearch(input: {{savedSearchId: "{kept["id"]}"}}) {{ __typename }} }}'
    assert other.ask(removal).data["removeSavedSearch"]["__typename"] == "MutationErrors"
    assert "Pools" in {each["node"]["name"] for each in names(mine)}

    assert mine.ask(removal).data["removeSavedSearch"]["__typename"] == "SavedSearch"
    assert "Pools" not in {each["node"]["name"] for each in names(mine)}


def refused(asker: Api, said: dict[str, Any]) -> tuple[str, list[str]]:
    [error] = asker.ask(SAVE, input=said).data["saveSearch"]["errors"]
    return error["code"], error["path"][1:]


def names(asker: Api) -> list[dict[str, Any]]:
    found = asker.ask("{ savedSearches { edges { node { name } } } }").data["savedSearches"]
    edges: list[dict[str, Any]] = found["edges"]
    return edges


def test_the_pages_save_list_run_and_remove(signed_in: SignedIn) -> None:
    client = signed_in("responder.payments")
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments").pk

    asked = {"q": "connection pool", "kind": "runbook", "unit": str(unit)}
    saved = client.post("/knowledge/saved/new", {"name": "Pools", "tells": "1", **asked})

    assert saved["Location"] == f"/knowledge/?q=connection+pool&kind=runbook&unit={unit}"
    assert ">Pools" in client.get(saved["Location"]).content.decode()
    listed = client.get("/knowledge/saved").content.decode()
    assert "<span>Runbook</span><span>Payments</span>" in listed
    assert "Card payments fail for one acquirer" in listed
    with seeding():
        key = SavedSearch.objects.get(name="Pools").pk
    assert signed_in("commander.payments").post(f"/knowledge/saved/{key}", {"do": "remove"}).status_code == 404
    client.post(f"/knowledge/saved/{key}", {"do": "hush"})
    client.post(f"/knowledge/saved/{key}", {"do": "rename", "name": "All pools"})
    with seeding():
        assert SavedSearch.objects.filter(name="All pools", tells=False, pk=key).exists()
    client.post(f"/knowledge/saved/{key}", {"do": "remove"})
    assert "All pools" not in client.get("/knowledge/saved").content.decode()
