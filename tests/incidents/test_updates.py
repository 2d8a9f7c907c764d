"""The interval between two updates that a plan states: who has to write one is reminded in time, and nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents.jobs import remind_of_updates
from hub.incidents.models import Incident
from hub.lib import clock
from tenants.models import Person
from tests.conftest import SignedIn, seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

COMMANDER = "commander.payments"


@pytest.fixture
def incident(api: ApiOf) -> Incident:
    """A SEV3, which its unit's plan wants an update of every half an hour; with a commander."""
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    api("admin.payments").change(
        "setResponsePlan",
        "... on ResponsePlan { id }",
        unitId=global_id("BusinessUnit", ledger.unit_id),
        severity="SEV3",
        roles=[],
        teams=[],
        protocol="Tell the shops",
        updateMinutes=30,
    )
    answer = api("responder.payments").change(
        "declareIncident",
        "... on Incident { reference }",
        title="Lags",
        severity="SEV3",
        serviceId=global_id("Service", ledger),
    )
    run_jobs()
    with seeding():
        found = Incident.objects.get(reference=answer.data["declareIncident"]["reference"])
    give(api(COMMANDER), found, "COMMANDER", COMMANDER)
    return found


def give(own: Api, incident: Incident, role: str, username: str) -> None:
    with seeding():
        person = Person.objects.get(username=username)
    own.change(
        "assignRole",
        "... on Incident { id }",
        incidentId=global_id("Incident", incident),
        role=role,
        personId=global_id("Person", person),
    )


def write(own: Api, incident: Incident, body: str) -> Any:
    return own.change(
        "addTimelineEntry", "... on TimelineEntry { id }", incidentId=global_id("Incident", incident), body=body
    )


def reminded(incident: Incident, moment: datetime) -> list[str]:
    """Who has been reminded by then, each as often as it was so."""
    with clock.at(moment):
        remind_of_updates()
    with seeding():
        told = Message.objects.filter(incident_id=incident.pk, subject__endswith="an update is due")
        assert not any(each.is_page for each in told)
        return sorted(told.values_list("person__username", flat=True))


def test_who_commands_is_reminded_once_an_interval_until_somebody_writes(api: ApiOf, incident: Incident) -> None:
    start, minute = clock.now(), timedelta(minutes=1)
    own = api(COMMANDER)

    assert reminded(incident, start + 28 * minute) == []
    assert reminded(incident, start + 31 * minute) == [COMMANDER]
    assert reminded(incident, start + 32 * minute) == [COMMANDER]
    with clock.at(start + 40 * minute):
        write(own, incident, "The disk is being replaced")
    assert reminded(incident, start + 62 * minute) == [COMMANDER]
    assert reminded(incident, start + 69 * minute) == [COMMANDER]
    assert reminded(incident, start + 71 * minute) == [COMMANDER] * 2
    with seeding():
        letter = Message.objects.filter(incident_id=incident.pk, subject__endswith="an update is due").latest("pk")
    assert "at least every 30 minutes" in letter.text
    asked = own.ask(
        f'{{ incident(reference: "{incident.reference}") {{ engagements {{ updateMinutes updateDueAt }} }} }}'
    )
    due = next(each["updateDueAt"] for each in asked.data["incident"]["engagements"] if each["updateMinutes"] == 30)
    assert datetime.fromisoformat(due) == start + 101 * minute


def test_the_communications_lead_comes_before_the_commander(api: ApiOf, incident: Incident) -> None:
    give(api(COMMANDER), incident, "COMMUNICATIONS_LEAD", "responder2.payments")

    assert reminded(incident, clock.now() + timedelta(minutes=31)) == ["responder2.payments"]


def test_who_may_no_longer_see_it_is_not_reminded(api: ApiOf, incident: Incident) -> None:
    give(api(COMMANDER), incident, "COMMUNICATIONS_LEAD", "responder2.payments")
    start = clock.now()
    api(COMMANDER).change(
        "restrictIncident", "... on Incident { id }", incidentId=global_id("Incident", incident), reason="Cards"
    )

    assert reminded(incident, start + timedelta(minutes=31)) == [COMMANDER]


def test_what_is_over_owes_no_update(api: ApiOf, incident: Incident) -> None:
    api(COMMANDER).change("resolveIncident", "... on Incident { id }", incidentId=global_id("Incident", incident))

    assert reminded(incident, clock.now() + timedelta(minutes=31)) == []


def test_the_room_says_when_the_next_is_due(signed_in: SignedIn, incident: Incident) -> None:
    page = signed_in(COMMANDER).get(f"/incidents/{incident.reference}").content.decode()

    assert "An update at least every 30 minutes; the next " in page
    assert ">in 29 min</time>" in page or ">in 30 min</time>" in page
