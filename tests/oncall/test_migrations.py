"""Today's weekly rotations become layers without changing who is on when, and back again."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from hub.oncall.models import Schedule
from hub.oncall.plans import load_plans
from hub.oncall.shifts import on_call_at
from tenants.models import Person
from tests.conftest import seeding
from tests.database import Server

BEFORE = [("oncall", "0002_row_security")]
SEVERAL = [("oncall", "0010_expertise_in_time")]
AFTER = [("oncall", "0011_expertise_once_at_a_time")]


def migrate(targets: list[tuple[str, str]]) -> Any:
    """Apply or take back the area's own migrations, and what must go first; the rest that builds on them may stay.

    Each step is taken from the state of what it builds on alone: Django's own plan draws all models at every step.
    """
    executor = MigrationExecutor(connections["owner"])
    loader = executor.loader
    for migration, is_backwards in executor.migration_plan(targets):
        if migration.app_label in {"oncall", "delivery"}:
            before = loader.project_state([(migration.app_label, migration.name)], at_end=False)
            before.apps  # noqa: B018  # drawn once here, and not anew by each operation
            (executor.unapply_migration if is_backwards else executor.apply_migration)(before, migration)
    return loader.project_state(targets).apps


@pytest.fixture
def weekly_hub(own_database: str, server: Server) -> Any:
    """A hub as it was, with a rotation of two weeks a turn in Berlin."""
    apps = migrate(BEFORE)
    schedule = apps.get_model("oncall", "Schedule").objects.using("owner").get(slug="payments-responders")
    rotation = apps.get_model("oncall", "Rotation").objects.using("owner").get(schedule=schedule)
    rotation.weeks, rotation.starts_on, rotation.hands_over_at = 2, date(2026, 3, 2), time(9)
    rotation.save()
    return apps


def test_who_is_on_stays_the_same_and_the_way_back_is_open(weekly_hub: Any) -> None:
    members = weekly_hub.get_model("oncall", "RotationMember").objects.using("owner")
    people = list(
        members.filter(rotation__schedule__slug="payments-responders")
        .order_by("position")
        .values_list("person_id", flat=True)
    )

    migrate(AFTER)

    first = datetime(2026, 3, 2, 8, tzinfo=UTC)
    with seeding():
        key = Schedule.objects.get(slug="payments-responders").pk
        plan = load_plans([key], first - timedelta(days=9), first + timedelta(days=99))[key]
    assert on_call_at(plan, first - timedelta(minutes=1)).primary == ()
    turns = [on_call_at(plan, first + timedelta(weeks=2 * number, minutes=1)).primary for number in range(4)]
    assert turns == [(people[number % len(people)],) for number in range(4)]
    # Berlin hands over at nine in summer as in winter.
    assert on_call_at(plan, datetime(2026, 3, 30, 7, 1, tzinfo=UTC)).primary == (people[2 % len(people)],)

    apps = migrate(BEFORE)

    rotation = apps.get_model("oncall", "Rotation").objects.using("owner").get(schedule_id=key)
    assert (rotation.weeks, rotation.starts_on, rotation.hands_over_at) == (2, date(2026, 3, 2), time(9))
    assert list(rotation.members.order_by("position").values_list("person_id", flat=True)) == people


def test_rows_of_one_time_become_one_from_the_first_beginning_to_the_last_end(
    own_database: str, server: Server
) -> None:
    expertise = migrate(SEVERAL).get_model("oncall", "Expertise").objects.using("owner")
    expertise.all().delete()
    unit = Schedule.objects.using("owner").get(slug="payments-responders").unit_id
    first, second = Person.objects.using("owner").order_by("pk")[:2]
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    held: list[tuple[Person, str, int | None, int | None]] = [
        (first, "one", None, 3), (first, "one", 1, 2), (first, "one", 2, 5), (first, "one", 5, None),
        (first, "one", 9, None),
        (first, "two", 1, 2), (first, "two", 2, 4), (first, "two", 4, 4),
        (second, "one", 1, 2), (second, "one", 7, 9),
    ]  # fmt: skip

    def moment(day: int | None) -> datetime | None:
        return None if day is None else noon + timedelta(days=day)

    for person, key, since, until in held:
        expertise.create(
            person_id=person.pk, unit_id=unit, key=key, valid_from=moment(since), valid_until=moment(until)
        )

    migrate(AFTER)

    left = expertise.order_by("person_id", "key", "valid_from").values_list(
        "person_id", "key", "valid_from", "valid_until"
    )
    assert sorted(left, key=str) == sorted(
        [
            (first.pk, "one", None, moment(5)),
            (first.pk, "one", moment(5), None),
            *((first.pk, "two", moment(since), moment(until)) for since, until in ((1, 2), (2, 4), (4, 4))),
            *((second.pk, "one", moment(since), moment(until)) for since, until in ((1, 2), (7, 9))),
        ],
        key=str,
    )
    migrate(SEVERAL)
    assert expertise.count() == len(left)
