"""`breakGlass`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from hub.delivery.models import Message
from hub.incidents.models import Incident, IncidentPersonGrant
from hub.lib.identity import Actor, acting_as
from tenants.models import Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, global_id
from tests.incidents.graphql.conftest import nothing_changed
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { id title }"
SEEN = "query ($id: ID!) { incident(id: $id) { id grants { person { username } isEmergency isOwner validUntil } } }"


@pytest.fixture
def restricted(api: ApiOf, incident: Incident) -> Incident:
    api("commander.payments").change(
        "restrictIncident", "", incidentId=global_id("Incident", incident), reason="Card numbers are in it"
    )
    run_jobs()
    return incident


def test_it_opens_for_an_hour_and_every_owner_is_paged(api: ApiOf, restricted: Incident) -> None:
    own = api("coordinator")

    answer = own.change("breakGlass", FIELDS, reference=restricted.reference, reason="Nobody answers, money moves")

    assert answer.data["breakGlass"]["title"] == restricted.title
    grants = own.ask(SEEN, id=global_id("Incident", restricted)).data["incident"]["grants"]
    (mine,) = [each for each in grants if each["person"]["username"] == "coordinator"]
    assert mine["isEmergency"]
    assert not mine["isOwner"]
    assert datetime.fromisoformat(mine["validUntil"]) - restricted.declared_at < timedelta(minutes=70)
    assert run_jobs()
    with seeding():
        told = Message.objects.filter(incident_id=restricted.pk, subject__contains="the glass was broken")
        owners = {each["person"]["username"] for each in grants if each["isOwner"]}
        assert {message.person.username for message in told} == owners
        assert owners >= {"commander.payments"}
        assert all(message.is_page and "money moves" in message.text for message in told)


def test_it_is_over_by_itself(api: ApiOf, restricted: Incident) -> None:
    own = api("coordinator")
    own.change("breakGlass", FIELDS, reference=restricted.reference, reason="Nobody answers")
    with seeding():
        held = IncidentPersonGrant.objects.filter(is_emergency=True)
        held.update(valid_until=restricted.declared_at - timedelta(days=1))

    assert own.ask(SEEN, id=global_id("Incident", restricted)).data["incident"] is None
    again = own.change("breakGlass", FIELDS, reference=restricted.reference, reason="Nobody answers yet")
    assert again.data["breakGlass"]["title"] == restricted.title


@pytest.mark.parametrize("username", ["responder2.payments", "admin.payments", "auditor", "outsider.logistics"])
def test_it_takes_somebody_who_may(api: ApiOf, restricted: Incident, username: str) -> None:
    """And what they hear is the same for what exists and what does not."""
    own = api(username)
    with nothing_changed():
        answers = [
            own.change("breakGlass", FIELDS, reference=reference, reason="Curious").data
            for reference in (restricted.reference, "PAY-R00000000")
        ]

    assert answers[0] == answers[1]
    assert answers[0]["breakGlass"]["errors"][0]["code"] == "FORBIDDEN"


@pytest.mark.parametrize(
    ("reference", "reason", "fault"),
    [
        ("PAY-R00000000", "Because", ("NOT_FOUND", ["input", "reference"])),
        (None, "", ("INVALID", ["input", "reason"])),
        (None, "x" * 301, ("INVALID", ["input", "reason"])),
    ],
)
def test_what_is_not_there_and_no_reason(
    api: ApiOf, restricted: Incident, reference: str | None, reason: str, fault: tuple[str, list[str]]
) -> None:
    own = api("coordinator")
    with nothing_changed():
        answer = own.change("breakGlass", FIELDS, reference=reference or restricted.reference, reason=reason)

    (error,) = answer.data["breakGlass"]["errors"]
    assert (error["code"], error["path"]) == fault


def test_an_incident_of_another_region_stays_closed(api: ApiOf, restricted: Incident) -> None:
    own = api("lead.apac")
    with nothing_changed():
        answer = own.change("breakGlass", FIELDS, reference=restricted.reference, reason="Because")

    assert [error["code"] for error in answer.data["breakGlass"]["errors"]] == ["NOT_FOUND"]


def test_what_nobody_owns_any_more_is_owned_by_whoever_breaks_the_glass(api: ApiOf, restricted: Incident) -> None:
    with seeding():
        owners = IncidentPersonGrant.objects.filter(content_object=restricted, is_owner=True)
        Person.objects.filter(pk__in=owners.values("user")).update(is_active=False)
    own = api("coordinator")

    own.change("breakGlass", FIELDS, reference=restricted.reference, reason="They have all left")

    grants = own.ask(SEEN, id=global_id("Incident", restricted)).data["incident"]["grants"]
    assert [each["isOwner"] for each in grants if each["person"]["username"] == "coordinator"] == [True]


def test_nobody_writes_such_a_grant_by_themselves(restricted: Incident, actor: Callable[[str], Actor]) -> None:
    """The database's word, without any action in between: neither a new grant nor a longer one."""
    coordinator = actor("coordinator")
    with acting_as(coordinator), connection.cursor() as cursor:
        for statement in (
            "INSERT INTO incidents_incidentpersongrant (user_id, content_object_id, permission_id, reason,"
            " granted_by_id, is_owner, is_emergency) SELECT %s, %s, min(id), 'x', %s, true, false FROM auth_permission",
            "SELECT app.break_glass((SELECT reference FROM incidents_incident WHERE id = %s OR id = %s), '')"
            " WHERE %s > 0",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement, [coordinator.person_id, restricted.pk, coordinator.person_id])
        cursor.execute("SELECT app.break_glass(%s, 'Because')", [restricted.reference])
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute(
                "UPDATE incidents_incidentpersongrant SET valid_until = NULL WHERE user_id = %s",
                [coordinator.person_id],
            )
