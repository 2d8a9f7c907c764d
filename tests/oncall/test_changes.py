"""Stand-ins, shifts that somebody takes, planned gaps, leave and expertise."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError

from hub.lib import clock
from hub.lib.identity import acting_as, person
from hub.oncall.models import Override, Schedule
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api
from tests.oncall.world import FIRST, NOW, SECOND, Desk, at, changed, desk, refusal, trail

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

OVERRIDE = "... on Override { id startsAt endsAt person { username } }"
GAP = "... on PlannedGap { id startsAt }"
LEAVE = "... on Leave { id person { username } }"


def test_a_stand_in_is_on_for_its_time_alone(api: ApiOf, desk: Desk) -> None:
    given = {"scheduleId": desk.id, "personId": desk.person(SECOND), "startsAt": at(2, 6), "endsAt": at(2, 14)}

    denied = changed(api(FIRST), "addOverride", OVERRIDE, **given)
    assert refusal(denied) == ("FORBIDDEN", [])
    assert desk.on(api(FIRST), 2) == [FIRST]

    changed(api("commander.payments"), "addOverride", OVERRIDE, **given)

    assert [desk.on(api(FIRST), 2, hour) for hour in (5, 6, 13, 14)] == [[FIRST], [SECOND], [SECOND], [FIRST]]
    assert trail("add_override")[-1].change["person"] == [None, desk.people[SECOND].pk]


def test_what_was_stays_as_it_was(api: ApiOf, desk: Desk) -> None:
    commander = api("commander.payments")
    given = {"scheduleId": desk.id, "personId": desk.person(SECOND)}

    over = changed(commander, "addOverride", OVERRIDE, **given, startsAt=at(-2), endsAt=at(-1))
    running = changed(commander, "addOverride", OVERRIDE, **given, startsAt=at(0), endsAt=at(0, 20))
    removed = changed(commander, "removeOverride", OVERRIDE, overrideId=running["id"])

    assert refusal(over) == ("INVALID", ["input", "endsAt"])
    assert running["startsAt"].startswith(NOW.strftime("%Y-%m-%dT%H:%M"))
    assert removed["id"] == running["id"]


def test_a_stand_in_for_somebody_who_is_not_on_is_refused(api: ApiOf, desk: Desk) -> None:
    payload = changed(
        api("commander.payments"),
        "addOverride",
        OVERRIDE,
        scheduleId=desk.id,
        personId=desk.person("responder3.payments"),
        replacesId=desk.person(SECOND),
        startsAt=at(2, 6),
        endsAt=at(2, 14),
    )

    assert refusal(payload) == ("CONFLICT", ["input", "replacesId"])


def test_leave_takes_somebody_off_and_the_gap_is_taken_by_a_colleague(api: ApiOf, desk: Desk) -> None:
    leave = changed(api(FIRST), "addLeave", LEAVE, startsAt=at(2), endsAt=at(3))
    assert desk.on(api(SECOND), 2) == []
    given = {"scheduleId": desk.id, "startsAt": at(2), "endsAt": at(3)}

    on_duty = changed(api(SECOND), "takeShift", OVERRIDE, **given | {"startsAt": at(1)})
    observer = changed(api("observer.payments"), "takeShift", OVERRIDE, **given)
    taken = changed(api(SECOND), "takeShift", OVERRIDE, **given)

    assert refusal(on_duty) == ("CONFLICT", ["input", "startsAt"])
    assert refusal(observer) == ("FORBIDDEN", [])
    assert taken["person"]["username"] == SECOND
    assert desk.on(api(FIRST), 2) == [SECOND]
    changed(api(FIRST), "removeLeave", LEAVE, leaveId=leave["id"])
    assert desk.on(api(FIRST), 2) == [SECOND]  # A stand-in stays until it is removed.


def test_leave_is_ones_own_or_that_of_people_on_ones_schedules(api: ApiOf, desk: Desk) -> None:
    given = {"personId": desk.person(FIRST), "startsAt": at(2), "endsAt": at(3)}

    assert refusal(changed(api(SECOND), "addLeave", LEAVE, **given)) == ("FORBIDDEN", [])
    assert refusal(changed(api("commander.retail"), "addLeave", LEAVE, **given)) == ("FORBIDDEN", [])
    assert desk.on(api(FIRST), 2) == [FIRST]

    assert changed(api("commander.payments"), "addLeave", LEAVE, **given)["person"]["username"] == FIRST
    assert desk.on(api(FIRST), 2) == []
    assert refusal(changed(api(FIRST), "addLeave", LEAVE, startsAt=at(2, 5), endsAt=at(4))) == (
        "CONFLICT",
        ["input", "startsAt"],
    )


def test_a_planned_gap_is_empty_and_no_alarm(api: ApiOf, desk: Desk) -> None:
    given = {"scheduleId": desk.id, "startsAt": at(2), "endsAt": at(3), "reason": "Closed"}

    assert refusal(changed(api(FIRST), "planGap", GAP, **given)) == ("FORBIDDEN", [])
    assert refusal(changed(api("admin.payments"), "planGap", GAP, **given | {"reason": " "})) == (
        "INVALID",
        ["input", "reason"],
    )
    gap = changed(api("admin.payments"), "planGap", GAP, **given)

    query = """query ($ids: [ID!], $since: DateTime!, $until: DateTime!) {
        finalSchedules(scheduleIds: $ids, since: $since, until: $until) { stretches { isNeeded isUncovered } } }"""
    (found,) = api(FIRST).ask(query, ids=[desk.id], since=at(2), until=at(3)).data["finalSchedules"]
    assert found["stretches"] == [{"isNeeded": False, "isUncovered": False}]
    changed(api("admin.payments"), "removePlannedGap", GAP, plannedGapId=gap["id"])
    assert desk.on(api(FIRST), 2) == [FIRST]


def test_nobody_is_put_on_without_the_expertise_that_is_required(api: ApiOf, desk: Desk) -> None:
    commander = api("commander.payments")
    changed(commander, "updateSchedule", "... on Schedule { id }", scheduleId=desk.id, expertise=["card-schemes"])
    given = {"scheduleId": desk.id, "personId": desk.person(SECOND), "startsAt": at(2), "endsAt": at(3)}
    unit = api("coordinator").ask('{ businessUnits(filters: {slug: {exact: "payments"}}) { edges { node { id } } } }')
    unit_id = unit.data["businessUnits"]["edges"][0]["node"]["id"]

    lacking = changed(commander, "addOverride", OVERRIDE, **given)
    certify = {"unitId": unit_id, "personId": desk.person(SECOND), "key": "card-schemes"}
    too_short = at(1)
    changed(commander, "certifyExpertise", "... on Expertise { id }", **certify, validUntil=too_short)
    expired = changed(commander, "addOverride", OVERRIDE, **given)
    changed(commander, "certifyExpertise", "... on Expertise { id }", **certify)
    able = changed(commander, "addOverride", OVERRIDE, **given)

    assert refusal(lacking) == refusal(expired) == ("INVALID", ["input", "personId"])
    assert able["person"]["username"] == SECOND


def test_a_stand_in_is_written_by_nobody_who_only_reads(desk: Desk, api: ApiOf) -> None:
    """The database says no where Python would have said yes."""

    observer = person(desk.people["observer.payments"].pk)
    first = person(desk.people[FIRST].pk)
    for actor, other in ((observer, observer), (first, observer)):
        with pytest.raises(ProgrammingError, match="row-level security"), acting_as(actor), clock.at(NOW):
            Override.objects.create(
                schedule=Schedule.objects.get(slug="payments-desk"),
                unit_id=desk.schedule.unit_id,
                person_id=other.person_id or 0,
                starts_at=NOW,
                ends_at=NOW + timedelta(hours=1),
                created_by_id=actor.person_id or 0,
                created_at=NOW,
            )
    with seeding():
        assert not Override.objects.filter(schedule=desk.schedule).exists()
