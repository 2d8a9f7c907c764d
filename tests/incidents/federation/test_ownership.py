"""Who commands, who is paged and who may close follow from a unit's ownership."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from hub.catalog.models import Service
from hub.incidents import actions
from hub.incidents.models import Incident, IncidentRole, Severity
from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.incidents.graphql.conftest import nothing_changed

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
DECLARED = "... on Incident { id severity commander { username } roles { kind endedAt reason person { username } } }"


def declared(api: ApiOf, username: str, service: str, severity: str) -> Any:
    with seeding():
        found = Service.objects.get(slug=service)
    return (
        api(username)
        .change(
            "declareIncident", DECLARED, title="Slow", severity=severity, summary="All of it",
            serviceId=global_id("Service", found),
        )
        .data["declareIncident"]
    )  # fmt: skip


def on_duty(slug: str) -> str:
    with seeding():
        schedule = Schedule.objects.get(slug=slug)
        stretch = oncall.on_call(Actor(None), [schedule.pk], clock.now())[schedule.pk]
        return Person.objects.get(pk=stretch.people[0]).username


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.get("errors", [])]


@pytest.mark.parametrize(
    ("username", "service", "severity", "schedule"),
    [
        ("responder.payments", "ledger", "SEV1", "payments-commanders"),
        ("responder.health", "lab-results", "SEV4", "group-duty"),
        ("responder.media", "transcoder", "SEV2", "group-duty"),
        ("responder.media", "transcoder", "SEV3", "media-commanders"),
    ],
)
def test_the_commander_follows_from_the_ownership(
    api: ApiOf, username: str, service: str, severity: str, schedule: str
) -> None:
    incident = declared(api, username, service, severity)

    assert incident["commander"]["username"] == on_duty(schedule)
    paged = {role["kind"]: role["person"]["username"] for role in incident["roles"]}
    unit = username.partition(".")[2]
    assert paged == {"COMMANDER": on_duty(schedule), "RESPONDER": on_duty(f"{unit}-responders")}


def test_command_passes_when_the_severity_crosses_the_line(api: ApiOf) -> None:
    incident = declared(api, "responder.media", "transcoder", "SEV4")
    assert incident["commander"]["username"] == on_duty("media-commanders")
    media = api("responder.media")

    graver = media.change("changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV1", reason="All of it")
    assert graver.data["changeSeverity"]["commander"]["username"] == on_duty("group-duty")
    with nothing_changed():
        refused = media.change("changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV3", reason="Eh")
    assert codes(refused.data["changeSeverity"]) == ["FORBIDDEN"]
    lesser = api("coordinator").change(
        "changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV3", reason="Some of it"
    )
    assert lesser.data["changeSeverity"]["commander"]["username"] == on_duty("media-commanders")
    same = media.change("changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV4", reason="Less of it")

    held = [role for role in same.data["changeSeverity"]["roles"] if role["kind"] == "COMMANDER"]
    assert [role["endedAt"] is None for role in held] == [False, False, True]
    assert "commands centrally" in held[1]["reason"]


def test_only_the_central_unit_closes_and_commands_what_it_commands(api: ApiOf, actor: ActorNamed) -> None:
    incident = declared(api, "responder.media", "transcoder", "SEV1")
    own, central = api("commander.media"), api("coordinator")
    own.change("resolveIncident", "__typename", incidentId=incident["id"])
    own.change("setFields", "__typename", incidentId=incident["id"], fields=[{"key": "viewers", "number": 300}])
    with seeding():
        key = Incident.objects.latest("pk").pk
        person = Person.objects.get(username="commander.media")
    with nothing_changed():
        closing = own.change("closeIncident", "__typename", incidentId=incident["id"])
        commanding = central.change(
            "assignRole", "__typename", incidentId=incident["id"], role="COMMANDER",
            personId=global_id("Person", person),
        )  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("commander.media")):
            Incident.objects.filter(pk=key).update(status="closed", closed_at=clock.now())

    assert codes(closing.data["closeIncident"]) == ["FORBIDDEN"]
    assert codes(commanding.data["assignRole"]) == ["INVALID"]
    assert central.change("closeIncident", "__typename", incidentId=incident["id"]).data == {
        "closeIncident": {"__typename": "Incident"}
    }


def test_a_unit_closes_what_it_commands_itself(api: ApiOf) -> None:
    incident = declared(api, "responder.media", "transcoder", "SEV3")
    own = api("commander.media")
    own.change("resolveIncident", "__typename", incidentId=incident["id"])
    own.change("setFields", "__typename", incidentId=incident["id"], fields=[{"key": "viewers", "number": 300}])

    closed = own.change("closeIncident", "__typename", incidentId=incident["id"])

    assert closed.data["closeIncident"] == {"__typename": "Incident"}


def test_the_units_own_commander_stands_in_where_central_command_may_not(api: ApiOf) -> None:
    with seeding():
        for each in Person.objects.filter(username__in=["duty.group", "duty2.group"]):
            each.role_assignments.all().delete()

    incident = declared(api, "responder.health", "lab-results", "SEV2")

    assert incident["commander"]["username"] == on_duty("health-commanders")
    with seeding():
        entries = Incident.objects.latest("pk").timeline.filter(kind="system")
        assert [entry.body for entry in entries if "may not command here" in entry.body]
        assert IncidentRole.objects.filter(incident=Incident.objects.latest("pk"), kind="commander").count() == 1


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"model": "CENTRALIZED"}, "centralUnitId"),
        ({"model": "CENTRALIZED", "centralUnitId": "$group"}, "commanderScheduleId"),
        ({"model": "HYBRID", "centralUnitId": "$group", "commanderScheduleId": "$duty"}, "centralFrom"),
        ({"model": "DECENTRALIZED", "centralUnitId": "$group"}, "centralUnitId"),
        (
            {"model": "CENTRALIZED", "centralUnitId": "$group", "commanderScheduleId": "$other"},
            "commanderScheduleId",
        ),
    ],
)
def test_a_model_says_neither_too_little_nor_too_much(api: ApiOf, given: dict[str, str], path: str) -> None:
    with seeding():
        group, payments = (BusinessUnit.objects.get(slug=slug) for slug in ("group", "payments"))
        duty, other = (Schedule.objects.get(slug=slug) for slug in ("group-duty", "retail-commanders"))
    ids = {
        "$group": global_id("BusinessUnit", group),
        "$duty": global_id("Schedule", duty),
        "$other": global_id("Schedule", other),
    }
    admin = api("admin.enterprise")

    with nothing_changed():
        answer = admin.change(
            "setOwnership", "__typename ... on MutationErrors { errors { code path } }",
            unitId=global_id("BusinessUnit", payments), **{key: ids.get(value, value) for key, value in given.items()},
        )  # fmt: skip

    (error,) = answer.data["setOwnership"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", path])


def test_a_unit_is_made_central_and_the_next_incident_obeys(api: ApiOf) -> None:
    with seeding():
        group, payments = (BusinessUnit.objects.get(slug=slug) for slug in ("group", "payments"))
        duty = Schedule.objects.get(slug="group-duty")

    api("admin.enterprise").change(
        "setOwnership", "__typename", unitId=global_id("BusinessUnit", payments), model="HYBRID", centralFrom="SEV1",
        centralUnitId=global_id("BusinessUnit", group), commanderScheduleId=global_id("Schedule", duty),
    )  # fmt: skip

    assert declared(api, "responder.payments", "ledger", "SEV1")["commander"]["username"] == on_duty("group-duty")
    assert declared(api, "responder.payments", "ledger", "SEV2")["commander"]["username"] == on_duty(
        "payments-commanders"
    )


def test_missing_roles_are_shown_by_severity(api: ApiOf, actor: ActorNamed) -> None:
    with seeding():
        ledger = Service.objects.get(slug="ledger")
    incident = actions.declare_incident(
        actor=actor("responder.payments"), title="Slow", severity=Severity.SEV3, service_id=ledger.pk
    )
    query = f'{{ incident(id: "{global_id("Incident", incident)}") {{ missingRoles }} }}'
    reader = api("responder.payments")
    assert reader.ask(query).data["incident"]["missingRoles"] == []

    actions.change_severity(
        actor=actor("responder.payments"), incident_id=incident.pk, severity=Severity.SEV2, reason="Worse"
    )

    assert reader.ask(query).data["incident"]["missingRoles"] == ["COMMUNICATIONS_LEAD", "SCRIBE"]
    guides = reader.ask("{ incidentRoleGuides { kind description responsibilities mandatoryFrom } }").data
    scribe = next(guide for guide in guides["incidentRoleGuides"] if guide["kind"] == "SCRIBE")
    assert scribe["mandatoryFrom"] == "SEV2"
    assert scribe["responsibilities"]
