"""What an administrator makes of a unit in the tenant admin, and every way in which that could reach another unit."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.lib import clock
from tenants.models import (
    AuditEntry,
    BusinessUnit,
    LocalField,
    LocalTemplate,
    MappingVersion,
    Term,
    TermName,
    TermProposal,
    UnitPolicy,
)
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

MAPPING = "/admin/tenants/mappingversion/map/"
MODELS: dict[str, Any] = {
    "term": Term,
    "termname": TermName,
    "termproposal": TermProposal,
    "localfield": LocalField,
    "localtemplate": LocalTemplate,
    "mappingversion": MappingVersion,
}


def unit(slug: str = "payments") -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def counts() -> dict[str, int]:
    with seeding():
        return {model.__name__: model.objects.count() for model in (*MODELS.values(), UnitPolicy, AuditEntry)}


FIELD = {"key": "till", "name": "Till", "kind": "choice", "choices": "One,Two", "hint": "", "position": 3}
TERM = {"kind": "incident_type", "key": "atm", "name": "Cash machine", "description": "", "rank": 1}


@pytest.mark.parametrize(
    ("path", "given", "model"),
    [
        ("localfield", {**FIELD, "required_from": "resolved"}, LocalField),
        ("term", TERM, Term),
        ("localtemplate", {"purpose": "update", "name": "A", "body": "{title}", "sections": "{}", "position": 1},
         LocalTemplate),
        ("unitpolicy", {"review_due_hours": 12, "requirements": '{"summary": "resolved"}'}, UnitPolicy),
        ("unitpolicy", {"review_due_hours": 12, "review_clock": "working_time", "requirements": "{}"}, UnitPolicy),
    ],
)  # fmt: skip
def test_an_administrator_adds_in_the_own_unit_alone(
    signed_in: SignedIn, path: str, given: dict[str, Any], model: Any
) -> None:
    client = signed_in("admin.payments")
    before = counts()

    elsewhere = client.post(f"/admin/tenants/{path}/add/", {**given, "unit": unit("retail").pk})
    assert elsewhere.status_code == 200
    assert counts() == before

    own = client.post(f"/admin/tenants/{path}/add/", {**given, "unit": unit().pk})
    assert own.status_code == 302, own.content.decode()[-3000:]
    with seeding():
        assert model.objects.filter(unit=unit()).latest("pk").unit_id == unit().pk
        entry = AuditEntry.objects.latest("pk")
        assert (entry.unit_id, entry.person and entry.person.username) == (unit().pk, "admin.payments")


def test_a_refusal_stands_beside_its_field_and_nothing_is_written(signed_in: SignedIn) -> None:
    client = signed_in("admin.payments")
    before = counts()
    policy = {"unit": unit().pk, "review_due_hours": 40, "requirements": "{}"}

    wrong = [
        client.post("/admin/tenants/localfield/add/", {**FIELD, "unit": unit().pk, "kind": "text"}),
        client.post("/admin/tenants/unitpolicy/add/", {**policy, "review_due_hours": 400}),
        client.post("/admin/tenants/unitpolicy/add/", {**policy, "requirements": "[1]"}),
        client.post("/admin/tenants/unitpolicy/add/", {**policy, "review_clock": "lunch"}),
        client.post("/admin/tenants/term/add/", {**TERM, "unit": unit().pk, "key": "card-outage"}),
    ]

    assert [answer.status_code for answer in wrong] == [200] * 5
    assert "has no choices" in wrong[0].content.decode()
    assert "due within 48 hours everywhere" in wrong[1].content.decode()
    assert "stages are declared" in wrong[2].content.decode()
    assert "lunch is not one of the available choices" in wrong[3].content.decode()
    assert counts() == before


def test_a_field_is_changed_and_retired(signed_in: SignedIn) -> None:
    with seeding():
        field = LocalField.objects.get(unit=unit(), key="card-scheme")
    given = {"name": "Scheme", "choices": "All,Debit", "hint": "", "required_from": "", "position": 1}

    answer = signed_in("admin.payments").post(
        f"/admin/tenants/localfield/{field.pk}/change/", {**given, "retire": "on", "unit": unit("retail").pk}
    )

    assert answer.status_code == 302
    with seeding():
        field.refresh_from_db()
        assert (field.name, field.choices, field.unit_id) == ("Scheme", ["All", "Debit"], unit().pk)
        assert field.retired_at is not None


@pytest.mark.parametrize("path", [*MODELS, "unitpolicy"])
def test_nothing_of_another_unit_is_reached_by_its_id_or_a_filter(signed_in: SignedIn, path: str) -> None:
    model = MODELS.get(path, UnitPolicy)
    with seeding():
        foreign = model.objects.filter(unit__in=[unit("media"), unit("logistics"), unit("payments")]).latest("pk")
        name = str(foreign)
    client = signed_in("admin.health")
    before = counts()

    for address in (
        f"/admin/tenants/{path}/{foreign.pk}/change/",
        f"/admin/tenants/{path}/{foreign.pk}/history/",
        f"/admin/tenants/{path}/{foreign.pk}/delete/",
    ):
        for answer in (client.get(address), client.post(address, {"post": "yes", "name": "Taken"})):
            assert answer.status_code in (302, 403, 404), address
            assert name not in answer.content.decode()
    for query in (f"unit__id__exact={foreign.unit_id}", f"q={name}", f"id__exact={foreign.pk}", "o=-1", "all="):
        listed = client.get(f"/admin/tenants/{path}/?{query}", follow=True)
        assert name not in listed.content.decode().replace(f'value="{name}"', "").replace(f"q={name}", "")
    done = client.post(
        f"/admin/tenants/{path}/", {"action": "delete_selected", "_selected_action": [foreign.pk], "post": "yes"}
    )
    assert done.status_code in (200, 302, 403)
    assert counts() == before


def test_autocomplete_and_choices_offer_no_other_unit(signed_in: SignedIn) -> None:
    client = signed_in("admin.health")
    for path in ("term", "termname", "localfield", "localtemplate", "termproposal"):
        body = client.get(f"/admin/tenants/{path}/add/").content.decode()
        for foreign in ("Card outage", "Stream trouble", f'value="{unit("payments").pk}">Payments'):
            assert foreign not in body, (path, foreign)
    answer = client.get(
        "/admin/autocomplete/", {"app_label": "tenants", "model_name": "termname", "field_name": "term", "term": "Card"}
    )
    assert "Card outage" not in answer.content.decode()


def test_the_mapping_page_shows_coverage_suggestions_and_what_changes(signed_in: SignedIn) -> None:
    client = signed_in("admin.payments")
    with seeding():
        advisory = Term.objects.get(key="scheme-advisory")
        data = Term.objects.get(key="data", unit=None, kind="incident_type")
        last = MappingVersion.objects.filter(unit=unit()).count()
    page = client.get(f"{MAPPING}?unit=payments&kind=incident_type").content.decode()
    assert "incidents of the last year mean a global term" in page
    assert "Never mapped" in page

    change = {
        f"target-{advisory.pk}": data.pk,
        f"relation-{advisory.pk}": "overlapping",
        f"strength-{advisory.pk}": "0.4",
        "since": (clock.now() - timedelta(days=300)).date().isoformat(),
        "as_version": last + 1,
        "reason": "",
    }
    seen = client.post(f"{MAPPING}?unit=payments", {**change, "preview": "1"})
    assert seen.status_code == 200
    assert "It changes what figures say about the past" in seen.content.decode()
    mute = client.post(f"{MAPPING}?unit=payments", {**change, "publish": "1"})
    assert mute.status_code == 422
    assert "Whoever changes the past says why." in mute.content.decode()
    with seeding():
        assert MappingVersion.objects.filter(unit=unit()).count() == last

    made = client.post(f"{MAPPING}?unit=payments", {**change, "reason": "Now we know", "publish": "1"})
    assert made.status_code == 302
    with seeding():
        version = MappingVersion.objects.filter(unit=unit()).latest("number")
        assert (version.number, version.reason, version.mappings.get().local_id) == (
            last + 1,
            "Now we know",
            advisory.pk,
        )


def test_the_mapping_page_maps_no_other_units_terms(signed_in: SignedIn) -> None:
    client = signed_in("admin.health")
    with seeding():
        foreign = Term.objects.get(key="stream-trouble")
        data = Term.objects.get(key="data", unit=None, kind="incident_type")
    before = counts()

    assert client.get(f"{MAPPING}?unit=media").status_code == 403
    assert signed_in("commander.payments").get(MAPPING, follow=True).status_code == 403
    taken = client.post(f"{MAPPING}?unit=health", {f"target-{foreign.pk}": data.pk, "publish": "1"})
    assert taken.status_code == 422
    assert "Stream trouble" not in taken.content.decode()
    assert counts() == before


def test_a_steward_decides_and_publishes_and_sees_nothing_else(signed_in: SignedIn) -> None:
    client = signed_in("steward")
    with seeding():
        proposal = TermProposal.objects.get(state="waiting")
    assert client.get("/admin/").status_code == 200
    assert client.get("/admin/tenants/localfield/").status_code == 403
    assert client.get("/admin/tenants/person/").status_code == 403
    assert "Third party" in client.get("/admin/tenants/termproposal/").content.decode()

    decided = client.post(f"/admin/tenants/termproposal/{proposal.pk}/change/", {"decision": "approve", "said": "Yes"})
    assert decided.status_code == 302, decided.content.decode()[-2000:]
    published = client.post("/admin/tenants/taxonomyversion/add/", {"summary": "Third parties have a word"})
    assert published.status_code == 302
    with seeding():
        assert Term.objects.filter(key="third-party", unit=None).exists()
