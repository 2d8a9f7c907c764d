"""A unit's rules for severity: written by its administrators, and what they do to its alerts."""

from __future__ import annotations

from typing import Any

import pytest

from hub.alerts import actions
from hub.alerts.actions import NewRule
from hub.alerts.models import SeverityRule
from hub.incidents.models import Severity
from tenants.models import AuditEntry, BusinessUnit
from tests.alerts.senders import LiveHub, alert
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

RULES: list[dict[str, Any]] = [
    {"matchers": ['env=~"test|staging"'], "severity": "SEV5", "explanation": "Nobody is hurt"},
    {"matchers": ['service="checkout-api"', "env!=lab"], "severity": "SEV1", "explanation": "We earn our money here"},
]
MADE = "... on SeverityRules { rules { position matchers severity explanation } }"


@pytest.fixture
def payments(db: None) -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug="payments")


def set_rules(api: ApiOf, username: str, unit: BusinessUnit, rules: list[dict[str, Any]]) -> dict[str, Any]:
    answer = api(username).change("setSeverityRules", MADE, unitId=global_id("BusinessUnit", unit), rules=rules)
    given: dict[str, Any] = answer.data["setSeverityRules"]
    return given


def test_an_administrator_sets_them_all_at_once(api: ApiOf, payments: BusinessUnit) -> None:
    set_rules(api, "admin.payments", payments, RULES[:1])

    given = set_rules(api, "admin.payments", payments, RULES)

    assert given["rules"] == [
        {**RULES[0], "position": 1, "matchers": ['env=~"test|staging"']},
        {**RULES[1], "position": 2, "matchers": ['service="checkout-api"', 'env!="lab"']},
    ]
    with seeding():
        assert SeverityRule.objects.filter(unit=payments).count() == 2
        former, latter = AuditEntry.objects.filter(verb="set_severity_rules").order_by("id")
        assert (len(former.change["rules"][0]), len(latter.change["rules"][0])) == (0, 1)


def test_members_read_them_and_others_do_not(api: ApiOf, payments: BusinessUnit) -> None:
    set_rules(api, "admin.payments", payments, RULES)
    query = "{ severityRules { totalCount edges { node { explanation } } } }"

    assert api("observer.payments").ask(query).data["severityRules"]["totalCount"] == 2
    assert api("observer.retail").ask(query).data["severityRules"]["totalCount"] == 0


@pytest.mark.parametrize("username", ["commander.payments", "admin.retail", "coordinator"])
def test_others_may_not_set_them(api: ApiOf, payments: BusinessUnit, username: str) -> None:
    given = set_rules(api, username, payments, RULES)

    assert given["errors"][0]["code"] == "FORBIDDEN"
    with seeding():
        assert not SeverityRule.objects.exists()


def test_each_fault_is_named_and_nothing_changes(api: ApiOf, payments: BusinessUnit) -> None:
    set_rules(api, "admin.payments", payments, RULES[:1])
    faulty: list[dict[str, Any]] = [
        {"matchers": ['env="prod"', "env"], "severity": "SEV1", "explanation": "x"},
        {"matchers": [], "severity": "SEV1", "explanation": "x"},
        {"matchers": ['a=~"("'], "severity": "SEV1", "explanation": "x"},
        {"matchers": ["a=b"], "severity": "SEV1", "explanation": " "},
    ]

    given = set_rules(api, "admin.payments", payments, faulty)

    assert [error["path"] for error in given["errors"]] == [
        ["input", "rules", "0", "matchers", "1"],
        ["input", "rules", "1", "matchers"],
        ["input", "rules", "2", "matchers", "0"],
        ["input", "rules", "3", "explanation"],
    ]
    with seeding():
        assert SeverityRule.objects.filter(unit=payments).count() == 1


def test_a_unit_has_at_most_a_hundred(api: ApiOf, payments: BusinessUnit) -> None:
    given = set_rules(api, "admin.payments", payments, RULES[:1] * 101)

    assert given["errors"][0]["path"] == ["input", "rules"]


def test_the_first_that_matches_decides_and_says_why(hub: LiveHub) -> None:
    actor = hub.actor("admin.payments")
    rules = [NewRule(rule["matchers"], Severity(rule["severity"].lower()), rule["explanation"]) for rule in RULES]
    actions.set_severity_rules(actor=actor, unit_id=hub.service("checkout-api").unit_id, rules=rules)
    source = hub.source("cloud")
    try:
        source.send(alert(env="prod"), group="prod")
        source.send(alert(env="staging"), group="staging")
        source.send(alert(env="lab"), group="lab")
        source.send(alert(service="web-shop", env="prod"), group="another unit")
    finally:
        actions.set_severity_rules(actor=actor, unit_id=hub.service("checkout-api").unit_id, rules=[])

    assert [(each.severity, each.severity_reason) for each in source.incidents()] == [
        ("sev1", 'Rule 2: We earn our money here (service="checkout-api", env!="lab")'),
        ("sev5", 'Rule 1: Nobody is hurt (env=~"test|staging")'),
        ("sev2", "The alert's severity is “critical”"),
        ("sev2", "The alert's severity is “critical”"),
    ]
