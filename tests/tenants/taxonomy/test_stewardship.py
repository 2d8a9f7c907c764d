"""The global terms change by proposal, a second steward's word and a published version, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tenants.models import AuditEntry, BusinessUnit, TaxonomyVersion, Term, TermProposal
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

MADE = "... on TermProposal { id state proposedBy { username } decidedBy { username } }"
NEW = {
    "change": "ADD",
    "kind": "INCIDENT_TYPE",
    "key": "capacity-shortage",
    "name": "Capacity",
    "reason": "Four units have a word for it",
}


def term(key: str, kind: str = "incident_type") -> Term:
    with seeding():
        return Term.objects.get(key=key, kind=kind, unit=None)


def waiting() -> str:
    with seeding():
        return global_id("TermProposal", TermProposal.objects.get(state="waiting"))


def test_a_term_is_proposed_approved_by_a_second_steward_and_published(api: ApiOf) -> None:
    first, second = api("steward"), api("steward.second")
    proposal = first.change("proposeTerm", MADE, **NEW).data["proposeTerm"]
    assert proposal["state"] == "WAITING"

    own = first.change("decideProposal", MADE, proposalId=proposal["id"], approve=True).data["decideProposal"]
    assert own["errors"][0]["code"] == "FORBIDDEN"
    early = first.change("publishTaxonomy", "", summary="Too early").data["publishTaxonomy"]
    assert early["errors"][0]["code"] == "CONFLICT"

    decided = second.change("decideProposal", MADE, proposalId=proposal["id"], approve=True).data["decideProposal"]
    assert (decided["state"], decided["decidedBy"]) == ("APPROVED", {"username": "steward.second"})
    with seeding():
        assert not Term.objects.filter(key="capacity-shortage").exists()

    version = second.change(
        "publishTaxonomy",
        "... on TaxonomyVersion { number editions { name isRetired term { key } } proposals { state } }",
        summary="Capacity has a common word",
    ).data["publishTaxonomy"]
    assert version["number"] == 3
    assert version["editions"] == [{"name": "Capacity", "isRetired": False, "term": {"key": "capacity-shortage"}}]
    assert version["proposals"] == [{"state": "PUBLISHED"}]
    assert term("capacity-shortage").unit_id is None
    with seeding():
        assert set(AuditEntry.objects.filter(unit=None).values_list("verb", flat=True)) >= {
            "propose_term",
            "decide_proposal",
            "publish_taxonomy",
        }


def test_a_change_and_a_retirement_are_published_together(api: ApiOf) -> None:
    first, second = api("steward"), api("steward.second")
    facility, performance = term("facility"), term("performance")
    changed = first.change(
        "proposeTerm", MADE, change="CHANGE", termId=global_id("Term", facility), name="Site", reason="Plainer"
    ).data["proposeTerm"]
    retired = first.change(
        "proposeTerm",
        MADE,
        change="RETIRE",
        termId=global_id("Term", performance),
        successorId=global_id("Term", term("availability")),
        reason="Nobody tells them apart",
    ).data["proposeTerm"]
    for proposal in (changed, retired):
        second.change("decideProposal", MADE, proposalId=proposal["id"], approve=True)

    second.change("publishTaxonomy", "", summary="Fewer and plainer")

    assert term("facility").name == "Site"
    assert term("performance").retired_at is not None
    with seeding():
        editions = TaxonomyVersion.objects.get(number=3).editions.order_by("name")
        assert [(each.name, each.is_retired) for each in editions] == [("Performance", True), ("Site", False)]


def test_a_unit_asks_and_is_answered(api: ApiOf) -> None:
    steward = api("steward")
    silent = steward.change("decideProposal", MADE, proposalId=waiting(), approve=False).data["decideProposal"]
    assert silent["errors"][0]["path"] == ["input", "answer"]

    rejected = steward.change(
        "decideProposal", MADE, proposalId=waiting(), approve=False, answer="Use availability"
    ).data["decideProposal"]
    assert rejected["state"] == "REJECTED"


def test_whoever_proposed_takes_back(api: ApiOf) -> None:
    proposal = waiting()
    other = api("lead.emea").change("withdrawProposal", MADE, proposalId=proposal).data["withdrawProposal"]
    assert other["errors"][0]["code"] == "FORBIDDEN"

    mine = api("admin.payments").change("withdrawProposal", MADE, proposalId=proposal).data["withdrawProposal"]
    assert mine["state"] == "WITHDRAWN"
    again = api("steward").change("decideProposal", MADE, proposalId=proposal, approve=True).data["decideProposal"]
    assert again["errors"][0]["code"] == "CONFLICT"


def test_what_another_unit_proposes_stands_in_no_units_way_and_one_of_the_two_is_approved(api: ApiOf) -> None:
    # Payments has asked for third-party; whether it has is nothing that logistics could find out by asking too.
    payments = waiting()
    with seeding():
        units = {each.slug: global_id("BusinessUnit", each) for each in BusinessUnit.objects.all()}
    given = {**NEW, "key": "third-party", "name": "Third party"}
    own = api("admin.payments").change("proposeTerm", MADE, **given, unitId=units["payments"]).data["proposeTerm"]
    assert own["errors"][0]["code"] == "CONFLICT"
    other = api("admin.logistics").change("proposeTerm", MADE, **given, unitId=units["logistics"]).data["proposeTerm"]
    assert other["state"] == "WAITING"

    steward = api("steward")
    first = steward.change("decideProposal", MADE, proposalId=payments, approve=True).data["decideProposal"]
    assert first["state"] == "APPROVED"
    for _ in ("approved", "published"):
        second = steward.change("decideProposal", MADE, proposalId=other["id"], approve=True).data["decideProposal"]
        assert second["errors"][0]["code"] == "CONFLICT"
        with seeding():
            assert TermProposal.objects.get(unit__slug="logistics", key="third-party").state == "waiting"
        steward.change("publishTaxonomy", "", summary="Third parties have a word")
    answer = {"proposalId": other["id"], "approve": False, "answer": "There is one"}
    assert steward.change("decideProposal", MADE, **answer).data["decideProposal"]["state"] == "REJECTED"


@pytest.mark.parametrize(
    ("username", "given", "code"),
    [
        ("coordinator", NEW, "FORBIDDEN"),
        ("admin.payments", NEW, "FORBIDDEN"),
        ("steward", {**NEW, "kind": "SEVERITY", "key": "sev0"}, "INVALID"),
        ("steward", {**NEW, "key": "availability"}, "CONFLICT"),
        ("steward", {**NEW, "key": "third-party"}, "CONFLICT"),
        ("steward", {**NEW, "reason": " "}, "INVALID"),
        ("steward", {"change": "CHANGE", "reason": "x"}, "INVALID"),
        ("steward", {"change": "ADD", "reason": "x", "name": "x"}, "INVALID"),
    ],
)
def test_what_is_no_proposal_is_refused(api: ApiOf, username: str, given: dict[str, Any], code: str) -> None:
    with seeding():
        before = TermProposal.objects.count()

    made = api(username).change("proposeTerm", MADE, **given).data["proposeTerm"]

    assert made["errors"][0]["code"] == code
    with seeding():
        assert TermProposal.objects.count() == before


def test_names_are_given_by_who_keeps_them(api: ApiOf) -> None:
    availability = term("availability")
    with seeding():
        payments = global_id("BusinessUnit", BusinessUnit.objects.get(slug="payments"))
    given = {"termId": global_id("Term", availability), "language": "pt-BR", "name": "Disponibilidade"}
    shown = "... on Term { names { language name unit { slug } } }"

    assert api("admin.payments").change("nameTerm", "", **given).data["nameTerm"]["errors"][0]["code"] == "FORBIDDEN"
    everybody = api("steward").change("nameTerm", shown, **given).data["nameTerm"]
    assert {"language": "pt-br", "name": "Disponibilidade", "unit": None} in everybody["names"]

    api("admin.payments").change("nameTerm", "", **given, unitId=payments)
    again = (
        api("admin.payments")
        .change("nameTerm", shown, **{**given, "name": "Pagamento parado"}, unitId=payments)
        .data["nameTerm"]
    )
    assert {"language": "pt-br", "name": "Pagamento parado", "unit": {"slug": "payments"}} in again["names"]
    gone = api("admin.payments").change("nameTerm", shown, **{**given, "name": ""}, unitId=payments).data["nameTerm"]
    assert [each["unit"] for each in gone["names"] if each["language"] == "pt-br"] == [None]
    bad = api("steward").change("nameTerm", "", **{**given, "language": "Portuguese!"}).data["nameTerm"]
    assert bad["errors"][0]["path"] == ["input", "language"]
