"""The on-call pages: who is on, my shifts, and changing a part of a schedule with nothing but forms."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from hub.lib import clock
from hub.oncall.models import Override, Swap
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, at, changed, desk

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db


def part(desk: Desk, days: int) -> str:
    """The address of a day of the schedule."""
    asked = {"duty": "primary", "since": at(days), "until": at(days + 1)}
    return f"/on-call/{desk.schedule.pk}/change?{urlencode(asked)}"


def times(desk: Desk, username: str, days: int) -> dict[str, str]:
    """A day as the reader's form writes it."""
    person = desk.people[username]
    with timezone.override(person.time_zone):
        start, end = (timezone.localtime(TODAY + timedelta(days=each)) for each in (days, days + 1))
    return {"starts_at": start.strftime("%Y-%m-%dT%H:%M"), "ends_at": end.strftime("%Y-%m-%dT%H:%M")}


def test_the_page_says_who_is_on_and_hatches_what_nobody_covers(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    changed(api(FIRST), "addLeave", "... on Leave { id }", startsAt=at(2), endsAt=at(3))
    changed(
        api("admin.payments"),
        "planGap",
        "... on PlannedGap { id }",
        scheduleId=desk.id,
        startsAt=at(4),
        endsAt=at(5),
        reason="Closed",
    )

    with clock.at(NOW):
        body = signed_in(SECOND).get("/on-call?unit=payments").content.decode()

    assert "Payments desk" in body
    assert "responder.payments@meridian.example" in body
    assert 'class="turn gap"' in body
    assert 'class="turn meant"' in body
    assert 'class="turn mine"' in body
    assert "Logistics" not in body.partition("<main")[2].partition('class="ahead"')[2]


def test_another_units_schedules_are_on_no_page_of_mine(signed_in: SignedIn, desk: Desk) -> None:
    outsider = signed_in("outsider.logistics")

    assert "Payments desk" not in outsider.get("/on-call").content.decode()
    assert outsider.get(part(desk, 2)).status_code == 404
    assert outsider.post(part(desk, 2), {"do": "take"}).status_code == 404


def test_my_page_says_what_i_am_on_and_with_whom(signed_in: SignedIn, desk: Desk) -> None:
    with clock.at(NOW):
        body = signed_in(FIRST).get("/on-call/mine").content.decode()

    assert "Payments desk" in body
    assert "<b>Now</b>" in body
    assert "Europe/Rome" in body


def test_i_offer_a_shift_and_the_other_accepts_it_on_their_page(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    with clock.at(NOW):
        given = {"do": "offer", "offered_to": desk.people[SECOND].pk, "note": "Tickets"}
        offered = signed_in(FIRST).post(part(desk, 2), {**given, **times(desk, FIRST, 2)})
        second = signed_in(SECOND)
        page = second.get("/on-call/mine").content.decode()
        with seeding():
            swap = Swap.objects.get(schedule=desk.schedule)
        answer = second.post(f"/on-call/swaps/{swap.pk}", {"do": "accept"})

    assert (offered.status_code, answer.status_code) == (302, 302)
    assert "Tickets" in page
    assert desk.on(api(FIRST), 2) == [SECOND]


def test_a_commander_puts_somebody_on_and_a_responder_cannot(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    third = desk.people["responder3.payments"].pk
    with clock.at(NOW):
        given = {"do": "override", **times(desk, "commander.payments", 2), "person": third, "replaces": ""}
        denied = signed_in(SECOND).post(part(desk, 2), given)
        assert denied.status_code == 422
        assert desk.on(api(FIRST), 2) == [FIRST]
        done = signed_in("commander.payments").post(part(desk, 2), given)
        page = signed_in("commander.payments").get(part(desk, 2)).content.decode()
        with seeding():
            override = Override.objects.get(schedule=desk.schedule)
        ended = signed_in("commander.payments").post(part(desk, 2), {"do": "remove-override", "id": override.pk})

    assert (done.status_code, ended.status_code) == (302, 302)
    assert "stands in" in page
    assert desk.on(api(FIRST), 2) == [FIRST]


def test_a_gap_is_taken_from_the_page(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    changed(api(FIRST), "addLeave", "... on Leave { id }", startsAt=at(2), endsAt=at(3))

    with clock.at(NOW):
        page = signed_in(SECOND).get("/on-call/mine").content.decode()
        taken = signed_in(SECOND).post(part(desk, 2), {"do": "take", **times(desk, SECOND, 2)})

    assert "Nobody is on" in page
    assert taken.status_code == 302
    assert desk.on(api(FIRST), 2) == [SECOND]


def test_bad_times_are_told_in_the_form_and_nothing_is_written(signed_in: SignedIn, desk: Desk) -> None:
    with clock.at(NOW):
        first = signed_in(FIRST)
        empty = first.post(part(desk, 2), {"do": "offer", "starts_at": "", "ends_at": "x"})
        wrong = {"do": "leave", "starts_at": "2030-01-02T00:00", "ends_at": "2030-01-01T00:00"}
        backwards = first.post("/on-call/mine", wrong)
        nowhere = first.get(f"/on-call/{desk.schedule.pk}/change?since=x")
        unknown = first.post("/on-call/mine", {"do": "dance"})

    assert (empty.status_code, backwards.status_code, nowhere.status_code, unknown.status_code) == (422, 422, 400, 400)
    assert "It has to end after it begins." in backwards.content.decode()
    with seeding():
        assert not Swap.objects.filter(schedule=desk.schedule).exists()


def test_i_take_leave_and_give_it_up_and_make_a_calendar_address(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    with clock.at(NOW):
        first = signed_in(FIRST)
        first.post("/on-call/mine", {"do": "leave", **times(desk, FIRST, 2)})
        assert desk.on(api(SECOND), 2) == []
        page = first.get("/on-call/mine").content.decode()
        key = page.partition('name="id" value="')[2].partition('"')[0]
        first.post("/on-call/mine", {"do": "remove-leave", "id": key})
        made = first.post("/on-call/mine", {"do": "link"}).content.decode()

    assert desk.on(api(SECOND), 2) == [FIRST]
    address = made.partition('<code class="address">')[2].partition("</code>")[0]
    assert Client().get("/calendar/" + address.rpartition("/")[2]).status_code == 200


def rotation(desk: Desk, people: str, **more: str) -> dict[str, str]:
    given = {"do": "rotation", "layer": str(desk.layer.pk), "people": people, "starts_on": "2026-01-05"}
    return {**given, "hands_over_at": "00:00", "length": "1", "period": "days", "time_zone": "UTC", **more}


def test_a_rotation_is_set_on_the_schedules_page(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    path = f"/on-call/{desk.schedule.pk}"
    with clock.at(NOW):
        commander = signed_in("commander.payments")
        page = commander.get(path).content.decode()
        done = commander.post(path, rotation(desk, "responder3.payments, Luca Marino\n"))

    assert "A day each" in page
    assert "responder2.payments" in page
    assert done.status_code == 302
    assert desk.on(api(FIRST), 0, 23) == [FIRST]
    assert desk.on(api(FIRST), 1) == ["responder3.payments", FIRST]


def test_what_is_wrong_with_a_rotation_is_told(signed_in: SignedIn, desk: Desk, api: ApiOf) -> None:
    path = f"/on-call/{desk.schedule.pk}"
    with clock.at(NOW):
        commander = signed_in("commander.payments")
        for given in (
            rotation(desk, "nobody.at.all"),
            rotation(desk, "responder3.payments", length="0"),
            rotation(desk, "responder3.payments", period="months"),
            rotation(desk, " "),
            {"do": "dance"},
        ):
            assert commander.post(path, given).status_code == 422
        assert signed_in(FIRST).post(path, rotation(desk, "responder3.payments")).status_code == 422
        assert "Change the rotation" not in signed_in(FIRST).get(path).content.decode()
        assert signed_in("outsider.logistics").get(path).status_code == 404

    assert [desk.on(api(FIRST), day) for day in (1, 2)] == [[SECOND], [FIRST]]
