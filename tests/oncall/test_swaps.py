"""Offering a shift, and what becomes of the offer: accepted by the other, refused, withdrawn, lapsed."""

from __future__ import annotations

from typing import Any

import pytest

from hub.lib import clock
from hub.oncall.models import Override, Swap
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, at, changed, desk, refusal, trail

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

SWAP = "... on Swap { id state offeredTo { username } answeredBy { username } }"


def offer(api: ApiOf, desk: Desk, **more: Any) -> dict[str, Any]:
    """`FIRST` offers the day after tomorrow."""
    given = {"scheduleId": desk.id, "startsAt": at(2), "endsAt": at(3), **more}
    return changed(api(FIRST), "offerSwap", SWAP, **given)


def overrides() -> int:
    with seeding():
        return Override.objects.count()


def test_nothing_changes_before_the_other_accepts(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND), note="Tickets")
    assert offered["state"] == "OFFERED"
    assert desk.on(api(FIRST), 2) == [FIRST]

    accepted = changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])

    assert (accepted["state"], accepted["answeredBy"]["username"]) == ("ACCEPTED", SECOND)
    assert [desk.on(api(FIRST), day) for day in (1, 2, 3)] == [[SECOND], [SECOND], [SECOND]]
    assert [entry.person.username for entry in trail("accept_swap") if entry.person] == [SECOND]


def test_an_exchange_gives_each_the_others_time(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND), returnStartsAt=at(5), returnEndsAt=at(6))

    changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])

    assert (desk.on(api(FIRST), 2), desk.on(api(FIRST), 5)) == ([SECOND], [FIRST])


def test_what_was_swapped_stays_with_whoever_took_it_when_the_other_is_away(api: ApiOf, desk: Desk) -> None:
    """Who goes on leave gives their shift away first: it made a gap of the shift that the other had taken."""
    offered = offer(api, desk, offeredToId=desk.person(SECOND))
    changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])

    changed(api(FIRST), "addLeave", "... on Leave { id }", startsAt=at(2), endsAt=at(3))

    assert desk.on(api(FIRST), 2) == [SECOND]


def test_an_offer_to_anybody_is_taken_by_whoever_responds_in_the_unit(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk)

    observer = changed(api("observer.payments"), "acceptSwap", SWAP, swapId=offered["id"])
    outsider = changed(api("outsider.logistics"), "acceptSwap", SWAP, swapId=offered["id"])
    assert refusal(observer) == ("FORBIDDEN", [])
    assert refusal(outsider) == ("NOT_FOUND", ["input", "swapId"])
    assert desk.on(api(FIRST), 2) == [FIRST]

    changed(api("responder3.payments"), "acceptSwap", SWAP, swapId=offered["id"])

    assert desk.on(api(FIRST), 2) == ["responder3.payments"]


def test_only_whom_it_was_offered_to_answers(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND))
    before = overrides()

    for mutation in ("acceptSwap", "refuseSwap"):
        for username in ("responder3.payments", "commander.payments", FIRST):
            assert refusal(changed(api(username), mutation, SWAP, swapId=offered["id"])) == ("FORBIDDEN", [])

    assert overrides() == before
    with seeding():
        assert Swap.objects.get(schedule=desk.schedule).state == "offered"


def test_a_refused_offer_changes_nothing_and_is_answered_for_good(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND))

    refused = changed(api(SECOND), "refuseSwap", SWAP, swapId=offered["id"])
    again = changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])

    assert refused["state"] == "REFUSED"
    assert refusal(again) == ("CONFLICT", [])
    assert desk.on(api(FIRST), 2) == [FIRST]


def test_an_offer_is_withdrawn_by_who_made_it_and_can_be_made_again(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND))
    assert refusal(offer(api, desk)) == ("CONFLICT", [])
    assert refusal(changed(api(SECOND), "withdrawSwap", SWAP, swapId=offered["id"])) == ("FORBIDDEN", [])

    withdrawn = changed(api(FIRST), "withdrawSwap", SWAP, swapId=offered["id"])

    assert withdrawn["state"] == "WITHDRAWN"
    assert refusal(changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])) == ("CONFLICT", [])
    assert offer(api, desk)["state"] == "OFFERED"


def test_nobody_offers_what_is_not_theirs(api: ApiOf, desk: Desk) -> None:
    for_another = offer(api, desk, startsAt=at(1), endsAt=at(2))
    too_long = offer(api, desk, endsAt=at(3, 1))
    past = offer(api, desk, startsAt=at(0, 1), endsAt=at(0, 14))
    to_oneself = offer(api, desk, offeredToId=desk.person(FIRST))
    elsewhere = changed(api("outsider.logistics"), "offerSwap", SWAP, scheduleId=desk.id, startsAt=at(2), endsAt=at(3))

    assert refusal(for_another) == refusal(too_long) == ("CONFLICT", ["input", "startsAt"])
    assert refusal(past) == ("INVALID", ["input", "startsAt"])
    assert refusal(to_oneself) == ("INVALID", ["input", "offeredToId"])
    assert refusal(elsewhere) == ("NOT_FOUND", ["input", "scheduleId"])
    with seeding():
        assert not Swap.objects.filter(schedule=desk.schedule).exists()


def test_an_offer_lapses_when_its_time_begins(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND))
    second = api(SECOND)

    with clock.at(TODAY.replace(hour=0) + (NOW - TODAY) * 5):
        payload = second.change("acceptSwap", SWAP, swapId=offered["id"]).data["acceptSwap"]

    assert refusal(payload) == ("CONFLICT", [])
    assert desk.on(api(FIRST), 2) == [FIRST]


def test_an_accepted_offer_must_still_be_true(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND))
    commander = api("commander.payments")
    third = desk.person("responder3.payments")
    stand_in = changed(
        commander,
        "addOverride",
        "... on Override { id }",
        scheduleId=desk.id,
        personId=third,
        startsAt=at(2),
        endsAt=at(2, 6),
    )

    payload = changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])
    assert refusal(payload) == ("CONFLICT", [])

    changed(commander, "removeOverride", "... on Override { id }", overrideId=stand_in["id"])
    assert changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])["state"] == "ACCEPTED"


def test_whoever_is_away_takes_nothing(api: ApiOf, desk: Desk) -> None:
    offered = offer(api, desk, offeredToId=desk.person(SECOND))
    changed(api(SECOND), "addLeave", "... on Leave { id }", startsAt=at(2, 6), endsAt=at(2, 7))

    assert refusal(changed(api(SECOND), "acceptSwap", SWAP, swapId=offered["id"])) == ("CONFLICT", [])
    assert desk.on(api(FIRST), 2) == [FIRST]
