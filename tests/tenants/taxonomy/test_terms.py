"""A unit's own words: added, changed and retired by who keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.models import AuditEntry, BusinessUnit, Term
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

NEW = {"kind": "INCIDENT_TYPE", "key": "atm-outage", "name": "Cash machines", "rank": 4}


def payments() -> str:
    with seeding():
        return global_id("BusinessUnit", BusinessUnit.objects.get(slug="payments"))


def own() -> Term:
    with seeding():
        return Term.objects.get(key="card-outage", unit__slug="payments")


def test_a_term_is_added_changed_and_retired(api: ApiOf) -> None:
    admin = api("admin.payments")

    added = admin.change("addTerm", "... on Term { id key rank unit { slug } retiredAt }", unitId=payments(), **NEW)
    term = added.data["addTerm"]
    assert (term["key"], term["rank"], term["unit"], term["retiredAt"]) == ("atm-outage", 4, {"slug": "payments"}, None)

    changed = admin.change(
        "changeTerm", "... on Term { name label rank }", termId=term["id"], name="Cash machines down"
    )
    assert changed.data["changeTerm"]["name"] == changed.data["changeTerm"]["label"] == "Cash machines down"
    assert changed.data["changeTerm"]["rank"] == 4

    retired = admin.change("retireTerm", "... on Term { retiredAt }", termId=term["id"])
    assert retired.data["retireTerm"]["retiredAt"] is not None
    again = admin.change("retireTerm", "", termId=term["id"])
    assert again.data["retireTerm"]["errors"][0]["code"] == "CONFLICT"
    with seeding():
        verbs = (
            AuditEntry.objects.filter(noun="term", unit__slug="payments").order_by("id").values_list("verb", flat=True)
        )
        assert list(verbs) == ["add_term", "change_term", "retire_term"]


@pytest.mark.parametrize("username", ["commander.payments", "admin.retail", "steward", "coordinator"])
def test_others_add_change_and_retire_nothing(api: ApiOf, username: str) -> None:
    client = api(username)
    term = own()

    added = client.change("addTerm", "", unitId=payments(), **NEW).data["addTerm"]
    changed = client.change("changeTerm", "", termId=global_id("Term", term), name="Taken over").data["changeTerm"]

    assert added["errors"][0]["code"] == "FORBIDDEN"
    # Who may not view the unit does not learn that it has this term.
    expected = "NOT_FOUND" if username == "admin.retail" else "FORBIDDEN"
    assert changed["errors"][0]["code"] == expected
    with seeding():
        assert not Term.objects.filter(key="atm-outage").exists()
        assert Term.objects.get(pk=term.pk).name == term.name


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"key": "card-outage"}, "CONFLICT", "key"),
        ({"key": "Card Outage"}, "INVALID", "key"),
        ({"name": "  "}, "INVALID", "name"),
        ({"name": "x" * 101}, "INVALID", "name"),
        ({"rank": -1}, "INVALID", "rank"),
    ],
)
def test_what_cannot_be_a_term_is_refused(api: ApiOf, given: dict[str, Any], code: str, field: str) -> None:
    added = api("admin.payments").change("addTerm", "", unitId=payments(), **{**NEW, **given}).data["addTerm"]

    assert [(error["code"], error["path"]) for error in added["errors"]] == [(code, ["input", field])]


def test_a_global_term_is_not_changed_here(api: ApiOf) -> None:
    with seeding():
        term = Term.objects.get(key="data", unit=None)

    for username in ("admin.payments", "steward"):
        changed = api(username).change("changeTerm", "", termId=global_id("Term", term), name="Mine")
        assert changed.data["changeTerm"]["errors"][0]["code"] == "CONFLICT"
    with seeding():
        assert Term.objects.get(pk=term.pk).name == term.name


def test_a_reader_gets_terms_in_their_language(api: ApiOf) -> None:
    query = (
        '{ terms(filters: {kind: {exact: INCIDENT_TYPE}, key: {exact: "availability"}, isGlobal: true})'
        " { edges { node { name label } } } }"
    )

    def label(username: str) -> str:
        ((edge),) = api(username).ask(query).data["terms"]["edges"]
        assert edge["node"]["name"] == "Availability"
        return str(edge["node"]["label"])

    assert label("observer.payments") == "Verfügbarkeit"
    assert label("responder.payments") == "Availability"
