"""A schedule to act on: two of Payments take daily turns at nine in Berlin, with the clock in a week of March."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from hub.lib import clock
from hub.oncall.models import Layer, Period, Rotation, RotationMember, Schedule
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, global_id

NOW = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=2)
"""A noon to come: tokens are valid then. Hand-overs of the schedule are at midnight UTC."""
TODAY = NOW.replace(hour=0)
FIRST, SECOND = "responder.payments", "responder2.payments"


def at(days: int = 0, hours: int = 0) -> str:
    """A moment from the day of `NOW` on, as the API takes it."""
    return (TODAY + timedelta(days=days, hours=hours)).isoformat()


@dataclass
class Desk:
    """The schedule `payments-desk` and its layer; `FIRST` is on today, `SECOND` tomorrow, and so on."""

    schedule: Schedule
    layer: Layer
    people: dict[str, Person]

    @property
    def id(self) -> str:
        return global_id("Schedule", self.schedule)

    def person(self, username: str) -> str:
        return global_id("Person", self.people[username])

    def on(self, api: Api, days: int, hours: int = 12, duty: str = "primary") -> list[str]:
        """Who is on then, as the API tells it."""
        since = TODAY + timedelta(days=days, hours=hours)
        query = """query ($ids: [ID!], $since: DateTime!, $until: DateTime!) {
            finalSchedules(scheduleIds: $ids, since: $since, until: $until) { stretches {
                primary { username } secondary { username } isNeeded isUncovered } } }"""
        until = since + timedelta(seconds=1)
        (found,) = api.ask(query, ids=[self.id], since=since.isoformat(), until=until.isoformat()).data[
            "finalSchedules"
        ]
        return [each["username"] for each in found["stretches"][0][duty]]


@pytest.fixture
def desk(db: None) -> Desk:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        people = {person.username: person for person in Person.objects.all()}
        schedule = Schedule.objects.create(unit=unit, slug="payments-desk", name="Payments desk", time_zone="UTC")
        layer = Layer.objects.create(schedule=schedule, unit=unit, name="A day each")
        rotation = Rotation.objects.create(
            layer=layer,
            unit=unit,
            effective_from=datetime(2026, 1, 1, tzinfo=UTC),
            time_zone="UTC",
            starts_on=(TODAY - timedelta(days=20)).date(),
            hands_over_at=time(0),
            period=Period.DAYS,
        )
        RotationMember.objects.bulk_create(
            RotationMember(rotation=rotation, unit=unit, position=number, person=people[username])
            for number, username in enumerate((FIRST, SECOND))
        )
    return Desk(schedule, layer, people)


def changed(client: Api, mutation: str, fields: str, **input: Any) -> dict[str, Any]:
    """Do it at `NOW`; the answer's payload."""
    with clock.at(NOW):
        payload: dict[str, Any] = client.change(mutation, fields, **input).data[mutation]
    return payload


def refusal(payload: dict[str, Any]) -> tuple[str, list[str]]:
    """The code and the path of the only error."""
    assert payload["__typename"] == "MutationErrors", payload
    (error,) = payload["errors"]
    return error["code"], error["path"]


def trail(verb: str) -> list[AuditEntry]:
    with seeding():
        return list(AuditEntry.objects.filter(verb=verb).select_related("person"))


def turns_of(desk: Desk, *usernames: str, **more: Any) -> dict[str, Any]:
    """A rotation of whole days from midnight on, as the API takes it."""
    return {
        "turns": [{"personIds": [desk.person(username)]} for username in usernames],
        "startsOn": str(date(2026, 1, 5)),
        "handsOverAt": "00:00:00",
        "period": "DAYS",
        "timeZone": "UTC",
        **more,
    }


__all__ = ["FIRST", "NOW", "SECOND", "TODAY", "ApiOf", "Desk", "at", "changed", "desk", "refusal", "trail", "turns_of"]
