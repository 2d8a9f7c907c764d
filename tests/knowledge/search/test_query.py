"""Reading a query: whatever somebody types or pastes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.search.analysis import STOP_WORDS, fold, occurrences, term, words, words_at
from knowledge.search.plan import closest, distance
from knowledge.search.query import MOST_WORDS, Query, parse

LETTERS = st.text("abcdefghij", min_size=3, max_size=12).filter(lambda word: word not in STOP_WORDS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Query()),
        ("the", Query()),
        ("pool exhausted", Query(words=("pool", "exhausted"), typed="exhausted")),
        ("pool exhausted ", Query(words=("pool", "exhausted"))),
        ('"connection pool"', Query(words=("connection", "pool"), phrases=("connection pool",))),
        ('“out of” -"retry storm"', Query(phrases=("out of",), without_phrases=("retry storm",))),
        ('"never closed', Query(words=("never", "closed"), phrases=("never closed",))),
        ("checkout -payments", Query(words=("checkout",), without_words=("payments",))),
        ("checkout failed -9,57", Query(words=("checkout", "failed", "9", "57"))),
        ("a - b", Query(words=("b",), typed="b")),
        (
            "ERR_CONN_RESET",
            Query(words=("err_conn_reset",), parts=("err", "conn", "reset"), typed="err_conn_reset"),
        ),
        ("int4 5xx", Query(words=("int4", "5xx"), typed="5xx")),
        ("fail-over", Query(words=("fail-over", "failover"), parts=("fail",))),
        ("out of memory", Query(words=("oom", "memory"), typed="memory")),
    ],
)
def test_a_query_is_taken_apart(text: str, expected: Query) -> None:
    assert parse(text) == expected


@given(st.text(max_size=300))
def test_no_text_is_refused(text: str) -> None:
    query = parse(text)

    assert len(query.words) <= MOST_WORDS
    assert not set(query.words) & STOP_WORDS
    assert not set(query.words) & set(query.parts)
    assert query.typed == "" or query.typed in query.words
    for phrase in (*query.phrases, *query.without_phrases):
        assert phrase == " ".join(words(phrase)) != ""


@given(st.lists(LETTERS, min_size=1, max_size=5), st.lists(LETTERS, min_size=1, max_size=5))
def test_words_and_phrases_come_back_as_they_were(asked: list[str], quoted: list[str]) -> None:
    query = parse(f'{" ".join(asked)} "{" ".join(quoted)}"')

    assert query.words == tuple(dict.fromkeys([*asked, *quoted]))
    assert query.phrases == (" ".join(quoted),)


@given(st.text(max_size=200))
def test_words_have_their_place_in_the_text(text: str) -> None:
    for each in occurrences(text):
        assert 0 <= each.start < each.end <= len(text)
        assert each.word == fold(each.word)
        assert 0 < each.weight <= 1


@given(LETTERS)
def test_a_word_has_the_term_of_its_capitals_and_its_possessive(word: str) -> None:
    assert {term(each.word) for each in occurrences(word.upper())} == {term(word)}
    assert {term(each.word) for each in occurrences(f"{word}’s")} == {term(word)}


@given(LETTERS, LETTERS)
def test_slips_are_counted_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other, 9) == distance(other, one, 9)
    assert (distance(one, other, 9) == 0) == (one == other)


@given(LETTERS, st.data())
def test_two_letters_that_changed_places_are_one_slip(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 2))
    slipped = word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    assert distance(word, slipped, 2) == (0 if slipped == word else 1)


def test_the_nearest_words_are_taken_and_no_others() -> None:
    candidates = [("a", "connection"), ("b", "collection"), ("c", "conviction")]

    assert closest("conection", candidates) == [("a", "connection")]
    assert closest("coppy", [("a", "copy"), ("b", "poppy"), ("c", "happy")]) == [("a", "copy"), ("b", "poppy")]
    assert closest("cat", [("d", "dog")]) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("k8s", "Kubernetes"),
        ("DB", "databases"),
        ("TLS", "ssl"),
        ("expiring", "expired"),
        ("certs", "certificate"),
        ("connexión", "connexion"),
    ],
)
def test_different_words_are_found_by_one_term(one: str, other: str) -> None:
    assert term(fold(one)) == term(fold(other))


def test_accents_written_apart_and_what_is_not_seen_divide_no_word() -> None:
    text = "Certifi\u0301cates fu\u0308r the data\u00adbase, cert\u200bificate, fail\u2060-over"

    found = [(each.word, text[each.start : each.end]) for each in occurrences(text) if each.weight == 1]

    assert [word for word, _ in found] == ["certificates", "fur", "database", "certificate", "fail-over", "failover"]
    assert found[0][1] == "Certifi\u0301cates"
    assert words(text)[:3] == ["certificates", "fur", "the"]
    assert [word for word, _, _ in words_at(text)] == words(text)


def test_what_is_meant_is_all_that_is_asked_for_and_nothing_that_is_excluded() -> None:
    assert parse('why did "the pool" -payments fill up -"retry storm"').meant == "why did the pool fill up"
