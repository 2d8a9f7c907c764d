"""Hours of the week: what people write is what they get back, and bad ones are told where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.lib.errors import Invalid
from hub.lib.week import DAY, WEEK
from hub.oncall.hours import WeekSpan, minutes_of, spans_of

times = st.integers(0, DAY - 1).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
week_spans = st.builds(WeekSpan, st.integers(1, 7), times, st.integers(1, 7), times)


def covered(pairs: list[list[int]]) -> set[int]:
    return {minute % WEEK for start, end in pairs for minute in range(start, end)}


@given(st.lists(week_spans, max_size=4))
def test_hours_survive_the_way_there_and_back(spans: list[WeekSpan]) -> None:
    pairs = minutes_of(spans)

    assert covered(minutes_of(spans_of(pairs))) == covered(pairs)
    assert sum(end - start for start, end in pairs) == len(covered(pairs))


def test_a_weekend_goes_on_into_the_next_week() -> None:
    (pair,) = minutes_of([WeekSpan(5, "18:00", 1, "08:00")])

    assert pair == [4 * DAY + 18 * 60, WEEK + 8 * 60]
    assert spans_of([pair]) == [WeekSpan(5, "18:00", 1, "08:00")]


def test_the_whole_week_is_one_span() -> None:
    assert minutes_of([WeekSpan(1, "00:00", 4, "00:00"), WeekSpan(4, "00:00", 1, "00:00")]) == [[0, WEEK]]


@pytest.mark.parametrize(
    ("span", "field"),
    [
        (WeekSpan(0, "09:00", 1, "17:00"), "fromDay"),
        (WeekSpan(1, "9:00", 1, "17:00"), "fromTime"),
        (WeekSpan(1, "09:00", 8, "17:00"), "untilDay"),
        (WeekSpan(1, "09:00", 1, "24:01"), "untilTime"),
        (WeekSpan(1, "09:00", 1, "١٧:٠٠"), "untilTime"),
    ],
)
def test_what_is_no_time_is_told_where_it_stands(span: WeekSpan, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        minutes_of([WeekSpan(2, "09:00", 2, "17:00"), span], "hours")

    assert refusal.value.path == ("hours", "1", field)
