"""Severity from what is known of an incident: thresholds of the unit and of the enterprise, and what they engage."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.catalog.models import Sensitivity, Service
from hub.delivery.models import Message
from hub.incidents.actions.engaging import engage_plans
from hub.incidents.models import (
    Assessment,
    Engagement,
    Impact,
    Incident,
    IncidentRole,
    Reach,
    ResponsePlan,
    Severity,
    SeverityThreshold,
)
from hub.incidents.thresholds import Facts, Threshold, overruled_by, propose
from hub.oncall.models import Schedule
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs

__all__ = ["api"]

pytestmark = pytest.mark.django_db

DECLARED = """... on Incident { id reference severity severityReason missingRoles
  assessments { impact reach criticality proposed floor reasons } }
  ... on MutationErrors { errors { code message path } }"""
THRESHOLDS = "... on SeverityThresholds { thresholds { position severity unit { slug } } } ... on MutationErrors { errors { code message path } }"  # noqa: E501


@pytest.fixture
def matrix(db: None) -> None:
    """No thresholds and plans but these: the enterprise's from a severe impact on, and one of Payments for Ledger."""
    with seeding():
        SeverityThreshold.objects.all().delete()
        ResponsePlan.objects.all().delete()
        SeverityThreshold.objects.create(
            position=1, impact=Impact.SEVERE, severity=Severity.SEV2, explanation="Business stands still"
        )
        SeverityThreshold.objects.create(
            unit=BusinessUnit.objects.get(slug="payments"),
            position=1,
            impact=Impact.MODERATE,
            criticality=1,
            recovery_minutes=60,
            reach=Reach.UNITS,
            sensitivity=Sensitivity.CONFIDENTIAL,
            severity=Severity.SEV1,
            explanation="The books are at risk",
        )


def service(slug: str) -> Service:
    with seeding():
        return Service.objects.get(slug=slug)


def declare(own: Any, about: str = "ledger", **given: Any) -> dict[str, Any]:
    answer = own.change(
        "declareIncident", DECLARED, title="Lags", serviceId=global_id("Service", service(about)), **given
    )
    said: dict[str, Any] = answer.data["declareIncident"]
    return said


@pytest.mark.usefixtures("matrix")
def test_the_severity_follows_from_what_is_known_and_the_reasons_are_kept(api: ApiOf) -> None:
    said = declare(api("responder.payments"), impact="MAJOR")

    assert said["severity"] == "SEV1"
    assert said["severityReason"] == (
        "Threshold 1: The books are at risk (impact moderate or graver, criticality 1, to recover within 1 hour,"
        " reach: several units, or more, data confidential or more sensitive)"
    )
    assert said["assessments"] == [
        {
            "impact": "MAJOR",
            "reach": "UNITS",
            "criticality": 1,
            "proposed": "SEV1",
            "floor": None,
            "reasons": [f"SEV1: {said['severityReason']}"],
        }
    ]


@pytest.mark.usefixtures("matrix")
@pytest.mark.parametrize(
    ("given", "severity", "reason"),
    [
        # The person's word holds, as long as the enterprise does not hold it to be graver.
        (
            {"severity": "SEV3", "impact": "MODERATE"},
            "SEV3",
            "As somebody judged; SEV1 is what follows",
        ),
        ({"severity": "SEV4", "impact": "SEVERE", "reach": "TEAM"}, "SEV2", "The enterprise's threshold 1: Business"),
        ({"severity": "SEV1", "impact": "SEVERE", "reach": "TEAM", "severityReason": "I saw it"}, "SEV1", "I saw it"),
        ({"severity": "SEV4"}, "SEV4", ""),
    ],
)
def test_nobody_is_laxer_than_the_enterprise(api: ApiOf, given: dict[str, Any], severity: str, reason: str) -> None:
    said = declare(api("responder.payments"), **given)

    assert said["severity"] == severity
    assert said["severityReason"].startswith(reason)


@pytest.mark.usefixtures("matrix")
def test_without_a_severity_and_without_a_threshold_somebody_must_say(api: ApiOf) -> None:
    with seeding():
        before = Incident.objects.count(), Assessment.objects.count()

    said = declare(api("responder.payments"), impact="MINOR")

    assert [(each["code"], each["path"]) for each in said["errors"]] == [("INVALID", ["input", "severity"])]
    with seeding():
        assert (Incident.objects.count(), Assessment.objects.count()) == before


@pytest.mark.usefixtures("matrix")
def test_what_is_known_later_makes_it_graver_and_never_laxer(api: ApiOf) -> None:
    own = api("responder.payments")
    incident = declare(own, severity="SEV4")
    graver = own.change("assessIncident", DECLARED, incidentId=incident["id"], impact="SEVERE", reach="TEAM")
    assert graver.data["assessIncident"]["severity"] == "SEV2"

    laxer = own.change("changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV3", reason="Not so bad")
    (error,) = laxer.data["changeSeverity"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "severity"])
    assert "is SEV2 at least" in error["message"]

    own.change("assessIncident", DECLARED, incidentId=incident["id"], impact="MINOR", reach="TEAM")
    with seeding():
        assert Incident.objects.get(reference=incident["reference"]).severity == "sev2"
    now = own.change("changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV3", reason="Not so bad")
    assert now.data["changeSeverity"]["severity"] == "SEV3"
    assert [each["impact"] for each in now.data["changeSeverity"]["assessments"]] == ["MINOR", "SEVERE"]


@pytest.mark.usefixtures("matrix")
def test_a_plan_is_engaged_once_at_declaration_and_when_it_grows_graver(api: ApiOf) -> None:
    with seeding():
        scribes = Schedule.objects.get(slug="payments-commanders")
    admin = api("admin.payments")
    for severity, roles in (("SEV3", ["SCRIBE"]), ("SEV1", ["TECHNICAL_LEAD"])):
        made = admin.change(
            "setResponsePlan",
            "... on ResponsePlan { id teams { role schedule { slug } } }",
            unitId=global_id("BusinessUnit", service("ledger").unit_id),
            severity=severity,
            roles=roles,
            teams=[{"scheduleId": global_id("Schedule", scribes), "role": roles[0]}] if severity == "SEV3" else [],
            protocol="Tell the banks\nTell the shops",
            updateMinutes=30,
        )
        assert made.data["setResponsePlan"]["id"], made.data
    own = api("responder.payments")
    incident = declare(own, severity="SEV3")
    run_jobs()

    with seeding():
        found = Incident.objects.get(reference=incident["reference"])
        (engaged,) = Engagement.objects.filter(incident=found)
        (scribe,) = IncidentRole.objects.filter(incident=found, kind="scribe", ended_at=None)
        assert (engaged.protocol, engaged.update_minutes) == ("Tell the banks\nTell the shops", 30)
        assert scribe.reason == f"on call for {scribes.name}, engaged by severity"
        assert Message.objects.filter(incident_id=found.pk, person=scribe.person).exists()

    own.change("changeSeverity", DECLARED, incidentId=incident["id"], severity="SEV1", reason="Worse")
    run_jobs()
    engage_plans(incident_id=found.pk)
    asked = own.ask(f'{{ incident(id: "{incident["id"]}") {{ missingRoles engagements {{ severity roles }} }} }}')
    assert asked.data["incident"]["engagements"] == [
        {"severity": "SEV1", "roles": ["TECHNICAL_LEAD"]},
        {"severity": "SEV3", "roles": ["SCRIBE"]},
    ]
    assert "TECHNICAL_LEAD" in asked.data["incident"]["missingRoles"]
    assert "SCRIBE" not in asked.data["incident"]["missingRoles"]


@pytest.mark.usefixtures("matrix")
def test_a_restricted_incident_engages_no_team(api: ApiOf) -> None:
    with seeding():
        plan = ResponsePlan.objects.create(severity="sev3", roles=["scribe"], updated_at="2026-01-01T00:00Z")
        plan.teams.create(schedule=Schedule.objects.get(slug="payments-commanders"), role="scribe")
    incident = declare(api("responder.payments"), severity="SEV2", restricted=True)
    run_jobs()

    with seeding():
        found = Incident.objects.get(reference=incident["reference"])
        assert Engagement.objects.filter(incident=found, restricted=True).count() == 1
        assert not IncidentRole.objects.filter(incident=found).exists()


@pytest.mark.usefixtures("matrix")
@pytest.mark.parametrize(
    ("username", "everywhere", "code"),
    [
        ("admin.payments", False, ""),
        ("steward", True, ""),
        ("commander.payments", False, "FORBIDDEN"),
        ("admin.payments", True, "FORBIDDEN"),
        ("admin.retail", False, "FORBIDDEN"),
    ],
)
def test_units_set_theirs_and_stewards_those_of_all(api: ApiOf, username: str, everywhere: bool, code: str) -> None:
    unit, own = None if everywhere else service("ledger").unit_id, api(username)
    with seeding():
        before = list(SeverityThreshold.objects.order_by("pk").values()), AuditEntry.objects.count()
    answer = own.change(
        "setSeverityThresholds",
        THRESHOLDS,
        unitId=None if unit is None else global_id("BusinessUnit", unit),
        thresholds=[{"severity": "SEV2", "explanation": "Because", "impact": "MINOR"}],
    )

    said = answer.data["setSeverityThresholds"]
    with seeding():
        if code:
            assert [each["code"] for each in said["errors"]] == [code]
            assert (list(SeverityThreshold.objects.order_by("pk").values()), AuditEntry.objects.count()) == before
        else:
            assert len(said["thresholds"]) == 1
            assert AuditEntry.objects.filter(verb="set_severity_thresholds", unit=unit).count() == 1


@pytest.mark.usefixtures("matrix")
@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({}, ["impact"]),
        ({"impact": "MINOR", "explanation": " "}, ["explanation"]),
        ({"criticality": 5}, ["criticality"]),
        ({"recoveryMinutes": 0}, ["recoveryMinutes"]),
        # Wherever it holds the enterprise's first holds as well, and is graver.
        ({"impact": "SEVERE", "criticality": 2, "severity": "SEV3"}, ["severity"]),
    ],
)
def test_what_is_no_threshold_is_said_with_its_place(api: ApiOf, given: dict[str, Any], path: list[str]) -> None:
    answer = api("admin.payments").change(
        "setSeverityThresholds",
        THRESHOLDS,
        unitId=global_id("BusinessUnit", service("ledger").unit_id),
        thresholds=[{"severity": "SEV2", "explanation": "Because", **given}],
    )

    (error,) = answer.data["setSeverityThresholds"]["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "thresholds", "0", *path])
    with seeding():
        assert SeverityThreshold.objects.filter(unit__slug="payments").get().explanation == "The books are at risk"


@pytest.mark.usefixtures("matrix")
def test_pages_say_what_would_follow_and_the_admin_keeps_it(signed_in: SignedIn) -> None:
    admin = signed_in("admin.payments")
    page = admin.get("/units/payments/severity?impact=severe").content.decode()
    assert "The enterprise&#x27;s threshold 1: Business stands still" in page
    part = admin.get("/units/payments/severity?impact=minor", headers={"HX-Request": "true"}).content.decode()
    assert "No threshold holds" in part
    assert "<h1" not in part

    unit = service("ledger").unit_id
    given = {"unit": unit, "position": 1, "impact": "major", "severity": "sev2", "explanation": "Money waits"}
    assert admin.post("/admin/incidents/severitythreshold/add/", given).status_code == 302
    laxer = admin.post("/admin/incidents/severitythreshold/add/", {**given, "impact": "severe", "severity": "sev4"})
    assert "It would never decide" in laxer.content.decode()
    plan = {"unit": unit, "severity": "sev2", "roles": ["scribe"], "protocol": "Tell the banks", "update_minutes": 15}
    assert admin.post("/admin/incidents/responseplan/add/", plan).status_code == 302
    with seeding():
        kept = SeverityThreshold.objects.filter(unit=unit).values_list("position", "explanation")
        assert list(kept) == [(1, "Money waits"), (2, "The books are at risk")]
        assert ResponsePlan.objects.get(unit=unit).roles == ["scribe"]
    with seeding():
        shared = SeverityThreshold.objects.get(unit=None)
    assert admin.post(f"/admin/incidents/severitythreshold/{shared.pk}/delete/", {"post": "yes"}).status_code == 403


@pytest.mark.usefixtures("matrix")
def test_people_say_in_the_room_what_is_known(api: ApiOf, signed_in: SignedIn) -> None:
    incident = declare(api("responder.payments"), severity="SEV3")
    at = f"/incidents/{incident['reference']}"
    responder = signed_in("responder.payments")
    assert responder.post(f"{at}/assessment", {"impact": "nonsense"}).status_code == 400
    assert responder.post(f"{at}/assessment", {"impact": "severe", "reach": "team"}).status_code == 302
    assert "Severe: the unit cannot do its business" in responder.get(at).content.decode()
    assert signed_in("observer.payments").post(f"{at}/assessment", {"impact": "none"}).status_code == 403
    with seeding():
        assert Incident.objects.get(reference=incident["reference"]).severity == "sev2"
        assert Assessment.objects.filter(incident__reference=incident["reference"]).count() == 1


SCALES: dict[str, Any] = {
    "impact": st.none() | st.sampled_from(Impact),
    "criticality": st.none() | st.integers(1, 4),
    "recovery_minutes": st.none() | st.sampled_from([15, 60, 240]),
    "reach": st.none() | st.sampled_from(Reach),
    "sensitivity": st.none() | st.sampled_from(Sensitivity),
}


@given(
    facts=st.builds(Facts, **SCALES),
    own=st.lists(
        st.builds(Threshold, st.just(1), st.sampled_from(Severity), st.just(""), st.just(False), **SCALES), max_size=4
    ),
    floors=st.lists(
        st.builds(Threshold, st.just(1), st.sampled_from(Severity), st.just(""), st.just(True), **SCALES), max_size=3
    ),
)
def test_no_matrix_of_a_unit_is_laxer_than_the_enterprise(
    facts: Facts, own: list[Threshold], floors: list[Threshold]
) -> None:
    alone, together = propose(facts, floors), propose(facts, [*own, *floors])

    assert together.floor == alone.floor
    if alone.severity is not None:
        assert together.severity is not None
        assert together.severity.value <= alone.severity.value
    for each in own:
        floor = overruled_by(each, floors)
        if floor is not None and each.holds(facts):
            assert floor.holds(facts)
            assert together.severity is not None
            assert together.severity.value <= floor.severity.value < each.severity.value
