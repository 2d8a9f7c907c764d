"""Which contact method is tried next."""

from __future__ import annotations

from datetime import timedelta

from hub.delivery.attempts import PAUSES, ROUNDS, Attempt, Next, next_attempt

CHAT, MAIL = 7, 8
NOW = timedelta()


def delayed(method: int, round: int = 1) -> Attempt:
    return Attempt(method, round, is_final=False)


def refused(method: int, round: int = 1) -> Attempt:
    return Attempt(method, round, is_final=True)


def test_the_first_method_comes_first() -> None:
    assert next_attempt([CHAT, MAIL], []) == Next(CHAT, 1, NOW)


def test_nobody_to_reach() -> None:
    assert next_attempt([], []) is None


def test_a_failure_falls_through_at_once() -> None:
    assert next_attempt([CHAT, MAIL], [delayed(CHAT)]) == Next(MAIL, 1, NOW)
    assert next_attempt([CHAT, MAIL], [refused(CHAT)]) == Next(MAIL, 1, NOW)


def test_when_all_have_failed_they_are_tried_again_after_a_pause() -> None:
    assert next_attempt([CHAT, MAIL], [delayed(CHAT), delayed(MAIL)]) == Next(CHAT, 2, PAUSES[0])
    second = [delayed(CHAT), delayed(MAIL), delayed(CHAT, 2), delayed(MAIL, 2)]
    assert next_attempt([CHAT, MAIL], second) == Next(CHAT, 3, PAUSES[1])


def test_what_refused_for_good_is_left_out() -> None:
    assert next_attempt([CHAT, MAIL], [refused(CHAT), delayed(MAIL)]) == Next(MAIL, 2, PAUSES[0])
    assert next_attempt([CHAT, MAIL], [refused(CHAT), refused(MAIL)]) is None


def test_a_method_that_was_added_meanwhile_is_tried_at_once() -> None:
    assert next_attempt([CHAT, MAIL], [delayed(MAIL)]) == Next(CHAT, 1, NOW)


def test_it_ends() -> None:
    past: list[Attempt] = []
    pauses = []
    while step := next_attempt([MAIL], past):
        pauses.append(step.pause)
        past.append(delayed(MAIL, step.round))
        assert len(past) <= ROUNDS
    assert len(past) == ROUNDS
    assert pauses == [NOW, *PAUSES]
