"""Service accounts and their keys: narrower than the account, in the database too; rotated, expiring, revoked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.db import DatabaseError, transaction

from hub.incidents import actions as incidents
from hub.incidents.models import Incident, Severity
from hub.lib import clock, identity
from hub.lib.identity import Actor, acting_as
from tenants import actions, tokens
from tenants.models import AccessToken, AuditEntry, BusinessUnit, Person, Role
from tenants.permissions import Permission, units_with
from tests.conftest import seeding
from tests.graphql.api import Api, ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

ActorNamed = Callable[[str], Actor]
NEW = "... on NewAccessKey { secret key { id hint permissions units { slug } expiresAt succeeds { id } } }"
INCIDENTS = "{ incidents(first: 100) { totalCount edges { node { id unit { slug } } } } }"


class World(NamedTuple):
    payments: BusinessUnit
    cards: BusinessUnit
    account: Person
    above: Incident
    below: Incident


@pytest.fixture
def world(actor: ActorNamed) -> World:
    """A service account of Payments that responds in it and in Cards, which stands below; an incident in each."""
    with seeding():
        payments = BusinessUnit.objects.get(slug="payments")
        cards = BusinessUnit.objects.create(slug="cards", prefix="CRD", name="Cards", parent=payments)
        responder = Role.objects.get(key="responder", unit=None)
    admin, commander = actor("admin.payments"), actor("commander.payments")
    account = actions.create_service_account(actor=admin, unit_id=payments.pk, name="Deployer")
    actions.give_role(actor=admin, person_id=account.pk, role_id=responder.pk, unit_id=payments.pk)
    above, below = (
        incidents.declare_incident(actor=commander, title="Slow", severity=Severity.SEV4, unit_id=each.pk)
        for each in (payments, cards)
    )
    return World(payments, cards, account, above, below)


def made(api: ApiOf, world: World, **scope: Any) -> Any:
    return api("admin.payments").change(
        "createAccessKey", NEW, accountId=global_id("Person", world.account), name="Deploys", **scope
    ).data["createAccessKey"]  # fmt: skip


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer.get("errors", [])]


def reached(secret: str) -> set[str]:
    found = Api(secret).ask(INCIDENTS)
    return set() if found.codes else {each["node"]["unit"]["slug"] for each in found.data["incidents"]["edges"]}


def test_a_key_opens_what_its_account_holds_and_is_stored_as_a_hash(api: ApiOf, world: World) -> None:
    key = made(api, world)

    assert reached(key["secret"]) == {"payments", "cards"}
    with seeding():
        stored = AccessToken.objects.get(person=world.account)
        assert bytes(stored.digest) == tokens.digest(key["secret"])
        assert key["secret"] not in str(AuditEntry.objects.filter(verb="create_access_key").values())


def test_a_narrow_key_opens_its_scope_alone(api: ApiOf, world: World) -> None:
    key = made(api, world, permissions=["INCIDENT_VIEW"], unitIds=[global_id("BusinessUnit", world.cards)])

    assert key["key"]["permissions"] == ["INCIDENT_VIEW"]
    assert key["key"]["units"] == [{"slug": "cards"}]
    assert reached(key["secret"]) == {"cards"}
    reader = Api(key["secret"])
    for incident, code in ((world.below, "FORBIDDEN"), (world.above, "NOT_FOUND")):
        answer = reader.change("acknowledgeIncident", "__typename", incidentId=global_id("Incident", incident))
        assert codes(answer.data["acknowledgeIncident"]) == [code]
    again = reader.change("createAccessKey", NEW, accountId=global_id("Person", world.account), name="Wider")
    assert codes(again.data["createAccessKey"]) == ["FORBIDDEN"]
    with seeding():
        assert Incident.objects.get(pk=world.below.pk).status == "declared"
        assert AccessToken.objects.filter(person=world.account).count() == 1


def test_the_database_holds_a_session_to_its_key(api: ApiOf, world: World) -> None:
    key = made(api, world, permissions=["INCIDENT_VIEW"])
    opened = tokens.opened_by(key["secret"])
    assert opened is not None
    narrow = identity.person(opened.person_id, through="test", key_id=opened.key_id)

    assert units_with(narrow, Permission.INCIDENT_VIEW) == {world.payments.pk, world.cards.pk}
    assert units_with(narrow, Permission.INCIDENT_RESPOND) == frozenset()
    with acting_as(narrow):
        assert Incident.objects.filter(pk=world.above.pk).update(title="Changed") == 0
    with pytest.raises(DatabaseError), transaction.atomic(), acting_as(narrow):
        AccessToken.objects.create(
            person_id=opened.person_id, name="Wide", digest=b"x" * 32, hint="x", created_at=clock.now(),
            expires_at=clock.now() + timedelta(days=1),
        )  # fmt: skip


def test_a_narrow_key_opens_no_restricted_incident(api: ApiOf, world: World, actor: ActorNamed) -> None:
    security = actor("security")
    secret = incidents.declare_incident(
        actor=security, title="Breach", severity=Severity.SEV2, unit_id=world.payments.pk, restricted=True
    )
    incidents.grant_access(actor=security, incident_id=secret.pk, person_id=world.account.pk, reason="Scans")
    wide, narrow = made(api, world), made(api, world, permissions=["INCIDENT_VIEW"])
    query = f'{{ node(id: "{global_id("Incident", secret)}") {{ id }} }}'

    assert Api(wide["secret"]).ask(query).data["node"] is not None
    assert Api(narrow["secret"]).ask(query).data["node"] is None


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        ({"permissions": ["INCIDENT_COMMAND"]}, "INVALID"),
        ({"permissions": []}, "INVALID"),
        ({"unitIds": []}, "INVALID"),
        ({"unitIds": ["retail"]}, "INVALID"),
        ({"unitIds": [global_id("BusinessUnit", 10**12)]}, "NOT_FOUND"),
        ({"validDays": 0}, "INVALID"),
        ({"validDays": 367}, "INVALID"),
        ({"name": " "}, "INVALID"),
    ],
)
def test_a_key_is_never_wider_than_its_account(api: ApiOf, world: World, scope: dict[str, Any], code: str) -> None:
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")
    if scope.get("unitIds") == ["retail"]:
        scope = {"unitIds": [global_id("BusinessUnit", retail)]}

    answer = api("admin.payments").change(
        "createAccessKey", NEW, accountId=global_id("Person", world.account), **{"name": "Deploys", **scope}
    )

    assert codes(answer.data["createAccessKey"]) == [code]
    with seeding():
        assert not AccessToken.objects.filter(person=world.account).exists()


def test_keys_are_for_the_units_own_accounts(api: ApiOf, world: World, actor: ActorNamed) -> None:
    with seeding():
        human = Person.objects.get(username="responder.payments")
    foreign = api("admin.retail").change(
        "createAccessKey", NEW, accountId=global_id("Person", world.account), name="Mine"
    )
    of_a_human = api("admin.payments").change("createAccessKey", NEW, accountId=global_id("Person", human), name="Mine")

    assert codes(foreign.data["createAccessKey"]) == codes(of_a_human.data["createAccessKey"]) == ["FORBIDDEN"]
    for person, unit in ((human, world.payments), (human, None)):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("admin.payments")):
            AccessToken.objects.create(
                person=person, unit=unit, name="x", digest=b"x" * 32, hint="x", created_at=clock.now(),
                expires_at=clock.now() + timedelta(days=1), created_by_id=actor("admin.payments").person_id,
            )  # fmt: skip


def test_an_account_holds_roles_in_its_own_unit_alone(api: ApiOf, world: World) -> None:
    with seeding():
        retail = BusinessUnit.objects.get(slug="retail")
        observer = Role.objects.get(key="observer", unit=None)

    answer = api("lead.emea").change(
        "giveRole", "__typename", personId=global_id("Person", world.account), roleId=global_id("Role", observer),
        unitId=global_id("BusinessUnit", retail),
    )  # fmt: skip

    assert codes(answer.data["giveRole"]) == ["FORBIDDEN"]


def test_rotation_overlaps_and_ends(api: ApiOf, world: World) -> None:
    old = made(api, world, permissions=["INCIDENT_VIEW"])
    admin = api("admin.payments")

    new = admin.change("rotateAccessKey", NEW, keyId=old["key"]["id"], overlapMinutes=60).data["rotateAccessKey"]

    assert new["key"]["succeeds"] == {"id": old["key"]["id"]}
    assert new["key"]["permissions"] == ["INCIDENT_VIEW"]
    assert reached(old["secret"]) == reached(new["secret"]) == {"payments", "cards"}
    with seeding():
        assert AccessToken.objects.get(hint=old["key"]["hint"]).expires_at <= clock.now() + timedelta(hours=1)
    twice = admin.change("rotateAccessKey", NEW, keyId=old["key"]["id"])
    assert codes(twice.data["rotateAccessKey"]) == ["CONFLICT"]
    third = admin.change("rotateAccessKey", NEW, keyId=new["key"]["id"], overlapMinutes=0).data["rotateAccessKey"]
    assert reached(new["secret"]) == set()
    assert reached(third["secret"]) == {"payments", "cards"}


def test_a_revoked_key_opens_nothing_and_stays_revoked(api: ApiOf, world: World, actor: ActorNamed) -> None:
    key = made(api, world)
    admin = api("admin.payments")

    admin.change("revokeAccessKey", "__typename", keyId=key["key"]["id"])

    assert Api(key["secret"]).ask(INCIDENTS).codes == ["UNAUTHENTICATED"]
    again = admin.change("revokeAccessKey", "__typename", keyId=key["key"]["id"])
    assert codes(again.data["revokeAccessKey"]) == ["CONFLICT"]
    later = clock.now() + timedelta(days=999)
    for change in ({"revoked_at": None}, {"expires_at": later}, {"permissions": ["incident.view"]}):
        with pytest.raises(DatabaseError), transaction.atomic(), acting_as(actor("admin.payments")):
            AccessToken.objects.filter(person=world.account).update(**change)
