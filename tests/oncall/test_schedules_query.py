"""`schedules`, and who is on call, in GraphQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from hub.lib import clock
from hub.oncall.models import Override, Schedule
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

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
    document = document.replace("first: $n", "first: $n, after: $after").replace("$n: Int", "$n: Int, $after: String")
    document = document.replace("edges {", "edges { cursor", 1)
    coordinator = api("coordinator")
    coordinator.ask(document, n=1)

    many = coordinator.ask(document, n=12)

    # A schedule without stand-ins spares the statements for them: the fullest of some is the measure.
    edges = many.data[query]["edges"]
    singles = [coordinator.ask(document, n=1, after=edge["cursor"]).statements for edge in edges]
    assert len(edges) == 12
    assert many.statements <= max(singles)


FINAL = """
query ($ids: [ID!], $since: DateTime!, $until: DateTime!) {
  finalSchedules(scheduleIds: $ids, since: $since, until: $until) {
    slug unitSlug stretches { startsAt endsAt primary { username } secondary { username } isNeeded isUncovered }
  }
}
"""


def schedule(slug: str) -> Schedule:
    with seeding():
        return Schedule.objects.select_related("unit").get(slug=slug)


def test_the_final_schedule_tells_every_change_between_two_moments(api: ApiOf) -> None:
    override("payments-commanders", "observer.payments", NOON, NOON + timedelta(hours=2))

    (found,) = (
        api("responder.payments")
        .ask(
            FINAL,
            ids=[global_id("Schedule", schedule("payments-commanders"))],
            since="2026-03-04T00:00:00Z",
            until="2026-03-10T00:00:00Z",
        )
        .data["finalSchedules"]
    )

    told = [
        (each["startsAt"][:16], [p["username"] for p in each["primary"]], [p["username"] for p in each["secondary"]])
        for each in found["stretches"]
    ]
    first, second = told[0][1], told[0][2]
    assert {*first, *second} == {"commander.payments", "commander2.payments"}
    assert told == [
        ("2026-03-04T00:00", first, second),
        ("2026-03-04T12:00", ["observer.payments"], second),
        ("2026-03-04T14:00", first, second),
        ("2026-03-09T08:00", second, first),
    ]


def test_hours_that_are_meant_to_be_empty_are_no_gap_and_others_are(api: ApiOf) -> None:
    ids = [global_id("Schedule", schedule(slug)) for slug in ("retail-desk", "media-commanders")]

    media, desk = (
        api("coordinator")
        .ask(FINAL, ids=ids, since="2026-03-06T12:00:00Z", until="2026-03-07T12:00:00Z")
        .data["finalSchedules"]
    )

    assert [(bool(each["primary"]), each["isNeeded"], each["isUncovered"]) for each in desk["stretches"]] == [
        (True, True, False),
        (False, False, False),
    ]
    # A commander without a second: flagged ahead.
    assert [(bool(each["primary"]), each["isUncovered"]) for each in media["stretches"]] == [(True, True)]


def test_one_person_on_several_schedules_is_one(api: ApiOf) -> None:
    for slug in ("payments-commanders", "payments-responders"):
        override(slug, "observer.payments", NOON, NOON + timedelta(hours=2))
    ids = [global_id("Schedule", schedule(slug)) for slug in ("payments-commanders", "payments-responders")]
    query = "query ($ids: [ID!]!, $at: DateTime) { peopleOnCall(scheduleIds: $ids, at: $at) { username } }"

    people = api("responder.payments").ask(query, ids=ids, at="2026-03-04T12:30:00Z").data["peopleOnCall"]
    elsewhere = api("outsider.logistics").ask(query, ids=ids, at="2026-03-04T12:30:00Z").data["peopleOnCall"]

    assert [each["username"] for each in people].count("observer.payments") == 1
    assert people[0] == {"username": "observer.payments"}
    assert elsewhere == []


def test_who_comes_on_next(api: ApiOf) -> None:
    query = """query ($slug: String!) { schedules(filters: {slug: {exact: $slug}}) { edges { node {
        onCallNow { primary { username } secondary { username } until }
        nextOnCall { primary { username } since } } } } }"""

    responder = api("responder.payments")

    with clock.at(NOON):
        (edge,) = responder.ask(query, slug="payments-commanders").data["schedules"]["edges"]

    now, following = edge["node"]["onCallNow"], edge["node"]["nextOnCall"]
    assert now["secondary"] == following["primary"]
    assert now["until"] == following["since"]


def test_a_span_that_ends_before_it_begins_and_one_too_long_are_refused(api: ApiOf) -> None:
    responder = api("responder.payments")

    backwards = responder.ask(FINAL, since="2026-03-04T00:00:00Z", until="2026-03-04T00:00:00Z")
    too_long = responder.ask(FINAL, since="2026-03-04T00:00:00Z", until="2036-03-04T00:00:00Z")

    assert backwards.codes == too_long.codes == ["BAD_USER_INPUT"]
    assert backwards.message == "`until` has to lie after `since`."


def test_whoever_takes_part_sees_the_schedule_from_elsewhere(api: ApiOf) -> None:
    assert api("outsider.logistics").ask(ON_CALL, slug="payments-responders").data["schedules"]["edges"] == []

    override("payments-responders", "outsider.logistics", NOON, NOON + timedelta(hours=2))

    (edge,) = api("outsider.logistics").ask(ON_CALL, slug="payments-responders").data["schedules"]["edges"]
    assert edge["node"]["name"] == "Payments responders"


def test_the_final_schedules_take_as_many_statements_as_one(api: ApiOf) -> None:
    coordinator = api("coordinator")
    span = {"since": "2026-03-04T00:00:00Z", "until": "2026-04-04T00:00:00Z"}
    coordinator.ask(FINAL, **span)

    one = coordinator.ask(FINAL, ids=[global_id("Schedule", schedule("payments-commanders"))], **span)
    every = coordinator.ask(FINAL, **span)

    assert len(every.data["finalSchedules"]) > 12
    assert every.statements == one.statements
