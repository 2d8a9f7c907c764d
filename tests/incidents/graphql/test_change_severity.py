"""`changeSeverity`."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from hub.incidents import actions
from hub.incidents.models import Incident, Severity
from hub.lib.identity import Actor
from tenants.models import BusinessUnit, Term
from tests.conftest import SignedIn, seeding
from tests.graphql.api import Api, ApiOf, global_id
from tests.incidents.graphql.conftest import READERS, fresh, nothing_changed

pytestmark = pytest.mark.django_db

FIELDS = "... on Incident { severity severityReason timeline(last: 1) { edges { node { kind body } } } }"


def test_it_is_graver_than_was_thought(api: ApiOf, incident: Incident) -> None:
    answer = api("responder.payments").change(
        "changeSeverity",
        FIELDS,
        incidentId=global_id("Incident", incident),
        severity="SEV1",
        reason="Payments are lost",
    )

    changed = answer.data["changeSeverity"]
    assert (changed["severity"], changed["severityReason"]) == ("SEV1", "Payments are lost")
    assert changed["timeline"]["edges"][0]["node"] == {
        "kind": "SEVERITY",
        "body": "Severity changed from SEV3 to SEV1: Payments are lost",
    }


@pytest.mark.parametrize(
    ("input", "code", "path"),
    [
        ({"reason": ""}, "INVALID", ["input", "reason"]),
        ({"reason": "x" * 301}, "INVALID", ["input", "reason"]),
        ({"severity": "SEV3"}, "CONFLICT", ["input", "severity"]),
    ],
)
def test_what_cannot_be_is_said_with_its_field(
    api: ApiOf, incident: Incident, input: dict[str, Any], code: str, path: list[str]
) -> None:
    own = api("responder.payments")
    given = {"incidentId": global_id("Incident", incident), "severity": "SEV1", "reason": "Because"}
    with nothing_changed():
        answer = own.change("changeSeverity", FIELDS, **(given | input))

    assert [(error["code"], error["path"]) for error in answer.data["changeSeverity"]["errors"]] == [(code, path)]


@pytest.mark.parametrize(("username", "code"), READERS)
def test_readers_may_not_and_others_see_nothing(api: ApiOf, incident: Incident, username: str, code: str) -> None:
    own = api(username)
    with nothing_changed():
        answer = own.change(
            "changeSeverity", FIELDS, incidentId=global_id("Incident", incident), severity="SEV1", reason="Because"
        )

    assert [error["code"] for error in answer.data["changeSeverity"]["errors"]] == [code]


RATED = "... on Incident { severity localSeverity { key } }"


@pytest.fixture
def called_p2(actor: Callable[[str], Actor]) -> Incident:
    """An incident of Retail that its people called P2, which means SEV2."""
    with seeding():
        unit = BusinessUnit.objects.get(slug="retail")
    declared = actions.declare_incident(
        actor=actor("commander.retail"), title="Tills are slow", unit_id=unit.pk, local_severity_id=word("p2").pk
    )
    assert declared.severity == Severity.SEV2
    return fresh(declared)


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("commander.retail")


def word(key: str) -> Term:
    with seeding():
        return Term.objects.get(key=key, unit__slug="retail")


def change(own: Api, incident: Incident, severity: str, **more: Any) -> Any:
    given = {"incidentId": global_id("Incident", incident), "severity": severity, "reason": "As it looks now", **more}
    return own.change("changeSeverity", RATED, **given).data["changeSeverity"]


@pytest.mark.parametrize("graver_before", [False, True])
def test_it_is_never_laxer_than_the_units_own_word_for_it(own: Api, called_p2: Incident, graver_before: bool) -> None:
    if graver_before:
        # A judgement on the global scale takes the word away, and not what it means.
        assert change(own, called_p2, "SEV1") == {"__typename": "Incident", "severity": "SEV1", "localSeverity": None}

    with nothing_changed():
        refused = change(own, called_p2, "SEV3")

    (error,) = refused["errors"]
    assert (error["code"], error["path"]) == ("INVALID", ["input", "severity"])
    assert error["message"] == (
        f"{called_p2.reference} was called “P2 Trading impaired”, which means SEV2: it may be graver than that, and not"
        f" SEV3. If it is less grave, say so in another word of {called_p2.unit.name}."
    )
    if graver_before:
        assert change(own, called_p2, "SEV2")["severity"] == "SEV2"


def test_another_word_of_the_unit_says_that_it_is_less_grave(own: Api, called_p2: Incident) -> None:
    lesser = change(own, called_p2, "SEV3", localSeverityId=global_id("Term", word("p3")))

    assert lesser == {"__typename": "Incident", "severity": "SEV3", "localSeverity": {"key": "p3"}}
    with nothing_changed():
        assert change(own, called_p2, "SEV4")["errors"][0]["path"] == ["input", "severity"]


def test_a_word_that_means_something_graver_or_is_not_the_units_is_refused(own: Api, called_p2: Incident) -> None:
    with seeding():
        shared = Term.objects.get(key="sev5", unit=None)
        foreign = Term.objects.exclude(unit=None).exclude(unit=called_p2.unit_id).filter(kind="severity")[0]
    for said, path in ((word("p1"), "severity"), (shared, "localSeverityId"), (foreign, "localSeverityId")):
        with nothing_changed():
            (error,) = change(own, called_p2, "SEV5", localSeverityId=global_id("Term", said))["errors"]
        assert error["path"] == ["input", path]


def test_the_page_refuses_it_too_and_offers_the_units_words(signed_in: SignedIn, called_p2: Incident) -> None:
    browser = signed_in("commander.retail")
    address = f"/incidents/{called_p2.reference}"
    page = browser.get(address).content.decode()
    offered = re.findall(r'<option value="(\d+)">P', page[page.index('id="new-word"') :].partition("</select>")[0])
    assert [int(each) for each in offered] == [word(key).pk for key in ("p1", "p2", "p3")]

    with nothing_changed():
        refused = browser.post(f"{address}/severity", {"severity": "sev3", "reason": "Calmer"})
    assert (refused.status_code, "which means SEV2" in refused.content.decode()) == (400, True)

    browser.post(f"{address}/severity", {"severity": "sev3", "reason": "Calmer", "word": word("p3").pk})
    assert fresh(called_p2).severity == Severity.SEV3
