"""What a search finds, orders, counts and lights: the same from every backend."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.demo.reviews import read_reviews
from hub.lib.errors import Invalid
from hub.lib.identity import SEED
from knowledge.postmortems.models import Postmortem
from knowledge.search import access
from knowledge.search.analysis import occurrences, term, words
from knowledge.search.filters import Filters
from knowledge.search.results import Results
from knowledge.search.sources import SOURCES
from tests.conftest import seeding
from tests.knowledge.search.conftest import Search

pytestmark = pytest.mark.django_db

REVIEWS = len([*read_reviews()])
CHECKOUT_POOL = "Checkout ran out of database connections after the fraud client timeout was raised"
LOCKED_OUT = "Attackers locked 9,100 people out of their accounts by typing wrong passwords"
INTERMEDIATE = "Internal TLS failed everywhere when an intermediate certificate authority expired"
LOCKED_STORIES = "Stories stayed locked by editors who had long gone home"
PRIORITY_CLASS = "A monitoring chart made every new pod more important than checkout"


def titles(results: Results) -> list[str]:
    return [hit.title.text for hit in results.hits]


def said() -> dict[str, str]:
    """All that can be found, by its title: its plain words, a line for each passage."""
    with seeding():
        found = (
            source.pieces(SEED, source.published(SEED).values_list("pk", flat=True)) for source in SOURCES.values()
        )
        return {piece.record.title: piece.content(()).folded for pieces in found for piece in pieces}


@pytest.mark.parametrize(
    ("query", "title"),
    [
        pytest.param("intermediate certificate authority expired", INTERMEDIATE, id="words of the title"),
        pytest.param("expiring intermediates", INTERMEDIATE, id="other forms of the words"),
        pytest.param("HikariPool-1", CHECKOUT_POOL, id="code of a log line"),
        pytest.param("HIKARIPOOL-1", CHECKOUT_POOL, id="in capitals"),
        pytest.param("hikaricp_connections_pending", CHECKOUT_POOL, id="a metric's name"),
        pytest.param("editors stories stayed loked", LOCKED_STORIES, id="misspelt"),
        pytest.param("intermediate cert authority", INTERMEDIATE, id="a short form"),
    ],
)
def test_what_is_asked_for_comes_first(backend: str, search: Search, query: str, title: str) -> None:
    assert titles(search(query))[0] == title


def test_any_word_is_enough_and_more_words_come_first(backend: str, search: Search) -> None:
    both = search("expired certificate", first=100)
    only_one = search("expired", first=100)

    assert {*titles(only_one)} < {*titles(both)}
    assert {"certificate", "expired"} <= {word for hit in both.hits[:1] for word in words(hit.title.text)}


def test_synonyms_find_the_same(backend: str, search: Search) -> None:
    assert search("k8s").total == search("kubernetes").total > 0
    assert titles(search("db", first=100)) == titles(search("database", first=100))


def test_a_phrase_is_exact(backend: str, search: Search) -> None:
    phrase = "connection pool"
    expected = {title for title, text in said().items() if f" {phrase} " in text}

    found = search(f'"{phrase}"', first=100)

    assert {*titles(found)} == expected
    assert found.total == len(expected) < search(phrase).total
    assert search('"pool connection"').total == 0


def test_what_is_excluded_is_left_out(backend: str, search: Search) -> None:
    everything = search("certificate", first=100)
    without = search("certificate -licence", first=100)
    without_phrase = search('certificate -"certificate authority"', first=100)

    assert {*titles(without)} < {*titles(everything)}
    texts = said()
    assert not any(" licence " in texts[title] for title in titles(without))
    assert INTERMEDIATE not in titles(without_phrase)
    assert without_phrase.total < everything.total


def test_only_excluded_words_leave_the_rest(backend: str, search: Search) -> None:
    assert search("-certificate").total == search().total - search("certificate").total


def test_a_misspelling_finds_what_was_meant_and_says_so(backend: str, search: Search) -> None:
    wrong, right = search("conection", first=100), search("connection", first=100)

    assert titles(wrong) == titles(right)
    assert [(each.typed, each.used) for each in wrong.corrections] == [("conection", ("connection",))]
    assert right.corrections == ()


def test_an_unfinished_word_finds_what_it_begins(backend: str, search: Search) -> None:
    assert INTERMEDIATE in titles(search("intermed"))


def test_code_is_not_taken_for_a_misspelling(backend: str, search: Search) -> None:
    found = search("int9 hikaripool-2 checkout")

    assert found.corrections == ()
    assert set(found.unknown) == {"int9", "hikaripool-2"}


def test_nothing_is_found_for_words_that_stand_nowhere(backend: str, search: Search) -> None:
    found = search("xyzzyplugh")

    assert (found.hits, found.total, found.unknown) == ((), 0, ("xyzzyplugh",))


def test_what_says_the_same_in_other_words_is_found_and_counted(backend: str, search: Search) -> None:
    found = search("forgot the passphrase", first=100)

    [hit] = [each for each in found.hits if each.title.text == LOCKED_OUT]
    assert hit.reason.endswith("in other words")
    assert hit.snippet.text
    assert found.unknown == ("passphrase",)
    assert found.total == len(found.hits) == sum(facet.count for facet in found.facets.units)
    unit = frozenset({hit.unit.id})
    assert LOCKED_OUT in titles(search("forgot the passphrase", filters=Filters(units=unit)))


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("forgot the passphrase -attackers", id="a word excludes it"),
        pytest.param('forgot the passphrase "forgotten replication slot"', id="a phrase has to stand there"),
        pytest.param("forgot the passphrase ERR_PASS_99", id="code means these very words"),
        pytest.param("forgotten", id="a single word that is known"),
    ],
)
def test_other_words_find_nothing_that_the_query_rules_out(backend: str, search: Search, query: str) -> None:
    assert LOCKED_OUT not in titles(search(query, first=100))


def test_without_words_the_newest_come_first(backend: str, search: Search) -> None:
    found = search(first=100)

    dates = [hit.published_at for hit in found.hits]
    assert found.total == len(said()) > REVIEWS
    assert len(dates) == min(found.total, 100)
    assert dates == sorted(dates, reverse=True)
    assert sum(facet.count for facet in found.facets.units) == found.total


def test_common_words_alone_are_no_question(backend: str, search: Search) -> None:
    found = search("where was the")

    assert (found.total, found.notice) == (search().total, access.TOO_COMMON)
    assert {search(text).notice for text in ("?!", "🔥", "-")} == {access.NO_WORDS}


@pytest.mark.parametrize("query", ["certificate", "database connection", "forgot the passphrase", ""])
def test_pages_follow_each_other_without_gaps(backend: str, search: Search, query: str) -> None:
    whole = search(query, first=100)
    pages, after = [], None
    while True:
        page = search(query, first=7, after=after)
        pages += titles(page)
        assert page.total == whole.total
        if not page.has_more:
            break
        after = page.hits[-1].cursor

    assert pages[:100] == titles(whole)
    assert len({*pages}) == len(pages) == whole.total


def test_facets_count_what_their_filter_leaves(backend: str, search: Search) -> None:
    facets = search("certificate").facets
    for kind in facets.kinds:
        assert search("certificate", filters=Filters(kinds=frozenset({kind.kind}))).total == kind.count
    for facet in facets.units:
        assert search("certificate", filters=Filters(units=frozenset({facet.id}))).total == facet.count
    for facet in facets.services:
        assert search("certificate", filters=Filters(services=frozenset({facet.id}))).total == facet.count
    for facet in facets.causes:
        assert search("certificate", filters=Filters(causes=frozenset({facet.id}))).total == facet.count
    for month in facets.months:
        begin = datetime(month.year, month.month, 1, tzinfo=UTC)
        end = datetime(month.year + month.month // 12, month.month % 12 + 1, 1, tzinfo=UTC)
        filters = Filters(published_from=begin, published_until=end)
        found = search("certificate", filters=filters)
        assert found.total == month.count
        assert all(begin <= hit.published_at < end for hit in found.hits)


def test_a_facet_ignores_its_own_filter_and_obeys_the_others(backend: str, search: Search) -> None:
    free = search("certificate")
    unit = free.facets.units[0]

    narrowed = search("certificate", filters=Filters(units=frozenset({unit.id})))

    assert narrowed.facets.units == free.facets.units
    assert sum(month.count for month in narrowed.facets.months) == unit.count
    assert {hit.unit.name for hit in narrowed.hits} == {unit.name}


def test_filters_of_one_kind_are_alternatives_and_kinds_all_hold(backend: str, search: Search) -> None:
    units, causes = search("certificate").facets.units, search("certificate").facets.causes
    two = Filters(units=frozenset(unit.id for unit in units[:2]))
    both = Filters(units=two.units, causes=frozenset({causes[0].id}))

    assert search("certificate", filters=two).total == units[0].count + units[1].count
    assert 0 < search("certificate", filters=both).total <= causes[0].count
    for hit in search("certificate", filters=both).hits:
        assert hit.unit.id in two.units
        assert causes[0].id in {each.id for each in hit.causes}


def test_a_filter_that_nothing_meets_leaves_nothing(backend: str, search: Search) -> None:
    found = search("certificate", filters=Filters(units=frozenset({0})))

    assert (found.total, found.hits) == (0, ())
    assert found.facets.units


@pytest.mark.parametrize(
    "query", ["expired certificates", "HikariPool-1", '"connection pool"', "conection", "roll back"]
)
def test_what_is_lit_is_what_was_asked_for(backend: str, search: Search, query: str) -> None:
    wanted = {term(each.word) for each in occurrences(query.replace("conection", "connection"))}
    found = search(query)

    assert found.hits
    for hit in found.hits:
        assert hit.title.highlights or hit.snippet.highlights or hit.reason.startswith(("Cause:", "About:"))
        for shown in (hit.title, hit.snippet):
            last = 0
            for each in shown.highlights:
                assert last <= each.start < each.end <= len(shown.text)
                lit = {term(each.word) for each in occurrences(shown.text[each.start : each.end])}
                assert lit & wanted or query == '"connection pool"'
                last = each.end


def test_a_hit_says_what_it_is_and_why(backend: str, search: Search) -> None:
    [hit] = search("HikariPool-1 is not available", first=1).hits

    assert (hit.unit.name, hit.service and hit.service.name) == ("Payments", "Checkout API")
    assert [each.name for each in hit.causes] == ["Change failure", "Capacity exhaustion"]
    assert "hikaripool-1" in hit.reason
    assert "HikariPool-1" in hit.snippet.text
    assert hit.record.title == hit.title.text == CHECKOUT_POOL


def test_an_incidents_reference_finds_its_review(backend: str, search: Search) -> None:
    with seeding():
        any_one = Postmortem.objects.filter(status="published").latest("pk")

    found = search(any_one.reference)

    assert titles(found) == [any_one.title]
    assert found.hits[0].reason == f"Incident: {any_one.reference.lower()}"


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ({"query": "x" * 1001}, ["query"]),
        ({"first": 101}, ["first"]),
        ({"first": -1}, ["first"]),
        ({"after": "nonsense"}, ["after"]),
        ({"after": "ZZZ="}, ["after"]),
        ({"filters": Filters(units=frozenset(range(101)))}, ["filters", "units"]),
        ({"filters": Filters(tags=frozenset(map(str, range(101))))}, ["filters", "tags"]),
        ({"filters": Filters(tags=frozenset({"x" * 201}))}, ["filters", "tags"]),
    ],
)
def test_a_bad_question_is_refused_in_one_sentence(
    backend: str, search: Search, arguments: dict[str, object], where: list[str]
) -> None:
    with pytest.raises(Invalid) as refused:
        search(**arguments)

    assert list(refused.value.path) == where


def test_a_cursor_belongs_to_its_question(backend: str, search: Search) -> None:
    cursor = search("certificate", first=2).hits[-1].cursor

    with pytest.raises(Invalid):
        search("database", after=cursor)
    with pytest.raises(Invalid):
        search("certificate", filters=Filters(units=frozenset({1})), after=cursor)


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE search_document; --",
        '"',
        "-",
        "((((",
        "% _ \\",
        "\x00",
        "🔥 on fire",
        "ünïcödé",
        "a" * 1000,
        "AND OR NOT",
    ],
)
def test_no_text_is_a_fault(backend: str, search: Search, text: str) -> None:
    assert search(text).total >= 0
