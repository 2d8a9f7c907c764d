"""A calendar that is read at its address: who is on finishes their shift, unless the schedule says otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings

from hub.delivery.models import Message
from hub.lib import clock
from hub.oncall.jobs import read_calendar
from hub.oncall.models import CalendarSource, FixedShift, Leave, Schedule
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api
from tests.jobs import queued_jobs
from tests.oncall.test_calendar_import import Answering, calendar, event, imported, served
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, changed, desk, refusal, trail

__all__ = ["api", "desk", "served"]

pytestmark = pytest.mark.django_db

THIRD = "responder3.payments"
HOUR = timedelta(hours=1)


def moment(days: int, hours: int = 0) -> str:
    return (TODAY + timedelta(days=days, hours=hours)).strftime("%Y%m%dT%H%M%SZ")


def shift(username: str, start: tuple[int, int], end: tuple[int, int]) -> str:
    return event(username, moment(*start), moment(*end))


@pytest.fixture
def feed(api: ApiOf, desk: Desk, served: str) -> Iterator[CalendarSource]:
    """The desk's calendar, which gives a shift of the day after tomorrow alone, and was read."""
    imported(api, desk, address=f"{served}/")
    with seeding():
        source = CalendarSource.objects.get(layer__schedule=desk.schedule)
    with override_settings(FETCHED_NETWORKS=["127.0.0.2/32"]):
        read(source, shift(THIRD, (2, 0), (3, 0)))
        yield source


def read(source: CalendarSource, *events: str, at: datetime = NOW, asked: bool = False) -> None:
    Answering.body = calendar(*events)
    with clock.at(at):
        read_calendar.func(calendar_source_id=source.pk, asked=asked)
    with seeding():
        source.refresh_from_db()


def told(beginning: str) -> list[Message]:
    with seeding():
        return list(Message.objects.filter(dedupe_key__startswith=beginning).select_related("person").order_by("pk"))


def readers(beginning: str) -> list[str]:
    return sorted(each.person.username for each in told(beginning))


KEEPERS = ["admin.payments", "commander.payments", "commander2.payments"]


def test_who_is_on_finishes_their_shift_and_the_keepers_are_told(
    api: ApiOf, desk: Desk, feed: CalendarSource, signed_in: SignedIn
) -> None:
    read(feed, shift(THIRD, (0, 0), (5, 0)))

    assert [desk.on(api(FIRST), 0, hour) for hour in (11, 13, 23)] == [[FIRST]] * 3
    assert [desk.on(api(FIRST), day) for day in (1, 4, 5)] == [[THIRD], [THIRD], [SECOND]]
    assert feed.held_until == TODAY + timedelta(days=1)
    assert readers("calendar-held:") == KEEPERS
    letter = " ".join(told("calendar-held:")[0].text.split())
    assert "Luca Marino stays on call for Payments desk" in told("calendar-held:")[0].subject
    assert "By the calendar" in letter
    assert len(trail("take_over_calendar")) == 2
    with clock.at(NOW):
        page = signed_in("commander.payments").get(f"/on-call/{desk.schedule.pk}").content.decode()
        assert "who is on now finishes their shift" in page
        assert "finishes their shift" not in signed_in(FIRST).get(f"/on-call/{desk.schedule.pk}").content.decode()

    # It is read every hour, waits all the while, and nobody is told again.
    for hour in range(1, 12):
        read(feed, shift(THIRD, (0, 0), (5, 0)), at=NOW + hour * HOUR)
    assert (feed.held_until, len(told("calendar-held:"))) == (TODAY + timedelta(days=1), 3)
    assert len(trail("take_over_calendar")) == 2
    read(feed, shift(THIRD, (0, 0), (5, 0)), at=NOW + 13 * HOUR)
    assert feed.held_until is None
    assert [desk.on(api(FIRST), day) for day in (0, 1)] == [[FIRST], [THIRD]]


def test_a_calendar_that_decides_at_once_is_the_schedules_choice(api: ApiOf, desk: Desk, feed: CalendarSource) -> None:
    said = "... on Schedule { calendarsDecideAtOnce }"
    given = {"scheduleId": desk.id, "calendarsDecideAtOnce": True}
    assert refusal(changed(api(FIRST), "updateSchedule", said, **given))[0] == "FORBIDDEN"
    read(feed, shift(THIRD, (0, 0), (5, 0)))
    assert desk.on(api(FIRST), 0, 13) == [FIRST]

    updated = changed(api("commander.payments"), "updateSchedule", said, **given)
    assert updated["calendarsDecideAtOnce"] is True
    read(feed, shift(THIRD, (0, 0), (5, 0)))

    assert [desk.on(api(FIRST), 0, hour) for hour in (11, 13)] == [[FIRST], [THIRD]]
    assert feed.held_until is None


def test_whoever_names_the_address_may_ask_that_it_decides_now(api: ApiOf, desk: Desk, served: str) -> None:
    imported(api, desk, address=f"{served}/", changesWhoIsOnNow=True)
    with seeding():
        source = CalendarSource.objects.get(layer__schedule=desk.schedule)
    assert ("hub.oncall.jobs.read_calendar", {"calendar_source_id": source.pk, "asked": True}) in queued_jobs()
    with override_settings(FETCHED_NETWORKS=["127.0.0.2/32"]):
        read(source, shift(THIRD, (0, 0), (1, 0)), asked=True)
    assert [desk.on(api(FIRST), 0, hour) for hour in (11, 13)] == [[FIRST], [THIRD]]
    assert told("calendar-held:") == []


@pytest.mark.parametrize("later", [[], ["commander.payments"]], ids=["taken away", "given to somebody"])
def test_a_running_shift_is_not_cut(api: ApiOf, desk: Desk, feed: CalendarSource, later: list[str]) -> None:
    running = NOW + 2 * 24 * HOUR
    read(feed, *(shift(each, (2, 0), (3, 0)) for each in later), shift(THIRD, (6, 0), (7, 0)), at=running)

    assert [desk.on(api(FIRST), 2, hour) for hour in (11, 13, 23)] == [[THIRD]] * 3
    assert [desk.on(api(FIRST), day) for day in (3, 6)] == [[SECOND], [THIRD]]
    assert feed.held_until == TODAY + timedelta(days=3)


def test_who_is_on_anyhow_waits_for_nothing(api: ApiOf, desk: Desk, feed: CalendarSource) -> None:
    # The shift becomes shorter, later, and goes on with the same person: nobody is taken off at this moment.
    running = NOW + 2 * 24 * HOUR
    read(feed, shift(THIRD, (2, 6), (2, 18)), shift("commander.payments", (2, 18), (3, 0)), at=running)

    assert feed.held_until is None
    assert [desk.on(api(FIRST), 2, hour)[0] for hour in (1, 11, 13, 17, 19)] == [THIRD] * 4 + ["commander.payments"]


def test_where_nobody_is_on_a_calendar_decides_at_once(api: ApiOf, desk: Desk, feed: CalendarSource) -> None:
    with seeding():
        desk.layer.rotations.all().delete()
    read(feed, shift(THIRD, (0, 0), (1, 0)))
    assert [desk.on(api(FIRST), 0, hour) for hour in (11, 13)] == [[], [THIRD]]
    assert feed.held_until is None


def test_where_nobody_ever_hands_over_the_shift_that_runs_in_the_calendar_is_left_out(
    api: ApiOf, desk: Desk, feed: CalendarSource
) -> None:
    with seeding():
        desk.layer.rotations.get().members.filter(person__username=SECOND).delete()
        Leave.objects.filter(person=desk.people[FIRST]).delete()
        feed.shifts.all().delete()
    read(feed, shift(THIRD, (0, 6), (0, 18)), shift(THIRD, (1, 6), (1, 18)))
    assert [desk.on(api(FIRST), day, hour) for day, hour in ((0, 13), (0, 19), (1, 5), (1, 7), (1, 19))] == [
        [FIRST],
        [FIRST],
        [FIRST],
        [THIRD],
        [FIRST],
    ]
    assert feed.held_until == TODAY + 18 * HOUR


def test_the_secondary_that_hands_over_earlier_does_not_end_the_primarys_shift(
    api: ApiOf, desk: Desk, feed: CalendarSource
) -> None:
    with seeding():
        second = desk.schedule.layers.create(unit_id=desk.schedule.unit_id, name="Second", duty="secondary")
        FixedShift.objects.create(
            layer=second,
            unit_id=desk.schedule.unit_id,
            person=desk.people["commander.payments"],
            starts_at=TODAY,
            ends_at=TODAY + 15 * HOUR,
        )
    read(feed, shift(THIRD, (0, 0), (1, 12)))
    assert [desk.on(api(FIRST), 0, hour) for hour in (13, 16, 23)] == [[FIRST]] * 3
    assert desk.on(api(FIRST), 1, 6) == [THIRD]


def test_what_stays_as_it_is_keeps_its_rows_and_says_nothing(desk: Desk, feed: CalendarSource) -> None:
    events = [shift(THIRD, (day, 0), (day + 1, 0)) for day in (2, 4, 6)]
    read(feed, *events)
    with seeding():
        before = sorted(feed.shifts.values_list("pk", "person", "starts_at", "ends_at"))
        FixedShift.objects.create(
            layer_id=feed.layer_id,
            unit_id=feed.unit_id,
            person=desk.people[FIRST],
            starts_at=TODAY + 200 * HOUR,
            ends_at=TODAY + 210 * HOUR,
        )
    said = len(trail("take_over_calendar"))
    for hours in (1, 40, 45, 47):
        read(feed, *events, at=NOW + hours * HOUR)
    with seeding():
        assert sorted(feed.shifts.values_list("pk", "person", "starts_at", "ends_at")) == before
        # What was planned by hand in its layer is not the calendar's.
        assert FixedShift.objects.filter(layer=feed.layer_id, source=None).count() == 1
    assert len(trail("take_over_calendar")) == said


CALENDAR = """query ($id: ID!) { node(id: $id) { ... on Schedule {
  layers { name calendar { address problem heldUntil readAt } } } } }"""


def of_layer(api: ApiOf, desk: Desk, username: str) -> Any:
    (found,) = [
        each["calendar"]
        for each in api(username).ask(CALENDAR, id=desk.id).data["node"]["layers"]
        if each["name"] == "Imported"
    ]
    return found


ZONE = "\r\n".join(
    [
        "BEGIN:VTIMEZONE",
        "TZID:{name}",
        "BEGIN:STANDARD",
        "DTSTART:19700101T000000",
        "TZOFFSETFROM:{offset}",
        "TZOFFSETTO:{offset}",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]
)


def zoned(username: str, zone: str, *more: str) -> str:
    local = event(username, moment(2, 6)[:-1], moment(2, 18)[:-1], *more)
    return local.replace("DTSTART:", f"DTSTART;TZID={zone}:").replace("DTEND:", f"DTEND;TZID={zone}:")


def test_a_zone_that_means_nothing_is_refused_by_the_name_of_its_event(
    api: ApiOf, desk: Desk, feed: CalendarSource
) -> None:
    why = f"“{THIRD}” is in the time zone “Head office”, which is neither known here nor defined in the calendar."
    refused = imported(api, desk, text=calendar(zoned(THIRD, "Head office")))
    assert (refusal(refused), refused["errors"][0]["message"]) == (("INVALID", ["input", "text"]), why)

    for hour in range(3):
        read(feed, shift(FIRST, (3, 0), (4, 0)), zoned(THIRD, "Head office"), at=NOW + hour * HOUR)

    # What it said before stands, those who keep the schedule see why and are told once.
    assert desk.on(api(FIRST), 2) == [THIRD]
    assert feed.problem == why
    assert of_layer(api, desk, "commander.payments")["problem"] == why
    assert of_layer(api, desk, FIRST) is None
    assert readers("calendar-unread:") == KEEPERS
    assert why in " ".join(told("calendar-unread:")[0].text.split())


@pytest.mark.parametrize(
    "more", ["EXDATE;TZID=Nowhere:{0}", "RDATE;TZID=Nowhere:{0}", "RECURRENCE-ID;TZID=Nowhere:{0}"]
)
def test_so_is_one_in_which_an_event_is_left_out_or_repeated(api: ApiOf, desk: Desk, more: str) -> None:
    text = calendar(zoned(THIRD, "Europe/Berlin", more.format(moment(3, 6)[:-1])))
    assert "time zone “Nowhere”" in imported(api, desk, text=text)["errors"][0]["message"]
    with seeding():
        assert not FixedShift.objects.filter(layer__schedule=desk.schedule).exists()


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "E. South America Standard Time"])
def test_a_zone_that_is_known_is_followed(api: ApiOf, desk: Desk, zone: str) -> None:
    imported(api, desk, text=calendar(zoned(THIRD, zone)))
    on = [desk.on(api(FIRST), 2, hour) for hour in (8, 9, 20, 21)]
    assert on == [[FIRST], [THIRD], [THIRD], [FIRST]]


def test_a_zone_that_a_calendar_defines_is_its_own(api: ApiOf, desk: Desk) -> None:
    """The library would take the zone of the same name that the calendar before had defined."""
    layer = imported(api, desk, text=calendar(zoned(THIRD, "Ours"), ZONE.format(name="Ours", offset="+0300")))
    assert [desk.on(api(FIRST), 2, hour) for hour in (2, 3, 14, 15)] == [[FIRST], [THIRD], [THIRD], [FIRST]]

    again = {"layerId": layer["id"], "name": ""}
    imported(api, desk, text=calendar(ZONE.format(name="Ours", offset="-0400"), zoned(THIRD, "Ours")), **again)
    assert [desk.on(api(FIRST), 2, hour) for hour in (3, 9, 10, 21)] == [[FIRST], [FIRST], [THIRD], [THIRD]]

    assert refusal(imported(api, desk, text=calendar(zoned(THIRD, "Ours")), **again))[0] == "INVALID"
    assert desk.on(api(FIRST), 2, 10) == [THIRD]


def test_a_schedule_can_be_made_whose_calendars_decide_at_once(api: ApiOf, desk: Desk) -> None:
    unit = api("commander.payments").ask(
        "query ($id: ID!) { node(id: $id) { ... on Schedule { unit { id } } } }", id=desk.id
    )
    made = changed(
        api("commander.payments"),
        "createSchedule",
        "... on Schedule { calendarsDecideAtOnce }",
        unitId=unit.data["node"]["unit"]["id"],
        name="Fed",
        calendarsDecideAtOnce=True,
    )
    assert made["calendarsDecideAtOnce"] is True
    with seeding():
        assert not Schedule.objects.get(pk=desk.schedule.pk).calendars_decide_at_once
