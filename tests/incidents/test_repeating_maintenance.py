"""Work that repeats begins at its local hour; each time of it keeps incidents quiet, and is changed by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil import rrule
from hypothesis import given, settings
from hypothesis import strategies as some

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents.actions import declare_incident, maintenance
from hub.incidents.models import Frequency, Incident, MaintenanceService, MaintenanceWindow, Severity
from hub.incidents.repeating import Repeat, settled, times
from hub.lib import clock
from hub.lib.identity import Actor
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import SignedIn, seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

BERLIN = ZoneInfo("Europe/Berlin")
FIRST = datetime(2027, 3, 20, 1, 30, tzinfo=BERLIN)
"""A Saturday, eight days before clocks are put forward."""
DAY = timedelta(days=1)

SCHEDULE = """mutation($input: ScheduleMaintenanceInput!) { scheduleMaintenance(input: $input) { __typename
  ... on MaintenanceWindow { id version series { frequency weekdays week timeZone until
    windows(ordering: [{startsAt: ASC}]) { totalCount edges { node { id startsAt endsAt } } } } }
  ... on MutationErrors { errors { code message path } } } }"""
CHANGE = """mutation($input: ChangeMaintenanceInput!) { changeMaintenance(input: $input) { __typename
  ... on MaintenanceWindow { version reason startsAt }
  ... on MutationErrors { errors { code message path } } } }"""


def schedule(given: Api, **repeat: Any) -> Any:
    """The answer to announcing work on the ledger that begins at `FIRST` and repeats in Berlin."""
    with seeding():
        unit, service = BusinessUnit.objects.get(slug="payments"), Service.objects.get(slug="ledger")
    about = {
        "unitId": global_id("BusinessUnit", unit),
        "serviceIds": [global_id("Service", service)],
        "startsAt": FIRST.isoformat(),
        "endsAt": (FIRST + timedelta(hours=2)).isoformat(),
        "reason": "The ledger is compacted",
        "repeat": {"timeZone": "Europe/Berlin", "frequency": "DAILY", "until": "2027-03-29", **repeat},
    }
    return given.ask(SCHEDULE, input=about).data["scheduleMaintenance"]


def begun(made: Any) -> list[datetime]:
    """When each time of it begins, by the clock of Berlin."""
    nodes = [each["node"] for each in made["series"]["windows"]["edges"]]
    return [datetime.fromisoformat(each["startsAt"]).astimezone(BERLIN) for each in nodes]


def rows() -> list[MaintenanceWindow]:
    with seeding():
        return list(MaintenanceWindow.objects.filter(reason__startswith="The ledger").order_by("starts_at"))


@pytest.fixture
def commander(db: None, api: ApiOf) -> Api:
    return api("commander.payments")


@given(
    day=some.dates(date(2026, 1, 1), date(2027, 12, 31)),
    at=some.sampled_from([time(hour, 30) for hour in (0, 2, 9, 23)]),
    ahead=some.integers(1, 200),
    frequency=some.sampled_from(Frequency),
    extra=some.sets(some.integers(1, 7)),
)
@settings(max_examples=30, deadline=None)
def test_it_comes_on_the_days_that_a_calendar_says(
    day: date, at: time, ahead: int, frequency: Frequency, extra: set[int]
) -> None:
    place = BERLIN
    starts_at = datetime.combine(day, at, place).astimezone(UTC)
    local = starts_at.astimezone(place)
    until = local.date() + ahead * DAY
    weekdays = sorted({*extra, local.isoweekday()}) if frequency is Frequency.WEEKLY else []
    rule = Repeat(frequency=frequency, time_zone=place.key, until=until, weekdays=weekdays)
    week = min((local.day - 1) // 7 + 1, 5)
    spoken = {
        Frequency.DAILY: {"freq": rrule.DAILY},
        Frequency.WEEKLY: {"freq": rrule.WEEKLY, "byweekday": [each - 1 for each in weekdays]},
        Frequency.MONTHLY: {
            "freq": rrule.MONTHLY,
            "byweekday": rrule.weekday(local.weekday(), -1 if week == 5 else week),
        },
    }[frequency]
    expected = rrule.rrule(dtstart=local.replace(tzinfo=None), until=datetime.combine(until, time.max), **spoken)
    days = [each.date() for each in expected]
    if len(days) < 2:
        return
    found = times(settled(rule, starts_at), starts_at, starts_at + timedelta(minutes=30))
    assert [begins.astimezone(place).date() for begins, _ in found] == days
    shown = [begins.astimezone(place).time() for begins, _ in found]
    assert sum(each != local.time() for each in shown) <= (1 if local.hour == 2 else 0)  # when clocks are put forward
    assert {ends - begins for begins, ends in found} == {timedelta(minutes=30)}


def test_it_begins_at_the_same_local_hour_before_and_after_clocks_change(commander: Api) -> None:
    made = schedule(commander, frequency="WEEKLY", weekdays=[6, 7], until="2027-04-04")
    assert [f"{each:%m-%d %H:%M %Z}" for each in begun(made)] == [
        "03-20 01:30 CET",
        "03-21 01:30 CET",
        "03-27 01:30 CET",
        "03-28 01:30 CET",
        "04-03 01:30 CEST",
        "04-04 01:30 CEST",
    ]
    assert {each.ends_at - each.starts_at for each in rows()} == {timedelta(hours=2)}
    monthly = schedule(commander, frequency="MONTHLY", until="2027-06-30")
    assert [f"{each:%m-%d}" for each in begun(monthly)] == ["03-20", "04-17", "05-15", "06-19"]
    assert monthly["series"]["week"] == 3


@pytest.mark.parametrize(
    ("repeat", "path", "words"),
    [
        ({"until": "2027-03-20"}, ["input", "repeat", "until"], "later day"),
        ({"until": "2029-03-20"}, ["input", "repeat", "until"], "a year"),
        ({"frequency": "WEEKLY", "weekdays": [1]}, ["input", "repeat", "weekdays"], "Saturday"),
        ({"frequency": "MONTHLY", "week": -1, "until": "2027-06-01"}, ["input", "repeat", "week"], "last Saturday"),
        ({"frequency": "MONTHLY"}, ["input", "repeat", "until"], "not come again"),
        ({"timeZone": "Berlin"}, ["input", "repeat", "timeZone"], "Europe/Berlin"),
    ],
)
def test_a_rule_that_makes_no_sense_says_why(
    commander: Api, repeat: dict[str, Any], path: list[str], words: str
) -> None:
    (error,) = schedule(commander, **repeat)["errors"]
    assert (error["path"], words in error["message"]) == (path[1:] if error["path"][0] == "repeat" else path, True)
    assert rows() == []


def test_each_time_is_quiet_and_shown_and_what_lies_between_pages(
    commander: Api, actor: Callable[[str], Actor]
) -> None:
    schedule(commander, frequency="DAILY")
    with seeding():
        ledger = Service.objects.get(slug="ledger")

    def declared(moment: datetime) -> Incident:
        with clock.at(moment):
            made = declare_incident(
                actor=actor("responder.payments"), title="Late", severity=Severity.SEV2, service_id=ledger.pk
            )
            run_jobs()
            return made

    def pages(incident: Incident) -> int:
        with seeding():
            return Message.objects.filter(incident_id=incident.pk, is_page=True).count()

    quiet, loud = declared(FIRST + 9 * DAY + timedelta(minutes=5)), declared(FIRST + 9 * DAY - timedelta(hours=2))
    assert (quiet.is_quiet, pages(quiet), loud.is_quiet, pages(loud) > 0) == (True, 0, False, True)
    asked = "{ incidents(filters: {inMaintenance: true}) { edges { node { reference isQuiet maintenance {"
    listed = commander.ask(f"{asked} startsAt series {{ frequency }} }} }} }} }} }}").data["incidents"]["edges"]
    (seen,) = [each["node"] for each in listed if each["node"]["reference"] == quiet.reference]
    assert datetime.fromisoformat(seen["maintenance"]["startsAt"]).astimezone(BERLIN).day == 29
    with clock.at(FIRST + 9 * DAY + timedelta(hours=2)):
        maintenance.end_quiet()
        run_jobs()
    assert pages(quiet) > 0


def test_one_time_is_stopped_and_the_others_come_unless_it_is_asked_that_they_do_not(
    commander: Api, actor: Callable[[str], Actor]
) -> None:
    schedule(commander)
    person, windows = actor("commander.payments"), rows()
    with clock.at(FIRST + timedelta(minutes=1)):
        maintenance.end_maintenance(actor=person, window_id=windows[0].pk)
    maintenance.cancel_maintenance(actor=person, window_id=windows[2].pk)
    assert [each.stopped_at is not None for each in rows()] == [True, False, True, *[False] * 7]
    maintenance.cancel_maintenance(actor=person, window_id=windows[5].pk, and_following=True)
    assert [each.is_cancelled for each in rows()] == [False, False, True, False, False, *[True] * 5]


def test_it_is_changed_with_a_version_and_an_account_of_it(
    commander: Api, api: ApiOf, actor: Callable[[str], Actor]
) -> None:
    schedule(commander)
    second = rows()[1]
    about = {"windowId": global_id("MaintenanceWindow", second), "version": 1, "reason": "The ledger is vacuumed"}
    assert (
        api("responder.payments").ask(CHANGE, input=about).data["changeMaintenance"]["errors"][0]["code"] == "FORBIDDEN"
    )
    assert rows()[1].version == 1
    assert commander.ask(CHANGE, input=about).data["changeMaintenance"]["version"] == 2
    (late,) = commander.ask(CHANGE, input=about).data["changeMaintenance"]["errors"]
    assert (late["code"], late["path"][-1]) == ("CONFLICT", "version")
    with seeding():
        ids = list(Service.objects.filter(slug__in=["ledger", "wallet"]).values_list("pk", flat=True))
    moved = (second.starts_at + timedelta(hours=1)).isoformat()
    later = {
        **about,
        "version": 2,
        "startsAt": moved,
        "endsAt": (second.starts_at + timedelta(hours=2)).isoformat(),
        "andFollowing": True,
    }
    assert commander.ask(CHANGE, input=later).data["changeMaintenance"]["version"] == 3
    after = rows()
    assert [f"{each.starts_at.astimezone(BERLIN):%d %H:%M}" for each in (*after[:2], after[-1])] == [
        "20 01:30",
        "21 02:30",
        "29 02:30",
    ]
    other_day = {"windowId": later["windowId"], "version": 3, "startsAt": (second.starts_at - DAY).isoformat()}
    (refused,) = commander.ask(CHANGE, input={**other_day, "andFollowing": True}).data["changeMaintenance"]["errors"]
    assert "not on other days" in refused["message"]
    maintenance.change_maintenance(
        actor=actor("commander.payments"), window_id=after[0].pk, version=1, service_ids=ids, and_following=True
    )
    with seeding():
        assert MaintenanceService.objects.filter(window__in=after).count() == 2 * len(after)
        said = AuditEntry.objects.filter(verb="change_maintenance").order_by("pk").first()
    assert said is not None
    assert said.change["reason"] == ["The ledger is compacted", "The ledger is vacuumed"]


def test_what_goes_on_is_made_longer_or_leaves_a_service_and_what_it_kept_quiet_follows(
    commander: Api, actor: Callable[[str], Actor]
) -> None:
    schedule(commander)
    person = actor("commander.payments")
    (running, *_) = rows()
    with seeding():
        ledger, wallet = Service.objects.get(slug="ledger"), Service.objects.get(slug="wallet")
    with clock.at(FIRST + timedelta(hours=1)):
        incident = declare_incident(actor=person, title="Late", severity=Severity.SEV2, service_id=ledger.pk)
        longer = FIRST + timedelta(hours=3)
        maintenance.change_maintenance(actor=person, window_id=running.pk, version=1, ends_at=longer)
    with clock.at(FIRST + timedelta(hours=2, minutes=30)):
        maintenance.end_quiet()
        with seeding():
            assert Incident.objects.get(pk=incident.pk).is_quiet
        maintenance.change_maintenance(actor=person, window_id=running.pk, version=2, service_ids=[wallet.pk])
        run_jobs()
    with seeding():
        assert not Incident.objects.get(pk=incident.pk).is_quiet


def test_the_window_has_a_page_on_which_it_is_changed(signed_in: SignedIn, commander: Api) -> None:
    schedule(commander, frequency="WEEKLY", weekdays=[6, 7], until="2027-04-04")
    first, second, *_ = rows()
    page = signed_in("commander.payments")
    path = f"/maintenance/{first.pk}"
    shown = page.get(path).content.decode()
    assert "Every week on Saturday and Sunday until 4 Apr 2027" in shown
    assert "this and all that follow" in shown
    assert shown.count(f'/maintenance/{second.pk}"') == 1
    outside = signed_in("outsider.logistics").get(path).content.decode()
    assert ("Save the change" in shown, "Save the change" in outside) == (True, False)
    with seeding():
        keys = list(first.services.values_list("pk", flat=True))
    form = {
        "services": keys,
        "reason": "The ledger is mended",
        "starts_at": "2027-03-20T01:30",
        "ends_at": "2027-03-20T04:30",
        "version": 1,
        "and_following": "on",
    }
    assert signed_in("responder.payments").post(path, form).status_code == 422
    assert [each.version for each in rows()] == [1] * 6
    assert page.post(path, form).status_code == 302
    assert page.post(path, form).status_code == 422
    assert {each.ends_at - each.starts_at for each in rows()} == {timedelta(hours=3)}
    assert page.post(f"{path}/stop", {"and": "following"}).status_code == 302
    assert all(each.is_cancelled for each in rows())
