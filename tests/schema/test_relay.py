"""Relay's specifications over the whole schema, as a client sees it by introspection.

https://relay.dev/graphql/connections.htm, https://relay.dev/graphql/objectidentification.htm
"""

from __future__ import annotations

from typing import Any

import pytest
from graphql import get_introspection_query

from tests.graphql.api import ApiOf, api

__all__ = ["api"]

pytestmark = pytest.mark.django_db

Types = dict[str, dict[str, Any]]


@pytest.fixture
def types(api: ApiOf) -> Types:
    schema = api("observer.payments").ask(get_introspection_query()).data["__schema"]
    return {each["name"]: each for each in schema["types"]}


def written(of: dict[str, Any]) -> str:
    """A type as a document writes it: [Node!]!."""
    if of["kind"] == "NON_NULL":
        return f"{written(of['ofType'])}!"
    return f"[{written(of['ofType'])}]" if of["kind"] == "LIST" else str(of["name"])


def fields(named: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: written(each["type"]) for each in named["fields"] or ()}


def arguments(field: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: written(each["type"]) for each in field["args"]}


def test_objects_are_found_again_by_their_id(types: Types) -> None:
    node, query = types["Node"], {each["name"]: each for each in types["Query"]["fields"]}

    assert (node["kind"], fields(node)) == ("INTERFACE", {"id": "ID!"})
    assert (arguments(query["node"]), written(query["node"]["type"])) == ({"id": "ID!"}, "Node")
    assert (arguments(query["nodes"]), written(query["nodes"]["type"])) == ({"ids": "[ID!]!"}, "[Node]!")
    for possible in node["possibleTypes"]:
        assert fields(types[possible["name"]])["id"] == "ID!", possible["name"]


def test_every_connection_is_one(types: Types) -> None:
    connections = [each for each in types.values() if each["name"].endswith("Connection") and each["kind"] == "OBJECT"]

    assert len(connections) > 10
    for connection in connections:
        found = fields(connection)
        edge = found["edges"].strip("[]!")
        assert found["pageInfo"] == "PageInfo!", connection["name"]
        assert found["edges"].startswith("["), connection["name"]
        assert types[edge]["kind"] == "OBJECT", connection["name"]
        assert fields(types[edge])["cursor"] == "String!", edge
        assert types[fields(types[edge])["node"].strip("!")]["kind"] in ("OBJECT", "INTERFACE", "UNION"), edge


def test_pages_say_where_they_stand(types: Types) -> None:
    found = fields(types["PageInfo"])

    assert {name: found[name] for name in ("hasNextPage", "hasPreviousPage", "startCursor", "endCursor")} == {
        "hasNextPage": "Boolean!",
        "hasPreviousPage": "Boolean!",
        "startCursor": "String",
        "endCursor": "String",
    }


def test_every_field_that_is_a_connection_pages_forward(types: Types) -> None:
    for named in types.values():
        for field in named["fields"] or ():
            if not written(field["type"]).strip("!").endswith("Connection"):
                continue
            given = arguments(field)
            assert (given.get("first"), given.get("after")) == ("Int", "String"), f"{named['name']}.{field['name']}"
            assert ("last" in given) == ("before" in given), f"{named['name']}.{field['name']}"


def test_every_mutation_takes_one_input_object(types: Types) -> None:
    for field in types["Mutation"]["fields"]:
        ((name, of),) = arguments(field).items()
        assert name == "input", field["name"]
        assert of.endswith("Input!"), field["name"]
        assert types[of.strip("!")]["kind"] == "INPUT_OBJECT", field["name"]
