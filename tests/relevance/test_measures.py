"""The measures and judgements by which the ranking is judged."""

from __future__ import annotations

import pytest

from hub.demo.reviews import read_reviews
from tests.relevance.baseline import Bm25
from tests.relevance.judgements import JUDGED
from tests.relevance.measures import ndcg, recall, reciprocal_rank


def test_the_best_order_is_one_and_a_worse_one_is_less() -> None:
    grades = {1: 3, 2: 1}

    assert ndcg([1, 2, 9], grades) == 1
    assert ndcg([9, 8], grades) == 0
    # 7 / log2(3) + 1 / log2(2), of 7 / log2(2) + 1 / log2(3)
    assert ndcg([2, 1], grades) == pytest.approx((7 / 1.584963 + 1) / (7 + 1 / 1.584963))


def test_recall_counts_what_is_of_use_and_the_reciprocal_rank_what_was_looked_for() -> None:
    grades = {1: 3, 2: 1}

    assert recall([2, 9], grades) == 0.5
    assert recall([9, 1, 2], grades, depth=2) == 0.5
    assert reciprocal_rank([2, 1], grades) == 0.5
    assert reciprocal_rank([2], grades) == 0


def test_plain_bm25_prefers_the_rare_word_and_the_short_text() -> None:
    index = Bm25({1: "pool pool connection", 2: "connection lost", 3: "connection lost on a very long day of rain"})

    assert index.ranked("pools connected")[0] == 1
    assert index.ranked("lost") == [2, 3]
    assert index.ranked("unknown") == []


def test_every_judgement_is_of_a_review_that_there_is() -> None:
    numbers = {review.number for review in read_reviews()}
    judged = [query for queries in JUDGED.values() for query in queries]

    assert len(judged) == len(set(judged)) >= 120
    for queries in JUDGED.values():
        for query, grades in queries.items():
            assert {*grades} <= numbers, query
            assert max(grades.values()) >= 2, query
