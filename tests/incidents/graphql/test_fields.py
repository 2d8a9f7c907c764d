"""What incidents say in their unit's fields: typed, demanded by stage, found again; refusals change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from hub.incidents.models import FieldValue, Incident, Status
from tenants.models import BusinessUnit, LocalField, Person, Stage, Term
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

SAYS = """fields { __typename words field { key }
  ... on TextValue { text } ... on NumberValue { number } ... on ChoiceValue { choice } ... on DateValue { date }
  ... on BooleanValue { boolean } ... on PersonValue { person { username } } ... on LinkValue { link } }"""


def unit_id(slug: str = "payments") -> str:
    with seeding():
        return global_id("BusinessUnit", BusinessUnit.objects.get(slug=slug))


def demand(key: str, stage: Stage, slug: str = "payments") -> None:
    with seeding():
        LocalField.objects.filter(unit__slug=slug, key=key).update(required_from=stage)


def declared(api: ApiOf, *fields: dict[str, Any], username: str = "commander.payments", **more: Any) -> Any:
    given = {"title": "Fields", "severity": "SEV3", "unitId": unit_id(), "fields": list(fields), **more}
    return (
        api(username)
        .change("declareIncident", f"... on Incident {{ id status {SAYS} }}", **given)
        .data["declareIncident"]
    )


def said(incident: dict[str, Any]) -> dict[str, Any]:
    return {
        each["field"]["key"]: next(
            value for name, value in each.items() if name not in ("__typename", "words", "field")
        )
        for each in incident["fields"]
    }


def test_values_keep_their_types(api: ApiOf) -> None:
    with seeding():
        liaison = global_id("Person", Person.objects.get(username="responder2.payments"))

    incident = declared(
        api,
        {"key": "affected-terminals", "number": "41.5"},
        {"key": "card-scheme", "choice": "Debit"},
        {"key": "regulator-told", "boolean": False},
        {"key": "settlement-day", "date": "2026-03-01"},
        {"key": "merchant-liaison", "personId": liaison},
        {"key": "scheme-bulletin", "link": "https://bulletins.example/1"},
        {"key": "workaround", "text": "Cash"},
    )

    assert {each["__typename"] for each in incident["fields"]} == {
        "NumberValue", "ChoiceValue", "BooleanValue", "DateValue", "PersonValue", "LinkValue", "TextValue",
    }  # fmt: skip
    assert said(incident) == {
        "affected-terminals": "41.5000",
        "card-scheme": "Debit",
        "regulator-told": False,
        "settlement-day": "2026-03-01",
        "merchant-liaison": {"username": "responder2.payments"},
        "scheme-bulletin": "https://bulletins.example/1",
        "workaround": "Cash",
    }
    assert {each["words"] for each in incident["fields"]} >= {"41.5", "No", "Aisha Bello"}


def test_each_fault_is_named_and_nothing_is_declared(api: ApiOf) -> None:
    with seeding():
        before = Incident.objects.count()

    refused = declared(
        api,
        {"key": "affected-terminals", "text": "many"},
        {"key": "card-scheme", "choice": "Barter"},
        {"key": "settlement-day", "text": "Monday"},
        {"key": "regulator-told", "text": "perhaps"},
        {"key": "scheme-bulletin", "link": "javascript:alert(1)"},
        {"key": "no-such-field", "text": "x"},
    )

    assert [(error["code"], error["path"]) for error in refused["errors"]] == [
        ("INVALID", ["input", "fields", key])
        for key in (
            "affected-terminals", "card-scheme", "settlement-day", "regulator-told", "scheme-bulletin", "no-such-field",
        )
    ]  # fmt: skip
    with seeding():
        assert Incident.objects.count() == before


def test_a_stage_is_refused_with_the_list_of_what_is_missing(api: ApiOf) -> None:
    commander = api("commander.payments")
    demand("affected-terminals", Stage.MITIGATED)
    demand("workaround", Stage.RESOLVED)
    incident = declared(api)

    assert (
        commander.change("acknowledgeIncident", "", incidentId=incident["id"]).data["acknowledgeIncident"]["__typename"]
        == "Incident"
    )
    mitigated = commander.change("mitigateIncident", "", incidentId=incident["id"]).data["mitigateIncident"]
    resolved = commander.change("resolveIncident", "", incidentId=incident["id"]).data["resolveIncident"]

    assert [error["path"] for error in mitigated["errors"]] == [["input", "fields", "affected-terminals"]]
    assert [error["path"] for error in resolved["errors"]] == [
        ["input", "fields", "affected-terminals"],
        ["input", "fields", "workaround"],
    ]
    assert "cannot be resolved before it says “Workaround”" in resolved["errors"][1]["message"]
    with seeding():
        assert Incident.objects.latest("pk").status == Status.ACKNOWLEDGED

    filled = [{"key": "affected-terminals", "number": 3}, {"key": "workaround", "text": "Cash"}]
    commander.change("setFields", "", incidentId=incident["id"], fields=filled)
    done = commander.change("resolveIncident", "... on Incident { status }", incidentId=incident["id"])
    assert done.data["resolveIncident"]["status"] == "RESOLVED"

    emptied = commander.change("setFields", "", incidentId=incident["id"], fields=[{"key": "workaround"}])
    assert emptied.data["setFields"]["errors"][0]["path"] == ["input", "fields", "workaround"]
    with seeding():
        assert FieldValue.objects.filter(incident=Incident.objects.latest("pk")).count() == 2


def test_a_declaration_is_refused_without_what_its_unit_demands(api: ApiOf) -> None:
    demand("card-scheme", Stage.DECLARED)

    assert declared(api)["errors"][0]["path"] == ["input", "fields", "card-scheme"]
    assert declared(api, {"key": "card-scheme", "choice": "All"})["status"] == "DECLARED"


def test_a_policy_demands_parts_of_every_incident(api: ApiOf) -> None:
    policy = api("admin.payments").change(
        "setPolicy",
        "... on UnitPolicy { requirements reviewDueHours }",
        unitId=unit_id(),
        reviewDueHours=24,
        requirements=[{"part": "summary", "stage": "ACKNOWLEDGED"}, {"part": "service", "stage": "RESOLVED"}],
    )
    assert policy.data["setPolicy"] == {
        "__typename": "UnitPolicy",
        "requirements": {"summary": "acknowledged", "service": "resolved"},
        "reviewDueHours": 24,
    }
    incident = declared(api)

    refused = api("commander.payments").change("acknowledgeIncident", "", incidentId=incident["id"])

    assert refused.data["acknowledgeIncident"]["errors"][0]["path"] == ["input", "summary"]


def test_incidents_are_found_by_what_they_say(api: ApiOf) -> None:
    commander = api("commander.payments")
    one = declared(api, {"key": "affected-terminals", "number": 70}, {"key": "workaround", "text": "Zebra crossing"})
    other = declared(api, {"key": "affected-terminals", "number": 8}, {"key": "regulator-told", "boolean": True})

    def found(asked: str, client: Any = commander) -> set[str]:
        query = f'{{ incidents(filters: {{title: {{exact: "Fields"}}, {asked}}}) {{ edges {{ node {{ id }} }} }} }}'
        return {edge["node"]["id"] for edge in client.ask(query).data["incidents"]["edges"]}

    assert found('fields: [{key: "affected-terminals", number: {gte: 10}}]') == {one["id"]}
    assert found('fields: [{key: "affected-terminals", number: {gte: 5, lt: 10}}]') == {other["id"]}
    assert found('fields: [{key: "regulator-told", boolean: true}]') == {other["id"]}
    assert found('fields: [{key: "regulator-told", isFilled: false}]') == {one["id"]}
    assert found('fields: [{key: "workaround", words: {contains: "zebra"}}]') == {one["id"]}
    assert found('text: "zebra"') == {one["id"]}
    assert found('text: "zebra"', api("observer.retail")) == set()


@pytest.mark.parametrize(
    ("username", "code"), [("observer.payments", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND")]
)
def test_others_say_nothing(api: ApiOf, username: str, code: str) -> None:
    incident = declared(api)

    given = [{"key": "workaround", "text": "x"}]
    refused = api(username).change("setFields", "", incidentId=incident["id"], fields=given).data["setFields"]

    assert refused["errors"][0]["code"] == code
    with seeding():
        assert not FieldValue.objects.filter(incident=Incident.objects.latest("pk")).exists()


@pytest.fixture
def browser(signed_in: SignedIn) -> Client:
    return signed_in("commander.payments")


def test_the_room_shows_and_takes_them(api: ApiOf, browser: Client) -> None:
    declared(api, {"key": "card-scheme", "choice": "Gift cards"})
    with seeding():
        incident = Incident.objects.latest("pk")
    address = f"/incidents/{incident.reference}"
    assert "Gift cards" in browser.get(address).content.decode()

    answer = browser.post(f"{address}/fields", {"field-workaround": "Cash only", "field-card-scheme": ""})

    assert answer.status_code == 302
    page = browser.get(address).content.decode()
    assert "Cash only" in page
    with seeding():
        assert set(incident.field_values.values_list("words", flat=True)) == {"Cash only"}


def test_the_declaration_asks_for_what_the_unit_demands(browser: Client) -> None:
    demand("card-scheme", Stage.DECLARED)
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments").pk
    form = {"title": "By page", "severity": "sev3", "unit": payments}

    asked = browser.get("/incidents/declare/fields", {"unit": payments}).content.decode()
    assert "Card scheme" in asked
    refused = browser.post("/incidents/declare", form)
    assert refused.status_code == 422
    assert "before it says “Card scheme”" in refused.content.decode()
    taken = browser.post("/incidents/declare", {**form, "field-card-scheme": "Debit"})
    assert taken.status_code == 302


def test_a_list_of_one_unit_is_narrowed_by_its_choices(api: ApiOf, browser: Client) -> None:
    declared(api, {"key": "card-scheme", "choice": "Gift cards"}, title="Only gift cards")
    declared(api, {"key": "card-scheme", "choice": "Debit"}, title="Only debit cards")

    page = browser.get("/incidents/?unit=payments&field-card-scheme=Gift+cards&q=Only").content.decode()

    assert "Only gift cards" in page
    assert "Only debit cards" not in page
    assert "Card scheme" in page


def test_wording_begins_declarations_and_updates(api: ApiOf, browser: Client) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        outage, update = (unit.templates.get(name=name) for name in ("Card outage", "Regular update"))
        foreign = BusinessUnit.objects.get(slug="media").templates.get()
    page = browser.get(f"/incidents/declare?template={outage.pk}").content.decode()
    assert "Card payments are declined" in page
    declared(api)
    with seeding():
        incident = Incident.objects.latest("pk")

    text = browser.get(f"/incidents/{incident.reference}/wording", {"wording": update.pk}).content.decode()
    assert f"{incident.reference} is declared at SEV3" in text
    elsewhere = browser.get(f"/incidents/{incident.reference}/wording", {"wording": foreign.pk})
    assert elsewhere.status_code == 404


RATED = "... on Incident { severity localSeverity { key } }"


@pytest.mark.parametrize(
    ("given", "severity"), [({}, "SEV2"), ({"severity": "SEV1"}, "SEV1"), ({"severity": "SEV2"}, "SEV2")]
)
def test_a_units_own_word_says_how_grave_it_is(api: ApiOf, given: dict[str, str], severity: str) -> None:
    with seeding():
        word = global_id("Term", Term.objects.get(key="p2", unit__slug="retail"))
    common = {"title": "Own word", "unitId": unit_id("retail"), "localSeverityId": word}

    incident = api("commander.retail").change("declareIncident", RATED, **common, **given).data["declareIncident"]

    assert (incident["severity"], incident["localSeverity"]) == (severity, {"key": "p2"})


def test_a_severity_laxer_than_the_word_or_of_another_unit_is_refused(api: ApiOf) -> None:
    with seeding():
        word = global_id("Term", Term.objects.get(key="p2", unit__slug="retail"))
        before = Incident.objects.count()
    common = {"title": "Own word", "localSeverityId": word}

    laxer = api("commander.retail").change("declareIncident", "", **common, unitId=unit_id("retail"), severity="SEV4")
    foreign = api("commander.payments").change("declareIncident", "", **common, unitId=unit_id())
    silent = api("commander.payments").change("declareIncident", "", title="x", unitId=unit_id())

    assert [answer.data["declareIncident"]["errors"][0]["path"] for answer in (laxer, foreign, silent)] == [
        ["input", "severity"],
        ["input", "localSeverityId"],
        ["input", "severity"],
    ]
    with seeding():
        assert Incident.objects.count() == before


def test_an_incident_tells_its_global_type_and_what_its_kind_is_called(api: ApiOf) -> None:
    query = (
        '{ incidents(first: 1, filters: {incidentType: {key: {exact: "%s"}}, unit: {slug: {exact: "payments"}}})'
        " { edges { node { globalType typeLabel } } } }"
    )

    def shown(username: str, key: str) -> dict[str, Any]:
        ((edge),) = api(username).ask(query.replace("%s", key)).data["incidents"]["edges"]
        node: dict[str, Any] = edge["node"]
        return node

    assert shown("responder.payments", "card-outage") == {"globalType": "availability", "typeLabel": "Card outage"}
    assert shown("responder.payments", "scheme-advisory")["globalType"] is None
    # In the reader's language her unit's own word for it comes before everybody's.
    assert shown("observer.payments", "availability")["typeLabel"] == "Zahlung nicht möglich"
