"""Who is on at T, compared with a calculator that knows nothing of turns: it walks the calendar minute by minute."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.lib.week import WEEK
from hub.oncall.rotations import Rotation, Window
from hub.oncall.shifts import (
    Duty,
    Layer,
    Plan,
    Shift,
    Stretch,
    Substitution,
    final_schedule,
    next_on_call,
    on_call_at,
    shifts_of,
    stretch_at,
    stretches_of,
)
from tests.oncall.oracles import DAYS, EPOCH, MINUTE, Minutes, brute_force, moments, plans

EXAMPLES = int(os.environ.get("HUB_SCHEDULE_EXAMPLES", "2"))
"""How many generated schedules are compared over all of two years; ten times as many over some weeks."""
PATIENT = list(HealthCheck)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def answers(stretches: list[Stretch], minutes: Minutes) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    cells: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
    for stretch in stretches:
        count = minutes.index(stretch.ends_at) - minutes.index(stretch.starts_at)
        cells += [(stretch.primary, stretch.secondary)] * count
    return cells


@given(plan=plans())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=PATIENT)
def test_every_minute_of_two_years_has_the_walked_answer(plan: Plan) -> None:
    minutes = Minutes(EPOCH, DAYS * 24 * 60)

    stretches = final_schedule(plan, EPOCH, EPOCH + minutes.count * MINUTE)

    assert answers(stretches, minutes) == brute_force(plan, minutes)


@given(plan=plans(), start=moments, hours=st.integers(1, 24 * 40))
@settings(max_examples=10 * EXAMPLES, deadline=None, suppress_health_check=PATIENT)
def test_every_minute_of_some_weeks_has_the_walked_answer(plan: Plan, start: datetime, hours: int) -> None:
    minutes = Minutes(start, hours * 60)

    stretches = final_schedule(plan, start, start + minutes.count * MINUTE)

    assert answers(stretches, minutes) == brute_force(plan, minutes)
    assert (stretches[0].starts_at, stretches[-1].ends_at) == (start, start + minutes.count * MINUTE)
    for left, right in pairwise(stretches):
        assert left.ends_at == right.starts_at
        assert (left.primary, left.secondary, left.is_needed) != (right.primary, right.secondary, right.is_needed)


@given(plan=plans(), start=moments, parts=st.lists(st.integers(1, 5000), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None, suppress_health_check=PATIENT)
def test_a_moment_and_any_part_give_the_same_answer_as_the_whole(plan: Plan, start: datetime, parts: list[int]) -> None:
    end = start + timedelta(days=30)
    whole = final_schedule(plan, start, end)

    for minutes in parts:
        moment = start + timedelta(minutes=minutes)
        (expected,) = [each for each in whole if each.starts_at <= moment < each.ends_at]
        at_once = on_call_at(plan, moment)
        around = stretch_at(plan, moment)
        assert (at_once.primary, at_once.secondary, at_once.is_needed) == (
            expected.primary,
            expected.secondary,
            expected.is_needed,
        )
        assert (around.primary, around.secondary) == (expected.primary, expected.secondary)
        assert around.starts_at <= expected.starts_at or expected.starts_at == start
        assert around.starts_at <= moment < around.ends_at


@given(plan=plans(), start=moments)
@settings(max_examples=40, deadline=None, suppress_health_check=PATIENT)
def test_shifts_tell_the_same_person_by_person(plan: Plan, start: datetime) -> None:
    stretches = final_schedule(plan, start, start + timedelta(days=40))
    shifts = shifts_of(stretches)

    for stretch in stretches:
        for duty in Duty:
            on = {
                each.person
                for each in shifts
                if each.duty is duty and each.starts_at <= stretch.starts_at < each.ends_at
            }
            assert on == set(stretch.on(duty))
    for shift in shifts:
        same = [each for each in shifts if (each.person, each.duty) == (shift.person, shift.duty) and each != shift]
        assert all(each.ends_at < shift.starts_at or each.starts_at > shift.ends_at for each in same)


def weekly(people: list[int], first: datetime, zone: str, **more: object) -> Rotation:
    return Rotation([(each,) for each in people], first, WEEK, zone, LONG_AGO, **more)  # type: ignore[arg-type]


def daily(people: list[int], first: datetime, zone: str, **more: object) -> Rotation:
    return Rotation([(each,) for each in people], first, 24 * 60, zone, LONG_AGO, **more)  # type: ignore[arg-type]


def of(*rotations: Rotation, duty: Duty = Duty.PRIMARY) -> Plan:
    return Plan([Layer(duty, 0, rotations)])


def utc(*numbers: int) -> datetime:
    return datetime(*numbers, tzinfo=UTC)  # type: ignore[arg-type, misc]


def local(*numbers: int) -> datetime:
    return datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001


def test_a_shift_starts_at_nine_local_on_both_sides_of_summer_time() -> None:
    berlin = of(weekly([1, 2], local(2026, 3, 23, 9), "Europe/Berlin"))

    shifts = shifts_of(final_schedule(berlin, utc(2026, 3, 23, 8), utc(2026, 4, 6, 7)))

    assert shifts == [
        Shift(1, utc(2026, 3, 23, 8), utc(2026, 3, 30, 7)),
        Shift(2, utc(2026, 3, 30, 7), utc(2026, 4, 6, 7)),
    ]


def test_a_day_of_23_hours_and_one_of_25_are_one_turn_each() -> None:
    berlin = of(daily([1, 2], local(2026, 3, 28, 0), "Europe/Berlin"))

    short = stretch_at(berlin, utc(2026, 3, 29, 12))
    long = stretch_at(berlin, utc(2026, 10, 25, 12))

    assert short.ends_at - short.starts_at == timedelta(hours=23)
    assert long.ends_at - long.starts_at == timedelta(hours=25)


def test_a_hand_over_at_a_time_that_is_skipped_moves_forward_by_the_gap() -> None:
    berlin = of(daily([1, 2], local(2026, 3, 27, 2, 30), "Europe/Berlin"))

    assert stretch_at(berlin, utc(2026, 3, 29, 0)).ends_at == utc(2026, 3, 29, 1, 30)  # 03:30 in Berlin
    assert stretch_at(berlin, utc(2026, 3, 29, 12)).ends_at == utc(2026, 3, 30, 0, 30)  # 02:30 in Berlin


def test_a_hand_over_at_a_time_that_occurs_twice_is_at_its_first() -> None:
    berlin = of(daily([1, 2], local(2026, 10, 23, 2, 30), "Europe/Berlin"))

    assert stretch_at(berlin, utc(2026, 10, 25, 0)).ends_at == utc(2026, 10, 25, 0, 30)
    assert stretch_at(berlin, utc(2026, 10, 25, 12)).ends_at == utc(2026, 10, 26, 1, 30)


def test_restricted_hours_use_up_no_turn() -> None:
    office = [Window(day * 1440 + 9 * 60, day * 1440 + 17 * 60) for day in range(5)]
    desk = of(daily([1, 2, 3], local(2026, 3, 2, 0), "UTC", windows=office))

    shifts = shifts_of(final_schedule(desk, utc(2026, 3, 5), utc(2026, 3, 11)))

    # Thursday, Friday, and after a weekend that was nobody's, Monday and Tuesday.
    assert [(each.person, each.starts_at.day) for each in shifts] == [(1, 5), (2, 6), (3, 9), (1, 10)]
    assert {each.ends_at - each.starts_at for each in shifts} == {timedelta(hours=8)}


def test_an_edit_takes_effect_when_it_says() -> None:
    former = weekly([1, 2], local(2026, 3, 2, 9), "UTC")
    edited = Rotation([(3,), (4,)], local(2026, 3, 2, 9), WEEK, "UTC", utc(2026, 3, 9, 9))

    shifts = shifts_of(final_schedule(of(former, edited), utc(2026, 3, 2), utc(2026, 3, 20)))

    assert [(each.person, each.starts_at) for each in shifts] == [
        (1, utc(2026, 3, 2, 9)),
        (4, utc(2026, 3, 9, 9)),
        (3, utc(2026, 3, 16, 9)),
    ]


def test_the_highest_layer_that_has_anybody_decides() -> None:
    nights = weekly([9], local(2026, 3, 2, 0), "UTC", windows=[Window(0, 6 * 60)])
    plan = Plan([Layer(Duty.PRIMARY, 0, [weekly([1], local(2026, 3, 2, 0), "UTC")]), Layer(Duty.PRIMARY, 1, [nights])])

    assert on_call_at(plan, utc(2026, 3, 9, 3)).primary == (9,)
    assert on_call_at(plan, utc(2026, 3, 9, 7)).primary == (1,)


def test_whoever_is_on_leave_is_not_on_and_the_layer_below_is() -> None:
    away = {9: [(utc(2026, 3, 9), utc(2026, 3, 10))], 1: [(utc(2026, 3, 9, 12), utc(2026, 3, 10))]}
    layers = [
        Layer(Duty.PRIMARY, 0, [weekly([1], local(2026, 3, 2, 0), "UTC")]),
        Layer(Duty.PRIMARY, 1, [weekly([9], local(2026, 3, 2, 0), "UTC")]),
    ]
    plan = Plan(layers, leave=away)

    assert on_call_at(plan, utc(2026, 3, 8, 23)).primary == (9,)
    assert on_call_at(plan, utc(2026, 3, 9, 1)).primary == (1,)
    assert on_call_at(plan, utc(2026, 3, 9, 13)).is_uncovered


def test_a_planned_gap_is_empty_and_raises_no_alarm_and_a_stand_in_is_on_all_the_same() -> None:
    gap = (utc(2026, 3, 9), utc(2026, 3, 11))
    plan = Plan(
        [Layer(Duty.PRIMARY, 0, [weekly([1], local(2026, 3, 2, 0), "UTC")])],
        [Substitution(7, utc(2026, 3, 10), utc(2026, 3, 11))],
        [gap],
    )

    assert on_call_at(plan, utc(2026, 3, 9, 5)) == Stretch(
        utc(2026, 3, 9, 5), utc(2026, 3, 9, 5) + timedelta(microseconds=1), (), (), False
    )
    assert on_call_at(plan, utc(2026, 3, 10, 5)).primary == (7,)


def test_outside_of_its_hours_an_empty_schedule_raises_no_alarm() -> None:
    plan = Plan(hours=[Window(9 * 60, 17 * 60)], zone="Europe/Berlin")

    assert on_call_at(plan, utc(2026, 3, 9, 8)).is_uncovered
    assert not on_call_at(plan, utc(2026, 3, 9, 7, 59)).is_uncovered


def test_a_stand_in_takes_one_place_of_several() -> None:
    pair = Rotation([(1, 2)], local(2026, 3, 2, 0), WEEK, "UTC", LONG_AGO)
    plan = Plan(
        [Layer(Duty.PRIMARY, 0, [pair])],
        [
            Substitution(7, utc(2026, 3, 9), utc(2026, 3, 11), replaces=2),
            Substitution(8, utc(2026, 3, 10), utc(2026, 3, 11), replaces=7),
        ],
    )

    assert on_call_at(plan, utc(2026, 3, 9, 5)).primary == (1, 7)
    assert on_call_at(plan, utc(2026, 3, 10, 5)).primary == (1, 8)


def test_whoever_stands_in_does_so_also_once_the_other_is_away() -> None:
    """One is stood in for because one will be away: leave that is recorded afterwards makes no gap of it."""
    day = (utc(2026, 3, 9), utc(2026, 3, 10))
    on = {}
    for away in ((1,), (1, 7), (1, 7, 8), (7,), (7, 8), (8,), (9,)):
        plan = Plan(
            [Layer(Duty.PRIMARY, 0, [weekly([2], local(2026, 3, 2, 0), "UTC")]),
             Layer(Duty.PRIMARY, 1, [weekly([1], local(2026, 3, 2, 0), "UTC")])],
            [Substitution(7, *day, replaces=1), Substitution(8, *day, replaces=7), Substitution(9, *day),
             Substitution(1, *day, replaces=9)][: 4 if away == (9,) else 2],
            leave={each: [day] for each in away},
        )  # fmt: skip
        on[away] = on_call_at(plan, utc(2026, 3, 9, 5)).primary

    # One, whom seven stands in for, and eight for seven; two is in the layer below. Nine is on for everybody, and one
    # for nine.
    assert on == {(1,): (8,), (1, 7): (8,), (1, 7, 8): (2,), (7,): (8,), (7, 8): (1,), (8,): (7,), (9,): (1,)}


def test_whoever_becomes_primary_is_no_longer_secondary() -> None:
    plan = Plan(
        [
            Layer(Duty.PRIMARY, 0, [weekly([1], local(2026, 3, 2, 0), "UTC")]),
            Layer(Duty.SECONDARY, 0, [weekly([2], local(2026, 3, 2, 0), "UTC")]),
        ],
        [Substitution(2, utc(2026, 3, 9), utc(2026, 3, 10))],
    )

    assert on_call_at(plan, utc(2026, 3, 8, 5)).people == (1, 2)
    assert on_call_at(plan, utc(2026, 3, 9, 5)).people == (2,)


def test_the_next_on_call_is_who_comes_on_after_those_now() -> None:
    plan = of(weekly([1, 2], local(2026, 3, 2, 9), "UTC"))

    coming = next_on_call(plan, utc(2026, 3, 4))

    assert coming is not None
    assert (coming.primary, coming.starts_at) == ((2,), utc(2026, 3, 9, 9))
    assert next_on_call(of(weekly([1], local(2026, 3, 2, 9), "UTC")), utc(2026, 3, 4)) is None


def test_nobody_is_on_before_the_first_hand_over_or_with_nobody_in_the_rotation() -> None:
    assert not on_call_at(of(weekly([1], local(2026, 1, 5, 9), "UTC")), utc(2026, 1, 5, 8, 59)).primary
    assert not on_call_at(of(weekly([], local(2026, 1, 5, 9), "UTC")), utc(2026, 2, 1)).primary


def test_a_duty_sees_as_one_what_differs_in_the_other_alone() -> None:
    days = [utc(2026, 3, day) for day in (2, 3, 4, 5)]
    stretches = [
        Stretch(days[0], days[1], (1,), (2,), is_needed=True),
        Stretch(days[1], days[2], (3,), (2,), is_needed=False),
        Stretch(days[2], days[3], (3,), (), is_needed=True),
    ]

    assert [(each.starts_at, each.primary) for each in stretches_of(stretches, Duty.PRIMARY, needs=True)] == [
        (days[0], (1,)),
        (days[1], (3,)),
    ]
    wanted = stretches_of(stretches, Duty.SECONDARY, needs=True)
    assert [(each.starts_at, each.secondary, each.is_needed) for each in wanted] == [
        (days[0], (2,), True),
        (days[2], (), True),
    ]
    assert not stretches_of(stretches, Duty.SECONDARY, needs=False)[-1].is_needed
