"""People come with a role and choose their password; they are switched off by whoever administers all they hold."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from hub.lib.identity import Actor, acting_as
from tenants.models import AccessToken, AuditEntry, BusinessUnit, Person, Region, Role, RoleAssignment
from tests.conftest import SignedIn, seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
INVITED = "... on Invitation { address person { id username name timeZone } }"
GOOD = "a-quiet-harbour-at-dawn"


def unit(slug: str = "payments") -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def role(key: str = "responder") -> Role:
    with seeding():
        return Role.objects.get(key=key, unit=None)


def added(
    api: ApiOf, by: str = "admin.payments", *, slug: str = "payments", key: str = "responder", **more: Any
) -> Any:
    given = {"username": "noor.haddad", "name": "Noor Haddad", "timeZone": "Europe/Berlin", **more}
    return api(by).change(
        "addPerson", INVITED, unitId=global_id("BusinessUnit", unit(slug)), roleId=global_id("Role", role(key)), **given
    ).data["addPerson"]  # fmt: skip


def errors(answer: Any) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in answer["errors"]]


def test_somebody_comes_with_a_role_and_chooses_their_password(api: ApiOf, client: Client) -> None:
    invited = added(api, "lead.emea")

    assert invited["person"]["username"] == "noor.haddad"
    path = urlsplit(invited["address"]).path
    for is_active, status in ((False, 404), (True, 200)):
        with seeding():
            Person.objects.filter(username="noor.haddad").update(is_active=is_active)
        assert Client().get(path).status_code == status
    page = client.get(path)
    assert page.status_code == 200
    assert "Noor Haddad" in page.content.decode()
    # The address opens the account: no other site learns of it.
    assert page["Referrer-Policy"] == "same-origin"
    assert client.post(path, {"password": "short", "again": "short"}).status_code == 422
    assert client.post(path, {"password": GOOD, "again": "another"}).status_code == 422
    assert client.post(path, {"password": GOOD, "again": GOOD}).status_code == 302
    signed_in = client.post("/sign-in", {"username": "noor.haddad", "password": GOOD})
    assert signed_in.status_code == 302
    # The address opens nothing any more, and another person's number with the same token never did.
    assert Client().get(path).status_code == 404
    assert Client().get(re.sub(r"/\d+/", "/1/", path)).status_code == 404
    with seeding():
        held = RoleAssignment.objects.get(person__username="noor.haddad")
        assert (held.role.key, held.unit_id) == ("responder", unit().pk)
        verbs = AuditEntry.objects.filter(object_id=held.person_id, noun="person").order_by("pk")
        assert [each.verb for each in verbs] == ["add_person", "choose_password"]


def test_nobody_is_added_beyond_what_their_administrator_may_give(api: ApiOf) -> None:
    def written() -> tuple[int, int]:
        with seeding():
            return Person.objects.count(), AuditEntry.objects.filter(verb__in=("add_person", "give_role")).count()

    before = written()

    assert errors(added(api, key="coordinator")) == [("FORBIDDEN", ["input", "roleId"])]
    assert errors(added(api, slug="retail")) == [("FORBIDDEN", ["input", "unitId"])]
    assert errors(added(api, "commander.payments")) == [("FORBIDDEN", ["input", "unitId"])]
    assert errors(added(api, username="two words")) == [("INVALID", ["input", "username"])]
    assert errors(added(api, username="OBSERVER.payments")) == [("CONFLICT", ["input", "username"])]
    assert errors(added(api, timeZone="Mars/Olympus")) == [("INVALID", ["input", "timeZone"])]
    assert errors(added(api, email="nowhere")) == [("INVALID", ["input", "email"])]

    assert written() == before


def test_an_account_is_switched_off_and_on_again(api: ApiOf, actor: ActorNamed, client: Client) -> None:
    with seeding():
        person = Person.objects.get(username="responder2.payments")
    admin = api("admin.payments")

    off = admin.change("deactivatePerson", "... on Person { username }", personId=global_id("Person", person))
    assert off.data["deactivatePerson"]["username"] == "responder2.payments"
    with acting_as(actor("responder2.payments")), connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(app.units('incident.view'))")
        assert cursor.fetchone() == (0,)
    again = admin.change("deactivatePerson", "", personId=global_id("Person", person))
    assert again.data["deactivatePerson"]["errors"][0]["code"] == "NOT_FOUND"
    on = admin.change("reactivatePerson", "... on Person { username }", personId=global_id("Person", person))
    assert on.data["reactivatePerson"]["username"] == "responder2.payments"
    with acting_as(actor("responder2.payments")), connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(app.units('incident.view'))")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("beyond", ["elsewhere", "enterprise", "region"])
def test_who_holds_more_than_the_administrator_gives_stays(api: ApiOf, actor: ActorNamed, beyond: str) -> None:
    with seeding():
        person = Person.objects.get(username="responder2.payments")
        where: dict[str, dict[str, Any]] = {
            "elsewhere": {"unit": unit("health"), "role": role()},
            "enterprise": {"is_enterprise": True, "role": role("auditor")},
            "region": {"region": Region.objects.get(code="apac"), "role": role("regional_lead")},
        }
        RoleAssignment.objects.create(person=person, **where[beyond])

    for name in ("deactivatePerson", "reactivatePerson", "invitePerson"):
        answer = api("admin.payments").change(name, "", personId=global_id("Person", person))
        assert answer.data[name]["errors"][0]["code"] == "FORBIDDEN"
    with pytest.raises(DatabaseError), acting_as(actor("admin.payments")), transaction.atomic():
        connection.cursor().execute("SELECT app.set_active(%s, false)", [person.pk])
    with seeding():
        person.refresh_from_db()
        assert person.is_active


def test_the_last_administrator_stays_and_nobody_switches_themselves_off(api: ApiOf) -> None:
    with seeding():
        admin = Person.objects.get(username="admin.payments")
        RoleAssignment.objects.filter(unit__slug="group", role__key="unit_admin").delete()
    last = api("lead.emea").change("deactivatePerson", "", personId=global_id("Person", admin))
    assert last.data["deactivatePerson"]["errors"][0]["code"] == "CONFLICT"
    own = api("admin.payments").change("deactivatePerson", "", personId=global_id("Person", admin))
    assert own.data["deactivatePerson"]["errors"][0]["code"] == "FORBIDDEN"
    with seeding():
        admin.refresh_from_db()
        assert admin.is_active


def test_who_signs_in_already_is_not_invited(api: ApiOf) -> None:
    with seeding():
        person = Person.objects.get(username="responder2.payments")
    refused = api("admin.payments").change("invitePerson", "", personId=global_id("Person", person))
    assert refused.data["invitePerson"]["errors"][0]["code"] == "CONFLICT"
    invited = added(api)
    again = api("admin.payments").change("invitePerson", INVITED, personId=invited["person"]["id"])
    assert urlsplit(again.data["invitePerson"]["address"]).path.startswith("/welcome/")


def test_people_come_and_go_in_the_tenant_admin(signed_in: SignedIn) -> None:
    client, payments = signed_in("admin.payments"), unit()
    page = client.get("/admin/tenants/person/add/")
    assert f'value="{unit("health").pk}">Health' not in page.content.decode()
    given = {"username": "noor.haddad", "name": "Noor Haddad", "email": "", "time_zone": "UTC", "language": "en"}

    taken = client.post(
        "/admin/tenants/person/add/",
        {**given, "username": "observer.payments", "for_unit": payments.pk, "role": role().pk},
    )
    assert "Somebody is called observer.payments already." in taken.content.decode()
    made = client.post("/admin/tenants/person/add/", {**given, "for_unit": payments.pk, "role": role().pk})

    assert made.status_code == 200
    assert "/welcome/" in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    with seeding():
        person = Person.objects.get(username="noor.haddad")
    switch = f"/admin/tenants/person/{person.pk}/switch/"
    assert "signs in no more" in client.get(switch).content.decode()
    assert client.post(switch).status_code == 302
    with seeding():
        person.refresh_from_db()
        assert not person.is_active
    assert "Deactivate person" in client.get(f"/admin/tenants/person/{person.pk}/history/").content.decode()
    assert signed_in("admin.health").post(switch).status_code == 404


def test_roles_of_units_regions_and_the_enterprise_are_given_by_whoever_administers_there(signed_in: SignedIn) -> None:
    with seeding():
        person = Person.objects.get(username="observer.payments")
        emea = Region.objects.get(code="emea")
    path, began = "/admin/tenants/roleassignment/add/", {"valid_from_0": "2026-01-01", "valid_from_1": "00:00:00"}
    enterprise, lead, admin = (signed_in(each) for each in ("admin.enterprise", "lead.emea", "admin.payments"))
    given = {**began, "person": person.pk}

    nowhere = admin.post(path, {**given, "role": role("observer").pk})
    assert "name one of them" in nowhere.content.decode()
    twice = admin.post(path, {**given, "role": role("observer").pk, "unit": unit().pk})
    assert "is Observer there already at that time." in twice.content.decode()
    regional = {**given, "role": role("regional_lead").pk, "region": emea.pk}
    assert admin.post(path, regional).status_code == 200
    assert lead.post(path, regional).status_code == 302
    whole = {**given, "role": role("auditor").pk, "is_enterprise": "on"}
    assert lead.post(path, whole).status_code == 200
    assert enterprise.post(path, whole).status_code == 302

    with seeding():
        held = {each.role.key: each for each in RoleAssignment.objects.filter(person=person).select_related("role")}
        assert set(held) == {"observer", "regional_lead", "auditor"}
    change = f"/admin/tenants/roleassignment/{held['auditor'].pk}/change/"
    assert lead.get(change).status_code == 302
    ended = enterprise.post(change, {"valid_until_0": "2030-01-01", "valid_until_1": "00:00:00"})
    assert ended.status_code == 302, ended.content.decode()
    with seeding():
        held["auditor"].refresh_from_db()
        assert held["auditor"].valid_until is not None


def test_a_role_is_given_below_a_person(signed_in: SignedIn) -> None:
    with seeding():
        person = Person.objects.get(username="observer.payments")
    page = f"/admin/tenants/person/{person.pk}/change/"
    rows = {"role_assignments-TOTAL_FORMS": 2, "role_assignments-INITIAL_FORMS": 1}
    with seeding():
        rows["role_assignments-0-id"] = RoleAssignment.objects.get(person=person).pk
    new = {"role_assignments-1-role": role().pk, "role_assignments-1-unit": unit().pk,
           "role_assignments-1-valid_from_0": "2026-01-01", "role_assignments-1-valid_from_1": "00:00:00"}  # fmt: skip
    given = {**rows, "role_assignments-0-person": person.pk, "role_assignments-1-person": person.pk, **new}

    answer = signed_in("admin.payments").post(page, given)

    assert answer.status_code == 302, answer.content.decode()
    with seeding():
        held = RoleAssignment.objects.filter(person=person).values_list("role__key", flat=True)
        assert sorted(held) == ["observer", "responder"]
        assert AuditEntry.objects.filter(verb="give_role").count() == 1


def test_a_program_gets_a_key_that_is_rotated_and_revoked(signed_in: SignedIn, api: ApiOf) -> None:
    client, payments = signed_in("admin.payments"), unit()
    page = "/admin/tenants/accesstoken"
    asked = {"name": "Deploys", "account_name": "Deployer", "valid_days": 30, "permissions": ["incident.view"]}

    lacking = client.post(f"{page}/add/", {**asked, "documents": ""})
    assert "A new account needs a unit, and a role there." in lacking.content.decode()
    where = {"for_unit": payments.pk, "role": role().pk}
    made = client.post(f"{page}/add/", {**asked, **where, "documents": "a" * 64})

    assert made.status_code == 200, made.content.decode()[:2000]
    assert "no-store" in made["Cache-Control"]
    with seeding():
        key = AccessToken.objects.get(name="Deploys")
        assert (key.permissions, key.documents, key.person.unit_id) == (["incident.view"], ["a" * 64], payments.pk)
    assert key.hint in made.content.decode()
    assert signed_in("admin.health").post(f"{page}/{key.pk}/rotate/").status_code == 404
    assert client.get(f"{page}/{key.pk}/change/").status_code == 200
    assert client.post(f"{page}/{key.pk}/rotate/").status_code == 200
    with seeding():
        new = AccessToken.objects.get(succeeds=key)
    assert client.post(f"{page}/{new.pk}/revoke/").status_code == 302
    with seeding():
        new.refresh_from_db()
        assert new.revoked_at is not None
