"""Which contact method is tried next: pure, from the methods and the attempts so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

PAUSES = (
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=30),
)
"""How long to wait after each round in which no method accepted the message; after one more round it has failed."""

ROUNDS = len(PAUSES) + 1

ACCOUNT = 0
"""Stands for the e-mail address of the person's account, which is no contact method of their own."""


@dataclass(frozen=True)
class Attempt:
    """A past attempt that did not succeed.

    Attributes:
        method: the contact method's id, or `ACCOUNT`.
        round: the pass through the person's methods that it belonged to, from 1 on.
        is_final: whether the method refused for good and is not tried again.
    """

    method: int
    round: int
    is_final: bool


@dataclass(frozen=True)
class Next:
    """The method to try, in which round, and how long after the last attempt."""

    method: int
    round: int
    pause: timedelta


def next_attempt(methods: Sequence[int], past: Sequence[Attempt]) -> Next | None:
    """What to try next; None when nothing is left to try.

    A failure falls through to the next method at once; when all of a round have failed, the methods that did not refuse
    for good are tried again after a pause.

    Args:
        methods: in the order in which the person wants to be reached.
        past: the attempts so far.
    """
    final = {attempt.method for attempt in past if attempt.is_final}
    left = [method for method in methods if method not in final]
    current = max((attempt.round for attempt in past), default=1)
    tried = {attempt.method for attempt in past if attempt.round == current}
    for method in left:
        if method not in tried:
            return Next(method, current, timedelta())
    if not left or current >= ROUNDS:
        return None
    return Next(left[0], current + 1, PAUSES[current - 1])
