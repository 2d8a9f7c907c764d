"""`node`, `nodes` and `incident`: what there is, and one answer for everything that is not there for somebody."""

from __future__ import annotations

import base64

import pytest

from hub.incidents.models import Incident
from tests.conftest import seeding
from tests.graphql.api import ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"


def incident_of(unit: str, *, restricted: bool = False) -> Incident:
    with seeding():
        if not restricted:
            return Incident.objects.filter(unit__slug=unit, restricted=False).latest("declared_at")
        open_one = Incident.objects.filter(unit__slug=unit, restricted=False).latest("declared_at")
        Incident.objects.filter(pk=open_one.pk).update(restricted=True)
        return open_one


def absent() -> dict[str, str]:
    """Ids for which there is nothing, in the eyes of the outsider."""
    payments, restricted = incident_of("payments"), incident_of("logistics", restricted=True)
    visible = incident_of("logistics")
    return {
        "forbidden": global_id("Incident", payments),
        "restricted": global_id("Incident", restricted),
        "unknown": global_id("Incident", 999_999_999),
        "another type": global_id("Connection", payments),
        "no type": global_id("", payments),
        "Python's name": global_id("IncidentType", payments),
        "a type without ids": global_id("Query", 1),
        "an interface": global_id("Node", payments),
        "an enum": global_id("Severity", 1),
        "zero": global_id("Incident", 0),
        "negative": global_id("Incident", -1),
        "huge": global_id("Incident", "9" * 5_000),
        "no number": global_id("Incident", "one"),
        "a number with a zero before it": global_id("Incident", f"0{payments.pk}"),
        "other digits": global_id("Incident", "١"),
        "a space before": f" {global_id('Incident', visible)}",
        "padded further": f"{global_id('Incident', visible).rstrip('=')}====",
        "empty": "",
        "plain": str(payments.pk),
        "no base64": "☃",
        "no text": base64.b64encode(b"\xff\xfe").decode(),
        "no colon": base64.b64encode(b"Incident").decode(),
    }


def test_there_is_one_answer_for_all_that_is_not_there(api: ApiOf) -> None:
    ids = absent()
    outsider = api("outsider.logistics")

    single = {name: outsider.ask(NODE, id=value).body for name, value in ids.items()}
    by_id = {
        name: outsider.ask("query ($id: ID!) { incident(id: $id) { id } }", id=value).body
        for name, value in ids.items()
    }
    together = outsider.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=list(ids.values()))

    assert {name: body for name, body in single.items() if body["data"] != {"node": None}} == {}
    assert {name: body for name, body in by_id.items() if body["data"] != {"incident": None}} == {}
    assert together.data == {"nodes": [None] * len(ids)}


def test_mutations_too_have_one_answer_for_it(api: ApiOf) -> None:
    outsider = api("outsider.logistics")

    answers = [outsider.change("acknowledgeIncident", "", incidentId=value).data for value in absent().values()]

    error = {
        "code": "NOT_FOUND",
        "message": "There is no such incident, or you may not see it.",
        "path": ["input", "incidentId"],
    }
    assert answers == [{"acknowledgeIncident": {"__typename": "MutationErrors", "errors": [error]}}] * len(answers)


def test_what_is_there_is_given_in_the_order_of_the_ids(api: ApiOf) -> None:
    incident = incident_of("payments")
    ids = [
        global_id("Service", incident.service_id or 0),
        global_id("Incident", incident),
        "nothing",
        global_id("BusinessUnit", incident.unit_id),
        global_id("Incident", incident),
    ]

    answer = api("responder.payments").ask(
        """query ($ids: [ID!]!) { nodes(ids: $ids) {
          __typename id ... on Incident { reference unit { slug } } ... on Service { slug } } }""",
        ids=ids,
    )

    found = answer.data["nodes"]
    assert [each and each["id"] for each in found] == [*ids[:2], None, *ids[3:]]
    assert [each and each["__typename"] for each in found] == ["Service", "Incident", None, "BusinessUnit", "Incident"]
    assert found[1] == found[4]
    assert found[1]["unit"] == {"slug": "payments"}


def test_more_than_a_page_of_ids_is_refused(api: ApiOf) -> None:
    answer = api("responder.payments").ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 101)

    assert answer.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("arguments", ["", 'id: "x", reference: "PAY-1"', "id: null"])
def test_an_incident_is_named_in_one_way(api: ApiOf, arguments: str) -> None:
    answer = api("responder.payments").ask(f"{{ incident{f'({arguments})' if arguments else ''} {{ id }} }}")

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["data"] == {"incident": None}


def test_a_reference_is_read_in_any_case(api: ApiOf) -> None:
    reference = incident_of("payments").reference
    query = "query ($reference: String) { incident(reference: $reference) { reference } }"

    assert api("responder.payments").ask(query, reference=reference.lower()).data["incident"] == {
        "reference": reference
    }
    assert api("outsider.logistics").ask(query, reference=reference).data["incident"] is None
