"""What of a review leaves its unit: redacted, approved by two sides, read at its own address, taken back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from hub.delivery.models import Message
from hub.incidents import actions as incidents
from hub.lib.identity import acting_as
from knowledge.postmortems import actions
from knowledge.postmortems.models import Audience, Disclosure, DisclosureState, Postmortem, Recipients
from knowledge.postmortems.redaction import find, redact
from tenants.models import AuditEntry, Person, Role, RoleAssignment
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id
from tests.jobs import run_jobs
from tests.knowledge.search.library import acting, publish, write

__all__ = ["api"]

NAMES = ["Luca Marino", "Grace Young", "Jörg O'Neill"]

SPOKEN = (
    "Luca restarted it; Marino's shell at 10.2.3.4 (fe80::1ff:fe23:4567:890a) was open. Write to"
    " luca.marino@example.org or call +49 30 1234567. Grace period: 30 days, version 1.2.3.4.5, 14:02:33, 20261126."
)


def test_what_tells_of_people_is_found_and_figures_are_not() -> None:
    found = [(each.text, each.kind.value) for each in find(SPOKEN, NAMES)]

    assert found == [
        ("Luca", "name"),
        ("Marino", "name"),
        ("10.2.3.4", "IP address"),
        ("fe80::1ff:fe23:4567:890a", "IP address"),
        ("luca.marino@example.org", "e-mail address"),
        ("+49 30 1234567", "phone number"),
    ]
    assert find(redact(SPOKEN, NAMES), NAMES) == []
    assert redact("Grace Young and Jörg O'Neill agreed", NAMES) == "[name removed] and [name removed] agreed"
    for spelt in (
        *(
            "JÖRG O’NEILL",
            "jörg o'neill",
            "Jo\u0308rg  O'Neill",
            "Joerg O'Neill",
            "Jorg\nO'Neill",
            "MARINO",
            "Marinos",
        ),
        *("DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432", "4111 1111 1111 1111", "5555-5555-5555-4444"),
    ):
        assert re.fullmatch(r"It was \[[\w ]+ removed\]\.", redact(f"It was {spelt}.", NAMES)), spelt
    assert redact("It may rain, May", ["May", ""]) == "It may rain, [name removed]"
    assert redact("DE89 3704 0044 0532 0130 00 AND MORE", []) == "[account or card number removed] AND MORE"
    for harmless in (
        *("DE00370400440532013000", "4111 1111 1111 1112", "1741078800000", "4bf92f3577b34da6a3ce929d0e0e4736"),
        "young and marino",
        "It took 1 234 567 requests",
        "std::vector<int>",
        "300.1.2.3",
        "PAY-142 on 2026-03-02",
        "0.000123456",
    ):
        assert find(harmless, NAMES) == []


@pytest.fixture
def review(db: None) -> Postmortem:
    """A published review of Payments that names somebody."""
    return publish(write(title="Luca Marino's pool ran dry", text="Luca Marino saw 10.2.3.4."), audience=Audience.UNIT)


def requested(review: Postmortem, by: str = "commander.payments") -> Disclosure:
    return actions.request_disclosure(
        actor=acting(by),
        postmortem_id=review.pk,
        recipients=Recipients.CUSTOMERS,
        purpose="Merchants",
        title="A pool",
        text="It ran dry.",
    )


APPROVE = """mutation ($id: ID!, $side: DisclosureSide!) { approveDisclosure(input: {disclosureId: $id, side: $side}) {
  ... on Disclosure { state path } ... on MutationErrors { errors { code } } } }"""


def approve(api: ApiOf, person: str, disclosure: Disclosure, side: str) -> Any:
    answer = api(person).ask(APPROVE, id=global_id("Disclosure", disclosure), side=side).data["approveDisclosure"]
    return answer["errors"][0]["code"] if "errors" in answer else (answer["state"], answer["path"])


def as_stored(disclosure: Disclosure) -> tuple[str, int | None, int | None]:
    with seeding():
        now = Disclosure.objects.get(pk=disclosure.pk)
        return now.state, now.legal_by_id, now.compliance_by_id


@pytest.mark.django_db
def test_two_people_release_it_at_an_address_of_its_own(api: ApiOf, review: Postmortem) -> None:
    disclosure = requested(review)
    run_jobs()
    with seeding():
        told = Message.objects.filter(dedupe_key__startswith=f"disclosure:{disclosure.pk}:asked")
        assert {message.person.username for message in told} == {"legal", "compliance"}

    assert approve(api, "compliance", disclosure, "LEGAL") == "FORBIDDEN"
    assert approve(api, "commander.payments", disclosure, "LEGAL") == "FORBIDDEN"
    assert approve(api, "outsider.logistics", disclosure, "LEGAL") == "NOT_FOUND"
    assert as_stored(disclosure) == ("requested", None, None)
    assert approve(api, "legal", disclosure, "LEGAL") == ("REQUESTED", None)
    assert approve(api, "legal", disclosure, "LEGAL") == "CONFLICT"
    state, path = approve(api, "compliance", disclosure, "COMPLIANCE")
    assert state == "RELEASED"

    outside = Client()
    read = outside.get(path)
    assert read.status_code == 200
    assert "It ran dry." in read.content.decode()
    assert review.reference not in read.content.decode()
    assert (read["Cache-Control"], read["X-Robots-Tag"]) == ("no-store", "noindex")
    assert outside.get(path[:-2] + "xx").status_code == 404
    assert outside.get("/disclosures/1").status_code == 404

    actions.withdraw_disclosure(actor=acting("legal"), disclosure_id=disclosure.pk, reason="Settled otherwise")
    assert outside.get(path).status_code == 404
    run_jobs()
    with seeding():
        verbs = AuditEntry.objects.filter(object_id=disclosure.pk, verb__contains="disclosure").order_by("pk")
        assert [*verbs.values_list("verb", flat=True)] == [
            "request_disclosure",
            "approve_disclosure_for_legal",
            "approve_disclosure_for_compliance",
            "withdraw_disclosure",
        ]


@pytest.mark.django_db
def test_nobody_approves_for_both_sides_nor_what_they_asked_for(api: ApiOf, review: Postmortem) -> None:
    with seeding():
        for username in ("commander.payments", "legal"):
            for key in ("legal", "compliance"):
                RoleAssignment.objects.create(
                    person=Person.objects.get(username=username),
                    role=Role.objects.get(key=key, unit=None),
                    unit=review.unit,
                    valid_from=review.opened_at,
                )
    disclosure = requested(review)

    assert approve(api, "commander.payments", disclosure, "LEGAL") == "FORBIDDEN"
    assert approve(api, "legal", disclosure, "LEGAL") == ("REQUESTED", None)
    assert approve(api, "legal", disclosure, "COMPLIANCE") == "FORBIDDEN"
    assert as_stored(disclosure)[::2] == ("requested", None)

    # The database says the same to whoever asks it directly.
    rows = Disclosure.objects.filter(pk=disclosure.pk)
    for person, change in (
        ("commander.payments", {"legal_by_id": None}),
        ("commander.payments", {"text": "Another text"}),
        ("commander.payments", {"state": DisclosureState.RELEASED, "released_at": review.opened_at}),
        ("compliance", {"compliance_by_id": acting("auditor").person_id}),
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(acting(person)):
            rows.update(**change)
    with acting_as(acting("observer.payments")):
        assert rows.update(state="declined") == 0


@pytest.mark.django_db
def test_it_goes_with_its_review(api: ApiOf, review: Postmortem) -> None:
    disclosure = requested(review)
    approve(api, "legal", disclosure, "LEGAL")
    _, path = approve(api, "compliance", disclosure, "COMPLIANCE")

    incidents.restrict_incident(
        actor=acting("commander.payments"), incident_id=review.incident_id or 0, reason="May be an intrusion"
    )

    assert Client().get(path).status_code == 404


@pytest.mark.django_db
def test_the_page_proposes_a_redacted_text_and_takes_it_to_its_release(signed_in: SignedIn, review: Postmortem) -> None:
    commander, address = signed_in("commander.payments"), f"/postmortems/{review.pk}/disclosures"

    proposal = commander.get(f"{address}?new").content.decode()
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", proposal, re.DOTALL)
    assert text is not None
    assert "[name removed] saw [IP address removed]." in text.group(1)
    assert "Luca" not in text.group(1)
    assert "Luca Marino (name)" in proposal
    assert "?new" not in signed_in("responder.payments").get(address).content.decode()

    said = {"recipients": "authority", "purpose": "Annex", "title": "A pool", "text": "Ask Luca Marino."}
    assert commander.post(address, {**said, "purpose": " "}).status_code == 400
    assert commander.post(address, said).status_code == 302
    with seeding():
        disclosure = Disclosure.objects.get(postmortem=review)
    shown = signed_in("legal").get(address).content.decode()
    assert "The text still tells of people" in shown
    assert "Approve for legal" in shown
    assert "Approve for compliance" not in shown

    for person, side in (("legal", "legal"), ("compliance", "compliance")):
        signed_in(person).post(f"/postmortems/disclosures/{disclosure.pk}", {"do": side})
    assert as_stored(disclosure)[0] == "released"
    assert "The released text" in commander.get(address).content.decode()
    assert signed_in("outsider.logistics").get(address).status_code == 404
    commander.post(f"/postmortems/disclosures/{disclosure.pk}", {"do": "withdraw", "reason": "Done"})
    assert as_stored(disclosure)[0] == "withdrawn"
