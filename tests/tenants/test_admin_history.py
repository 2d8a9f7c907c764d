"""What the tenant admin tells of an object's past, offers to choose from, and refuses to delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.catalog.models import Service
from hub.incidents.models import Incident
from hub.oncall.models import Override, Schedule
from tenants.models import AuditEntry, BusinessUnit, Person, RoleAssignment
from tests.conftest import SignedIn, seeding

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]


def found(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [each["text"] for each in answer.json()["results"]]


def asked(app: str, model: str, field: str, term: str) -> dict[str, str]:
    return {"app_label": app, "model_name": model, "field_name": field, "term": term}


def test_the_history_of_an_object_is_what_was_done_to_it(signed_in: SignedIn) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    client = signed_in("admin.payments")
    page = f"/admin/tenants/businessunit/{unit.pk}"
    client.post(f"{page}/change/", {"name": unit.name, "mission": "Money <moves>", "time_zone": "Europe/Lisbon"})

    answer = client.get(f"{page}/history/")

    assert answer.status_code == 200
    body = answer.content.decode()
    assert "Change businessunit" in body
    assert f"Time zone: {unit.time_zone} → Europe/Lisbon" in body
    assert "Money &lt;moves&gt;" in body
    with seeding():
        person = AuditEntry.objects.select_related("person").latest("pk").person
        assert person is not None
    assert f"{person.name} (admin.payments)" in body


def test_a_persons_history_tells_of_their_roles(signed_in: SignedIn, person: PersonNamed) -> None:
    client = signed_in("admin.payments")
    with seeding():
        held = RoleAssignment.objects.get(person=person("observer.payments"))
    client.post(
        f"/admin/tenants/roleassignment/{held.pk}/change/",
        {"valid_until_0": "2030-01-01", "valid_until_1": "09:00:00"},
    )

    body = client.get(f"/admin/tenants/person/{held.person_id}/history/").content.decode()

    assert "End role assignment" in body
    assert "2030-01-01" in body


def test_another_units_history_is_not_there(signed_in: SignedIn) -> None:
    with seeding():
        foreign = Service.objects.get(slug="route-planner")
    answer = signed_in("admin.payments").get(f"/admin/catalog/service/{foreign.pk}/history/")
    assert answer.status_code == 302


def test_the_history_costs_the_same_for_one_entry_and_many(signed_in: SignedIn, django_assert_num_queries: Any) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    client = signed_in("admin.payments")
    page = f"/admin/tenants/businessunit/{unit.pk}"
    given = {"name": unit.name, "mission": "x", "time_zone": unit.time_zone}
    client.post(f"{page}/change/", given)
    client.get(f"{page}/history/")
    with CaptureQueriesContext(connection) as one:
        client.get(f"{page}/history/")
    costs = len(one)
    for number in range(3):
        client.post(f"{page}/change/", {**given, "mission": f"Mission {number}"})
    with django_assert_num_queries(costs):
        assert "Mission 2" in client.get(f"{page}/history/").content.decode()


def test_people_are_found_by_typing_as_the_form_offers_them(signed_in: SignedIn, person: PersonNamed) -> None:
    newcomer, service = person("responder.media"), person("observer.payments")
    with seeding():
        Person.objects.filter(pk=service.pk).update(is_active=False)
    client = signed_in("admin.payments")

    page = client.get("/admin/tenants/roleassignment/add/").content.decode()

    assert newcomer.name not in page
    for app, model in (("tenants", "roleassignment"), ("oncall", "override"), ("oncall", "expertise")):
        assert found(client.get("/admin/autocomplete/", asked(app, model, "person", "responder.media"))) == [
            f"{newcomer.name} (responder.media)"
        ]
        assert found(client.get("/admin/autocomplete/", asked(app, model, "person", "observer.payments"))) == []


def test_what_is_typed_finds_only_the_units_own(signed_in: SignedIn) -> None:
    payments, health = signed_in("admin.payments"), signed_in("admin.health")
    schedules = asked("oncall", "override", "schedule", "Payments")

    assert "Payments incident commanders" in found(payments.get("/admin/autocomplete/", schedules))
    assert found(health.get("/admin/autocomplete/", schedules)) == []
    # Services are everybody's map.
    assert found(health.get("/admin/autocomplete/", asked("catalog", "dependency", "needs", "Wallet"))) == ["Wallet"]
    for asking in (
        asked("tenants", "auditentry", "person", "a"),
        asked("incidents", "incident", "commander", "a"),
        asked("tenants", "accesstoken", "person", "a"),
    ):
        assert health.get("/admin/autocomplete/", asking).status_code == 403
    assert signed_in("responder.payments").get("/admin/autocomplete/", schedules).status_code in (302, 403)


def test_a_service_stays_whether_anything_visible_names_it_or_not(signed_in: SignedIn) -> None:
    with seeding():
        service = Service.objects.get(slug="wallet")
        unnamed = Service.objects.create(unit=service.unit, slug="never-used", name="Never used")
        Incident.objects.filter(service=service, restricted=False).update(service=None)
    client = signed_in("admin.payments")

    answers = [
        client.post(f"/admin/catalog/service/{each.pk}/delete/", {"post": "yes"}).status_code
        for each in (service, unnamed)
    ]

    assert answers == [403, 403]
    with seeding():
        assert Service.objects.filter(pk__in=(service.pk, unnamed.pk)).count() == 2


def test_what_is_referred_to_is_not_deleted(signed_in: SignedIn) -> None:
    with seeding():
        schedule = Schedule.objects.get(slug="payments-commanders")
        before = Override.objects.filter(schedule=schedule).count()
    client = signed_in("admin.payments")

    asking = client.get(f"/admin/oncall/schedule/{schedule.pk}/delete/")
    answer = client.post(f"/admin/oncall/schedule/{schedule.pk}/delete/", {"post": "yes"}, follow=True)

    assert asking.status_code == 200
    assert answer.status_code in (200, 403)
    with seeding():
        assert Schedule.objects.filter(pk=schedule.pk).exists()
        assert Override.objects.filter(schedule=schedule).count() == before
        assert not AuditEntry.objects.filter(verb="delete_schedule", object_id=schedule.pk).exists()
