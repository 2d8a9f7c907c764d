"""The course of an incident as a drawing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from knowledge.postmortems.course import WIDTH, course
from knowledge.postmortems.models import Postmortem, PostmortemMoment

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def review(acknowledged: int | None, mitigated: int | None, resolved: int | None) -> Postmortem:
    return Postmortem(
        occurred_at=NOON,
        minutes_to_acknowledge=acknowledged,
        minutes_to_mitigate=mitigated,
        minutes_to_resolve=resolved,
    )


def moment(minutes: int) -> PostmortemMoment:
    return PostmortemMoment(at=NOON + timedelta(minutes=minutes), text=f"After {minutes}")


def test_each_phase_is_as_wide_as_it_was_long() -> None:
    drawn = course(review(10, 40, 100), [])

    assert [(phase.state, phase.x, phase.width) for phase in drawn.phases] == [
        ("declared", 0, 100),
        ("acknowledged", 100, 300),
        ("mitigated", 400, 600),
    ]
    assert (
        drawn.words == "The incident was acknowledged after 10 min, mitigated after 40 min, resolved after 1 h 40 min."
    )


def test_moments_stand_where_they_happened_and_long_pauses_are_told() -> None:
    drawn = course(review(10, 40, 100), [moment(-20), moment(5), moment(12), moment(70), moment(130)])

    assert [told.x for told in drawn.moments] == [0, 50, 120, 700, 1000]
    assert [told.state for told in drawn.moments] == ["declared", "declared", "acknowledged", "mitigated", "resolved"]
    assert [told.elapsed for told in drawn.moments] == ["−20 min", "+5 min", "+12 min", "+1 h 10 min", "+2 h 10 min"]
    assert [told.pause for told in drawn.moments] == ["", "25 min later", "", "58 min later", "1 h later"]


def test_a_stage_that_was_not_reached_has_no_phase() -> None:
    assert [phase.label for phase in course(review(None, None, 30), []).phases] == ["Resolved"]
    assert course(review(None, None, None), []).words == "The incident reached no further stage."


minutes = st.none() | st.integers(0, 10**6)


@given(minutes, minutes, minutes, st.lists(st.integers(-(10**6), 10**6)))
def test_everything_stays_inside_the_drawing(
    acknowledged: int | None, mitigated: int | None, resolved: int | None, told: list[int]
) -> None:
    drawn = course(review(acknowledged, mitigated, resolved), [moment(each) for each in told])

    assert all(phase.x >= 0 and phase.width >= 0 and phase.x + phase.width <= WIDTH + 0.01 for phase in drawn.phases)
    assert all(0 <= each.x <= WIDTH for each in drawn.moments)
