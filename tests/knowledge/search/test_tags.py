"""What reviews were imported with narrows a search: the same from every backend, and only what one may read counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from hub.lib.identity import SYSTEM, acting_as
from knowledge.postmortems.actions.importing import import_postmortems
from knowledge.postmortems.intake import Piece
from knowledge.postmortems.models import Audience, Postmortem
from knowledge.search import actions, elasticsearch
from knowledge.search.filters import Filters, fold
from knowledge.search.kinds import Kind
from knowledge.search.models import Document, SavedSearch
from knowledge.search.results import Results, TagCount
from knowledge.search.saved import narrowed_in_words
from tenants.models import BusinessUnit
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api
from tests.knowledge.search.conftest import Search
from tests.knowledge.search.library import acting, refresh
from tests.knowledge.search.test_saved import told

__all__ = ["api"]

pytestmark = pytest.mark.django_db

GLYCOL, CHILLER, TURNSTILE = "Glycol ran out", "Chiller iced over", "Turnstile seized"
WITH = {GLYCOL: ("Cooling", "vendor"), CHILLER: ("cooling", "Deep  Winter"), TURNSTILE: ("deep winter",)}
ASKED = """query ($filters: KnowledgeFilters) { knowledge(filters: $filters) { totalCount
  edges { node { ... on Postmortem { title tags } } } facets { tags { tag count } } }
  searchKnowledge(filters: $filters) { totalCount facets { tags { tag count } } } }"""


def bring(
    tagged: dict[str, tuple[str, ...]], *, audience: Audience = Audience.UNIT, unit: str = "payments"
) -> list[Postmortem]:
    """Import reviews with these titles and tags, and have them found."""
    with seeding():
        unit_id = BusinessUnit.objects.get(slug=unit).pk
    pieces = [
        Piece(where="x", id=title, title=title, body="Quokkas saw it.", at=datetime(2026, 1, 5, tzinfo=UTC), tags=tags)
        for title, tags in tagged.items()
    ]
    done = import_postmortems(actor=SYSTEM, unit_id=unit_id, pieces=pieces, audience=audience)
    actions.index_records(actor=SYSTEM, kind=Kind.POSTMORTEM, record_ids=done.written)
    refresh()
    with seeding():
        return list(Postmortem.objects.filter(pk__in=done.written).order_by("pk"))


def of(*tags: str, **more: Any) -> Filters:
    return Filters(tags=frozenset(map(fold, tags)), **more)


def titles(results: Results) -> set[str]:
    return {hit.title.text for hit in results.hits}


def counted(*pairs: tuple[str, int]) -> tuple[TagCount, ...]:
    return tuple(TagCount(tag, count) for tag, count in pairs)


def test_tags_narrow_and_are_counted(backend: str, search: Search) -> None:
    bring(WITH)

    assert titles(search(filters=of("cooling"))) == {GLYCOL, CHILLER}
    assert titles(search(filters=of("COOLING "))) == {GLYCOL, CHILLER}
    assert titles(search(filters=of("vendor", "deep winter"))) == {GLYCOL, CHILLER, TURNSTILE}
    assert titles(search("turnstile", filters=of("deep winter"))) == {TURNSTILE}
    assert search("turnstile", filters=of("cooling")).total == 0
    assert search(filters=of("winter")).total == search(filters=of("")).total == 0
    assert search(filters=of("cooling", kinds=frozenset({Kind.RUNBOOK}))).total == 0
    assert search().facets.tags == counted(("cooling", 2), ("deep winter", 2), ("vendor", 1))


def test_the_facet_ignores_its_own_filter_and_obeys_the_others(backend: str, search: Search) -> None:
    glycol, *_ = bring(WITH)
    bring({"Pump jammed": ("cooling",)}, unit="media")
    everything = search("quokkas")

    narrowed = search("quokkas", filters=of("vendor"))
    elsewhere = search("quokkas", filters=of(units=frozenset({glycol.unit_id})))

    assert narrowed.facets.tags == everything.facets.tags == counted(("cooling", 3), ("deep winter", 2), ("vendor", 1))
    assert [(each.name, each.count) for each in narrowed.facets.units] == [("Payments", 1)]
    assert sum(each.count for each in narrowed.facets.months) == 1
    assert [each.count for each in narrowed.facets.kinds] == [1]
    assert elsewhere.facets.tags == counted(("cooling", 2), ("deep winter", 2), ("vendor", 1))
    for each in everything.facets.tags:
        assert search("quokkas", filters=of(each.tag)).total == each.count


def everything_said(search: Search, *tags: str) -> str:
    asked: Sequence[tuple[str, Filters]] = [("", Filters()), *((word, of(*tags)) for word in ("", "quokkas"))]
    return "\n".join(repr(search(word, by="outsider.logistics", filters=filters)) for word, filters in asked)


def test_tags_that_one_may_not_read_change_no_byte(backend: str, search: Search) -> None:
    bring({"Pump jammed": ("cooling", "sand")}, audience=Audience.ENTERPRISE, unit="media")
    before = everything_said(search, "cooling", "vendor")

    bring(WITH)

    assert everything_said(search, "cooling", "vendor") == before
    assert search(by="outsider.logistics").facets.tags == counted(("cooling", 1), ("sand", 1))
    assert search(by="outsider.logistics", filters=of("vendor")).total == 0
    assert search(by="observer.payments", filters=of("vendor")).total == 1


def test_the_index_follows_the_source(backend: str, search: Search) -> None:
    bring(WITH)
    bring({GLYCOL: ("vendor", "pumps")})

    assert titles(search(filters=of("cooling"))) == {CHILLER}
    assert titles(search(filters=of("pumps"))) == {GLYCOL}


def test_what_was_indexed_before_there_were_tags_is_caught_up_with(backend: str, search: Search) -> None:
    found = bring(WITH)
    with seeding():
        plain = Document.objects.filter(kind=Kind.POSTMORTEM, tags=[], shelf__isnull=False).latest("pk")
    with acting_as(SYSTEM):
        Document.objects.filter(postmortem__in=found).update(tags=None, edition="", version=1)
        Document.objects.filter(pk=plain.pk).update(tags=None, edition="")
        index = elasticsearch.configured()
        if index is not None:
            index.remove([(index.alias(row.unit_id), row.pk) for row in Document.objects.filter(postmortem__in=found)])
            index.refresh()
    assert search(filters=of("cooling")).total == 0

    assert actions.catch_up(actor=SYSTEM) == len(found) + 1
    refresh()

    assert titles(search(filters=of("cooling"))) == {GLYCOL, CHILLER}
    assert actions.catch_up(actor=SYSTEM) == 0
    with seeding():
        after = Document.objects.get(pk=plain.pk)
    assert (after.tags, after.version) == ([], plain.version + 1)


def test_clients_narrow_by_tags(api: ApiOf) -> None:
    bring(WITH)

    mine = api("observer.payments").ask(ASKED, filters={"tags": ["Deep Winter"]}).data
    theirs = api("outsider.logistics").ask(ASKED, filters={"tags": ["Deep Winter"]}).data

    titles_and_tags = [(edge["node"]["title"], edge["node"]["tags"]) for edge in mine["knowledge"]["edges"]]
    assert sorted(titles_and_tags) == [(CHILLER, ["cooling", "Deep  Winter"]), (TURNSTILE, ["deep winter"])]
    assert mine["knowledge"]["facets"]["tags"] == [
        {"tag": "cooling", "count": 2},
        {"tag": "deep winter", "count": 2},
        {"tag": "vendor", "count": 1},
    ]
    assert mine["searchKnowledge"] == {"totalCount": 2, "facets": mine["knowledge"]["facets"]}
    assert theirs["knowledge"] == {"totalCount": 0, "edges": [], "facets": {"tags": []}}
    odd = api("observer.payments").ask(ASKED, filters={"tags": ["%", "'", "\n"]})
    assert odd.data["knowledge"]["totalCount"] == 0


def test_a_kept_search_keeps_its_tags(api: ApiOf) -> None:
    save = """mutation ($input: SaveSearchInput!) { saveSearch(input: $input) {
      __typename ... on SavedSearch { query tags } ... on MutationErrors { errors { code path } } } }"""
    for who in ("responder.payments", "outsider.logistics"):
        kept = api(who).ask(save, input={"name": "Winter", "filters": {"tags": ["Deep Winter"]}}).data["saveSearch"]
        assert kept == {"__typename": "SavedSearch", "query": "", "tags": ["deep winter"]}
    long = api("responder.payments").ask(save, input={"name": "Long", "filters": {"tags": ["x" * 300]}})
    assert long.data["saveSearch"]["errors"] == [{"code": "INVALID", "path": ["input", "filters", "tags"]}]
    with seeding():
        [saved] = SavedSearch.objects.filter(person__username="responder.payments", name="Winter")
        assert narrowed_in_words(acting("responder.payments"), [saved])[saved.pk] == ("deep winter",)

    bring(WITH)

    assert {who: len(letters) for who, letters in told("responder.payments", "outsider.logistics").items()} == {
        "responder.payments": 2,
        "outsider.logistics": 0,
    }


def test_the_page_narrows_by_tag_and_a_review_leads_there(signed_in: SignedIn) -> None:
    glycol, *_ = bring(WITH)
    reader, outsider = signed_in("observer.payments"), signed_in("outsider.logistics")

    everything = reader.get("/knowledge/", {"q": "quokkas"}).content.decode()
    narrowed = reader.get("/knowledge/", {"q": "quokkas", "tag": "Cooling"}).content.decode()
    review = reader.get(f"/postmortems/{glycol.pk}").content.decode()

    assert "tag=deep+winter" in everything
    assert "2 results" in narrowed
    assert "Clear filters" in narrowed
    assert 'name="tag" value="cooling"' in narrowed
    assert '<a href="/knowledge/?tag=cooling">Cooling</a>' in review
    assert "0 results" in reader.get("/knowledge/", {"q": "quokkas", "tag": "co\x00oling's"}).content.decode()
    hidden = outsider.get("/knowledge/", {"tag": "cooling"}).content.decode()
    assert "0 results" in hidden
    assert GLYCOL not in hidden
    assert "vendor" not in outsider.get("/knowledge/", {"q": "quokkas"}).content.decode().casefold()
    saved = reader.post("/knowledge/saved/new", {"name": "Cold", "q": "", "tag": "Cooling", "tells": "1"})
    assert (saved.status_code, saved.headers["Location"]) == (302, "/knowledge/?tag=cooling")
