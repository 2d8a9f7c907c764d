"""Calendars out: what real parsers read of the published feed is who is on, and only the secret opens it."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import recurring_ical_events
from django.test import Client
from hypothesis import HealthCheck, given, settings
from icalendar import Calendar

from hub.oncall.calendars import NamedShift, calendar_of
from hub.oncall.models import CalendarLink
from hub.oncall.shifts import Duty, Plan, final_schedule, shifts_of
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api
from tests.oncall.oracles import DAYS, EPOCH, MINUTE, Minutes, plans
from tests.oncall.world import FIRST, SECOND, TODAY, Desk, at, changed, desk, refusal

__all__ = ["api", "desk"]

EXAMPLES = int(os.environ.get("HUB_SCHEDULE_EXAMPLES", "2"))
LINK = "... on CalendarLinkWithAddress { address link { id hint } }"


def seen_by_parser(feed: bytes, minutes: Minutes) -> list[set[tuple[str, str]]]:
    """Who is on in every minute, as a calendar program would find out."""
    cells: list[set[tuple[str, str]]] = [set() for _ in range(minutes.count)]
    end = minutes.start + minutes.count * MINUTE
    for event in recurring_ical_events.of(Calendar.from_ical(feed)).between(minutes.start, end):
        for cell in range(minutes.index(event.start), minutes.index(event.end)):
            cells[cell].add((str(event["X-HUB-PERSON"]), str(event["X-HUB-DUTY"])))
    return cells


@given(plan=plans())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_parsers_read_the_same_answer_for_every_minute_of_two_years(plan: Plan) -> None:
    minutes = Minutes(EPOCH, DAYS * 24 * 60)
    stretches = final_schedule(plan, EPOCH, EPOCH + minutes.count * MINUTE)

    named = [NamedShift(1, "Desk", each, f"Person {each.person}", str(each.person)) for each in shifts_of(stretches)]
    feed = calendar_of("On call: Desk", named, stamp=EPOCH, about_person=False)

    expected: list[set[tuple[str, str]]] = []
    for stretch in stretches:
        on = {(str(person), str(duty)) for duty in Duty for person in stretch.on(duty)}
        expected += [on] * (minutes.index(stretch.ends_at) - minutes.index(stretch.starts_at))
    assert seen_by_parser(feed, minutes) == expected


def path_of(made: dict[str, Any]) -> str:
    """The path of a new link's address."""
    return "/calendar/" + str(made["address"]).rpartition("/")[2]


@pytest.mark.django_db
def test_a_schedules_feed_tells_what_the_api_tells(api: ApiOf, desk: Desk) -> None:
    changed(
        api("commander.payments"),
        "addOverride",
        "... on Override { id }",
        scheduleId=desk.id,
        personId=desk.person("responder3.payments"),
        startsAt=at(2, 6),
        endsAt=at(2, 9),
    )
    made = api(FIRST).change("createCalendarLink", LINK, scheduleId=desk.id).data["createCalendarLink"]

    answer = Client().get(path_of(made))

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    minutes = Minutes(TODAY - timedelta(days=20), 40 * 24 * 60)
    found = seen_by_parser(answer.content, minutes)
    for days, hours in ((0, 3), (1, 3), (2, 5), (2, 6), (2, 8), (2, 9), (-1, 12)):
        cell = minutes.index(TODAY + timedelta(days=days, hours=hours))
        assert [person for person, _ in found[cell]] == desk.on(api(FIRST), days, hours)


@pytest.mark.django_db
def test_a_persons_feed_has_their_shifts_of_all_schedules_and_nobody_elses(api: ApiOf, desk: Desk) -> None:
    made = api(SECOND).change("createCalendarLink", LINK).data["createCalendarLink"]

    body = Client().get(path_of(made)).content

    events = Calendar.from_ical(body).walk("VEVENT")
    assert {str(event["X-HUB-PERSON"]) for event in events} == {SECOND}
    assert {"On call: Payments desk", "On call: Payments responders"} <= {str(event["SUMMARY"]) for event in events}


@pytest.mark.django_db
def test_the_secret_is_kept_as_a_hash_and_opens_nothing_once_rotated_or_revoked(api: ApiOf, desk: Desk) -> None:
    first = api(FIRST).change("createCalendarLink", LINK, scheduleId=desk.id).data["createCalendarLink"]
    second = api(FIRST).change("createCalendarLink", LINK, scheduleId=desk.id).data["createCalendarLink"]

    with seeding():
        kept = [bytes(link.digest) for link in CalendarLink.objects.all()]
    secret = path_of(second).removeprefix("/calendar/").removesuffix(".ics")
    assert all(secret.encode() not in digest for digest in kept)
    assert [Client().get(path_of(each)).status_code for each in (first, second)] == [404, 200]

    link = {"calendarLinkId": second["link"]["id"]}
    somebody = api(SECOND).change("revokeCalendarLink", "... on CalendarLink { id }", **link)
    assert refusal(somebody.data["revokeCalendarLink"]) == ("NOT_FOUND", ["input", "calendarLinkId"])
    assert Client().get(path_of(second)).status_code == 200
    api(FIRST).change("revokeCalendarLink", "... on CalendarLink { id }", calendarLinkId=second["link"]["id"])
    assert Client().get(path_of(second)).status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["x", "a" * 43, "☃" * 43, "a" * 5000])
def test_a_secret_that_is_none_is_not_there(key: str) -> None:
    assert Client().get(f"/calendar/{key}.ics").status_code == 404


@pytest.mark.django_db
def test_a_link_shows_what_its_owner_may_see_now(api: ApiOf, desk: Desk) -> None:
    theirs = api("outsider.logistics").change("createCalendarLink", LINK, scheduleId=desk.id)
    assert refusal(theirs.data["createCalendarLink"]) == ("NOT_FOUND", ["input", "scheduleId"])
    made = api("observer.payments").change("createCalendarLink", LINK, scheduleId=desk.id).data["createCalendarLink"]
    assert Client().get(path_of(made)).status_code == 200

    with seeding():
        Person.objects.get(username="observer.payments").role_assignments.update(
            valid_from=datetime(2020, 1, 1, tzinfo=UTC), valid_until=datetime(2020, 1, 2, tzinfo=UTC)
        )
    assert Client().get(path_of(made)).status_code == 404

    with seeding():
        Person.objects.filter(username="observer.payments").update(is_active=False)
    assert Client().get(path_of(made)).status_code == 404
