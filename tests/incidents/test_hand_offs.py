"""From the first level to specialists: with a checklist, answered in time, and never nobody's meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents import actions
from hub.incidents.actions.handing_off import expire_hand_offs
from hub.incidents.models import HandOff, HandOffChecklist, Incident, IncidentRole
from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall.models import FixedShift, Layer, Schedule
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import SignedIn, as_system, seeding
from tests.graphql.api import Api, ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

FIELDS = "... on HandOff { id state team answers offeredBy { username } decidedBy { username } answer }"


@pytest.fixture
def specialists(db: None) -> Schedule:
    """commander2.payments is the specialist on call; the checklist of Payments asks two things."""
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        HandOffChecklist.objects.update_or_create(
            unit=unit, defaults={"items": ["Since when?", "Tried?"], "minutes": 9}
        )
        schedule = Schedule.objects.create(unit=unit, slug="databases", name="Databases", time_zone="UTC")
        layer = Layer.objects.create(schedule=schedule, unit=unit, name="All")
        now = clock.now()
        FixedShift.objects.create(
            layer=layer,
            unit=unit,
            person=Person.objects.get(username="commander2.payments"),
            starts_at=now - timedelta(hours=1),
            ends_at=now + timedelta(hours=9),
        )
        return schedule


@pytest.fixture
def incident(api: ApiOf) -> Incident:
    """Declared by responder.payments, who responds to it."""
    with seeding():
        ledger = Service.objects.get(slug="ledger")
        own = Person.objects.get(username="responder.payments")
    client = api("responder.payments")
    about = global_id("Service", ledger)
    answer = client.change("declareIncident", "... on Incident { id }", title="Lags", severity="SEV4", serviceId=about)
    incident_id = answer.data["declareIncident"]["id"]
    client.change(
        "assignRole", "__typename", incidentId=incident_id, role="RESPONDER", personId=global_id("Person", own)
    )
    with seeding():
        return Incident.objects.filter(title="Lags").latest("pk")


def offer(own: Api, incident: Incident, schedule: Schedule, **more: Any) -> dict[str, Any]:
    answers = [{"item": "Since when?", "answer": "Nine"}, {"item": "Tried?", "answer": "A restart: no"}]
    given = {"reason": "The replica lags", "answers": answers, **more}
    answer = own.change(
        "offerHandOff",
        FIELDS,
        incidentId=global_id("Incident", incident),
        scheduleId=global_id("Schedule", schedule),
        **given,
    )
    run_jobs()
    said: dict[str, Any] = answer.data["offerHandOff"]
    return said


def decide(own: Api, verb: str, hand_off: dict[str, Any], **more: Any) -> dict[str, Any]:
    kind = "RefuseHandOffInput" if verb == "refuseHandOff" else "HandOffInput"
    answer = own.ask(
        f"mutation($input: {kind}!) {{ {verb}(input: $input) {{ __typename {FIELDS}"
        " ... on MutationErrors { errors { code message } } } }",
        input={"handOffId": hand_off["id"], **more},
    )
    run_jobs()
    said: dict[str, Any] = answer.data[verb]
    return said


def responders(incident: Incident) -> set[str]:
    with seeding():
        held = IncidentRole.objects.filter(incident=incident, kind="responder", ended_at=None)
        return set(held.values_list("person__username", flat=True))


def test_it_is_the_first_levels_until_it_is_accepted(api: ApiOf, incident: Incident, specialists: Schedule) -> None:
    made = offer(api("responder.payments"), incident, specialists)
    assert (made["state"], made["team"]) == ("OFFERED", "Databases")
    assert "responder.payments" in responders(incident)
    with seeding():
        page = Message.objects.get(incident_id=incident.pk, subject__contains="handed to Databases")
        assert (page.person.username, page.is_page) == ("commander2.payments", True)
        assert "A restart: no" in page.text

    assert decide(api("commander2.payments"), "acceptHandOff", made)["decidedBy"] == {"username": "commander2.payments"}

    assert "commander2.payments" in responders(incident)
    assert "responder.payments" not in responders(incident)
    again = decide(api("commander2.payments"), "acceptHandOff", made)
    assert [each["code"] for each in again["errors"]] == ["CONFLICT"]


def test_refused_or_unanswered_it_stays_and_the_first_level_is_paged(
    api: ApiOf, incident: Incident, specialists: Schedule
) -> None:
    own = api("responder.payments")
    refused = offer(own, incident, specialists)
    assert decide(api("commander2.payments"), "refuseHandOff", refused, reason="Not a database")["state"] == "REFUSED"
    late = offer(own, incident, specialists)
    with seeding():
        HandOff.objects.filter(state="offered").update(expires_at=clock.now() - timedelta(seconds=1))
    for verb in ("acceptHandOff", "withdrawHandOff"):
        who = "commander2.payments" if verb == "acceptHandOff" else "responder.payments"
        assert [each["code"] for each in decide(api(who), verb, late)["errors"]] == ["CONFLICT"]
    with as_system():
        assert (expire_hand_offs(), expire_hand_offs()) == (1, 0)
    run_jobs()

    assert "responder.payments" in responders(incident)
    with seeding():
        assert [each.state for each in HandOff.objects.filter(incident=incident)] == ["expired", "refused"]
        told = Message.objects.filter(incident_id=incident.pk, person__username="responder.payments", is_page=True)
        assert told.filter(subject__contains="by Databases").count() == 2


@pytest.mark.parametrize(
    ("username", "more", "code"),
    [
        ("responder.payments", {"answers": [{"item": "Since when?", "answer": "Nine"}]}, "INVALID"),
        ("responder.payments", {"reason": " "}, "INVALID"),
        ("commander2.payments", {}, "CONFLICT"),
        ("observer.payments", {}, "FORBIDDEN"),
        ("outsider.logistics", {}, "NOT_FOUND"),
    ],
)
def test_what_cannot_be_handed_off_stays(  # noqa: PLR0917  # fixtures come by name
    api: ApiOf, incident: Incident, specialists: Schedule, username: str, more: dict[str, Any], code: str
) -> None:
    own = api(username)
    with seeding():
        before = HandOff.objects.count(), AuditEntry.objects.count()
    assert [each["code"] for each in offer(own, incident, specialists, **more)["errors"]] == [code]
    with seeding():
        assert (HandOff.objects.count(), AuditEntry.objects.count()) == before


def test_only_specialists_answer_and_one_offer_stands_at_a_time(
    api: ApiOf, incident: Incident, specialists: Schedule
) -> None:
    own = api("responder.payments")
    made = offer(own, incident, specialists)
    assert [each["code"] for each in offer(own, incident, specialists)["errors"]] == ["CONFLICT"]
    for username, code in (("commander.payments", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND")):
        assert [each["code"] for each in decide(api(username), "acceptHandOff", made)["errors"]] == [code]
    assert decide(own, "withdrawHandOff", made)["state"] == "WITHDRAWN"
    assert "responder.payments" in responders(incident)


def test_a_restricted_incident_is_handed_to_nobody(
    api: ApiOf, actor: Callable[[str], Actor], incident: Incident, specialists: Schedule
) -> None:
    actions.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Few")
    [error] = offer(api("commander.payments"), incident, specialists)["errors"]
    assert (error["code"], "is restricted" in error["message"]) == ("CONFLICT", True)
    with seeding():
        assert not HandOff.objects.filter(incident=incident).exists()


def test_pages_and_the_admin(signed_in: SignedIn, incident: Incident, specialists: Schedule) -> None:
    at = f"/incidents/{incident.reference}"
    first = signed_in("responder.payments")
    form = {"schedule": specialists.pk, "reason": "Lag", "item-0": "Nine", "item-1": "Restart"}
    assert first.post(f"{at}/hand-offs", form).status_code == 302
    specialist = signed_in("commander2.payments")
    page = specialist.get(at).content.decode()
    assert "Since when?" in page
    assert ">Accept</button>" in page
    assert ">Accept</button>" not in first.get(at).content.decode()
    with seeding():
        hand_off = HandOff.objects.get(incident=incident)
    assert specialist.post(f"{at}/hand-offs/{hand_off.pk}", {"do": "accept"}).status_code == 302
    assert "commander2.payments" in responders(incident)

    admin = signed_in("admin.payments")
    with seeding():
        checklist = HandOffChecklist.objects.get(unit__slug="payments")
    changed = {"items": "What fails?\nSince when?", "minutes": 20}
    at = f"/admin/incidents/handoffchecklist/{checklist.pk}/change/"
    assert admin.post(at, changed).status_code == 302
    assert admin.post(at, {**changed, "minutes": 1}).status_code == 200
    with seeding():
        checklist.refresh_from_db()
    assert (checklist.items, checklist.minutes) == (["What fails?", "Since when?"], 20)
