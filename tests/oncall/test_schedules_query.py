"""`schedules`, and who is on call, in GraphQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.lib import clock
from hub.oncall.models import Override, Schedule
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api

__all__ = ["api"]

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
ON_CALL = """
query ($slug: String!) {
  schedules(filters: {slug: {exact: $slug}}) {
    edges { node { name unit { slug } onCallNow { person { username } since until } } }
  }
}
"""


def override(slug: str, username: str, start: datetime, end: datetime) -> None:
    with seeding():
        schedule = Schedule.objects.get(slug=slug)
        person = Person.objects.get(username=username)
        Override.objects.create(
            schedule=schedule,
            unit=schedule.unit,
            person=person,
            starts_at=start,
            ends_at=end,
            created_by=person,
            created_at=start,
        )


def test_the_rotation_says_who_is_on_call(api: ApiOf) -> None:
    responder = api("responder.payments")

    with clock.at(NOON):
        (edge,) = responder.ask(ON_CALL, slug="payments-responders").data["schedules"]["edges"]

    on_call = edge["node"]["onCallNow"]
    assert edge["node"]["unit"]["slug"] == "payments"
    assert on_call["person"]["username"].endswith(".payments")
    # Berlin hands over on Mondays at nine, which is eight o'clock UTC in winter.
    assert (on_call["since"], on_call["until"]) == ("2026-03-02T08:00:00.000000Z", "2026-03-09T08:00:00.000000Z")


def test_an_override_comes_before_the_rotation(api: ApiOf) -> None:
    override("payments-responders", "observer.payments", NOON - timedelta(hours=1), NOON + timedelta(hours=2))

    responder = api("responder.payments")

    with clock.at(NOON):
        (edge,) = responder.ask(ON_CALL, slug="payments-responders").data["schedules"]["edges"]

    assert edge["node"]["onCallNow"] == {
        "person": {"username": "observer.payments"},
        "since": "2026-03-04T11:00:00.000000Z",
        "until": "2026-03-04T14:00:00.000000Z",
    }


def test_a_service_names_who_is_on_call_for_it_to_its_unit_alone(api: ApiOf) -> None:
    query = """{ services(filters: {slug: {exact: "ledger"}}) { edges { node {
        commanderSchedule { slug onCallNow { person { username } } } responderSchedule { slug } } } } }"""

    ours = api("responder.payments").ask(query).data["services"]["edges"][0]["node"]
    theirs = api("outsider.logistics").ask(query).data["services"]["edges"][0]["node"]

    assert ours["commanderSchedule"]["slug"] == "payments-commanders"
    assert ours["commanderSchedule"]["onCallNow"]["person"]["username"].startswith("commander")
    assert theirs == {"commanderSchedule": None, "responderSchedule": None}


def test_another_units_schedules_are_not_there(api: ApiOf) -> None:
    assert api("outsider.logistics").ask(ON_CALL, slug="payments-responders").data["schedules"]["edges"] == []


@pytest.mark.parametrize("query", ["schedules", "services"])
def test_any_number_of_schedules_takes_as_many_statements_as_one(api: ApiOf, query: str) -> None:
    on_call = "onCallNow { person { username } until }"
    fields = on_call if query == "schedules" else f"commanderSchedule {{ {on_call} }} responderSchedule {{ {on_call} }}"
    document = f"query ($n: Int) {{ {query}(first: $n) {{ edges {{ node {{ name {fields} }} }} }} }}"
    coordinator = api("coordinator")
    coordinator.ask(document, n=1)

    one, many = coordinator.ask(document, n=1), coordinator.ask(document, n=12)

    assert len(many.data[query]["edges"]) == 12
    assert many.statements == one.statements
