"""Load across layers, schedules and teams: what a proposal counts, what reports and pages say, and what is mailed."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest

from hub.delivery.models import Message
from hub.lib import clock
from hub.oncall.balance import fairness
from hub.oncall.jobs import send_digests
from hub.oncall.models import FixedShift, Layer, Leave, RotationMember, Schedule
from hub.oncall.shifts import Duty
from tenants.models import BusinessUnit, UnitCalendar
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, at, desk

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

PROPOSAL = """query ($layer: ID!, $since: DateTime!, $holidays: [Date!]) {
    rotationProposal(layerId: $layer, since: $since, weeks: 2, holidays: $holidays) {
        fairnessBefore fairnessAfter shifts { startsAt endsAt proposed { username } }
        loads { person { username } hours holidayHours secondaryHours nightPages weightedBefore weightedPlanned
            weightedAfter } } }"""
BALANCE = """query ($ids: [ID!], $since: DateTime!, $until: DateTime!) {
    onCallBalance(scheduleIds: $ids, since: $since, until: $until) { fairnessAmongPeople fairnessAmongTeams
        teams { scheduleName weighted weightedEach fairness loads { person { username } hours nightPages weighted } }
        people { person { username } hours nightPages weighted } } }"""


@pytest.fixture
def alone(desk: Desk) -> Desk:
    """The desk, with whatever else its two people stand in taken away."""
    with seeding():
        people = [desk.people[FIRST], desk.people[SECOND]]
        RotationMember.objects.filter(person__in=people).exclude(rotation__layer=desk.layer).delete()
        FixedShift.objects.filter(person__in=people).delete()
        Leave.objects.filter(person__in=people).delete()
    return desk


def another(desk: Desk, username: str, *, duty: Duty = Duty.PRIMARY, of: Schedule | None = None) -> Schedule:
    """A schedule, or another layer of one, that one person is on for from the day after tomorrow, ten days long."""
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        schedule = of or Schedule.objects.create(unit=unit, slug="night", name="Night desk", time_zone="UTC")
        layer = Layer.objects.create(schedule=schedule, unit=unit, name="Nights", duty=duty, priority=5)
        FixedShift.objects.create(
            layer=layer,
            unit=unit,
            person=desk.people[username],
            starts_at=TODAY + timedelta(days=20),
            ends_at=TODAY + timedelta(days=24),
        )
    return schedule


def proposal(api: ApiOf, desk: Desk, days: int = 3, **more: Any) -> dict[str, Any]:
    answer = api("commander.payments").ask(PROPOSAL, layer=global_id("Layer", desk.layer), since=at(days), **more)
    found: dict[str, Any] = answer.data["rotationProposal"]
    return found


def by_name(loads: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["person"]["username"]: each for each in loads}


def test_a_proposal_counts_what_people_carry_in_other_schedules_and_layers(api: ApiOf, alone: Desk) -> None:
    before = proposal(api, alone, 10)
    another(alone, FIRST)
    elsewhere = proposal(api, alone, 10)
    another(alone, SECOND, duty=Duty.SECONDARY, of=alone.schedule)
    beside = proposal(api, alone, 10)

    def turns(found: dict[str, Any], username: str) -> list[int]:
        return [n for n, each in enumerate(found["shifts"]) if each["proposed"] == {"username": username}]

    assert before["fairnessAfter"] > 0.999
    assert set(turns(elsewhere, FIRST)).isdisjoint(range(10, 14)), "primary of two at once"
    assert len(turns(elsewhere, FIRST)) < len(turns(before, FIRST)), "what is carried elsewhere counts"
    assert elsewhere["fairnessAfter"] > elsewhere["fairnessBefore"]
    planned = by_name(elsewhere["loads"])[FIRST]["weightedPlanned"] - by_name(before["loads"])[FIRST]["weightedPlanned"]
    assert planned > 4 * 24
    assert turns(beside, SECOND)[-1] < 10, "second in line of the same schedule cannot be first"
    assert [each["proposed"] for each in beside["shifts"][10:]] == [None] * 4


def test_fairness_and_pages_at_night_are_what_was_carried(api: ApiOf, alone: Desk) -> None:
    with seeding():
        person, unit = alone.people[FIRST], BusinessUnit.objects.get(slug="payments")
        Message.objects.filter(person__in=[person, alone.people[SECOND]]).update(is_page=False)
        night = (TODAY - timedelta(days=6)).replace(hour=1)  # two or three o'clock in Rome
        for number, (moment, is_page) in enumerate([(night, True), (night, True), (night, False), (NOW, True)]):
            Message.objects.create(
                dedupe_key=f"night:{number}",
                person=person,
                unit=unit,
                subject="Page",
                text="Page",
                created_at=moment,
                due_at=moment,
                is_page=is_page,
            )

    found = proposal(api, alone)
    loads = by_name(found["loads"])

    assert (loads[FIRST]["nightPages"], loads[SECOND]["nightPages"]) == (2, 0)
    assert found["fairnessBefore"] == pytest.approx(fairness([each["weightedPlanned"] for each in loads.values()]))
    assert found["fairnessAfter"] == pytest.approx(fairness([each["weightedAfter"] for each in loads.values()]))
    assert found["fairnessAfter"] >= found["fairnessBefore"]


def test_holidays_are_those_of_where_each_is_and_of_the_unit_at_home(api: ApiOf, alone: Desk) -> None:
    day = TODAY - timedelta(days=5)
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        UnitCalendar.objects.update_or_create(unit=unit, defaults={"country": "DE", "subdivision": "BE"})
        unit.closures.create(starts_on=day.date(), ends_on=day.date() + timedelta(days=1), name="Inventory")
        for username, zone in ((FIRST, "Europe/Berlin"), (SECOND, "Asia/Tokyo")):
            alone.people[username].time_zone = zone
            alone.people[username].save()

    loads = by_name(proposal(api, alone)["loads"])
    plain = {name: each["holidayHours"] for name, each in loads.items()}
    more = by_name(proposal(api, alone, holidays=[str(day.date()), str(day.date() + timedelta(days=1))])["loads"])

    holidays_of_japan = plain[SECOND]
    assert 22 <= plain[FIRST] - _german(alone) <= 26, "the closure of two days, one of which is theirs"
    assert more[FIRST]["holidayHours"] == plain[FIRST]
    assert more[SECOND]["holidayHours"] > holidays_of_japan, "the unit's closure is none in Tokyo"


def _german(desk: Desk) -> float:
    """Hours that `FIRST` had on public holidays of Berlin in the twelve weeks before."""
    from_day = TODAY + timedelta(days=3) - timedelta(weeks=12)
    free = {date(TODAY.year, 10, 3), date(TODAY.year, 12, 25), date(TODAY.year, 12, 26), date(TODAY.year + 1, 1, 1)}
    days = [from_day + timedelta(days=number) for number in range(12 * 7 + 1)]
    rotation_began = TODAY - timedelta(days=20)
    return sum(24 for day in days if day >= rotation_began and day.date() in free and (day - TODAY).days % 2 == 0)


def test_teams_are_compared(api: ApiOf, alone: Desk) -> None:
    night = another(alone, FIRST)
    given = {"ids": [alone.id, global_id("Schedule", night)], "since": at(19), "until": at(25)}

    found = api(SECOND).ask(BALANCE, **given).data["onCallBalance"]
    nothing = api("outsider.logistics").ask(BALANCE, **given).data["onCallBalance"]

    teams = {each["scheduleName"]: each for each in found["teams"]}
    assert {name: [load["hours"] for load in each["loads"]] for name, each in teams.items()} == {
        "Night desk": [96.0],
        "Payments desk": [72.0, 72.0],
    }
    people = by_name(found["people"])
    assert people[FIRST]["hours"] == 96 + 72
    assert found["fairnessAmongPeople"] == pytest.approx(fairness([each["weighted"] for each in people.values()]))
    assert found["fairnessAmongTeams"] == pytest.approx(fairness([each["weightedEach"] for each in teams.values()]))
    assert teams["Night desk"]["weightedEach"] > teams["Payments desk"]["weightedEach"]
    assert nothing == {"fairnessAmongPeople": 1, "fairnessAmongTeams": 1, "teams": [], "people": []}


def test_the_page_proposes_shows_and_takes_over(api: ApiOf, alone: Desk, signed_in: SignedIn) -> None:
    night = another(alone, FIRST)
    address = f"/on-call/{alone.schedule.pk}"
    with clock.at(NOW):
        leading, reading = signed_in("commander.payments"), signed_in(SECOND)
        page = leading.get(address).content.decode()
        query: dict[str, Any] = {"layer": alone.layer.pk, "since": "", "weeks": 4}
        preview = leading.get(f"{address}/balance", query).content.decode()
        readers = reading.get(f"{address}/balance", query).content.decode()
        turns = re.findall(r'name="turn" value="([^"]+)"', preview)
        given = {"layer": alone.layer.pk, "turn": turns}
        denied = reading.post(f"{address}/balance", given)
        with seeding():
            assert not FixedShift.objects.filter(layer=alone.layer).exists()
        odd = leading.post(f"{address}/balance", {**given, "turn": ["then now somebody"]})
        foreign = leading.get(f"{address}/balance", {"layer": 10**9, "weeks": 4})
        report = reading.get("/on-call/balance").content.decode()
        outsider = signed_in("outsider.logistics")
        assert outsider.get(f"{address}/balance").status_code == outsider.post(f"{address}/balance").status_code == 404
        assert "Payments desk" not in outsider.get("/on-call/balance").content.decode()
        done = leading.post(f"{address}/balance", given)

    main = page.partition("<main")[2]
    assert "Load of each person" in main
    assert "Propose the next rotation" in main
    assert "is primary of" in main
    assert night.name in main
    assert "Even as it is planned" in preview
    assert "Even as it is proposed" in preview
    assert "Take it over" in preview
    assert "Take it over" not in readers
    assert len(turns) == 28
    assert (denied.status_code, odd.status_code, foreign.status_code, done.status_code) == (422, 422, 200, 302)
    assert "Select a valid choice" in foreign.content.decode()
    assert "Payments desk" in report
    assert "Even across teams" in report
    with seeding():
        kept = FixedShift.objects.filter(layer=alone.layer, person=alone.people[FIRST])
        assert not kept.filter(
            starts_at__lt=TODAY + timedelta(days=24), ends_at__gt=TODAY + timedelta(days=20)
        ).exists()
        assert FixedShift.objects.filter(layer=alone.layer).count() == 28


def test_collisions_stand_where_they_are(alone: Desk, signed_in: SignedIn) -> None:
    with seeding():
        Leave.objects.create(
            person=alone.people[FIRST],
            starts_at=TODAY + timedelta(days=2, hours=3),
            ends_at=TODAY + timedelta(days=2, hours=9),
            created_by=alone.people[FIRST],
            created_at=NOW,
        )

    with clock.at(NOW):
        seen = signed_in(SECOND).get("/on-call?unit=payments").content.decode()
        other = signed_in("outsider.logistics").get("/on-call").content.decode()

    assert "Plans collide" in seen
    assert f"{alone.people[FIRST].name} on leave" in seen.partition('class="ahead"')[2]
    assert alone.people[FIRST].name not in other


def test_the_digest_names_what_collides(alone: Desk) -> None:
    monday = (NOW + timedelta(days=7 - NOW.weekday())).replace(hour=10)
    with seeding():
        # Whoever is on two days after that Monday is on leave, and next day's is primary of two.
        away, twice = (
            alone.people[FIRST if (monday.date() - TODAY.date()).days % 2 == parity else SECOND] for parity in (0, 1)
        )
        starts = monday.replace(hour=0) + timedelta(days=2)
        Leave.objects.create(
            person=away, starts_at=starts, ends_at=starts + timedelta(hours=5), created_by=away, created_at=NOW
        )
        schedule = another(alone, twice.username)
        FixedShift.objects.filter(layer__schedule=schedule).update(
            starts_at=starts + timedelta(days=1), ends_at=starts + timedelta(days=1, hours=6)
        )

    with clock.at(monday):
        send_digests.func(0)

    with seeding():
        letters = {
            each.person.username: each
            for each in Message.objects.filter(dedupe_key__startswith="on-call-digest:").select_related("person")
        }
    own = letters[away.username]
    said = {name: " ".join(letter.text.split()) for name, letter in letters.items()}
    assert "1 plan that collides" in own.subject
    assert "You are on leave, and planned for Payments desk" in said[away.username]
    assert re.search("You are primary of (Night|Payments) desk and of (Night|Payments) desk", said[twice.username])
    assert f"{away.name} is on leave, and planned for Payments desk" in said["commander.payments"]
    assert f"{twice.name} is primary of" in said["commander.payments"]
    assert "Let one of two plans that collide be somebody else's." in said["commander.payments"]
