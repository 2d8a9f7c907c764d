"""Whoever lacks what a schedule demands is on for nothing as long as they do, wherever one looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from hub.catalog.models import Service
from hub.escalation.forecasting import foresee
from hub.incidents.models import Severity
from hub.incidents.working import answering
from hub.lib import clock
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.oncall import access
from hub.oncall.coverage import coverage
from hub.oncall.expertise import lacking_times
from hub.oncall.jobs import flag_gaps
from hub.oncall.models import Expertise, FixedShift, Layer, Schedule
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.oncall.oracles import Minutes
from tests.oncall.test_calendars import LINK, path_of, seen_by_parser
from tests.oncall.test_planning import messages
from tests.oncall.test_roles_that_end import gaps, minute
from tests.oncall.world import FIRST, NOW, SECOND, TODAY, Desk, at, changed, desk, refusal, trail

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
ENDS = TODAY + 4 * DAY + timedelta(hours=10)
"""In a day of `FIRST`, who is on every second day from midnight."""
BELOW = "responder3.payments"
KEY = "card-schemes"
DEMAND = "... on Schedule { id expertise expertiseFrom }"
CERTIFIED = "... on Expertise { id validFrom validUntil }"


def demands(desk: Desk, *keys: str) -> None:
    """The schedule has demanded these ever since."""
    with seeding():
        Schedule.objects.filter(pk=desk.schedule.pk).update(expertise=list(keys))
        desk.schedule.refresh_from_db()


def able(desk: Desk, username: str, since: datetime | None = None, until: datetime | None = None) -> Expertise:
    with seeding():
        return Expertise.objects.create(
            person=desk.people[username], unit=desk.schedule.unit, key=KEY, valid_from=since, valid_until=until
        )


def told(days: int, hours: int = 0) -> str:
    """A moment from the day of `NOW` on, as the API answers it."""
    return f"{TODAY + timedelta(days=days, hours=hours):%Y-%m-%dT%H:%M:%S.%fZ}"


def test_the_end_of_an_expertise_is_a_gap_from_that_moment_wherever_one_looks(
    api: ApiOf, desk: Desk, signed_in: SignedIn, actor: Callable[[str], Actor]
) -> None:
    demands(desk, KEY)
    able(desk, FIRST, until=ENDS)
    able(desk, SECOND)

    # The final schedule, to everybody alike: also to who takes part and may not see what others are able to do.
    for reader in (SECOND, "observer.payments", "commander.payments", "coordinator"):
        assert [desk.on(api(reader), 4, hour) for hour in (9, 11)] == [[FIRST], []]
        assert [desk.on(api(reader), day) for day in (-2, 2, 3, 5, 6)] == [[FIRST], [FIRST], [SECOND], [SECOND], []]
    # The gaps, and who is told of them.
    assert gaps(api, desk) == [
        (minute(ENDS), minute(TODAY + 5 * DAY)),
        (minute(TODAY + 6 * DAY), minute(TODAY + 7 * DAY)),
    ]
    with clock.at(ENDS - DAY):
        flag_gaps.func(0)
    assert len(messages("commander.payments", f"gap:{desk.schedule.pk}:primary:{minute(ENDS)}")) == 1
    # A moment, by one question and by the other, and what incidents find.
    query = "query ($ids: [ID!]!, $at: DateTime!) { peopleOnCall(scheduleIds: $ids, at: $at) { username } }"
    for offset, on in ((-1, [{"username": FIRST}]), (0, [])):
        moment = (ENDS + timedelta(minutes=offset)).isoformat()
        assert api(SECOND).ask(query, ids=[desk.id], at=moment).data["peopleOnCall"] == on
    with seeding(), clock.at(ENDS - timedelta(minutes=1)):
        found = access.schedules(SYSTEM).prefetch_related(*access.with_plan(clock.now())).get(pk=desk.schedule.pk)
        now, following = access.on_call_of(found, clock.now()), access.next_of(found, clock.now())
        assert now is not None
        assert ([each.username for each in now.primary], now.until) == ([FIRST], ENDS)
        assert following is not None
        assert following.primary[0].username == SECOND
        assert access.on_call_of(found, ENDS) is None
        late = answering(SYSTEM, [desk.schedule.pk], desk.schedule.unit_id, ENDS)
        name = desk.people[FIRST].name
        assert late.why(desk.schedule.pk, "Payments desk", "Payments") == (
            f"{name} lacks what Payments desk demands of whoever is on: nobody else is"
        )
    # The map of coverage, which other schedules of the unit do not fill.
    with seeding():
        Schedule.objects.filter(unit=desk.schedule.unit).exclude(pk=desk.schedule.pk).update(
            unit=desk.schedule.unit.parent
        )
        (of_unit,) = coverage(SYSTEM, [desk.schedule.unit], ENDS.date(), "UTC")
        held = {hour.starts_at.hour: [each.username for each in hour.people] for hour in of_unit.hours}
        assert (held[9], held[10]) == ([FIRST], [])
    # The published calendar, and the pages.
    made = api(SECOND).change("createCalendarLink", LINK, scheduleId=desk.id).data["createCalendarLink"]
    minutes = Minutes(TODAY, 7 * 24 * 60)
    feed = seen_by_parser(Client().get(path_of(made)).content, minutes)
    assert [feed[minutes.index(ENDS + timedelta(minutes=each))] for each in (-1, 0)] == [{(FIRST, "primary")}, set()]
    with clock.at(NOW):
        overview = signed_in("commander.payments").get("/on-call?unit=payments")
        own = signed_in("commander.payments").get(f"/on-call/{desk.schedule.pk}")
    cells = [cell for group in overview.context["groups"] for row in group.rows if row.schedule == desk.schedule
             for cell in row.cells]  # fmt: skip
    assert any(cell.starts_at == ENDS and cell.is_gap for cell in cells), cells
    assert [(one.username, since) for one, since, _ in own.context["short"]] == [(FIRST, ENDS)]
    assert "Lacks what is demanded, from" in own.content.decode()
    # The next rotation is not planned with somebody who is not able then.
    proposal = api("commander.payments").ask(
        "query ($layer: ID!, $since: DateTime!) { rotationProposal(layerId: $layer, since: $since, weeks: 1) {"
        " shifts { startsAt proposed { username } } } }",
        layer=global_id("Layer", desk.layer),
        since=(TODAY + 5 * DAY).isoformat(),
    )
    proposed = [each["proposed"] for each in proposal.data["rotationProposal"]["shifts"]]
    assert {"username": FIRST} not in proposed


def test_whoever_is_below_has_the_time_and_paging_says_why(
    desk: Desk, api: ApiOf, actor: Callable[[str], Actor]
) -> None:
    demands(desk, KEY)
    able(desk, FIRST, until=ENDS)
    able(desk, SECOND)
    able(desk, BELOW)
    commander = actor("commander.payments")
    with seeding():
        unit = desk.schedule.unit
        Layer.objects.filter(pk=desk.layer.pk).update(priority=1)
        below = Layer.objects.create(schedule=desk.schedule, unit=unit, name="Below", priority=0)
        span = {"starts_at": TODAY + 4 * DAY, "ends_at": TODAY + 5 * DAY}
        FixedShift.objects.create(layer=below, unit=unit, person=desk.people[BELOW], **span)
        service = Service.objects.select_related("unit").get(slug="ledger")
        service.commander_schedule = service.responder_schedule = desk.schedule
        service.save()

    assert [desk.on(api(SECOND), 4, hour) for hour in (9, 11)] == [[FIRST], [BELOW]]
    with acting_as(commander):
        told = [
            {
                page.person.id: page.because
                for each in foresee(commander, service.unit, service, Severity.SEV1, moment).steps
                for page in each.pages
                if "on call for Payments desk" in page.because
            }
            for moment in (ENDS - timedelta(hours=8), ENDS + timedelta(minutes=1))
        ]
    assert desk.people[FIRST].pk in told[0]
    assert desk.people[FIRST].pk not in told[1]
    assert f"({desk.people[FIRST].name} lacks what is demanded)" in told[1][desk.people[BELOW].pk]


def test_a_demand_begins_when_it_says_and_takes_nobody_off_unless_asked(api: ApiOf, desk: Desk) -> None:
    able(desk, SECOND)
    commander, given = api("commander.payments"), {"scheduleId": desk.id, "expertise": [KEY]}

    # Who reads alone demands nothing, and what takes somebody off at once is refused.
    assert refusal(changed(api(SECOND), "updateSchedule", DEMAND, **given)) == ("FORBIDDEN", [])
    assert refusal(changed(commander, "updateSchedule", DEMAND, **given, expertiseFrom=at(0, 12))) == (
        "CONFLICT",
        ["input", "expertiseFrom"],
    )
    assert refusal(changed(commander, "updateSchedule", DEMAND, **given, expertiseFrom=at(-1))) == (
        "INVALID",
        ["input", "expertiseFrom"],
    )
    only = changed(commander, "updateSchedule", DEMAND, scheduleId=desk.id, expertiseFrom=at(3))
    assert refusal(only) == ("INVALID", ["input", "expertise"])
    assert [desk.on(api(SECOND), day) for day in (0, 2)] == [[FIRST], [FIRST]]
    assert trail("update_schedule") == []

    # From a moment to come; what is demanded by then is planned anew.
    later = changed(commander, "updateSchedule", DEMAND, **given, expertiseFrom=at(4, 10))
    assert (later["expertise"], later["expertiseFrom"]) == ([KEY], told(4, 10))
    assert [desk.on(api(SECOND), *when) for when in ((-2,), (2,), (4, 9), (4, 11), (5,), (6,))] == [
        [FIRST], [FIRST], [FIRST], [], [SECOND], [],
    ]  # fmt: skip
    # Left out, it is once whoever is on has finished their shift; and at once where that is asked for.
    changed(commander, "updateSchedule", DEMAND, scheduleId=desk.id, expertise=[])
    waits = changed(commander, "updateSchedule", DEMAND, **given)
    assert waits["expertiseFrom"] == told(1)
    assert [desk.on(api(SECOND), *when) for when in ((0,), (1,), (2,))] == [[FIRST], [SECOND], []]
    at_once = changed(commander, "updateSchedule", DEMAND, scheduleId=desk.id, expertise=[KEY, "ledger"],
                      changesWhoIsOnNow=True)  # fmt: skip
    assert at_once["expertiseFrom"] == told(0, 12)
    assert [desk.on(api(SECOND), *when) for when in ((-2,), (0, 11), (0, 12), (1,))] == [[FIRST], [FIRST], [], []]
    # What ends does so from now on.
    changed(commander, "updateSchedule", DEMAND, scheduleId=desk.id, expertise=[])
    assert [desk.on(api(SECOND), *when) for when in ((0, 11), (0, 12), (1,))] == [[FIRST], [FIRST], [SECOND]]


def test_what_somebody_is_able_to_do_begins_and_ends_and_what_was_stays(api: ApiOf, desk: Desk) -> None:
    demands(desk, KEY)
    for username in (FIRST, SECOND):
        able(desk, username, until=TODAY - 3 * DAY)
    commander = api("commander.payments")
    unit = global_id("BusinessUnit", desk.schedule.unit)
    assert [desk.on(api(SECOND), day) for day in (-5, -4, -2, 0, 2)] == [[SECOND], [FIRST], [], [], []]

    certify = {"unitId": unit, "personId": desk.person(FIRST), "key": KEY}
    again = changed(commander, "certifyExpertise", CERTIFIED, **certify)
    assert again == {"__typename": "Expertise", "id": again["id"], "validFrom": told(0, 12), "validUntil": None}
    assert [desk.on(api(SECOND), *when) for when in ((-4,), (-2,), (0, 11), (0, 12), (2,))] == [
        [FIRST], [], [], [FIRST], [FIRST],
    ]  # fmt: skip
    # Held, it is no other for a new end.
    ends = changed(commander, "certifyExpertise", CERTIFIED, **certify, validUntil=at(2, 13))
    assert (ends["id"], ends["validFrom"], ends["validUntil"]) == (again["id"], told(0, 12), told(2, 13))
    assert [desk.on(api(SECOND), *when) for when in ((2,), (2, 13))] == [[FIRST], []]
    # Revoked, it ends now, and once.
    revoke = {"expertiseId": ends["id"]}
    with clock.at(NOW + timedelta(hours=2)):
        revoked = commander.change("revokeExpertise", CERTIFIED, **revoke).data["revokeExpertise"]
        twice = commander.change("revokeExpertise", CERTIFIED, **revoke).data["revokeExpertise"]
    assert (revoked["validUntil"], refusal(twice)) == (told(0, 14), ("CONFLICT", []))
    assert [desk.on(api(SECOND), *when) for when in ((0, 13), (0, 14), (2,))] == [[FIRST], [], []]


def test_expertise_ends_after_it_begins_and_begins_once(desk: Desk) -> None:
    able(desk, FIRST)
    for since, until in ((None, None), (NOW, NOW - DAY), (NOW, NOW + DAY)):
        with seeding(), pytest.raises(IntegrityError), transaction.atomic():
            able(desk, FIRST, since, until)


def test_what_was_to_begin_later_begins_with_what_is_said_now(api: ApiOf, desk: Desk) -> None:
    later = able(desk, FIRST, NOW + DAY, NOW + 3 * DAY)
    last = able(desk, FIRST, NOW + 8 * DAY)
    unit = global_id("BusinessUnit", desk.schedule.unit)
    certify = {"unitId": unit, "personId": desk.person(FIRST), "key": KEY}

    certified = changed(api("commander.payments"), "certifyExpertise", CERTIFIED, **certify, validUntil=at(6))
    with seeding():
        held = [(each.pk, each.valid_from, each.valid_until) for each in Expertise.objects.filter(
            person=desk.people[FIRST], key=KEY).order_by("valid_from")]  # fmt: skip
    assert (certified["validFrom"], certified["validUntil"]) == (told(0, 12), told(6))
    assert held == [(later.pk, NOW, TODAY + 6 * DAY), (last.pk, NOW + 8 * DAY, None)]
    # For good, the rest of it is swallowed.
    changed(api("commander.payments"), "certifyExpertise", CERTIFIED, **certify)
    with seeding():
        assert Expertise.objects.get(person=desk.people[FIRST], key=KEY).valid_until is None


def test_the_times_are_those_in_which_something_of_it_is_missing() -> None:
    """Demands and expertise as the dice say; each moment is compared with what holds in it."""
    random = Random(11)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    keys = ["one", "two", "three"]

    def moments(count: int) -> list[datetime]:
        return [start + timedelta(minutes=each) for each in sorted(random.sample(range(100_000), count))]

    with seeding():
        schedule = Schedule.objects.select_related("unit").order_by("pk")[0]
        other = Schedule.objects.exclude(unit=schedule.unit).order_by("pk")[0]
        people = [each.pk for each in Person.objects.order_by("pk")[:6]]
        versions: list[tuple[datetime | None, list[str]]] = [(None, random.sample(keys, 1))]
        versions += [(each, random.sample(keys, random.randint(0, 2))) for each in moments(5)]
        schedule.expertise = versions[-1][1]
        schedule.demands = [[since and since.isoformat(), wanted] for since, wanted in versions]
        schedule.save()
        rows: list[dict[str, Any]] = []
        for person in people[:-1]:
            for key in keys:
                edges: list[datetime | None] = [*moments(4)]
                if random.random() < 0.5:
                    edges[0] = None
                if random.random() < 0.5:
                    edges[-1] = None
                for since, until in ((edges[0], edges[1]), (edges[2], edges[3])):
                    rows.append({"person_id": person, "key": key, "valid_from": since, "valid_until": until})
        Expertise.objects.filter(unit=schedule.unit).delete()
        Expertise.objects.bulk_create(Expertise(unit=schedule.unit, **each) for each in rows)
        # In another unit's eyes they are able to do everything.
        Expertise.objects.bulk_create(
            Expertise(unit=other.unit, person_id=each, key=key) for each in people for key in keys
        )
        pairs = [(schedule.pk, each) for each in people]
        found = lacking_times([*pairs, *((other.pk, each) for each in people)])

    def lacks(person: int, moment: datetime) -> bool:
        wanted = [each for since, each in versions if since is None or since <= moment][-1]
        held = {
            row["key"]
            for row in rows
            if row["person_id"] == person
            and (row["valid_from"] is None or row["valid_from"] <= moment)
            and (row["valid_until"] is None or row["valid_until"] > moment)
        }
        return not held.issuperset(wanted)

    assert set(found) == {schedule.pk}
    seen = set()
    for person in people:
        for number in range(-1000, 101_000, 500):
            moment = start + timedelta(minutes=number)
            inside = any(left <= moment < right for left, right in found[schedule.pk].get(person, ()))
            assert inside is lacks(person, moment), (person, moment)
            seen.add(inside)
    assert seen == {True, False}
