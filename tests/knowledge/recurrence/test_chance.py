"""The tests against chance, held to counting all cases."""

from __future__ import annotations

from itertools import combinations
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.recurrence.chance import adjusted, changed, met


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_two_things_meet_as_often_as_counting_says(data: st.DataObject) -> None:
    total = data.draw(st.integers(1, 9))
    first, second = data.draw(st.integers(0, total)), data.draw(st.integers(0, total))
    together = data.draw(st.integers(0, min(first, second)))

    drawn = [sum(each < first for each in cases) for cases in combinations(range(total), second)]

    assert met(together, first, second, total) == pytest.approx(sum(n >= together for n in drawn) / len(drawn))


@given(st.integers(0, 40), st.integers(0, 40))
def test_two_counts_differ_as_coins_would(before: int, after: int) -> None:
    total, extreme = before + after, max(before, after)
    tail = 2 * sum(comb(total, each) for each in range(extreme, total + 1)) / 2**total

    assert changed(before, after) == pytest.approx(1.0 if before == after else min(tail, 1.0))
    assert changed(after, before) == changed(before, after)


def test_large_counts_have_an_answer() -> None:
    assert changed(20_000, 20_600) < 0.01 < changed(20_000, 20_100)


def test_asking_often_is_corrected_for() -> None:
    assert adjusted([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert adjusted([]) == []
