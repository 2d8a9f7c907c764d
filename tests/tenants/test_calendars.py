"""When units work and what they work under: kept by regional leads and unit administrators, read by everybody."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from hub.lib.identity import Actor, acting_as
from hub.oncall.coverage import held, hours_of
from hub.oncall.shifts import Shift
from tenants.calendars import Calendar, Hours
from tenants.models import AuditEntry, BusinessUnit, Closure, Person, RegulationProfile, WorkingHours
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
BACKEND = "django.contrib.auth.backends.ModelBackend"
WEEK = [{"weekday": day, "startsAt": "09:00:00", "endsAt": "17:00:00"} for day in range(5)]
ANSWER = "__typename ... on MutationErrors { errors { code path message } }"


def unit(slug: str) -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def state() -> list[object]:
    with seeding():
        return [
            list(WorkingHours.objects.order_by("unit", "weekday").values_list("unit", "weekday", "starts_at")),
            list(Closure.objects.order_by("id").values()),
            list(BusinessUnit.objects.order_by("id").values("time_zone")),
            RegulationProfile.objects.count(),
            AuditEntry.objects.exclude(verb="create_token").count(),
        ]


def test_a_regional_lead_says_when_a_unit_of_the_region_works(api: ApiOf) -> None:
    payments = global_id("BusinessUnit", unit("payments"))

    answer = api("lead.emea").change(
        "setCalendar",
        "... on BusinessUnit { timeZone calendar { country subdivision } workingHours { weekday startsAt endsAt } }",
        unitId=payments, hours=WEEK, country="de", subdivision="by", timeZone="Europe/Vienna",
    )  # fmt: skip

    assert answer.data["setCalendar"] == {
        "__typename": "BusinessUnit",
        "timeZone": "Europe/Vienna",
        "calendar": {"country": "DE", "subdivision": "BY"},
        "workingHours": WEEK,
    }
    days = api("observer.payments").ask(
        f'{{ freeDays(unitId: "{payments}", start: "2026-12-24", days: 14) {{ day name }} }}'
    )
    assert {"day": "2026-12-25", "name": "Christmas Day"} in days.data["freeDays"]
    assert {"day": "2027-01-06", "name": "Epiphany"} in days.data["freeDays"]


@pytest.mark.parametrize("username", ["lead.apac", "commander.payments", "admin.retail", "coordinator"])
def test_others_do_not(api: ApiOf, actor: ActorNamed, username: str) -> None:
    payments = unit("payments")
    before = state()

    answer = api(username).change("setCalendar", ANSWER, unitId=global_id("BusinessUnit", payments), hours=[])
    closure = api(username).change(
        "addClosure", ANSWER, unitId=global_id("BusinessUnit", payments), name="x", startsOn="2027-01-01"
    )

    assert answer.data["setCalendar"]["errors"][0]["code"] == "FORBIDDEN"
    assert closure.data["addClosure"]["errors"][0]["code"] == "FORBIDDEN"
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor(username)):
        Closure.objects.create(unit=payments, name="x", starts_on=date(2027, 1, 1), ends_on=date(2027, 1, 1))
    with acting_as(actor(username)):
        assert WorkingHours.objects.filter(unit=payments).delete() == (0, {})
    assert state() == before


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"country": "XX"}, "country"),
        ({"country": "DE", "subdivision": "ZZ"}, "subdivision"),
        ({"timeZone": "Mars/Olympus"}, "timeZone"),
        ({"hours": [{"weekday": 7, "startsAt": "09:00:00", "endsAt": "10:00:00"}]}, "hours"),
        ({"hours": [{"weekday": 1, "startsAt": "10:00:00", "endsAt": "09:00:00"}]}, "hours"),
        ({"hours": [WEEK[1], {"weekday": 1, "startsAt": "16:00:00", "endsAt": "18:00:00"}]}, "hours"),
    ],
)
def test_a_bad_calendar_changes_nothing(api: ApiOf, given: dict[str, Any], path: str) -> None:
    before = state()

    answer = api("admin.payments").change(
        "setCalendar", ANSWER, **{"unitId": global_id("BusinessUnit", unit("payments")), "hours": WEEK, **given}
    )

    (error,) = answer.data["setCalendar"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", path])
    assert state() == before


def test_closures_come_and_go(api: ApiOf) -> None:
    payments = global_id("BusinessUnit", unit("payments"))
    admin = api("admin.payments")

    made = admin.change("addClosure", "... on Closure { id name endsOn }", unitId=payments, name="Move",
                        startsOn="2027-02-01", endsOn="2027-02-03")  # fmt: skip
    free = admin.ask(f'{{ freeDays(unitId: "{payments}", start: "2027-02-01", days: 5) {{ day name }} }}')
    backwards = admin.change(
        "addClosure", ANSWER, unitId=payments, name="x", startsOn="2027-02-03", endsOn="2027-02-01"
    )
    admin.change("removeClosure", ANSWER, closureId=made.data["addClosure"]["id"])

    assert [each["day"] for each in free.data["freeDays"]] == ["2027-02-01", "2027-02-02", "2027-02-03"]
    assert backwards.data["addClosure"]["errors"][0]["code"] == "INVALID"
    with seeding():
        assert not Closure.objects.filter(name="Move").exists()


def test_leads_keep_the_profiles_of_their_region(api: ApiOf) -> None:
    with seeding():
        emea = unit("payments").regions.get()
    lead = api("lead.emea")
    given = {"regionId": global_id("Region", emea), "firstReportHours": 24}

    made = lead.change("createRegulationProfile", "... on RegulationProfile { id key firstReportHours }",
                       name="KRITIS", **given)  # fmt: skip
    twice = lead.change("createRegulationProfile", ANSWER, name="KRITIS", **given)
    for_all = lead.change("createRegulationProfile", ANSWER, name="All")
    foreign = api("lead.apac").change("createRegulationProfile", ANSWER, name="Theirs", **given)
    set_ = lead.change(
        "setRegulations", "... on BusinessUnit { regulations { profile { key } } }",
        unitId=global_id("BusinessUnit", unit("payments")), profileIds=[made.data["createRegulationProfile"]["id"]],
    )  # fmt: skip
    unknown = lead.change(
        "setRegulations", ANSWER, unitId=global_id("BusinessUnit", unit("payments")),
        profileIds=[global_id("RegulationProfile", 10**12)],
    )  # fmt: skip

    assert made.data["createRegulationProfile"]["key"] == "kritis"
    assert twice.data["createRegulationProfile"]["errors"][0]["code"] == "CONFLICT"
    assert for_all.data["createRegulationProfile"]["errors"][0]["code"] == "FORBIDDEN"
    assert foreign.data["createRegulationProfile"]["errors"][0]["code"] == "FORBIDDEN"
    assert set_.data["setRegulations"]["regulations"] == [{"profile": {"key": "kritis"}}]
    assert unknown.data["setRegulations"]["errors"][0]["code"] == "NOT_FOUND"


def test_hours_that_nobody_holds_are_shown(api: ApiOf, person: Callable[[str], Person]) -> None:
    answer = api("lead.emea").ask(
        '{ coverage(day: "2026-12-02", timeZone: "Europe/London") { unit { slug } gaps { startsAt endsAt }'
        " hours { startsAt isHeld isWorking onCall { username } free } } }"
    )

    rows = {each["unit"]["slug"]: each for each in answer.data["coverage"]}
    assert len(rows["stores"]["hours"]) == 24
    assert rows["stores"]["gaps"] == [
        {"startsAt": "2026-12-02T00:00:00.000000Z", "endsAt": "2026-12-02T08:00:00.000000Z"},
        {"startsAt": "2026-12-02T20:00:00.000000Z", "endsAt": "2026-12-03T00:00:00.000000Z"},
    ]
    assert rows["retail"]["gaps"] == []
    assert rows["retail"]["hours"][3]["onCall"]
    # Another region's schedules are none of this lead's: their working hours are.
    assert all(not hour["onCall"] for hour in rows["health"]["hours"])
    christmas = api("lead.emea").ask(
        '{ coverage(day: "2026-12-25", timeZone: "Europe/London") { unit { slug } hours { isHeld free } } }'
    )
    stores = next(each for each in christmas.data["coverage"] if each["unit"]["slug"] == "stores")
    assert {(hour["isHeld"], hour["free"]) for hour in stores["hours"]} == {(False, "Christmas Day")}


def test_an_hour_is_held_for_all_of_it_or_not_at_all(person: Callable[[str], Person]) -> None:
    luca = person("responder.payments")
    start = datetime(2026, 12, 2, 23, tzinfo=UTC)
    people, calendar = {luca.pk: luca}, Calendar("UTC", [Hours(2, time(9), time(17))])
    half = Shift(luca.pk, start, start.replace(minute=30))
    rest = Shift(luca.pk, start.replace(minute=30), start.replace(day=3, hour=0))

    assert not held(start, [half], calendar, people).is_held
    assert held(start, [half, rest], calendar, people).is_held
    assert held(start, [half, rest], calendar, people).is_night
    assert held(start.replace(hour=10), [], calendar, people).is_working
    assert not held(start.replace(hour=17), [], calendar, people).is_held
    assert [len(hours_of(day, "Europe/Berlin")) for day in (date(2026, 3, 29), date(2026, 10, 25))] == [23, 25]


def test_the_pages_show_and_change_it(person: Callable[[str], Person]) -> None:
    client = Client()
    client.force_login(person("lead.emea"), backend=BACKEND)
    page = client.get("/units/payments").content.decode()
    assert "Decentralized" in page
    assert "GDPR" in page
    assert "Change when it works" in page
    assert "Save who commands" not in client.get("/units/health").content.decode()
    tree = client.get("/units/").content.decode().partition("<tbody>")[2]
    assert tree.index("Meridian Group") < tree.index("Retail") < tree.index("Stores")
    map_ = client.get("/on-call/coverage?day=2026-12-02&zone=Europe/London").content.decode()
    assert "00:00–08:00, 20:00–00:00" in map_

    saved = client.post("/units/payments/calendar", {"hours-0": "09:00-12:30, 13:30-24:00", "country": "DE"})
    bad = client.post("/units/payments/calendar", {"hours-0": "nine to five"})
    foreign = client.post("/units/health/calendar", {"hours-0": "09:00-12:30"})

    assert (saved.status_code, bad.status_code, foreign.status_code) == (302, 400, 403)
    with seeding():
        hours = WorkingHours.objects.filter(unit__slug="payments")
        assert [str(each) for each in hours] == ["0 09:00–12:30", "0 13:30–00:00"]
    own = Client()
    own.force_login(person("responder.payments"), backend=BACKEND)
    assert "Change when it works" not in own.get("/units/payments").content.decode()
