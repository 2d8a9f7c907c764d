"""The list of incidents at odd addresses, and for those who see none."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.graphql.compiler.explaining import explained
from hub.graphql.compiler.plans import plans
from hub.graphql.documents import Asked
from hub.graphql.schema import schema
from hub.incidents import access, actions
from hub.incidents.models import Incident, IncidentPersonGrant
from hub.lib import identity
from hub.lib.identity import Actor, acting_as
from tenants.models import Person, RoleAssignment
from tests.conftest import SignedIn, seeding
from tests.graphql.compiler.both import both

pytestmark = pytest.mark.django_db


def test_an_address_that_means_nothing_is_no_fault_of_the_hub(signed_in: SignedIn) -> None:
    page = signed_in("coordinator")
    page.raise_request_exception = False

    for moment in ("0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-12:00", "yesterday"):
        answer = page.get(f"/incidents/?since={moment}&until={moment}")
        assert answer.status_code == 200
        assert "Declared from" not in answer.content.decode()
    for address in ("?unit=%00", "?severity=%00", "?service=a%00b", "%00"):
        answer = page.get(f"/incidents/{address}")
        assert answer.status_code == 400, address
        assert "This request cannot be read" in answer.content.decode()


def test_who_sees_no_incident_gets_an_empty_list_at_once(
    person: Callable[[str], Person], actor: Callable[[str], Actor], signed_in: SignedIn
) -> None:
    """The newest of all incidents are read until there are enough of them: for such a person none would be read."""
    with seeding():
        newcomer = Person.objects.create(username="newcomer", name="New Comer")
        RoleAssignment.objects.filter(person=person("outsider.logistics")).delete()
    nobody, admitted = identity.person(newcomer.pk, through="test"), actor("outsider.logistics")

    def plan(by: Actor) -> str:
        with acting_as(by):
            return access.listed(access.incidents(by)).order_by("-declared_at", "-id")[:50].explain(analyze=True)

    assert re.search(r"One-Time Filter.*never executed", plan(nobody), re.DOTALL)
    # The same list over GraphQL, its rows and its count: compiled, and resolved field by field.
    asked = "{ incidents(first: 5) { totalCount edges { node { id } } } }"
    with acting_as(nobody):
        compiled = "\n".join(explained(plans.ready(schema, Asked(asked))))
    assert "One-Time Filter" in compiled
    assert all("never executed" in line for line in compiled.splitlines() if " on incidents_incident" in line)
    with CaptureQueriesContext(connection) as said:
        answers = both(nobody, asked)
    assert (answers.compiled, answers.reason) == (answers.executed, None)
    reading = [each["sql"] for each in said if "incidents_incident" in each["sql"]]
    assert [("app.sees_some" in each) for each in reading] == [True] * 3

    assert "All is calm" in signed_in("newcomer").get("/incidents/?view=all").content.decode()

    # Without any role, but admitted to one that is restricted.
    with seeding():
        restricted = Incident.objects.filter(restricted=True).first()
        assert restricted is not None
    assert restricted.reference not in signed_in("outsider.logistics").get("/incidents/?view=all").content.decode()
    with seeding():
        owner = (
            IncidentPersonGrant.objects.filter(content_object=restricted, is_owner=True).select_related("user").first()
        )
        assert owner is not None
    actions.grant_access(
        actor=identity.person(owner.user_id), incident_id=restricted.pk, person_id=admitted.person_id or 0, reason="x"
    )
    assert restricted.reference in signed_in("outsider.logistics").get("/incidents/?view=all").content.decode()
