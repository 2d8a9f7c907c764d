"""The cost of an operation: estimated before it runs, told with the answer, and bounded."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from hub.graphql import cost
from tests.graphql.api import Api, ApiOf, api, global_id

__all__ = ["api"]

pytestmark = pytest.mark.django_db

LIST = """query ($n: Int = 3, $after: String) {
  incidents(first: $n, after: $after) {
    edges { node { id title service { name } commander { name } timeline(first: 5) { edges { node { body } } } } }
  }
}"""


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("responder.payments")


def estimated(own: Api, query: str, **variables: Any) -> int:
    answer = own.ask(query, **variables)
    assert answer.data is not None
    return int(answer.body["extensions"]["cost"]["estimated"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ __typename }", 0),
        ("{ viewer { name username } }", 1),
        ("{ viewer { ...N } ...V } fragment N on Person { name } fragment V on Query { viewer { id } }", 2),
        ("{ incidents(first: 2) { edges { node { id } } } }", 1 + 2 * 2),
        ("{ incidents { edges { node { id } } } }", 1 + 50 * 2),
        ("{ incidents(last: 7) { edges { node { id } } pageInfo { endCursor } } }", 1 + 7 * 2 + 1),
        ("{ incidents(first: 0) { totalCount } }", 1 + 5),
        ("{ incidents(first: 2) { edges { node { roles { person { name } } } } } }", 1 + 2 * (2 + 10 * 2)),
        ('{ nodes(ids: ["x", "y", "z"]) { id } }', 3),
        ("{ overview { total { open } byUnit { open } } }", 50 + 1 + 10),
    ],
)
def test_what_is_asked_for_costs(own: Api, query: str, expected: int) -> None:
    assert estimated(own, query) == expected


def test_variables_and_their_defaults_say_how_much(own: Api) -> None:
    a_node = 1 + 1 + 1 + 1 + (1 + 5 * 2)

    assert estimated(own, LIST) == 1 + 3 * a_node
    assert estimated(own, LIST, n=10) == 1 + 10 * a_node
    assert estimated(own, "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", ids=["x"] * 4) == 4


@pytest.mark.parametrize(
    ("arguments", "variables", "nodes"),
    [
        ("first: $n", {}, 1),
        ("first: $n", {"n": None}, 50),
        ("first: $n", {"n": 100.0}, 100),
        ("first: $m, last: 100", {}, 100),
        ("first: $m, last: 100", {"m": None}, 100),
        ("first: $m, last: $n", {"m": None, "n": 7}, 7),
        ("first: null, last: $m", {"m": None}, 50),
    ],
)
def test_a_variable_counts_as_it_is_read(own: Api, arguments: str, variables: dict[str, Any], nodes: int) -> None:
    declared = ", ".join(each for each in ("$n: Int = 1", "$m: Int") if each[:2] in arguments)
    query = f"query ({declared}) {{ incidents({arguments}) {{ edges {{ node {{ id }} }} }} }}"

    assert estimated(own, query, **variables) == 1 + nodes * 2


def test_the_schema_is_told_once_and_not_many_times_over(own: Api) -> None:
    types = "types { name fields { name args { name type { name ofType { name } } } type { name ofType { name } } } }"
    told = "__schema { " + types + " }"

    assert estimated(own, '{ __type(name: "Query") { fields { name } } }') > 10
    assert own.ask("{ " + " ".join(f"a{number}: {told}" for number in range(20)) + " }").codes == ["TOO_COSTLY"]
    inside = "{ __schema { " + " ".join(f"a{number}: {types}" for number in range(20)) + " } }"
    assert own.ask(inside).codes == ["TOO_COSTLY"]


def test_a_mutation_costs_ten(own: Api) -> None:
    answer = own.ask(
        "mutation ($id: ID!) { acknowledgeIncident(input: {incidentId: $id}) { __typename } }",
        id=global_id("Person", 1),
    )

    assert answer.body["extensions"]["cost"] == {"estimated": 10, "limit": cost.MOST}


def test_what_was_spent_is_told_on_request(own: Api) -> None:
    response = own.send({"query": LIST, "variables": {"n": 100}, "extensions": {"cost": "actual"}})

    found = response.body["extensions"]["cost"]
    edges = response.data["incidents"]["edges"]
    nodes = [edge["node"] for edge in edges]
    objects = [part for node in nodes for part in (node["service"], node["commander"]) if part]
    entries = [entry for node in nodes for entry in node["timeline"]["edges"]]
    assert found["actual"] == 1 + 2 * len(edges) + len(objects) + len(nodes) + 2 * len(entries)
    assert found["actual"] <= found["estimated"]


def test_too_costly_an_operation_is_not_begun(own: Api) -> None:
    query = (
        "query ($n: Int!) { incidents(first: $n) { edges { node { timeline(first: $n) { edges { node { author { id } "
    )
    query += "revisions { id } } } } } } } }"

    answer = own.ask(query, n=100)

    found = 1 + 100 * (2 + 1 + 100 * (2 + 1 + 10))
    assert answer.status == 400
    assert answer.body["errors"][0]["extensions"] == {"code": "TOO_COSTLY", "limit": cost.MOST, "found": found}
    assert "data" not in answer.body
    assert own.ask(query, n=5).data


@pytest.mark.parametrize("number", [-5, 10**9, 2**31 - 1])
def test_a_page_never_costs_more_than_the_largest(own: Api, number: int) -> None:
    """What the list itself refuses is not priced as if it could be had."""
    answer = own.ask("query ($n: Int) { incidents(first: $n) { edges { node { id } } } }", n=number)

    assert answer.codes == ["BAD_USER_INPUT"]
    assert answer.body["extensions"]["cost"]["estimated"] in (1, 1 + 100 * 2)


@override_settings(GRAPHQL_STATEMENT_SECONDS=0.001)
def test_a_statement_that_takes_too_long_is_cancelled(own: Api) -> None:
    answer = own.ask("{ incidents(first: 100) { totalCount edges { node { timeline { totalCount } } } } }")

    assert answer.status == 503
    assert answer.body["errors"][0]["extensions"] == {"code": "TIMEOUT", "limit": 0.001}
    assert "data" not in answer.body
