"""Whoever comes on call is told what is open of their services, once; what they may not see is not told."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents.jobs import tell_who_comes_on
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.oncall import access as oncall
from hub.oncall.shifts import Stretch
from tenants.models import RoleAssignment
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
SUBJECT = "You are on call"


@pytest.fixture
def incident(api: ApiOf) -> Incident:
    """Something that is open of a service of Payments."""
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    answer = api("responder.payments").change(
        "declareIncident",
        "... on Incident { reference }",
        title="Lags beyond words",
        severity="SEV3",
        serviceId=global_id("Service", ledger),
    )
    run_jobs()
    with seeding():
        return Incident.objects.select_related("service").get(reference=answer.data["declareIncident"]["reference"])


def next_change(incident: Incident) -> tuple[datetime, set[int]]:
    """When somebody next comes on for the incident's responders, and who, by id."""
    service = incident.service
    assert service is not None
    key = service.responder_schedule_id
    assert key is not None
    now = clock.now()
    with acting_as(SYSTEM):
        stretches: list[Stretch] = list(oncall.final_schedules(SYSTEM, [key], now, now + timedelta(days=21))[key])
    for before, after in pairwise(stretches):
        if came := set(after.people) - set(before.people):
            return after.starts_at, came
    raise AssertionError("nobody comes on within three weeks")


def told(moment: datetime) -> set[int]:
    """Who has been told by then, after the hub looked at that moment."""
    with clock.at(moment):
        tell_who_comes_on()
    with seeding():
        return set(Message.objects.filter(subject__startswith=SUBJECT).values_list("person", flat=True))


def test_who_comes_on_is_told_once_what_is_open(incident: Incident) -> None:
    change, came = next_change(incident)

    assert not told(change - MINUTE) & came
    assert told(change + 2 * MINUTE) >= came
    with seeding():
        before = Message.objects.count()
        letter = Message.objects.filter(subject__startswith=SUBJECT, person__in=came).latest("pk")
    assert incident.reference in letter.text
    assert incident.title not in letter.text
    told(change + 7 * MINUTE)
    told(change + 31 * MINUTE)
    with seeding():
        assert Message.objects.count() == before


def test_who_may_not_see_it_is_not_told(incident: Incident) -> None:
    change, came = next_change(incident)
    gone = min(came)
    with seeding():
        RoleAssignment.objects.filter(person=gone).delete()

    assert gone not in told(change + 2 * MINUTE)


def test_what_is_restricted_is_told_to_nobody(api: ApiOf, incident: Incident) -> None:
    change, _ = next_change(incident)
    api("commander.payments").change(
        "restrictIncident", "__typename", incidentId=global_id("Incident", incident), reason="Card numbers"
    )

    told(change + 2 * MINUTE)

    with seeding():
        letters = Message.objects.filter(subject__startswith=SUBJECT)
        assert not any(incident.reference in each.text for each in letters)
