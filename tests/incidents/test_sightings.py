"""Who has read a restricted incident is written down, whatever they came through, for those who are admitted."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.incidents.models import Incident, IncidentSighting
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

LOG = (
    "query ($id: ID!) { incident(id: $id) { sightings { totalCount edges { node { through person { username } } } } } }"
)


@pytest.fixture
def restricted(db: None) -> Incident:
    """The one of the demonstration: security owns it, and the commander of Payments is admitted."""
    with seeding():
        return Incident.objects.get(restricted=True)


def seen() -> set[tuple[str, str]]:
    with seeding():
        return {(each.person.username, each.through) for each in IncidentSighting.objects.select_related("person")}


def test_opening_the_room_is_recorded_once_an_hour(signed_in: SignedIn, restricted: Incident) -> None:
    page = signed_in("commander.payments")
    for _ in range(3):
        assert page.get(f"/incidents/{restricted.reference}").status_code == 200

    assert seen() == {("commander.payments", "page")}
    with seeding():
        assert IncidentSighting.objects.count() == 1


@pytest.mark.parametrize(
    "question",
    [
        "{ incident(id: $id) { title } }",
        "{ node(id: $id) { ... on Incident { severity } } }",
        "{ incidents(filters: {restricted: true}) { edges { node { id } } } }",
        "{ incident(id: $id) { timeline(first: 1) { edges { node { body } } } } }",
        "{ incidents(filters: {restricted: true}) { edges { cursor } } }",
        "{ incidents(filters: {restricted: true}) { pageInfo { endCursor } } }",
        "{ nodes(ids: [$id]) { __typename } }",
    ],
)
def test_each_question_that_reads_it_is_recorded(api: ApiOf, restricted: Incident, question: str) -> None:
    used = "$id" in question
    answer = api("security").ask(
        ("query ($id: ID!) " if used else "query ") + question,
        **({"id": global_id("Incident", restricted)} if used else {}),
    )

    assert answer.data
    assert ("security", "graphql") in seen()


def test_what_shows_nothing_of_it_is_not_recorded(api: ApiOf, restricted: Incident) -> None:
    answer = api("security").ask(
        "{ incidents(filters: {restricted: true}) { totalCount }"
        " open: incidents(first: 2, filters: {restricted: false}) { edges { node { title roles { kind } } } } }"
    )

    assert answer.data["incidents"] == {"totalCount": 1}
    assert len(answer.data["open"]["edges"]) == 2
    assert seen() == set()


def test_those_who_are_admitted_read_the_record(api: ApiOf, restricted: Incident) -> None:
    api("security").ask("query ($id: ID!) { incident(id: $id) { title } }", id=global_id("Incident", restricted))

    told = api("commander.payments").ask(LOG, id=global_id("Incident", restricted)).data["incident"]["sightings"]

    assert {"node": {"through": "graphql", "person": {"username": "security"}}} in told["edges"]
    for username in ("coordinator", "admin.payments", "auditor"):
        assert api(username).ask(LOG, id=global_id("Incident", restricted)).data["incident"] is None
    assert {name for name, _ in seen()} == {"security", "commander.payments"}


def test_reading_what_is_open_writes_nothing(api: ApiOf, signed_in: SignedIn) -> None:
    own = api("responder.payments")
    with CaptureQueriesContext(connection) as statements:
        own.ask("{ incidents(first: 20) { edges { node { title timeline(first: 1) { edges { node { body } } } } } } }")
        signed_in("responder.payments").get("/incidents/")

    assert not [each["sql"] for each in statements if "incidentsighting" in each["sql"].lower()]
    assert seen() == set()


def test_nobody_alters_the_record_or_writes_it_for_others(
    restricted: Incident, api: ApiOf, person: Callable[[str], Person]
) -> None:
    with connection.cursor() as cursor:
        for privilege in ("UPDATE", "DELETE", "TRUNCATE"):
            for login in ("hub_app", "hub_worker"):
                cursor.execute("SELECT has_table_privilege(%s, 'incidents_incidentsighting', %s)", [login, privilege])
                assert cursor.fetchone() == (False,)
