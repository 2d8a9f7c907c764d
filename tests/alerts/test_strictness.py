"""A unit may be stricter than the enterprise, never laxer: in the rule itself, when rules are set, and when judged."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.alerts.matchers import all_match, parse_matcher
from hub.alerts.models import SeverityFloor, SeverityRule
from hub.alerts.severity import Judgement, Rule, judge
from hub.alerts.strictness import Floor, laxer_than, may_meet
from hub.incidents.models import Severity
from tenants.models import AuditEntry, BusinessUnit
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]


def matchers(*texts: str) -> tuple[Any, ...]:
    return tuple(parse_matcher(text) for text in texts)


LABELS = st.dictionaries(st.sampled_from(["env", "team"]), st.sampled_from(["", "prod", "test", "lab", "a|b", "a"]))
CONDITIONS = st.lists(
    st.builds(
        "{}{}\"{}\"".format,
        st.sampled_from(["env", "team"]),
        st.sampled_from(["=", "!=", "=~", "!~"]),
        st.sampled_from(["", "prod", "test", "prod|test", "(?:lab|a)", "(test|)", "l.*", "a\\\\|b", "[ab]"]),
    ),
    max_size=3,
)  # fmt: skip


@given(first=CONDITIONS, second=CONDITIONS, labels=LABELS)
def test_rules_that_meet_are_never_said_to_be_apart(
    first: list[str], second: list[str], labels: dict[str, str]
) -> None:
    one, other = matchers(*first), matchers(*second)
    if all_match(one, labels) and all_match(other, labels):
        assert may_meet(one, other)


@pytest.mark.parametrize(
    ("first", "second", "meet"),
    [
        (["env=prod"], ["env=test"], False),
        (["env=prod"], ["team=a"], True),
        (['env=~"test|staging"'], ["env=prod"], False),
        (['env=~"test|staging"'], ['env=~"(?:prod|staging)"'], True),
        (["severity=critical"], ["severity!=critical", "env=test"], False),
        (["env=prod"], ['env!~"prod|live"'], False),
        # What cannot be listed is taken to meet.
        (['path=~"/card.*"'], ['path=~"/shop.*"'], True),
        (["env=prod"], ["env=prod", 'path=~"/a.*"'], True),
    ],
)
def test_when_two_rules_meet(first: list[str], second: list[str], meet: bool) -> None:
    assert may_meet(matchers(*first), matchers(*second)) is meet
    assert may_meet(matchers(*second), matchers(*first)) is meet


FLOOR = Floor(1, matchers("env=prod", "data=personal"), Severity.SEV2, "Personal data is at stake")


def test_an_alert_is_as_grave_as_the_enterprise_holds_it_to_be() -> None:
    rules = [Rule(1, matchers("env=prod"), Severity.SEV4, "We can wait")]
    default = Judgement(Severity.SEV5, "default")
    personal = {"env": "prod", "data": "personal"}

    held = judge(personal, rules, default, [FLOOR])
    assert held.severity == Severity.SEV2
    assert held.reason == (
        'The enterprise\'s rule 1: Personal data is at stake (env="prod", data="personal"); otherwise SEV4'
    )
    assert judge({"env": "prod"}, rules, default, [FLOOR]).severity == Severity.SEV4
    stricter = [Rule(1, matchers("env=prod"), Severity.SEV1, "All of it")]
    assert judge(personal, stricter, default, [FLOOR]).reason.startswith("Rule 1: All of it")
    assert laxer_than(matchers("env=prod"), Severity.SEV3, [FLOOR]) == FLOOR
    assert laxer_than(matchers("env=prod"), Severity.SEV2, [FLOOR]) is None


FLOORS = [{"matchers": ["env=prod", "data=personal"], "severity": "SEV2", "explanation": "Personal data is at stake"}]
SET = "... on SeverityFloors { rules { position matchers severity } overruled { unit { slug } position } }"
MADE = "... on SeverityRules { rules { position severity } }"


def set_rules(api: ApiOf, *rules: dict[str, Any]) -> Any:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    answer = api("admin.payments").change(
        "setSeverityRules", MADE, unitId=global_id("BusinessUnit", unit), rules=list(rules)
    )
    return answer.data["setSeverityRules"]


@pytest.mark.django_db
def test_a_laxer_rule_is_refused_with_the_reason_and_a_stricter_one_is_not(api: ApiOf) -> None:
    api("steward").change("setSeverityFloors", SET, rules=FLOORS)
    lax = {"matchers": ["env=prod"], "severity": "SEV3", "explanation": "We can wait"}

    refused = set_rules(api, {**lax, "severity": "SEV1"}, lax)

    (error,) = refused["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "rules", "1", "severity"])
    assert error["message"].startswith("SEV3 is laxer than the enterprise allows: its rule 1")
    assert "“Personal data is at stake”" in error["message"]
    with seeding():
        assert not SeverityRule.objects.filter(unit__slug="payments").exists()

    taken = set_rules(api, {**lax, "severity": "SEV1"}, {**lax, "matchers": ["env=prod", "data!=personal"]})
    assert len(taken["rules"]) == 2


@pytest.mark.django_db
def test_what_is_laxer_already_is_overruled_and_named(api: ApiOf) -> None:
    with seeding():
        SeverityFloor.objects.all().delete()
    set_rules(api, {"matchers": ["env=prod"], "severity": "SEV4", "explanation": "We can wait"})

    given = api("steward").change("setSeverityFloors", SET, rules=FLOORS).data["setSeverityFloors"]

    assert given["rules"] == [{"position": 1, "matchers": ['env="prod"', 'data="personal"'], "severity": "SEV2"}]
    assert given["overruled"] == [{"unit": {"slug": "payments"}, "position": 1}]
    with seeding():
        assert AuditEntry.objects.filter(verb="set_severity_floors").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("username", ["admin.payments", "lead.emea", "coordinator", "auditor"])
def test_others_do_not_set_the_enterprises_rules(api: ApiOf, username: str) -> None:
    with seeding():
        before = list(SeverityFloor.objects.values())
    given = api(username).change("setSeverityFloors", SET, rules=FLOORS).data["setSeverityFloors"]

    assert given["errors"][0]["code"] == "FORBIDDEN"
    with seeding():
        assert list(SeverityFloor.objects.values()) == before


@pytest.mark.django_db
def test_the_demonstrations_own_rules_hold_what_is_about_production(api: ApiOf) -> None:
    lax = {"matchers": ["env=prod", "backup=missing"], "severity": "SEV4", "explanation": "We can wait"}

    (error,) = set_rules(api, lax)["errors"]

    assert "People may come to harm: nothing is weighed against that" in error["message"]
    assert set_rules(api, {**lax, "matchers": ["env=test", "backup=missing"]})["rules"]
