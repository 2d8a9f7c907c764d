"""Whatever is sent, the answer is GraphQL's, and no fault of the hub."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.test import Client
from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLObjectType,
    get_named_type,
    get_nullable_type,
    is_enum_type,
    is_non_null_type,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.graphql.api import Api, ApiOf, api, global_id
from tests.graphql.walking import SCHEMA, query_fields, selected

__all__ = ["api"]

pytestmark = pytest.mark.django_db

often = settings(
    max_examples=60,
    deadline=None,
    # The client and its token serve every example, and nothing that is sent here is kept.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def own(api: ApiOf) -> Api:
    """One token for all examples of a test."""
    return api("responder.payments")


scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=30),
    st.sampled_from([global_id("Incident", 1), "2026-01-01T00:00:00Z", "W10=", "\x00", "%_\\", "'; --", "🦊", ""]),
)
values = st.recursive(
    scalars,
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=8), below, max_size=4),
    max_leaves=12,
)
documents = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(
            [
                "{", "}", "(", ")", "[", "]", ":", "...", "@include", "(if: true)", "$a", "!", "|", "query", "mutation",
                "subscription", "fragment", "on", "Incident", "Query", "incidents", "edges", "node", "id", "timeline",
                "first", "1", "-1", "1e9", '"x"', '"""y"""', "null", "true", "SEV1", "#", ",", "__typename", "__schema",
                "declareIncident", "input", "{ viewer { name } }", "incidents(first: 2) { edges { node { id } } }",
            ]
        ),
        max_size=30,
    ).map(" ".join),
)  # fmt: skip


def sound(response: Any) -> None:
    """The response is GraphQL's and blames no fault of ours."""
    body = json.loads(response.content)
    assert response.status_code < 500, body
    assert set(body) <= {"data", "errors", "extensions"}
    assert "data" in body or body["errors"]
    for error in body.get("errors", []):
        assert error["message"]
        assert error["extensions"]["code"] not in ("INTERNAL", "UNAVAILABLE"), error
        assert "Traceback" not in response.content.decode()


def post(own: Api, body: bytes, **headers: str) -> Any:
    return Client(raise_request_exception=False).generic(
        "POST",
        "/graphql/",
        body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {own.token}", **headers},
    )


@often
@given(body=st.binary(max_size=300))
def test_bytes(own: Api, body: bytes) -> None:
    sound(post(own, body or b" "))


@often
@given(body=values)
def test_json(own: Api, body: Any) -> None:
    sound(post(own, json.dumps(body).encode()))


@often
@given(query=documents, variables=values, name=scalars)
def test_documents(own: Api, query: str, variables: Any, name: Any) -> None:
    sound(post(own, json.dumps({"query": query, "variables": variables, "operationName": name}).encode()))


@often
@given(accept=st.text(max_size=60), language=st.text(max_size=20))
def test_headers(own: Api, accept: str, language: str) -> None:
    printable = accept.encode("latin-1", "replace").decode("latin-1").replace("\n", "").replace("\r", "")

    sound(post(own, b'{"query": "{ __typename }"}', Accept=printable))


PAGES = ("first", "last", "after", "before")
ARGUMENTS = {
    field: {
        name: argument.type
        for name, argument in each.args.items()
        # Every connection reads its page in the same way: two stand for all.
        if name not in PAGES or field in ("incidents", "searchKnowledge")
    }
    for field, each in query_fields().items()
}


@pytest.mark.parametrize("field", [field for field, arguments in ARGUMENTS.items() if arguments])
@settings(often, max_examples=16)
@given(data=st.data())
def test_arguments(own: Api, field: str, data: st.DataObject) -> None:
    """Values of the right shape with any content, beside each other; and now and then one of any shape at all."""
    arguments = ARGUMENTS[field]
    required = {name for name, graphql_type in arguments.items() if is_non_null_type(graphql_type)}
    chosen = data.draw(st.sets(st.sampled_from(sorted(arguments)), min_size=1), "given")
    given_ = {name: data.draw(shaped(arguments[name]), name) for name in sorted(required | chosen)}
    if data.draw(st.booleans(), "odd"):
        given_[data.draw(st.sampled_from(sorted(given_)))] = data.draw(values)
    named = get_named_type(query_fields()[field].type)
    below = selected(named, 1) if isinstance(named, GraphQLObjectType) else "{ __typename }"
    declared = ", ".join(f"${name}: {arguments[name]}" for name in given_)
    passed = ", ".join(f"{name}: ${name}" for name in given_)

    sound(
        post(
            own,
            json.dumps({"query": f"query ({declared}) {{ {field}({passed}) {below} }}", "variables": given_}).encode(),
        )
    )


@cache  # a strategy examines itself when it is first used, which takes longer than what is done with its examples
def shaped(graphql_type: Any, depth: int = 3) -> st.SearchStrategy[Any]:
    """Values that fit a type of the schema."""
    nullable = get_nullable_type(graphql_type)
    if isinstance(nullable, GraphQLList):
        return st.lists(shaped(nullable.of_type, depth), max_size=3 if depth else 0)
    if isinstance(nullable, GraphQLInputObjectType):
        fields = {name: shaped(field.type, depth - 1) for name, field in nullable.fields.items()} if depth else {}
        if nullable.extensions["strawberry-definition"].is_one_of:
            return st.one_of([st.fixed_dictionaries({name: below}) for name, below in fields.items()])
        return st.fixed_dictionaries({}, optional=fields)
    if is_enum_type(nullable):
        return st.sampled_from(sorted(nullable.values))
    return LEAVES[nullable.name]()


LEAVES: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
    "String": lambda: st.text(max_size=20) | st.sampled_from(["%", "\\", "(", "a\x00", "payments", "PAY-1"]),
    "ID": lambda: st.text(max_size=20) | st.integers(-5, 2**70).map(lambda key: global_id("Incident", key)),
    "Int": lambda: st.integers(-(2**31), 2**31 - 1),
    "Boolean": st.booleans,
    "DateTime": lambda: (
        st.datetimes().map(lambda moment: f"{moment.isoformat()}+00:00") | st.just("9999-12-31T23:59:59-12:00")
    ),
    "Date": lambda: st.dates().map(lambda day: day.isoformat()),
    "Time": lambda: st.times().map(lambda time: time.isoformat()),
    "Decimal": lambda: st.decimals(allow_nan=False, allow_infinity=False).map(str) | st.sampled_from(["NaN", "1e999"]),
    "Float": lambda: st.floats(allow_nan=False, allow_infinity=False),
    "JSON": lambda: st.dictionaries(st.text(max_size=5), st.none() | st.integers(-5, 5), max_size=3),
    "_Any": lambda: st.dictionaries(
        st.sampled_from(["__typename", "id", "slug"]), st.text(max_size=9) | st.integers(-5, 5), max_size=3
    ),
}


def test_every_leaf_of_an_input_is_known() -> None:
    inputs = [each for each in SCHEMA.type_map.values() if isinstance(each, GraphQLInputObjectType)]
    leaves = {get_named_type(field.type) for each in inputs for field in each.fields.values()}

    assert {
        leaf.name for leaf in leaves if not isinstance(leaf, GraphQLInputObjectType) and not is_enum_type(leaf)
    } <= set(LEAVES)
