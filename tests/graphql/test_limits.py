"""Limits on documents and variables: each with its code and its figure, and far below what would hurt."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from graphql import get_introspection_query

from hub.graphql import limits
from tests.graphql.api import Api, ApiOf, api

__all__ = ["api"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(api: ApiOf) -> Api:
    return api("responder.payments")


def chain(levels: int) -> str:
    """A selection so many levels deep."""
    return (
        "{ services { edges { node { unit { " + "parent { " * (levels - 5) + "name" + " }" * (levels - 5) + " } } } } }"
    )


def test_the_deepest_selection_is_let_through_and_a_deeper_one_is_not(own: Api) -> None:
    assert own.ask(chain(limits.DEEPEST)).data

    answer = own.ask(chain(limits.DEEPEST + 1))

    assert answer.status == 400
    assert answer.body["errors"][0]["extensions"] == {
        "code": "TOO_DEEP",
        "limit": limits.DEEPEST,
        "found": limits.DEEPEST + 1,
    }


def test_depth_is_counted_through_fragments(own: Api) -> None:
    document = (
        "{ services { edges { node { unit { ...A } } } } }"
        " fragment A on BusinessUnit { parent { parent { parent { ...B } } } }"
        " fragment B on BusinessUnit { parent { parent { parent { ... { ...C } } } } }"
        " fragment C on BusinessUnit { parent { parent { parent { parent { parent { name } } } } } }"
    )

    assert own.ask(document).codes == ["TOO_DEEP"]


@pytest.mark.parametrize("opening", ["{a", "[", "{a:", "query($a:[", "{f(a:{b:"])
def test_what_is_nested_beyond_any_stack_is_refused(own: Api, opening: str) -> None:
    prefix = "{f(a:" if opening in ("[", "{a:") else ""

    answer = own.ask(prefix + opening * (limits.MOST_TOKENS // 6))

    assert answer.status == 400
    assert set(answer.codes) <= {"TOO_DEEP", "TOO_MANY_TOKENS", "GRAPHQL_PARSE_FAILED"}


def test_aliases_are_limited(own: Api) -> None:
    def document(count: int) -> str:
        return "{ " + " ".join(f"a{number}: __typename" for number in range(count)) + " }"

    assert own.ask(document(limits.MOST_ALIASES)).data
    assert own.ask(document(limits.MOST_ALIASES + 1)).codes == ["TOO_MANY_ALIASES"]


def test_aliases_in_fragments_count_each_time(own: Api) -> None:
    spreads = " ".join(f"... on Query {{ viewer {{ ...N{number % 4} }} }}" for number in range(12))
    fragments = " ".join(f"fragment N{number} on Person {{ a: name b: name c: name }}" for number in range(4))

    assert "TOO_MANY_ALIASES" in own.ask(f"{{ {spreads} }} {fragments}").codes


def test_tokens_are_limited(own: Api) -> None:
    assert own.ask("{ " + "__typename " * (limits.MOST_TOKENS - 2) + "}").codes == ["TOO_BROAD", "TOO_MANY_FIELDS"]

    answer = own.ask("{ " + "__typename " * (limits.MOST_TOKENS - 1) + "}")

    assert answer.body["errors"][0]["extensions"] == {
        "code": "TOO_MANY_TOKENS",
        "limit": limits.MOST_TOKENS,
        "found": limits.MOST_TOKENS + 1,
    }


def test_the_fields_of_a_level_are_limited(own: Api) -> None:
    most = "__typename " * limits.BROADEST
    half = "__typename " * (limits.BROADEST // 2)

    assert own.ask(f"{{ viewer {{ {most} }} a: viewer {{ {most} }} }}").data
    assert own.ask(f"{{ viewer {{ {half} ...F }} }} fragment F on Person {{ {half} }}").data

    answer = own.ask(f"{{ viewer {{ {half} ... {{ {half} }} ...F }} }} fragment F on Person {{ name }}")

    assert answer.body["errors"][0]["extensions"] == {
        "code": "TOO_BROAD",
        "limit": limits.BROADEST,
        "found": limits.BROADEST + 1,
    }


def test_directives_are_limited(own: Api) -> None:
    many = "@include(if: true) " * (limits.MOST_DIRECTIVES + 1)

    assert own.ask(f"{{ __typename {many} }}").codes == ["TOO_MANY_DIRECTIVES"]


def test_fragments_that_double_each_other_cost_nothing(own: Api) -> None:
    fragments = [f"fragment F{number} on Person {{ ...F{number + 1} ...F{number + 1} }}" for number in range(100)]
    document = "{ viewer { ...F0 } } " + " ".join([*fragments, "fragment F100 on Person { name }"])

    started = time.monotonic()
    answer = own.ask(document)

    assert answer.codes == ["TOO_BROAD", "TOO_MANY_FIELDS"]
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { ...A } } fragment A on Person { ...A }",
        "{ viewer { ...A } } fragment A on Person { ...B } fragment B on Person { name ...A }",
        "{ viewer { ...Nowhere } }",
    ],
)
def test_fragments_in_circles_are_not_valid(own: Api, document: str) -> None:
    assert set(own.ask(document).codes) == {"GRAPHQL_VALIDATION_FAILED"}


def test_the_usual_introspection_fits(own: Api) -> None:
    query = get_introspection_query(input_value_deprecation=True, type_depth=9)

    answer = own.send({"query": query, "extensions": {"cost": "actual"}})

    assert answer.data["__schema"]
    told = answer.body["extensions"]["cost"]
    assert 0 < told["actual"] <= told["estimated"] < told["limit"] * 2 / 3


@pytest.mark.parametrize("depth", [30, 300])
def test_what_is_nested_too_deep_is_said_with_its_figure(own: Api, depth: int) -> None:
    """Values that are written out are measured like variables, and what the parser refuses before it is asked."""
    filters = "{AND: " * depth + "{}" + "}" * depth
    selection = "{ viewer " * depth + "{ name }" + " }" * depth

    written = own.ask(f"{{ incidents(filters: {filters}) {{ totalCount }} }}")
    filter_: dict[str, Any] = {}
    for _ in range(50):
        filter_ = {"AND": [filter_]}
    variables = own.ask("query ($f: IncidentFilter) { incidents(filters: $f) { totalCount } }", f=filter_)
    selected = own.ask(selection)

    for answer in (written, variables, selected):
        assert answer.codes[0] == "TOO_DEEP"
        figures = answer.body["errors"][0]["extensions"]
        assert figures["found"] > figures["limit"]


def test_a_literal_may_be_as_deep_as_a_variable(own: Api) -> None:
    def literal(levels: int) -> str:
        return "{AND: " * levels + "{}" + "}" * levels

    deepest, deeper = (
        own.ask(f"{{ incidents(filters: {literal(limits.DEEPEST_INPUT - less)}) {{ totalCount }} }}") for less in (3, 2)
    )

    assert deepest.data
    assert deeper.codes == ["TOO_DEEP"]


def test_what_is_sent_is_not_repeated_at_length(own: Api) -> None:
    nines, text = "9" * 5_000, "x" * 5_000

    number = own.ask(f"{{ incidents(first: {nines}) {{ totalCount }} }}")
    word = own.ask(f'{{ incidents(first: "{text}") {{ totalCount }} }}')

    assert number.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert number.message == "A number of the document has 5000 digits; 100 is the most."
    assert word.codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert len(word.message) <= 500


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"title": {"contains": "\x00"}}, "BAD_USER_INPUT"),
        ({"title": {"contains": "half a \ud800 character"}}, "BAD_REQUEST"),
        ({"\x00": 1}, "BAD_USER_INPUT"),
        ({"id": ["x"] * 1_001}, "BAD_USER_INPUT"),
        ({"reference": {"in": ["x"] * 101}}, "BAD_USER_INPUT"),
        ({"AND": [{"OR": [{}] * 101}]}, "BAD_USER_INPUT"),
    ],
)
def test_variables_are_limited(own: Api, variables: dict[str, Any], code: str) -> None:
    answer = own.ask("query ($f: IncidentFilter) { incidents(filters: $f) { totalCount } }", f=variables)

    assert answer.codes == [code]


@pytest.mark.parametrize(
    ("levels", "code"), [(limits.DEEPEST_INPUT + 1, "TOO_DEEP"), (900, "TOO_DEEP"), (100_000, "BAD_REQUEST")]
)
def test_variables_are_not_nested_without_end(own: Api, levels: int, code: str) -> None:
    filters = '{"NOT":' * levels + "{}" + "}" * levels
    query = "query ($f: IncidentFilter) { incidents(filters: $f) { totalCount } }"

    response = Client().post(
        "/graphql/",
        f'{{"query": "{query}", "variables": {{"f": {filters}}}}}',
        content_type="application/json",
        headers={"Authorization": f"Bearer {own.token}", "Accept": "application/graphql-response+json"},
    )

    assert response.status_code == 400
    assert [error["extensions"]["code"] for error in response.json()["errors"]] == [code]


def test_a_nul_in_the_document_is_refused(own: Api) -> None:
    query = '{ incidents(filters: {title: {contains: "%s"}}) { totalCount } }'

    assert own.ask(query % r"\u0000").codes == ["BAD_USER_INPUT"]
    assert own.ask(query % r"\u{0}").codes == ["BAD_USER_INPUT"]
    assert own.ask(query % r"\\u0000").data == {"incidents": {"totalCount": 0}}


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 5_000, "1e999", "2147483648"])
def test_numbers_beyond_the_type_are_refused(own: Api, number: str) -> None:
    assert set(own.ask(f"{{ incidents(first: {number}) {{ totalCount }} }}").codes) <= {
        "GRAPHQL_VALIDATION_FAILED",
        "GRAPHQL_PARSE_FAILED",
    }
