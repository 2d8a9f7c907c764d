"""Tags of an incident, from its service at first, and the specialists whom they bring."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import Incident, IncidentRole, ResponsePlan, TimelineEntry
from hub.lib.identity import Actor
from hub.oncall.models import Expertise, Schedule
from tenants.models import AuditEntry, BusinessUnit, Person
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(api: ApiOf) -> ResponsePlan:
    """From SEV3 on, Payments' commanders come to what is about cards, and whoever of them knows schemes to that."""
    with seeding():
        ResponsePlan.objects.all().delete()
        schedule = global_id("Schedule", Schedule.objects.get(slug="payments-commanders"))
        unit = BusinessUnit.objects.get(slug="payments")
    made = api("admin.payments").change(
        "setResponsePlan",
        "... on ResponsePlan { id }",
        unitId=global_id("BusinessUnit", unit),
        severity="SEV3",
        teams=[
            {"scheduleId": schedule, "tag": "Cards", "role": "TECHNICAL_LEAD"},
            {"scheduleId": schedule, "tag": "schemes", "expertise": "card-schemes"},
        ],
    )
    assert "id" in made.data["setResponsePlan"], made.data
    with seeding():
        return ResponsePlan.objects.get(unit=unit)


def declare(own: Any, **more: Any) -> Incident:
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    answer = own.change(
        "declareIncident",
        "... on Incident { reference }",
        title="Lags",
        severity="SEV3",
        serviceId=global_id("Service", ledger),
        **more,
    )
    run_jobs()
    with seeding():
        return Incident.objects.get(reference=answer.data["declareIncident"]["reference"])


def leads(incident: Incident) -> list[str]:
    with seeding():
        held = IncidentRole.objects.filter(incident=incident, kind="technical_lead", ended_at=None)
        return [each.reason for each in held]


def tag(own: Any, incident: Incident, *tags: str) -> dict[str, Any]:
    answer = own.change(
        "setTags", "... on Incident { tags }", incidentId=global_id("Incident", incident), tags=list(tags)
    )
    run_jobs()
    said: dict[str, Any] = answer.data["setTags"]
    return said


@pytest.mark.usefixtures("plan")
def test_tags_come_from_the_service_and_bring_specialists(api: ApiOf) -> None:
    own = api("responder.payments")
    plain, about_cards = declare(own), declare(own, tags=["Cards "])

    with seeding():
        assert Incident.objects.get(pk=plain.pk).tags == ["financial-records"]
        assert Incident.objects.get(pk=about_cards.pk).tags == ["financial-records", "cards"]
    assert leads(plain) == []
    assert leads(about_cards) == ["on call for Payments incident commanders, engaged by the tag cards"]
    found = own.ask('{ incidents(first: 5, filters: {tag: "cards"}) { edges { node { reference } } } }')
    assert [each["node"]["reference"] for each in found.data["incidents"]["edges"]] == [about_cards.reference]

    assert tag(own, plain, "cards", "financial-records") == {
        "__typename": "Incident",
        "tags": ["cards", "financial-records"],
    }
    assert len(leads(plain)) == 1


@pytest.mark.usefixtures("plan")
def test_a_tag_of_a_restricted_incident_brings_nobody(api: ApiOf, actor: Callable[[str], Actor]) -> None:
    own = api("commander.payments")
    incident = declare(own)
    actions.restrict_incident(actor=actor("commander.payments"), incident_id=incident.pk, reason="Few")
    assert tag(own, incident, "cards")["tags"] == ["cards"]
    assert leads(incident) == []


@pytest.mark.usefixtures("plan")
def test_who_is_able_comes_although_somebody_else_is_on_call(api: ApiOf) -> None:
    own = api("responder.payments")
    nobody = declare(own, tags=["schemes"])
    with seeding():
        said = TimelineEntry.objects.filter(incident=nobody).values_list("body", flat=True)
        assert "No responder engaged: nobody of Payments incident commanders holds card-schemes" in list(said)
        schedule = Schedule.objects.get(slug="payments-commanders")
        able = Person.objects.get(username="commander2.payments")
        Expertise.objects.get_or_create(person=able, unit_id=schedule.unit_id, key="card-schemes")
    incident = declare(own, tags=["schemes"])

    with seeding():
        held = IncidentRole.objects.get(incident=incident, kind="responder", person=able, ended_at=None)
    assert held.reason.split(", engaged")[0] in (
        "of Payments incident commanders, able in card-schemes",
        "on call for Payments incident commanders, able in card-schemes",
    )


@pytest.mark.parametrize(
    ("username", "tags", "code"),
    [
        ("responder.payments", ["x" * 41], "INVALID"),
        ("responder.payments", [f"t{number}" for number in range(31)], "INVALID"),
        ("observer.payments", ["cards"], "FORBIDDEN"),
        ("outsider.logistics", ["cards"], "NOT_FOUND"),
    ],
)
def test_what_cannot_be_tagged_stays(api: ApiOf, username: str, tags: list[str], code: str) -> None:
    incident, own = declare(api("responder.payments")), api(username)
    with seeding():
        before = Incident.objects.filter(pk=incident.pk).values().get(), AuditEntry.objects.count()

    assert [each["code"] for each in tag(own, incident, *tags)["errors"]] == [code]
    with seeding():
        assert (Incident.objects.filter(pk=incident.pk).values().get(), AuditEntry.objects.count()) == before


def test_the_admin_keeps_specialists_beside_a_plan(signed_in: SignedIn, plan: ResponsePlan) -> None:
    admin = signed_in("admin.payments")
    with seeding():
        schedule = Schedule.objects.get(slug="payments-responders")
    given = {"plan": plan.pk, "schedule": schedule.pk, "role": "responder", "tag": "ledger"}
    assert admin.post("/admin/incidents/responseteam/add/", given).status_code == 302
    changed = {"responders": [schedule.pk], "roles": ["scribe"], "protocol": "Say it", "update_minutes": ""}
    assert admin.post(f"/admin/incidents/responseplan/{plan.pk}/change/", changed).status_code == 302

    with seeding():
        kept = plan.teams.order_by("pk").values_list("tag", flat=True)
        assert sorted(kept) == ["", "cards", "ledger", "schemes"]
    page = admin.get("/units/payments/severity").content.decode()
    assert "tag schemes, able in card-schemes" in page


def test_tags_are_changed_in_the_room(api: ApiOf, signed_in: SignedIn) -> None:
    incident = declare(api("responder.payments"))
    room = signed_in("responder.payments")
    assert room.post(f"/incidents/{incident.reference}/tags", {"tags": "Night\nbatch run"}).status_code == 302
    assert "<dd>night, batch run</dd>" in room.get(f"/incidents/{incident.reference}").content.decode()
