"""Any number of objects takes as many statements as one, on every connection, with whatever is selected below it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.graphql.compiler.executing import executed_only
from tests.graphql.api import Api, ApiOf, api
from tests.graphql.walking import connections, field_selected, is_connection, node_type, query_fields
from tests.graphql.worlds import full_world

__all__ = ["api", "full_world"]

pytestmark = pytest.mark.django_db

MANY = 30
SINGLES = 12
VALUE = re.compile(r"'(?:[^']|'')*'|\"s\d+_x\d+\"|\b\d+\b")
"""Texts, names of savepoints and numbers."""
SEVERAL = re.compile(r"\(?\?\)?(?:, ?\(?\?\)?)*")

ROOTS = {name: node_type(field).fields for name, field in query_fields().items() if is_connection(field)}
NESTED = [(root, name) for root, fields in ROOTS.items() for name, below in fields.items() if is_connection(below)]

SHAPES = (
    "%s { totalCount }",
    "%s { pageInfo { endCursor } }",
    "%s { edges { cursor } }",
    "%s(last: 2) { edges { node { id } } }",
    "a: %s(first: 1) { edges { node { id } } } b: %s(last: 2) { totalCount edges { node { id } } }",
    "%s(first: 1) { ... { edges { node { ... on Node { id } } } ... @include(if: true) { totalCount } } }",
)


@pytest.fixture(autouse=True)
def not_compiled() -> Iterator[None]:
    """What is compiled takes one statement in any case."""
    with executed_only():
        yield


def asked(root: str, below: str, *, first: int, after: str | None = None) -> str:
    position = f', after: "{after}"' if after else ""
    return f"{{ {root}(first: {first}{position}) {{ totalCount edges {{ cursor node {{ {below} }} }} }} }}"


@pytest.mark.parametrize("root", ROOTS)
def test_statements_do_not_grow_with_the_objects(api: ApiOf, full_world: None, root: str) -> None:
    coordinator = api("coordinator")
    columns = [name for name, field in ROOTS[root].items() if field_selected(name, field, 0)]
    objects = [field_selected(name, field, 2) for name, field in ROOTS[root].items() if name not in columns]
    growing = []
    for below in [" ".join(columns), *objects]:
        if below is None:
            continue
        coordinator.ask(asked(root, below, first=1))

        many = coordinator.ask(asked(root, below, first=MANY))

        edges = many.data[root]["edges"]
        assert len(edges) > 1, f"{root} has nothing to count: give it rows in tests/graphql/worlds.py"
        # One object may have nothing below it, which spares statements: the fullest of some is the measure. Where none
        # has everything, each statement that any of them takes must be taken for all of them as often.
        is_fuller = all(of_one < many.statements for of_one in statements_of_one(coordinator, root, below, edges))
        if is_fuller and repeated(coordinator, root, below, edges):
            growing.append(below)
    assert growing == []


def statements_of_one(coordinator: Api, root: str, below: str, edges: list[dict[str, Any]]) -> Iterator[int]:
    before = [None, *(edge["cursor"] for edge in edges[:-1])]
    step = max(len(before) // SINGLES, 1)
    for cursor in [*before[::step], before[-1]]:
        yield coordinator.ask(asked(root, below, first=1, after=cursor)).statements


def repeated(coordinator: Api, root: str, below: str, edges: list[dict[str, Any]]) -> Counter[str]:
    """The statements that all objects take more often than any one of them does."""
    most: Counter[str] = Counter()
    for cursor in [None, *(edge["cursor"] for edge in edges[:-1])]:
        most |= taken(coordinator, asked(root, below, first=1, after=cursor))
    return taken(coordinator, asked(root, below, first=MANY)) - most


def taken(coordinator: Api, document: str) -> Counter[str]:
    """How often each statement is taken, whatever its values are and how many."""
    with CaptureQueriesContext(connection) as captured:
        coordinator.ask(document)
    plain = (VALUE.sub("?", each["sql"]) for each in captured.captured_queries)
    return Counter(SEVERAL.sub("?", each) for each in plain)


@pytest.mark.parametrize(("root", "name"), NESTED)
def test_nested_connections_are_read_together_however_they_are_asked(
    api: ApiOf, full_world: None, root: str, name: str
) -> None:
    coordinator = api("coordinator")
    totals = coordinator.ask(f"{{ {root}(first: 100) {{ edges {{ node {{ {name} {{ totalCount }} }} }} }} }}")
    counted = [edge["node"][name]["totalCount"] for edge in totals.data[root]["edges"]]
    assert sum(total > 1 for total in counted) > 1, f"give {root}.{name} rows in tests/graphql/worlds.py"

    for shape in SHAPES:
        below = shape.replace("%s", name)
        coordinator.ask(asked(root, below, first=1))
        one, many = coordinator.ask(asked(root, below, first=1)), coordinator.ask(asked(root, below, first=MANY))
        assert (shape, many.statements) == (shape, one.statements)


def test_every_connection_is_reached() -> None:
    reached = {node_type(field).name for field in query_fields().values() if is_connection(field)}
    nested = [(parent.name, name) for parent, name, _ in connections() if parent.name != "Query"]

    assert [each for each in nested if each[0] not in reached] == []
