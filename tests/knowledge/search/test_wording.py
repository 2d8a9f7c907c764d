"""How related words rank, over texts made by hand."""

from __future__ import annotations

import pytest

from knowledge.search.plan import Plan, Slot
from knowledge.search.related import IN_WORDS, TOGETHER, in_words, related
from knowledge.search.wording import relatedness

RESTART = Plan(
    slots=(
        Slot("machines", ("machin",), ((1, "machines"),)),
        Slot("restarted", ("restart",), ((2, "restarted"),)),
    ),
    meant="machines restarted",
)


def test_a_related_word_counts_less_than_the_best_by_the_querys_own_and_more_than_none() -> None:
    texts = [" machines restarted ", " machines rebooted one by one ", " machines were painted ", " nothing of it "]

    own, related_word, *others = relatedness(texts, RESTART)

    assert 0 < related_word < 1
    assert [own, *others] == [0, 0, 0]


def test_the_title_counts_for_more() -> None:
    in_title = " rebooted \n machines were replaced the other day "
    in_text = " replaced \n machines were rebooted the other day "

    first, second = relatedness([in_title, in_text], RESTART)

    assert first > second > 0


def test_a_text_gains_no_more_by_naming_all_that_is_related() -> None:
    two = " machines crashloop bounce x x "
    many = " machines reboot respawn cycle power "

    gains = relatedness([two, many, " painted "], RESTART)

    assert 0 < gains[1] < 1.5 * gains[0]
    assert max(gains) <= 1


def test_where_no_word_is_known_the_best_by_related_words_is_the_measure() -> None:
    texts = [" a storm took the roof ", " rain ", " sunshine "]

    assert max(relatedness(texts, Plan(unknown=("thunderstorm",), meant="thunderstorm"))) == 1


def test_nothing_is_related_to_what_nobody_listed() -> None:
    assert relatedness(
        [" quokkas "], Plan(slots=(Slot("quokkas", ("quokka",), ((1, "quokkas"),)),), meant="quokkas")
    ) == [0]


@pytest.mark.parametrize(
    ("query", "term"),
    [
        pytest.param("it ran OUT OF SPACE", "enospc", id="a phrase"),
        pytest.param("rebooting", "restart", id="another form of a word"),
        pytest.param("HVAC", "cool", id="a short form in words"),
        pytest.param("cooling", "chiller", id="what goes together"),
    ],
)
def test_what_goes_together_is_known_by_words_and_phrases(query: str, term: str) -> None:
    assert term in {each for _, terms in related(query) for each in terms}


def test_a_short_form_that_everybody_knows_is_no_code() -> None:
    assert in_words("2fa")
    assert not Plan(unknown=("2fa", "vpn")).has_code
    assert Plan(unknown=("err_2fa", "vpn")).has_code


def test_what_goes_together_is_written_in_one_way() -> None:
    for line in TOGETHER:
        members = line.split(", ")
        assert len({*members}) == len(members) >= 2, line
        assert line == line.lower()
    assert all(short == short.lower() and long == long.lower() for short, long in IN_WORDS.items())
