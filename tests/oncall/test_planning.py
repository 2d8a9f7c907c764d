"""What the hub works out: gaps to come, plans that collide, the next rotation; and the letters about them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.delivery.models import Message
from hub.lib import clock
from hub.oncall.jobs import flag_gaps, send_digests
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.oncall.world import FIRST, NOW, SECOND, Desk, at, changed, desk, refusal

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

LEAVE = "... on Leave { id }"
PROPOSAL = """query ($layer: ID!, $since: DateTime!) { rotationProposal(layerId: $layer, since: $since, weeks: 2) {
    fairnessBefore fairnessAfter shifts { startsAt planned { username } proposed { username } }
    loads { person { username } hours nightPages weightedBefore weightedAfter lastEndedAt } } }"""


def test_gaps_to_come_are_told_and_planned_ones_are_not(api: ApiOf, desk: Desk) -> None:
    changed(api(FIRST), "addLeave", LEAVE, startsAt=at(2), endsAt=at(3))
    query = """query ($ids: [ID!], $since: DateTime!, $until: DateTime!) {
        coverageGaps(scheduleIds: $ids, since: $since, until: $until) { startsAt endsAt lacks } }"""
    given = {"ids": [desk.id], "since": at(1), "until": at(6)}

    (gap,) = api(SECOND).ask(query, **given).data["coverageGaps"]
    nothing = api("outsider.logistics").ask(query, **given).data["coverageGaps"]
    changed(
        api("admin.payments"),
        "planGap",
        "... on PlannedGap { id }",
        scheduleId=desk.id,
        startsAt=at(2),
        endsAt=at(3),
        reason="Closed",
    )

    assert (gap["startsAt"][:16], gap["endsAt"][:16], gap["lacks"]) == (at(2)[:16], at(3)[:16], "PRIMARY")
    assert nothing == []
    assert api(SECOND).ask(query, **given).data["coverageGaps"] == []


def test_leave_and_double_duty_are_shown(api: ApiOf, desk: Desk) -> None:
    changed(api(FIRST), "addLeave", LEAVE, startsAt=at(2, 6), endsAt=at(2, 9))
    query = """query ($since: DateTime!, $until: DateTime!) { dutyCollisions(since: $since, until: $until) {
        person { username } scheduleName reason otherScheduleName startsAt endsAt } }"""

    found = api(SECOND).ask(query, since=at(0), until=at(21)).data["dutyCollisions"]

    away = [each for each in found if each["reason"] == "LEAVE" and each["scheduleName"] == "Payments desk"]
    assert [(each["person"]["username"], each["startsAt"][:16], each["endsAt"][:16]) for each in away] == [
        (FIRST, at(2, 6)[:16], at(2, 9)[:16])
    ]
    twice = [each for each in found if each["reason"] == "DOUBLE_DUTY"]
    assert {each["scheduleName"] for each in twice} | {each["otherScheduleName"] for each in twice} >= {
        "Payments desk",
        "Payments responders",
    }


def test_the_next_rotation_is_proposed_and_taken_over(api: ApiOf, desk: Desk) -> None:
    changed(api(FIRST), "addLeave", LEAVE, startsAt=at(3), endsAt=at(8))
    layer = global_id("Layer", desk.layer)
    commander = api("commander.payments")

    proposal = commander.ask(PROPOSAL, layer=layer, since=at(3)).data["rotationProposal"]

    shifts = proposal["shifts"]
    assert len(shifts) == 14
    assert all(each["proposed"] != {"username": FIRST} for each in shifts[:5])
    assert {load["person"]["username"] for load in proposal["loads"]} == {FIRST, SECOND}
    assert all(load["weightedAfter"] >= load["weightedBefore"] for load in proposal["loads"])

    planned = [
        {"personId": desk.person(SECOND), "startsAt": each["startsAt"], "endsAt": at(4 + number)}
        for number, each in enumerate(shifts[:2])
    ]
    fields = "... on PlannedShifts { count }"
    denied = changed(api(FIRST), "planShifts", fields, layerId=layer, shifts=planned)
    assert refusal(denied) == ("FORBIDDEN", [])
    changed(commander, "planShifts", fields, layerId=layer, shifts=planned)
    assert [desk.on(api(FIRST), day) for day in (3, 4)] == [[SECOND], [SECOND]]
    # What was planned is given up by null: the rotation has the time again, and day 4 is of who is on leave.
    none = {"personId": None, "startsAt": at(4), "endsAt": at(5)}
    denied = changed(api(FIRST), "planShifts", fields, layerId=layer, shifts=[none])
    assert (refusal(denied), desk.on(api(FIRST), 4)) == (("FORBIDDEN", []), [SECOND])
    assert changed(commander, "planShifts", fields, layerId=layer, shifts=[none])["count"] == 0
    assert [desk.on(api(FIRST), day) for day in (3, 4)] == [[SECOND], []]
    # Left out, it is no null: nothing is given up by a client that forgets it.
    for forgotten in ({"startsAt": at(3), "endsAt": at(4)}, {"personId": "", "startsAt": at(3), "endsAt": at(4)}):
        refused = changed(commander, "planShifts", fields, layerId=layer, shifts=[planned[0], forgotten])
        assert refusal(refused)[1][:3] == ["input", "shifts", "1"], refused
    assert desk.on(api(FIRST), 3) == [SECOND]
    backwards = [{"personId": desk.person(SECOND), "startsAt": at(5), "endsAt": at(4)}]
    assert refusal(changed(commander, "planShifts", fields, layerId=layer, shifts=backwards)) == (
        "INVALID",
        ["input", "shifts", "0", "endsAt"],
    )


def test_planned_shifts_replace_what_was_planned_for_their_own_time_alone(api: ApiOf, desk: Desk) -> None:
    layer, commander = global_id("Layer", desk.layer), api("commander.payments")
    third = "responder3.payments"

    def plan(*shifts: tuple[str | None, str, str]) -> int:
        given = [
            {"personId": username and desk.person(username), "startsAt": since, "endsAt": until}
            for username, since, until in shifts
        ]
        count: int = changed(commander, "planShifts", "... on PlannedShifts { count }", layerId=layer, shifts=given)[
            "count"
        ]
        return count

    assert plan((third, at(1), at(7))) == 1
    # In the middle of it, and at both ends at once, with the time between left as it was.
    assert plan((FIRST, at(3), at(4)), (None, at(5), at(5, 12)), (SECOND, at(6, 12), at(8))) == 2
    told = [desk.on(api(FIRST), *when) for when in ((1,), (2,), (3,), (4,), (5, 11), (5, 13), (6, 11), (6, 13), (7,))]
    assert told == [[third], [third], [FIRST], [third], [SECOND], [third], [third], [SECOND], [SECOND]]


def test_a_proposal_is_for_those_who_see_the_schedule(api: ApiOf, desk: Desk) -> None:
    layer = global_id("Layer", desk.layer)

    assert api("outsider.logistics").ask(PROPOSAL, layer=layer, since=at(3)).data == {"rotationProposal": None}


def messages(username: str, beginning: str) -> list[Message]:
    with seeding():
        return list(Message.objects.filter(person__username=username, dedupe_key__startswith=beginning))


def test_the_digest_comes_on_monday_morning_and_once(desk: Desk, api: ApiOf) -> None:
    monday = (NOW + timedelta(days=7 - NOW.weekday())).replace(hour=10)

    with clock.at(monday - timedelta(days=1)):
        send_digests.func(0)
    assert messages(SECOND, "on-call-digest:") == []
    with clock.at(monday):
        send_digests.func(0)
        send_digests.func(0)

    (letter,) = messages(SECOND, "on-call-digest:")
    assert "Payments desk" in letter.text
    # In São Paulo it is seven in the morning then; two hours later it is time.
    assert messages("admin.media", "on-call-digest:") == []
    with clock.at(monday + timedelta(hours=2)):
        send_digests.func(0)
    (keeper,) = messages("admin.media", "on-call-digest:")
    assert "Media incident commanders: no secondary" in " ".join(keeper.text.split())


def test_a_gap_that_begins_soon_is_flagged_once_to_those_who_keep_the_schedule(api: ApiOf, desk: Desk) -> None:
    changed(api(FIRST), "addLeave", LEAVE, startsAt=at(2), endsAt=at(3))

    with clock.at(NOW):
        flag_gaps.func(0)
        flag_gaps.func(0)

    with seeding():
        flagged = Message.objects.filter(subject__contains="Payments desk", dedupe_key__startswith="gap:")
        told = sorted(flagged.values_list("person__username", flat=True))
    assert told == ["admin.payments", "commander.payments", "commander2.payments"]


def test_offers_and_answers_are_told(api: ApiOf, desk: Desk) -> None:
    offered = changed(
        api(FIRST),
        "offerSwap",
        "... on Swap { id }",
        scheduleId=desk.id,
        offeredToId=desk.person(SECOND),
        startsAt=at(2),
        endsAt=at(3),
    )
    with clock.at(NOW):
        run_jobs()
    assert [each.subject for each in messages(SECOND, "swap:")] == ["Luca Marino offers you a shift of Payments desk"]

    changed(api(SECOND), "refuseSwap", "... on Swap { id }", swapId=offered["id"])
    with clock.at(NOW):
        run_jobs()

    (answer,) = messages(FIRST, "swap:")
    assert answer.subject == "Aisha Bello does not take over your shift of Payments desk"
