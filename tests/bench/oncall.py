"""Who is on call for 1,000 schedules over a month, in one GraphQL query, against reading their rows by hand.

    python -m tests.bench.oncall

Each schedule has a weekly rotation of four people with a second in line, as the coordinator sees them under row-level
security; every tenth has a stand-in or somebody on leave in that month. No schedule takes a statement of its own.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from datetime import time as day_time
from typing import Final

import orjson
from django.db import connection
from django.test.utils import CaptureQueriesContext
from strawberry import relay

from hub.graphql.schema import schema
from hub.lib import identity
from hub.lib.api import Context
from hub.lib.identity import SEED, Actor, acting_as
from hub.oncall.models import Layer, Leave, Override, Rotation, RotationMember, Schedule
from hub.oncall.shifts import Duty
from tenants.models import BusinessUnit, Person
from tests.bench.harness import Line, against, alone, hub_of, medians_of_rounds
from tests.database import Server

SCHEDULES: Final = 1_000
ROUNDS: Final = 7
GOAL: Final = 300
"""Milliseconds that the query may take."""
SINCE: Final = datetime(2026, 3, 1, tzinfo=UTC)
QUERY: Final = """query ($ids: [ID!], $since: DateTime!, $until: DateTime!) {
  finalSchedules(scheduleIds: $ids, since: $since, until: $until) {
    scheduleId stretches { startsAt endsAt primary { name } secondary { name } } } }"""
STATEMENTS: Final = (
    "SELECT id, name, time_zone, hours FROM oncall_schedule",
    "SELECT id, schedule_id, duty, priority FROM oncall_layer",
    "SELECT id, layer_id, effective_from, time_zone, starts_on, hands_over_at, period, length FROM oncall_rotation",
    "SELECT rotation_id, position, person_id FROM oncall_rotationmember ORDER BY rotation_id, position",
    "SELECT schedule_id, person_id, starts_at, ends_at FROM oncall_override",
    "SELECT person_id, starts_at, ends_at FROM oncall_leave",
    "SELECT id, name FROM tenants_person",
)


def measure(server: Server) -> list[Line]:
    """Milliseconds of one question, after checking that it is answered by a handful of statements."""
    with hub_of(server, "oncall"):
        with acting_as(SEED):
            load()
            actor = identity.person(Person.objects.get(username="coordinator").pk, through="graphql")
            ids = list(Schedule.objects.filter(slug__startswith="bench-").values_list("pk", flat=True))
        with CaptureQueriesContext(connection) as statements:
            answer = orjson.loads(ask(actor, ids))
        assert len(answer["finalSchedules"]) == SCHEDULES
        assert len(statements) < 25, "no schedule takes a statement of its own"
        ways: dict[str, Callable[[], object]] = {
            "who is on, 1,000 schedules, a month: their rows alone": lambda: by_hand(actor),
            "who is on, 1,000 schedules, a month: one GraphQL query": lambda: ask(actor, ids),
        }
        figures = medians_of_rounds(ROUNDS, {name: timed(way) for name, way in ways.items()})
    asked = list(figures.values())[1]
    goal = Line("who is on, against the goal of 300 ms", asked, "ms", asked / GOAL)
    return [*against(next(iter(ways)), "ms", figures), goal]


def load() -> None:
    """The schedules, in every unit."""
    units = list(BusinessUnit.objects.all())
    people = list(Person.objects.filter(is_service=False))
    made = Schedule.objects.bulk_create(
        Schedule(unit=units[n % len(units)], slug=f"bench-{n}", name=f"Bench {n}", time_zone="Europe/Berlin")
        for n in range(SCHEDULES)
    )
    layers = Layer.objects.bulk_create(
        Layer(schedule=each, unit_id=each.unit_id, name=str(duty), duty=duty) for each in made for duty in Duty
    )
    rotations = Rotation.objects.bulk_create(
        Rotation(
            layer=layer,
            unit_id=layer.unit_id,
            effective_from=datetime(2025, 1, 1, tzinfo=UTC),
            time_zone="Europe/Berlin",
            starts_on=datetime(2025, 1, 6, tzinfo=UTC).date() + timedelta(days=number % 7),
            hands_over_at=day_time(9),
        )
        for number, layer in enumerate(layers)
    )
    RotationMember.objects.bulk_create(
        RotationMember(rotation=each, unit_id=each.unit_id, position=at, person=people[(number + at) % len(people)])
        for number, each in enumerate(rotations)
        for at in range(4)
    )
    made_by = {"created_by": people[0], "created_at": SINCE}
    Override.objects.bulk_create(
        Override(
            schedule=each,
            unit_id=each.unit_id,
            person=people[number % len(people)],
            starts_at=SINCE + timedelta(days=number % 28),
            ends_at=SINCE + timedelta(days=number % 28, hours=12),
            **made_by,
        )
        for number, each in enumerate(made[::10])
    )
    Leave.objects.bulk_create(
        Leave(person=each, starts_at=SINCE + timedelta(days=9), ends_at=SINCE + timedelta(days=12), **made_by)
        for each in people[::10]
    )


def ask(actor: Actor, keys: list[int]) -> bytes:
    """The answer, down to its bytes."""
    ids = [str(relay.GlobalID("Schedule", str(key))) for key in keys]
    variables = {"ids": ids, "since": SINCE.isoformat(), "until": (SINCE + timedelta(days=31)).isoformat()}
    with acting_as(actor):
        result = schema.execute_sync(QUERY, variable_values=variables, context_value=Context(actor, takes_json=True))
    assert not result.errors, result.errors
    return orjson.dumps(result.data)


def by_hand(actor: Actor) -> int:
    rows = 0
    with acting_as(actor), connection.cursor() as cursor:
        for statement in STATEMENTS:
            cursor.execute(statement)
            rows += len(cursor.fetchall())
    return rows


def timed(way: Callable[[], object]) -> Callable[[], float]:
    def work() -> float:
        start = time.perf_counter()
        way()
        return (time.perf_counter() - start) * 1000

    return work


if __name__ == "__main__":
    alone(measure)
