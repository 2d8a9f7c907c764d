"""Making schedules, and editing them without changing who is on now unless that is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from hub.oncall.models import Rotation, Schedule
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.oncall.world import FIRST, SECOND, Desk, at, changed, desk, refusal, trail, turns_of

__all__ = ["api", "desk"]

pytestmark = pytest.mark.django_db

ROTATION = "... on Rotation { id effectiveFrom turns { people { username } } }"
LAYER = "... on Layer { id duty priority rotations { effectiveFrom } }"
THIRD = "responder3.payments"


def rotations(desk: Desk) -> int:
    with seeding():
        return Rotation.objects.filter(layer=desk.layer).count()


def edited(api: ApiOf, desk: Desk, username: str = "commander.payments", **more: Any) -> dict[str, Any]:
    layer = global_id("Layer", desk.layer)
    return changed(api(username), "setRotation", ROTATION, layerId=layer, **{"rotation": turns_of(desk, THIRD), **more})


def test_an_edit_is_in_force_from_the_next_hand_over_on(api: ApiOf, desk: Desk) -> None:
    rotation = edited(api, desk)

    assert rotation["effectiveFrom"][:16] == at(1)[:16]
    assert rotation["turns"] == [{"people": [{"username": THIRD}]}]
    assert [desk.on(api(FIRST), 0, hour) for hour in (13, 23)] == [[FIRST], [FIRST]]
    assert desk.on(api(FIRST), -1) == [SECOND]
    assert desk.on(api(FIRST), 1) == [THIRD]


def test_an_edit_is_in_force_when_it_says(api: ApiOf, desk: Desk) -> None:
    edited(api, desk, effectiveFrom=at(2, 6))

    assert [desk.on(api(FIRST), 2, hour) for hour in (5, 6)] == [[FIRST], [THIRD]]


def test_who_is_on_now_changes_only_if_asked(api: ApiOf, desk: Desk) -> None:
    refused = edited(api, desk, effectiveFrom=at(0, 12))
    assert refusal(refused) == ("CONFLICT", ["input", "effectiveFrom"])
    assert (rotations(desk), desk.on(api(FIRST), 0, 13)) == (1, [FIRST])

    edited(api, desk, changesWhoIsOnNow=True)

    assert [desk.on(api(FIRST), 0, hour) for hour in (11, 13)] == [[FIRST], [THIRD]]


def test_what_is_over_is_not_edited(api: ApiOf, desk: Desk) -> None:
    refused = edited(api, desk, effectiveFrom=at(-1), changesWhoIsOnNow=True)

    assert refusal(refused) == ("INVALID", ["input", "effectiveFrom"])
    assert rotations(desk) == 1


def test_only_who_administers_the_unit_edits(api: ApiOf, desk: Desk) -> None:
    assert refusal(edited(api, desk, FIRST)) == ("FORBIDDEN", [])
    assert refusal(edited(api, desk, "admin.retail")) == ("NOT_FOUND", ["input", "layerId"])
    assert rotations(desk) == 1
    assert trail("set_rotation") == []


def test_a_secondary_layer_and_one_above(api: ApiOf, desk: Desk) -> None:
    commander = api("commander.payments")
    given = {"scheduleId": desk.id, "rotation": turns_of(desk, THIRD)}
    nights = turns_of(desk, "commander.payments", hours=[span(day, "22:00", day + 1, "06:00") for day in range(1, 7)])

    second = changed(commander, "addLayer", LAYER, **given, name="Second", duty="SECONDARY", effectiveFrom=at(1))
    above = changed(commander, "addLayer", LAYER, scheduleId=desk.id, name="Nights", rotation=nights)
    taken = changed(commander, "addLayer", LAYER, **given, name="Again", priority=0, effectiveFrom=at(1))

    assert (second["duty"], second["priority"], above["priority"]) == ("SECONDARY", 0, 1)
    assert refusal(taken) == ("CONFLICT", ["input", "priority"])
    assert desk.on(api(FIRST), 1, duty="secondary") == [THIRD]
    assert above["rotations"][0]["effectiveFrom"][:16] == at(1)[:16]


def span(from_day: int, from_time: str, until_day: int, until_time: str) -> dict[str, Any]:
    return {"fromDay": from_day, "fromTime": from_time, "untilDay": until_day, "untilTime": until_time}


def test_a_layer_ends(api: ApiOf, desk: Desk) -> None:
    layer = global_id("Layer", desk.layer)

    changed(api("commander.payments"), "endLayer", LAYER, layerId=layer, effectiveFrom=at(2))

    assert [desk.on(api(FIRST), day) for day in (1, 2)] == [[SECOND], []]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"turns": []}, "turns"),
        ({"turns": [{"personIds": []}]}, "turns"),
        ({"length": 0}, "length"),
        ({"length": 999}, "length"),
        ({"timeZone": "Berlin"}, "timeZone"),
        ({"handOverDays": [1]}, "handOverDays"),
        ({"period": "WEEKS", "handOverDays": [8]}, "handOverDays"),
        ({"handsOverAt": "09:00:30"}, "handsOverAt"),
        ({"hours": [{"fromDay": 1, "fromTime": "25:00", "untilDay": 1, "untilTime": "26:00"}]}, "hours"),
    ],
)
def test_what_is_wrong_with_a_rotation_is_told_where_it_stands(
    api: ApiOf, desk: Desk, more: dict[str, Any], field: str
) -> None:
    code, path = refusal(edited(api, desk, rotation=turns_of(desk, THIRD, **more)))

    assert (code, path[:3]) == ("INVALID", ["input", "rotation", field])
    assert rotations(desk) == 1


def test_a_schedule_is_made_and_somebody_is_on_at_once(api: ApiOf, desk: Desk) -> None:
    admin = api("admin.payments")
    with seeding():
        unit = global_id("BusinessUnit", desk.schedule.unit_id)
    given = {"unitId": unit, "name": "Payments nights", "hours": [span(1, "22:00", 2, "06:00")]}
    schedule = (
        "... on Schedule { id slug timeZone hours { fromDay fromTime untilDay untilTime } onCallNow { person { id } } }"
    )

    denied = changed(api(FIRST), "createSchedule", schedule, **given)
    made = changed(admin, "createSchedule", schedule, **given)
    again = changed(admin, "createSchedule", schedule, **given)
    changed(admin, "addLayer", LAYER, scheduleId=made["id"], name="Turns", rotation=turns_of(desk, FIRST))

    assert refusal(denied) == ("FORBIDDEN", [])
    assert refusal(again) == ("CONFLICT", ["input", "slug"])
    assert (made["slug"], made["timeZone"], made["hours"]) == (
        "payments-nights",
        "Europe/Berlin",
        [span(1, "22:00", 2, "06:00")],
    )
    with seeding():
        assert Schedule.objects.get(slug="payments-nights").layers.get().rotations.count() == 1
    people = f'{{ peopleOnCall(scheduleIds: ["{made["id"]}"], at: "{at(0, 13)}") {{ username }} }}'
    assert api(FIRST).ask(people).data["peopleOnCall"] == [{"username": FIRST}]


def test_a_schedule_asks_for_other_hours_and_a_second(api: ApiOf, desk: Desk) -> None:
    schedule = "... on Schedule { needsSecondary whenNobody hours { fromDay } }"
    given = {"scheduleId": desk.id, "needsSecondary": True, "whenNobody": "DEFER"}

    denied = changed(api(FIRST), "updateSchedule", schedule, **given)
    updated = changed(api("commander.payments"), "updateSchedule", schedule, **given)

    assert refusal(denied) == ("FORBIDDEN", [])
    assert updated == {"__typename": "Schedule", "needsSecondary": True, "whenNobody": "DEFER", "hours": []}
    assert trail("update_schedule")[-1].change == {
        "needs_secondary": [False, True],
        "when_nobody": ["fall_through", "defer"],
    }
