"""Giving, ending and making roles: nobody gives what they do not hold, here or in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from tenants.models import AuditEntry, BusinessUnit, Person, Region, Role, RoleAssignment
from tenants.permissions import Permission, units_with
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

PersonNamed = Callable[[str], Person]
ActorNamed = Callable[[str], Actor]
HELD = "... on RoleAssignment { id role { key } unit { slug } validUntil }"


def unit(slug: str) -> BusinessUnit:
    with seeding():
        return BusinessUnit.objects.get(slug=slug)


def role(key: str) -> Role:
    with seeding():
        return Role.objects.get(key=key, unit=None)


def written() -> list[object]:
    with seeding():
        return [
            list(RoleAssignment.objects.order_by("id").values()),
            list(Role.objects.order_by("id").values()),
            AuditEntry.objects.exclude(verb="create_token").count(),
        ]


def give(api: ApiOf, giver: str, person: Person, key: str, **scope: Any) -> Any:
    return (
        api(giver)
        .change("giveRole", HELD, personId=global_id("Person", person), roleId=global_id("Role", role(key)), **scope)
        .data["giveRole"]
    )


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.get("errors", [])]


def test_an_administrator_gives_the_roles_of_the_unit_for_a_time(
    api: ApiOf, person: PersonNamed, actor: ActorNamed
) -> None:
    newcomer, payments = person("responder.media"), unit("payments")
    until = clock.now() + timedelta(days=2)

    given = give(api, "admin.payments", newcomer, "commander", unitId=global_id("BusinessUnit", payments),
                 validUntil=until.isoformat())  # fmt: skip

    assert given["role"] == {"key": "commander"}
    assert given["unit"] == {"slug": "payments"}
    assert payments.pk in units_with(actor("responder.media"), Permission.INCIDENT_COMMAND)
    with seeding():
        RoleAssignment.objects.filter(person=newcomer, unit=payments).update(
            valid_from=clock.now() - timedelta(hours=2), valid_until=clock.now() - timedelta(hours=1)
        )
        assert AuditEntry.objects.get(verb="give_role").change["role"] == [None, "commander"]
    assert payments.pk not in units_with(actor("responder.media"), Permission.INCIDENT_COMMAND)
    again = give(api, "admin.payments", newcomer, "commander", unitId=global_id("BusinessUnit", payments))
    assert codes(again) == []


@pytest.mark.parametrize(
    "attempt",
    [
        ("admin.payments", "steward", "payments"),
        ("admin.payments", "enterprise_admin", "payments"),
        ("admin.payments", "commander", "retail"),
        ("admin.payments", "observer", "region"),
        ("admin.payments", "observer", "enterprise"),
        ("lead.emea", "coordinator", "enterprise"),
        ("coordinator", "observer", "payments"),
        ("commander.payments", "observer", "payments"),
    ],
)
def test_nobody_gives_what_they_do_not_hold(
    api: ApiOf, person: PersonNamed, actor: ActorNamed, attempt: tuple[str, str, str]
) -> None:
    giver, key, scope = attempt
    newcomer = person("responder.media")
    with seeding():
        region = Region.objects.get(code="emea")
    where: dict[str, Any] = {"enterprise": True}
    rows: dict[str, Any] = {"is_enterprise": True}
    if scope == "region":
        where, rows = {"regionId": global_id("Region", region)}, {"region": region}
    elif scope != "enterprise":
        where, rows = {"unitId": global_id("BusinessUnit", unit(scope))}, {"unit": unit(scope)}
    before = written()

    answer = give(api, giver, newcomer, key, **where)

    assert codes(answer) == ["FORBIDDEN"]
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor(giver)):
        RoleAssignment.objects.create(person=newcomer, role=role(key), **rows)
    assert written() == before


def test_a_regional_lead_gives_roles_in_the_region_and_the_enterprise_administrator_everywhere(
    api: ApiOf, person: PersonNamed
) -> None:
    newcomer = person("responder.media")
    with seeding():
        region = Region.objects.get(code="emea")

    regional = give(api, "lead.emea", newcomer, "regional_lead", regionId=global_id("Region", region))
    enterprise = give(api, "admin.enterprise", newcomer, "auditor", enterprise=True)

    assert codes(regional) == codes(enterprise) == []


def test_nobody_gives_themselves_a_role_or_prolongs_one(api: ApiOf, person: PersonNamed, actor: ActorNamed) -> None:
    admin, payments = person("admin.payments"), unit("payments")
    with seeding():
        held = RoleAssignment.objects.get(person=admin)
        RoleAssignment.objects.filter(pk=held.pk).update(valid_until=clock.now() + timedelta(days=1))
    before = written()

    gift = give(api, "admin.payments", admin, "commander", unitId=global_id("BusinessUnit", payments))
    longer = api("admin.payments").change(
        "endRoleAssignment",
        "__typename",
        assignmentId=global_id("RoleAssignment", held),
        at=(clock.now() + timedelta(days=9)).isoformat(),
        leaveWithoutAdministrator=True,
    )

    assert codes(gift) == ["FORBIDDEN"]
    assert longer.data["endRoleAssignment"]["__typename"] == "MutationErrors"
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("admin.payments")):
        RoleAssignment.objects.filter(pk=held.pk).update(valid_until=None)
    assert written() == before


def test_the_last_administrator_of_a_unit_stays_unless_it_is_meant(api: ApiOf, person: PersonNamed) -> None:
    with seeding():
        held = RoleAssignment.objects.get(person=person("admin.payments"))
    lead = api("lead.emea")
    before = written()

    by_accident = lead.change("endRoleAssignment", HELD, assignmentId=global_id("RoleAssignment", held))

    (error,) = by_accident.data["endRoleAssignment"]["errors"]
    assert error["code"] == "CONFLICT"
    assert "last administrator of Payments" in error["message"]
    assert written() == before
    give(
        api,
        "lead.emea",
        person("commander.payments"),
        "unit_admin",
        unitId=global_id("BusinessUnit", held.unit_id or 0),
    )
    meant = lead.change("endRoleAssignment", HELD, assignmentId=global_id("RoleAssignment", held))
    assert meant.data["endRoleAssignment"]["validUntil"] is not None
    again = lead.change("endRoleAssignment", HELD, assignmentId=global_id("RoleAssignment", held))
    assert codes(again.data["endRoleAssignment"]) == ["CONFLICT"]


def test_a_units_own_role_never_goes_beyond_its_maker(api: ApiOf, person: PersonNamed, actor: ActorNamed) -> None:
    payments = unit("payments")
    admin = api("admin.payments")
    here = global_id("BusinessUnit", payments)

    made = admin.change("createRole", "... on Role { id key permissions unit { slug } }", unitId=here,
                        name="Night watch", permissions=["INCIDENT_VIEW", "INCIDENT_RESPOND"])  # fmt: skip

    own = made.data["createRole"]
    assert (own["key"], own["permissions"]) == ("night-watch", ["INCIDENT_RESPOND", "INCIDENT_VIEW"])
    given = admin.change("giveRole", HELD, personId=global_id("Person", person("responder.media")), roleId=own["id"],
                         unitId=here)  # fmt: skip
    assert codes(given.data["giveRole"]) == []
    before = written()
    beyond = admin.change("createRole", "__typename", unitId=here, name="Steward", permissions=["TAXONOMY_STEWARD"])
    widened = admin.change("changeRole", "__typename", roleId=own["id"], permissions=["TAXONOMY_STEWARD"])
    built_in = admin.change("changeRole", "__typename", roleId=global_id("Role", role("observer")), name="x")
    held = admin.change("deleteRole", "__typename", roleId=own["id"])
    elsewhere = api("admin.retail").change(
        "giveRole",
        HELD,
        personId=global_id("Person", person("responder.media")),
        roleId=own["id"],
        unitId=global_id("BusinessUnit", unit("retail")),
    )
    assert codes(beyond.data["createRole"]) == codes(widened.data["changeRole"]) == ["FORBIDDEN"]
    assert codes(built_in.data["changeRole"]) == ["FORBIDDEN"]
    assert codes(held.data["deleteRole"]) == ["CONFLICT"]
    assert codes(elsewhere.data["giveRole"]) == ["INVALID"]
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("admin.payments")):
        Role.objects.create(key="x", name="x", unit=payments, permissions=["taxonomy.steward"])
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("admin.payments")):
        Role.objects.filter(unit=payments).update(permissions=["taxonomy.steward"])
    assert written() == before


def test_nobody_changes_a_role_that_they_hold(api: ApiOf, person: PersonNamed, actor: ActorNamed) -> None:
    payments = unit("payments")
    with seeding():
        own = Role.objects.create(key="own", name="Own", unit=payments, permissions=["unit.view"])
        RoleAssignment.objects.create(person=person("admin.payments"), role=own, unit=payments)
    before = written()

    answer = api("admin.payments").change("changeRole", "__typename", roleId=global_id("Role", own),
                                          permissions=["INCIDENT_COMMAND"])  # fmt: skip

    assert codes(answer.data["changeRole"]) == ["FORBIDDEN"]
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("admin.payments")):
        Role.objects.filter(pk=own.pk).update(permissions=["incident.command"])
    assert written() == before


def test_a_role_held_above_reaches_the_units_below(api: ApiOf, actor: ActorNamed) -> None:
    payments = unit("payments")
    with seeding():
        below = BusinessUnit.objects.create(slug="cards", prefix="CRD", name="Cards", parent=payments)

    tree = api("observer.payments").ask(
        '{ businessUnits(filters: {slug: {exact: "payments"}}) {'
        " edges { node { children { slug parent { slug } } } } } }"
    )

    assert below.pk in units_with(actor("commander.payments"), Permission.INCIDENT_COMMAND)
    assert below.pk not in units_with(actor("commander.retail"), Permission.INCIDENT_COMMAND)
    assert tree.data["businessUnits"]["edges"][0]["node"]["children"] == [
        {"slug": "cards", "parent": {"slug": "payments"}}
    ]


def test_the_tenant_admin_gives_and_ends_under_the_same_rules(person: PersonNamed) -> None:
    client = Client()
    client.force_login(person("admin.payments"), backend="django.contrib.auth.backends.ModelBackend")
    payments = unit("payments")
    own = client.post("/admin/tenants/role/add/", {"unit": payments.pk, "name": "Night watch", "description": "",
                                                   "permissions": ["incident.view"]})  # fmt: skip
    beyond = client.post("/admin/tenants/role/add/", {"unit": payments.pk, "name": "Steward", "description": "",
                                                      "permissions": ["taxonomy.steward"]})  # fmt: skip
    with seeding():
        held = RoleAssignment.objects.get(person=person("admin.payments"))
    last = client.post(f"/admin/tenants/roleassignment/{held.pk}/change/",
                       {"valid_until_0": "2030-01-01", "valid_until_1": "00:00:00"}, follow=True)  # fmt: skip

    assert (own.status_code, beyond.status_code) == (302, 200)
    assert "You cannot give taxonomy.steward" in beyond.content.decode()
    assert "Nobody gives themselves a role" in last.content.decode()
    with seeding():
        assert [each.name for each in Role.objects.filter(unit=payments)] == ["Night watch"]
        held.refresh_from_db()
        assert held.valid_until is None
