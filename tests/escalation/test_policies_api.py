"""Policies as programs write, read and try them."""

from __future__ import annotations

import pytest

from hub.catalog.models import Service
from hub.escalation.models import Policy
from tenants.models import BusinessUnit, Person
from tests.conftest import seeding
from tests.escalation.test_central_command import hybrid
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api", "hybrid"]

pytestmark = pytest.mark.django_db


@pytest.mark.usefixtures("hybrid")
def test_the_condition_is_written_read_and_simulated_by_the_api(api: ApiOf) -> None:
    with seeding():
        unit, service = BusinessUnit.objects.get(slug="payments"), Service.objects.get(slug="ledger")
        person = Person.objects.get(username="responder2.payments")
    central = {"targets": [{"kind": "PERSON", "personId": global_id("Person", person)}], "commandedBy": "CENTRAL"}
    given = {
        "name": "By command",
        "acknowledgedWithin": 5,
        "serviceIds": [global_id("Service", service)],
        "steps": [central, {"targets": [{"kind": "LEADERSHIP"}]}],
    }
    refused = api("responder.payments").change(
        "createEscalationPolicy", "", unitId=global_id("BusinessUnit", unit), policy=given
    )
    assert refused.data["createEscalationPolicy"]["errors"][0]["code"] == "FORBIDDEN"
    made = api("admin.payments").change(
        "createEscalationPolicy",
        "... on EscalationPolicy { steps { commandedBy } }",
        unitId=global_id("BusinessUnit", unit),
        policy=given,
    )
    steps = [{"commandedBy": "CENTRAL"}, {"commandedBy": None}]
    assert made.data["createEscalationPolicy"] == {"__typename": "EscalationPolicy", "steps": steps}

    said = api("responder.payments").ask(
        "query ($id: ID!) { grave: simulateEscalation(serviceId: $id, severity: SEV2) { steps { outcome note } }"
        " slight: simulateEscalation(serviceId: $id, severity: SEV3) { steps { outcome note } } }",
        id=global_id("Service", service),
    )
    assert said.data["grave"]["steps"][0]["outcome"] == "PAGED"
    assert said.data["slight"]["steps"][0] == {
        "outcome": "PASSED_OVER",
        "note": "Only where: another unit commands it centrally.",
    }


def test_no_policy_can_name_those_who_are_admitted(api: ApiOf) -> None:
    with seeding():
        unit = BusinessUnit.objects.get(slug="payments")
    given = {"name": "Theirs", "acknowledgedWithin": 5, "steps": [{"targets": [{"kind": "ADMITTED"}]}]}
    answer = api("admin.payments").change(
        "createEscalationPolicy", "", unitId=global_id("BusinessUnit", unit), policy=given
    )
    [error] = answer.data["createEscalationPolicy"]["errors"]
    assert (error["code"], error["path"]) == (
        "INVALID",
        ["input", "policy", "steps", "0", "targets", "0", "kind"],
    )
    with seeding():
        assert not Policy.objects.filter(name="Theirs").exists()
