"""The tenant admin: what administrators change in their unit, and that nothing there reaches another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from hub.catalog.models import Service
from hub.oncall.models import Override
from tenants.models import AuditEntry, BusinessUnit, Person, Role, RoleAssignment
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]
LISTS = (
    "tenants/businessunit",
    "tenants/person",
    "tenants/roleassignment",
    "tenants/term",
    "tenants/auditentry",
    "catalog/service",
    "oncall/schedule",
    "oncall/layer",
    "oncall/rotation",
    "oncall/expertise",
    "oncall/override",
    "alerts/alertsource",
    "alerts/severityrule",
    "bridge/bridgerule",
)


@pytest.mark.parametrize("path", ["", *(f"{each}/" for each in LISTS)])
def test_administrators_open_every_page_and_others_none(signed_in: SignedIn, path: str) -> None:
    assert signed_in("admin.payments").get(f"/admin/{path}").status_code == 200
    assert signed_in("lead.emea").get(f"/admin/{path}").status_code == 200
    assert signed_in("responder.payments").get(f"/admin/{path}", follow=True).status_code == 403
    assert Client().get(f"/admin/{path}", follow=True).redirect_chain[-1][0].startswith("/sign-in")


def test_a_service_is_changed_and_the_change_is_audited(signed_in: SignedIn) -> None:
    with seeding():
        service = Service.objects.get(slug="wallet")
    client = signed_in("admin.payments")
    page = client.get(f"/admin/catalog/service/{service.pk}/change/")
    assert page.status_code == 200

    answer = client.post(
        f"/admin/catalog/service/{service.pk}/change/",
        {
            "unit": service.unit_id,
            "slug": "wallet",
            "name": "Wallet and vouchers",
            "description": "",
            "criticality": 1,
            "tags": "customer-facing",
            "commander_schedule": service.commander_schedule_id,
            "responder_schedule": service.responder_schedule_id,
            "dependencies-TOTAL_FORMS": 0,
            "dependencies-INITIAL_FORMS": 0,
        },
    )

    assert answer.status_code == 302, answer.content.decode()[:2000]
    with seeding():
        service.refresh_from_db()
        assert (service.name, service.criticality) == ("Wallet and vouchers", 1)
        entry = AuditEntry.objects.get(verb="change_service", object_id=service.pk)
        assert entry.change["criticality"] == [2, 1]
        assert entry.person is not None
        assert entry.person.username == "admin.payments"
        assert LogEntry.objects.count() == 0


def test_another_units_service_is_not_there(signed_in: SignedIn) -> None:
    with seeding():
        foreign = Service.objects.get(slug="route-planner")
        known = Service.objects.get(slug="wallet")
    client = signed_in("admin.payments")

    there = client.get(f"/admin/catalog/service/{foreign.pk}/change/")
    nowhere = client.get("/admin/catalog/service/999999/change/")
    deletion = client.post(f"/admin/catalog/service/{foreign.pk}/delete/", {"post": "yes"})

    assert (there.status_code, nowhere.status_code, deletion.status_code) == (302, 302, 302)
    moved = client.post(
        f"/admin/catalog/service/{known.pk}/change/",
        {"unit": foreign.unit_id, "slug": "wallet", "name": "Wallet", "criticality": 2, "tags": "x",
         "dependencies-TOTAL_FORMS": 0, "dependencies-INITIAL_FORMS": 0},
    )  # fmt: skip
    assert moved.status_code == 200
    with seeding():
        assert Service.objects.filter(pk=foreign.pk).exists()
        known.refresh_from_db()
        assert known.unit_id != foreign.unit_id


def test_a_role_is_given_in_the_own_unit_alone(signed_in: SignedIn, person: PersonNamed) -> None:
    with seeding():
        payments, retail = (BusinessUnit.objects.get(slug=slug) for slug in ("payments", "retail"))
        observer = Role.objects.get(key="observer", unit=None)
        coordinator = Role.objects.get(key="coordinator", unit=None)
    newcomer = person("responder.media")
    client = signed_in("admin.payments")
    given = {"person": newcomer.pk, "valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}

    allowed = client.post("/admin/tenants/roleassignment/add/", {**given, "role": observer.pk, "unit": payments.pk})
    elsewhere = client.post("/admin/tenants/roleassignment/add/", {**given, "role": observer.pk, "unit": retail.pk})
    too_much = client.post("/admin/tenants/roleassignment/add/", {**given, "role": coordinator.pk, "unit": payments.pk})

    assert (allowed.status_code, elsewhere.status_code, too_much.status_code) == (302, 200, 200)
    with seeding():
        held = RoleAssignment.objects.filter(person=newcomer).exclude(unit__slug="media")
        assert [(each.role_id, each.unit_id) for each in held] == [(observer.pk, payments.pk)]
        assert AuditEntry.objects.filter(verb="give_role", unit=payments).count() == 1


def test_a_form_begins_with_what_the_address_names_and_with_nothing_that_is_no_key(
    signed_in: SignedIn, person: PersonNamed
) -> None:
    client, chosen = signed_in("admin.payments"), person("commander2.payments")

    for address in ("?person=nan", "?person=%00", "?schedule=1&schedule=b", f"?person={'9' * 30}"):
        assert client.get(f"/admin/oncall/override/add/{address}").status_code == 200, address
    assert chosen.name in client.get(f"/admin/oncall/override/add/?person={chosen.pk}").content.decode()


def test_an_override_says_who_made_it(signed_in: SignedIn, person: PersonNamed) -> None:
    with seeding():
        schedule = BusinessUnit.objects.get(slug="payments").schedules.get(slug="payments-commanders")
    answer = signed_in("admin.payments").post(
        "/admin/oncall/override/add/",
        {
            "unit": schedule.unit_id,
            "schedule": schedule.pk,
            "person": person("commander2.payments").pk,
            "starts_at_0": "2027-01-01",
            "starts_at_1": "09:00:00",
            "ends_at_0": "2027-01-02",
            "ends_at_1": "09:00:00",
        },
    )

    assert answer.status_code == 302, answer.content.decode()[:1000]
    with seeding():
        override = Override.objects.get(schedule=schedule, starts_at__year=2027)
        assert override.created_by.username == "admin.payments"
