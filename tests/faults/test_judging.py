"""The judge of `make faults`: what is planted it finds, and what is excused it lets be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.judging import Arrival, Disturbance, Due, Slot, Verdict, judge, missing
from tests.faults.plans import AFTER, BEFORE, FIRST, MINUTE, PLANS, SECOND, THIRD, Asked, Night, Plan, dues_of

NIGHT = Night(hand_over=1000.0, ends=500.0)
PATIENCE = 2.0
THREE_STEPS, _, _, REPEATED = PLANS


def asked(plan: Plan = THREE_STEPS) -> Asked:
    return Asked("Fault 1.0", plan, counts_from=(100.0, 100.5))


def delivered(incident: Asked) -> list[Arrival]:
    """Everything that the incident owes, a second after it was due."""
    return [
        Arrival(due.slot, min(due.people), f"key {number}", due.by + 1.0)
        for number, due in enumerate(dues_of(incident, NIGHT))
    ]


def judged(incident: Asked, arrivals: list[Arrival], *disturbances: Disturbance) -> Verdict:
    return judge(dues_of(incident, NIGHT), arrivals, disturbances, patience=PATIENCE)


@pytest.mark.parametrize("plan", PLANS)
def test_all_that_was_due_and_nothing_else(plan: Plan) -> None:
    incident = asked(plan)
    verdict = judged(incident, delivered(incident))

    assert verdict.is_clean
    assert verdict.pages == len(list(dues_of(incident, NIGHT)))
    assert verdict.late_p99 == pytest.approx(1.0)
    assert missing(dues_of(incident, NIGHT), delivered(incident)) == 0


def test_what_a_policy_owes() -> None:
    owed = [(due.slot.step, sorted(due.people), due.after - 100) for due in dues_of(asked(REPEATED), NIGHT)]
    assert owed == [(1, [SECOND], minutes * MINUTE) for minutes in (0, 1, 2)]


def test_a_page_that_never_came_is_lost() -> None:
    incident = asked(REPEATED)
    verdict = judged(incident, delivered(incident)[:-1])

    assert [due.after for due in verdict.lost] == [100.0 + 2 * MINUTE]
    assert str(verdict) == "pages 2, lost 1, duplicates 0, early 0, late p99 1.0 s"
    assert missing(dues_of(incident, NIGHT), delivered(incident)[:-1]) == 1


def test_what_is_due_after_the_end_is_not_waited_for() -> None:
    incident = replace(asked(REPEATED), counts_from=(NIGHT.ends - 1, NIGHT.ends - 1))
    assert judged(incident, delivered(incident)[:1]).is_clean


def test_a_second_page_under_another_name_is_a_duplicate() -> None:
    incident = asked()
    twice = replace(delivered(incident)[0], key="another", at=130.0)

    assert judged(incident, [*delivered(incident), twice]).duplicates == [twice]


def test_a_copy_is_a_duplicate_unless_nobody_could_know_of_the_first() -> None:
    incident = asked()
    first, *others = delivered(incident)
    copy = replace(first, at=first.at + 15)

    assert judged(incident, [first, copy, *others]).duplicates == [copy]
    assert judged(incident, [replace(first, is_answered=False), copy, *others]).is_clean
    assert judged(incident, [first, copy, *others], Disturbance(first.at + 0.1, first.at + 0.2)).is_clean
    assert not judged(incident, [first, copy, *others], Disturbance(first.at + 5, first.at + 6)).is_clean


def test_a_page_before_its_time_and_one_that_nothing_asked_for_are_early() -> None:
    incident = asked()
    first, second, *others = delivered(incident)
    early = replace(second, at=100.0 + MINUTE - 1)
    unasked = Arrival(Slot("Fault 1.0", "by_hand", 1), first.person, "unasked", 120.0)

    assert judged(incident, [first, early, *others]).early == [early]
    assert judged(incident, [*delivered(incident), unasked]).early == [unasked]


def test_after_an_acknowledgement_nobody_is_paged() -> None:
    incident = asked()
    incident.acknowledged = (120.0, 121.0)
    first, second, *_ = delivered(asked())

    assert judged(incident, [first]).is_clean
    assert judged(incident, [first, second]).early == [second]
    assert judged(incident, []).is_clean


def test_whoever_comes_on_gets_what_goes_out_then() -> None:
    on_call = next(due for due in dues_of(asked(), NIGHT) if due.slot.step == 3 and BEFORE in due.people)
    assert on_call.people == {BEFORE, AFTER}
    later = replace(asked(), counts_from=(NIGHT.hand_over, NIGHT.hand_over))
    assert any(due.people == {AFTER} for due in dues_of(later, NIGHT))


def test_a_due_page_is_of_its_moment() -> None:
    due: Due = next(dues_of(asked(), NIGHT))
    assert (due.after, due.by) == (100.0, 100.5)


def test_a_phone_tree_owes_the_first_at_once_and_those_below_after_its_wait() -> None:
    incident = replace(asked(), called=(110.0, 111.0))
    owed = [due for due in dues_of(incident, NIGHT) if due.slot.trigger == "phone_tree"]
    assert [(due.slot.step, sorted(due.people), due.after, due.by) for due in owed] == [
        (1, [FIRST], 110.0, 111.0),
        (2, [SECOND], 170.0, 171.0),
        (2, [THIRD], 170.0, 171.0),
    ]
