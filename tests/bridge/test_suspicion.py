"""A suspected breach opens a linked restricted incident for the security responders, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hub.alerts.matchers import parse_matcher
from hub.alerts.models import Alert, AlertGroup, AlertSource, AlertStatus
from hub.bridge.actions.suspecting import check_incident
from hub.bridge.criteria import Criterion, Facts, suspicion
from hub.bridge.models import BridgeRule, Investigation, SecurityLink
from hub.catalog.models import Service
from hub.delivery.models import Message
from hub.incidents.models import Incident, IncidentPersonGrant
from hub.lib import clock
from tenants.models import BusinessUnit, Person, Term, TermKind
from tests.bridge.conftest import Declare, investigation_for
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, global_id
from tests.incidents.graphql.conftest import nothing_changed
from tests.jobs import run_jobs

pytestmark = pytest.mark.django_db

SEEN = "query ($id: ID!) { incident(id: $id) { title investigation { link { state } } } }"
PROJECTED = """query ($id: ID!) { incident(id: $id) {
  investigation { id } securityLink { state reason contact { username } constraints note askedBy { username } } } }"""


def ask(api: ApiOf, incident: Incident, username: str = "responder.payments") -> Any:
    return asked(api(username), incident)


def asked(own: Api, incident: Incident) -> Any:
    given = {"incidentId": global_id("Incident", incident), "reason": "Logins from two continents"}
    return own.change("suspectBreach", "... on SecurityLink { state }", **given).data["suspectBreach"]


def test_a_persons_word_opens_an_investigation(api: ApiOf, declare: Declare) -> None:
    incident = declare()

    answer = ask(api, incident)
    run_jobs()

    assert answer == {"__typename": "SecurityLink", "state": "ASKED"}
    investigation = investigation_for(incident)
    assert investigation.restricted
    assert investigation.reference.startswith("PAY-R")
    with seeding():
        admitted = IncidentPersonGrant.objects.filter(content_object=investigation).select_related("user")
        assert {(grant.user.username, grant.is_owner) for grant in admitted} == {
            ("security", True),
            ("security.second", True),
        }
        paged = Message.objects.filter(incident_id=investigation.pk)
        assert {message.person.username for message in paged} == {"security", "security.second"}
        assert all(message.is_page and message.restricted for message in paged)
    key = global_id("Incident", investigation)
    seen = api("security").ask(SEEN, id=key).data["incident"]
    assert seen == {
        "title": "Suspected breach: Odd logins",
        "investigation": {"link": {"state": "INVESTIGATING"}},
    }
    for username in ("responder.payments", "commander.payments", "admin.payments", "coordinator", "auditor"):
        assert api(username).ask(SEEN, id=key).data["incident"] is None


def test_the_it_side_sees_the_projection_and_nothing_else(api: ApiOf, declare: Declare) -> None:
    incident = declare()
    ask(api, incident)
    run_jobs()
    investigation = investigation_for(incident)

    told = api("observer.payments").ask(PROJECTED, id=global_id("Incident", incident)).data["incident"]

    assert told == {
        "investigation": None,
        "securityLink": {
            "state": "INVESTIGATING",
            "reason": "Logins from two continents",
            "contact": None,
            "constraints": "",
            "note": "",
            "askedBy": {"username": "responder.payments"},
        },
    }
    timeline = "query ($id: ID!) { incident(id: $id) { timeline(first: 100) { edges { node { body rationale } } } } }"
    said = str(api("commander.payments").ask(timeline, id=global_id("Incident", incident)).data)
    assert investigation.reference not in said
    assert "Security was asked to look at this: Logins from two continents" in said


@pytest.mark.parametrize(
    ("username", "code"), [("observer.payments", "FORBIDDEN"), ("outsider.logistics", "NOT_FOUND")]
)
def test_it_takes_somebody_of_the_room(api: ApiOf, declare: Declare, username: str, code: str) -> None:
    incident = declare()
    run_jobs()
    own = api(username)
    with nothing_changed():
        answer = asked(own, incident)

    assert [error["code"] for error in answer["errors"]] == [code]
    with seeding():
        assert not SecurityLink.objects.filter(incident=incident).exists()


def test_security_is_asked_once(api: ApiOf, declare: Declare) -> None:
    incident = declare()
    ask(api, incident)

    again = ask(api, incident, "commander.payments")
    run_jobs()
    run_jobs()

    assert [error["code"] for error in again["errors"]] == ["CONFLICT"]
    with seeding():
        assert Investigation.objects.filter(link__incident=incident).count() == 1


@pytest.mark.parametrize(
    "matchers",
    [
        ['asset_class="payment data"', 'severity=~"sev[12]"'],
        ['tag="credentials"'],
        ['service="ledger"', 'criticality="1"'],
    ],
)
def test_a_rule_of_the_unit_does(api: ApiOf, declare: Declare, matchers: list[str]) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        Service.objects.filter(slug="ledger").update(
            asset_class="payment data", tags=["core", "credentials"], criticality=1
        )
    made = api("admin.payments").change(
        "setBridgeRules",
        "... on BridgeRules { rules { position } }",
        unitId=global_id("BusinessUnit", unit),
        rules=[
            {"matchers": ['severity="sev5"'], "explanation": "Never here"},
            {"matchers": matchers, "explanation": "Money may be at risk"},
        ],
    )
    assert len(made.data["setBridgeRules"]["rules"]) == 2

    incident = declare()
    run_jobs()

    assert investigation_for(incident).restricted
    with seeding():
        link = SecurityLink.objects.get(incident=incident)
    assert link.reason.startswith("Money may be at risk (")
    assert link.asked_by_id is None


@pytest.mark.parametrize(
    ("matchers", "mutation", "given"),
    [
        (['tag="credentials"'], "setTags", {"tags": ["Credentials"]}),
        (['severity="sev1"'], "changeSeverity", {"severity": "SEV1", "reason": "Worse"}),
        # In the global word and in the unit's own, which means it.
        (['incident_type="availability"'], "describeIncident", {"incidentTypeId": "availability"}),
        (['incident_type="availability"'], "describeIncident", {"incidentTypeId": "card-outage"}),
        (['incident_type="card-outage"'], "describeIncident", {"incidentTypeId": "card-outage"}),
        (['asset_class="payment data"'], "describeIncident", {"serviceId": "wallet"}),
    ],
)
def test_so_does_what_is_said_of_the_incident_later(
    api: ApiOf, declare: Declare, matchers: list[str], mutation: str, given: dict[str, Any]
) -> None:
    with seeding():
        BridgeRule.objects.create(unit=None, position=9, matchers=matchers, explanation="Keys may be out")
        Service.objects.filter(slug="wallet").update(asset_class="payment data")
        types = {each.key: each for each in Term.objects.filter(kind=TermKind.INCIDENT_TYPE)}
        named: dict[str, Callable[[str], str]] = {
            "incidentTypeId": lambda key: global_id("Term", types[key]),
            "serviceId": lambda slug: global_id("Service", Service.objects.get(slug=slug)),
        }
        given = {name: named[name](value) if name in named else value for name, value in given.items()}
    incident = declare()
    run_jobs()
    with seeding():
        assert not SecurityLink.objects.filter(incident=incident).exists()

    api("commander.payments").change(
        mutation, "... on Incident { id }", incidentId=global_id("Incident", incident), **given
    )
    run_jobs()

    assert investigation_for(incident).restricted


def test_an_alerts_label_does(declare: Declare) -> None:
    incident = declare()
    run_jobs()
    with seeding():
        BridgeRule.objects.create(
            unit=None, position=9, matchers=['alertname=~"Waf.*"', 'env!="test"'], explanation="The firewall says so"
        )
        account = Person.objects.create(username="waf", name="WAF", is_service=True)
        source = AlertSource.objects.create(
            unit_id=incident.unit_id,
            kind="alertmanager",
            name="waf",
            account=account,
            service_labels=["service"],
            created_at=clock.now(),
        )
        group = AlertGroup.objects.create(source=source, unit_id=incident.unit_id, key="g", last_seen_at=clock.now())
        for number, labels in enumerate(({"alertname": "Slow"}, {"alertname": "WafBlocked", "env": "prod"})):
            Alert.objects.create(
                source=source,
                group=group,
                unit_id=incident.unit_id,
                incident=incident,
                fingerprint=str(number),
                name="WAF",
                status=AlertStatus.FIRING,
                labels=labels,
                starts_at=clock.now(),
                first_seen_at=clock.now(),
                last_seen_at=clock.now(),
                changed_at=clock.now(),
            )

    check_incident(incident_id=incident.pk)
    check_incident(incident_id=incident.pk)
    run_jobs()

    assert investigation_for(incident).restricted


def test_without_a_rule_that_matches_nothing_happens(declare: Declare) -> None:
    with seeding():
        other = BusinessUnit.objects.get(slug="retail")
        BridgeRule.objects.create(unit=other, position=1, matchers=['service="ledger"'], explanation="Another unit's")
    incident = declare()
    run_jobs()

    with seeding():
        assert not SecurityLink.objects.filter(incident=incident).exists()


@pytest.mark.parametrize(
    ("username", "everywhere", "code"),
    [
        ("admin.payments", True, "FORBIDDEN"),
        ("coordinator", True, "FORBIDDEN"),
        ("security", True, None),
        ("admin.enterprise", True, None),
        ("responder.payments", False, "FORBIDDEN"),
        ("admin.payments", False, None),
    ],
)
def test_who_sets_the_rules(api: ApiOf, username: str, everywhere: bool, code: str | None) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
        before = list(BridgeRule.objects.order_by("pk").values())
    scope = {} if everywhere else {"unitId": global_id("BusinessUnit", unit)}
    rule = {"matchers": ['tag="credentials"'], "explanation": "Secrets"}

    answer = api(username).change("setBridgeRules", "", **scope, rules=[rule]).data["setBridgeRules"]

    assert [error["code"] for error in answer.get("errors", [])] == ([code] if code else [])
    with seeding():
        if code:
            assert list(BridgeRule.objects.order_by("pk").values()) == before
        else:
            made = BridgeRule.objects.get(unit=None if everywhere else unit)
            assert (made.matchers, made.explanation) == (['tag="credentials"'], "Secrets")


def test_a_rule_that_cannot_be_read_is_refused_with_its_place(api: ApiOf) -> None:
    answer = api("security").change(
        "setBridgeRules",
        "",
        rules=[
            {"matchers": ["tag=core"], "explanation": "Fine"},
            {"matchers": ["tag"], "explanation": "Not a matcher"},
            {"matchers": [], "explanation": "Nothing"},
            {"matchers": ["tag=core"], "explanation": ""},
        ],
    )

    assert [error["path"] for error in answer.data["setBridgeRules"]["errors"]] == [
        ["input", "rules", "1", "matchers", "0"],
        ["input", "rules", "2", "matchers"],
        ["input", "rules", "3", "explanation"],
    ]


def test_facts_win_over_labels_and_the_first_rule_speaks() -> None:
    rules = [
        Criterion((parse_matcher("severity=sev1"),), "Grave"),
        Criterion((parse_matcher("tag=a"), parse_matcher("job=x")), "Both"),
    ]

    assert suspicion(Facts({"severity": "sev3"}, (), ({"severity": "sev1"},)), rules) is None
    assert suspicion(Facts({}, ("b", "a"), ({"job": "y"}, {"job": "x"})), rules) == 'Both (tag="a", job="x")'
    assert suspicion(Facts({}, ("a",), ()), rules) is None
    assert suspicion(Facts({}, (), ()), []) is None
