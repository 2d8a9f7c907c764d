"""Who is on at T, compared with a calculator that knows nothing of turns: it walks the calendar day by day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.oncall.shifts import Shift, Substitution, Turns, on_call_at, shifts_between, turn_at

ZONES = ["UTC", "Europe/Berlin", "America/Chicago", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]
EPOCH = datetime(2025, 1, 6, tzinfo=UTC)


def walked(turns: Turns, substitutions: list[Substitution], moment: datetime) -> int | None:
    """The oracle: step through hand-over days from the first, and let a later-starting substitution win."""
    answer: int | None = None
    day, place = turns.starts_on, 0
    while turns.people:
        hand_over = datetime.combine(day, turns.hands_over_at, ZoneInfo(turns.time_zone)).astimezone(UTC)
        if hand_over > moment:
            break
        answer = turns.people[place % len(turns.people)]
        day, place = day + timedelta(days=7 * turns.weeks), place + 1
    best: Substitution | None = None
    for each in substitutions:
        covers = each.starts_at <= moment < each.ends_at
        if covers and (best is None or each.starts_at > best.starts_at):
            best = each
    return best.person if best else answer


turns_strategy = st.builds(
    Turns,
    people=st.lists(st.integers(1, 6), min_size=0, max_size=5),
    starts_on=st.dates(date(2025, 1, 1), date(2025, 12, 31)),
    hands_over_at=st.times().map(lambda t: time(t.hour, t.minute)),
    weeks=st.integers(1, 3),
    time_zone=st.sampled_from(ZONES),
)
moments = st.integers(0, 700 * 24 * 60).map(lambda minutes: EPOCH + timedelta(minutes=minutes))
substitutions_strategy = st.lists(
    st.builds(
        lambda person, start, hours: Substitution(person, start, start + timedelta(hours=hours)),
        st.integers(7, 9),
        moments,
        st.integers(1, 400),
    ),
    max_size=4,
    unique_by=lambda each: each.starts_at,
)


@given(turns=turns_strategy, substitutions=substitutions_strategy, moment=moments)
@settings(max_examples=400, deadline=None)
def test_the_answer_is_the_walked_one(turns: Turns, substitutions: list[Substitution], moment: datetime) -> None:
    shift = on_call_at(turns, substitutions, moment)
    assert (shift.person if shift else None) == walked(turns, substitutions, moment)
    if shift:
        assert shift.starts_at <= moment < shift.ends_at


@given(turns=turns_strategy, substitutions=substitutions_strategy, start=moments, days=st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_shifts_in_a_span_agree_with_every_hour_of_it(
    turns: Turns, substitutions: list[Substitution], start: datetime, days: int
) -> None:
    end = start + timedelta(days=days)
    shifts = shifts_between(turns, substitutions, start, end)
    for left, right in pairwise(shifts):
        assert left.ends_at <= right.starts_at
        assert (left.person, left.ends_at) != (right.person, right.starts_at)
    moment = start
    while moment < end:
        on = [shift.person for shift in shifts if shift.starts_at <= moment < shift.ends_at]
        expected = walked(turns, substitutions, moment)
        assert on == ([] if expected is None else [expected])
        moment += timedelta(minutes=437)


def test_a_shift_starts_at_nine_local_on_both_sides_of_summer_time() -> None:
    berlin = Turns([1, 2], date(2026, 3, 23), time(9), 1, "Europe/Berlin")

    winter = turn_at(berlin, datetime(2026, 3, 24, tzinfo=UTC))
    summer = turn_at(berlin, datetime(2026, 3, 31, tzinfo=UTC))

    assert winter == Shift(1, datetime(2026, 3, 23, 8, tzinfo=UTC), datetime(2026, 3, 30, 7, tzinfo=UTC))
    assert summer == Shift(2, datetime(2026, 3, 30, 7, tzinfo=UTC), datetime(2026, 4, 6, 7, tzinfo=UTC))


def test_nobody_is_on_before_the_first_hand_over_or_with_nobody_in_the_rotation() -> None:
    turns = Turns([1], date(2026, 1, 5), time(9), 1, "UTC")
    assert turn_at(turns, datetime(2026, 1, 5, 8, 59, tzinfo=UTC)) is None
    assert turn_at(Turns([], date(2026, 1, 5), time(9), 1, "UTC"), datetime(2026, 2, 1, tzinfo=UTC)) is None
