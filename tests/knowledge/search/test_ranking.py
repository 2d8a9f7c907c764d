"""The last word on the order, over candidates made by hand."""

from __future__ import annotations

from knowledge.search.kinds import Kind
from knowledge.search.meaning import Likeness
from knowledge.search.plan import GUESS_BOOST, Plan, Slot
from knowledge.search.ranking import MOST_MEANT, Text, meant, rerank
from knowledge.search.results import Candidate

PLAN = Plan(
    slots=(
        Slot("tokenisation", ("tokenis",), ((1, "tokenisation"),)),
        Slot("sidecar", ("sidecar",), ((2, "sidecar"),)),
    )
)


def order(*found: tuple[float, str, Likeness]) -> list[int]:
    """The places of what a backend found, as they come in the end."""
    candidates = [Candidate(place, Kind.POSTMORTEM, place, score) for place, (score, _, _) in enumerate(found)]
    texts = {place: Text(folded, likeness) for place, (_, folded, likeness) in enumerate(found)}
    return [each.document_id for each in rerank(candidates, texts, PLAN)]


def test_among_few_that_are_much_alike_the_words_decide() -> None:
    has_both = (9.0, " the tokenisation of cards , in a sidecar ", Likeness(-0.01, 0.08, 0.11))
    has_one = (3.6, " an agent in a sidecar ", Likeness(0.01, 0.13, 0.13))
    has_the_same_one = (2.7, " a sidecar ", Likeness(0.09, 0.10, 0.10))

    assert order(has_one, has_the_same_one, has_both)[0] == 2


def test_what_is_far_nearer_in_meaning_comes_first() -> None:
    says_it = (5.0, " sidecar ", Likeness(0.6, 0.7, 0.8))
    has_the_words = (9.0, " tokenisation elsewhere , and a sidecar ", Likeness(0.0, 0.0, 0.1))

    assert order(has_the_words, says_it) == [1, 0]


def test_neighbours_in_the_query_are_neighbours_however_they_are_spelt() -> None:
    misspelt = Slot("tokenisatoin", ("tokenis",), ((1, "tokenisation"),), GUESS_BOOST, guessed=("tokenisation",))
    plan = Plan(slots=(misspelt, PLAN.slots[1]), meant="tokenisation sidecar")
    candidates = [Candidate(1, Kind.POSTMORTEM, 1, 0.1), Candidate(2, Kind.POSTMORTEM, 2, 9.0)]
    texts = {
        1: Text(" tokens were signed ", Likeness(0.35, 0.28, 0.28)),
        2: Text(" the tokenisation sidecar ran out of ports ", Likeness(0.01, 0.06, 0.06)),
    }

    assert next(each.document_id for each in rerank(candidates, texts, plan)) == 2


def test_what_says_it_with_a_related_word_comes_before_what_does_not() -> None:
    plan = Plan(
        slots=(Slot("machines", ("machin",), ((1, "machines"),)), Slot("restarted", ("restart",), ((2, "restarted"),))),
        meant="machines restarted",
    )
    candidates = [Candidate(place, Kind.POSTMORTEM, place, 2.0) for place in (1, 2)]
    texts = {1: Text(" machines were painted ", None), 2: Text(" machines rebooted by themselves ", None)}

    assert [each.document_id for each in rerank(candidates, texts, plan)] == [2, 1]


def test_what_says_all_of_the_query_in_its_own_words_comes_before_what_says_a_part() -> None:
    plan = Plan(slots=(Slot("phone", ("phone",), ((1, "phone"),)),), meant="phone erased")
    candidates = [Candidate(place, Kind.POSTMORTEM, place, 2.0) for place in (1, 2, 3)]
    said = {1: " the phone was painted ", 2: " a phone and what was deleted ", 3: ""}
    texts = {key: Text(folded, None) for key, folded in said.items()}

    assert next(each.document_id for each in rerank(candidates, texts, plan)) == 2


NEAR, FAR = Likeness(0.1, 0.3, 0.2), Likeness(0.1, 0.1, 0.14)


def test_what_is_near_in_meaning_answers_without_a_word_the_nearest_first() -> None:
    nearer = Likeness(0.4, 0.3, 0.5)

    assert meant({1: NEAR, 2: FAR, 3: nearer}, PLAN) == (3, 1)
    assert len(meant(dict.fromkeys(range(50), NEAR), PLAN)) == MOST_MEANT


def test_a_single_known_word_and_code_ask_for_these_very_words() -> None:
    code = Slot("err_99", ("err_99",), ((3, "err_99"),))

    assert meant({1: NEAR}, Plan(slots=PLAN.slots[:1])) == ()
    assert meant({1: NEAR}, Plan(slots=(*PLAN.slots, code))) == ()
    assert meant({1: NEAR}, Plan(slots=PLAN.slots, unknown=("err_98",))) == ()


def test_where_no_word_is_known_more_likeness_is_asked_for() -> None:
    assert meant({1: NEAR, 2: Likeness(0.1, 0.2, 0.24)}, Plan(unknown=("quokkas", "wombats"))) == (1,)


def test_what_was_indexed_without_a_meaning_is_ordered_by_its_words() -> None:
    candidates = [Candidate(1, Kind.POSTMORTEM, 1, 2.0), Candidate(2, Kind.POSTMORTEM, 2, 3.0)]

    assert [each.document_id for each in rerank(candidates, {}, PLAN)] == [2, 1]
