"""Plans: one for a shape, kept within bounds; and what is never compiled."""

from __future__ import annotations

from typing import Any

import pytest

from hub.graphql.compiler.plans import Plans
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.documents import Asked
from hub.graphql.schema import schema

pytestmark = pytest.mark.django_db

LIST = """query ($first: Int, $after: String, $filters: IncidentFilter, $all: Boolean = false) {
  incidents(first: $first, after: $after, filters: $filters) { totalCount @include(if: $all) edges { cursor } } }"""


def statements(*variables: dict[str, Any]) -> set[str]:
    plans = Plans()
    return {plans.ready(schema, Asked(LIST, None, each)).plan.statement for each in variables}


def test_values_share_a_statement() -> None:
    texts: list[dict[str, Any]] = [{"filters": {"title": {"contains": text}}} for text in ("a", "%", "'; --")]
    many: list[dict[str, Any]] = [
        {"filters": {"reference": {"in": names}}} for names in (list[str](), ["A"], ["A", "B"])
    ]

    assert len(statements(*texts)) == len(statements(*many)) == 1


def test_what_shapes_a_statement_does_not() -> None:
    shapes: list[dict[str, Any]] = [
        {},
        {"first": 2},
        {"first": 3},
        {"filters": {"open": True}},
        {"filters": {"open": False}},
        {"filters": {"title": {"exact": "x"}}},
        {"filters": {"OR": [{"title": {"exact": "x"}}, {"led": True}]}},
        {"all": True},
    ]

    assert len(statements(*shapes)) == len(shapes)


def test_rows_are_chosen_before_they_are_written_where_no_index_has_their_order() -> None:
    def statement(ordering: str) -> str:
        query = f"{{ incidents(first: 2, ordering: [{ordering}]) {{ edges {{ node {{ service {{ name }} }} }} }} }}"
        return Plans().ready(schema, Asked(query)).plan.statement

    chosen = [
        order
        for order in ("{severity: ASC}", "{resolvedAt: DESC_NULLS_LAST}", "{resolvedAt: DESC}", "{reference: ASC}")
        if 'IN (SELECT U0."id"' in statement(order)
    ]

    assert chosen == ["{severity: ASC}", "{resolvedAt: DESC_NULLS_LAST}"]


def test_the_least_used_plans_are_forgotten() -> None:
    plans = Plans(most=3)
    for size in (1, 2, 3, 1, 4):
        plans.ready(schema, Asked(LIST, None, {"first": size}))

    assert len(plans) == 3
    assert plans.kept(schema, Asked(LIST, None, {"first": 1})) is not None
    assert plans.kept(schema, Asked(LIST, None, {"first": 2})) is None


@pytest.mark.parametrize(
    "query",
    [
        '{ searchKnowledge(query: "x") { totalCount } }',
        "{ __schema { queryType { name } } }",
        '{ __typename searchKnowledge(query: "x") { totalCount } }',
        'mutation { acknowledgeIncident(input: {incidentId: "x"}) { __typename } }',
        "{ incidents(first: 101) { totalCount } }",
        "{ incidents(first: 1, last: 1) { totalCount } }",
        '{ incidents(after: "x") { edges { cursor } } }',
        "{ incident { id } }",
    ],
)
def test_what_python_answers_or_refuses_is_left_to_it(query: str) -> None:
    with pytest.raises(NotCompiled):
        Plans().ready(schema, Asked(query))
