"""What holds for everything in the schema, whoever adds it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    get_named_type,
    is_required_argument,
)

from hub.lib.api.connections import Connection, ConnectionField
from tests.graphql.walking import SCHEMA, connections, object_types

# The search pages by rank, which no column holds; its page is bounded all the same (tests/graphql/test_connections.py).
NOT_OVER_ROWS = {("Query", "searchKnowledge")}

# The id that a filter or `node` takes, of something that has other types of its own.
IDS_OF_OTHERS = {"KnowledgeFacet", "KnowledgeTitle"}


def named_types() -> list[GraphQLNamedType]:
    return [each for name, each in sorted(SCHEMA.type_map.items()) if not name.startswith("__")]


def test_the_printed_schema_is_the_schema() -> None:
    call_command("schema", "--check")


@pytest.mark.parametrize("named", named_types(), ids=str)
def test_everything_is_described(named: GraphQLNamedType) -> None:
    assert list(undescribed(named)) == []


def undescribed(named: GraphQLNamedType) -> Iterator[str]:
    if not named.description:
        yield named.name
    if isinstance(named, GraphQLEnumType):
        yield from (f"{named.name}.{name}" for name, value in named.values.items() if not value.description)
    if isinstance(named, GraphQLInputObjectType):
        yield from (f"{named.name}.{name}" for name, value in named.fields.items() if not value.description)
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in named.fields.items():
            if not field.description:
                yield f"{named.name}.{name}"
            yield from (
                f"{named.name}.{name}({argument})" for argument, arg in field.args.items() if not arg.description
            )


def test_every_connection_is_the_bounded_one() -> None:
    for parent, name, field in connections():
        if (parent.name, name) in NOT_OVER_ROWS:
            continue
        definition = field.extensions["strawberry-definition"]
        connection = get_named_type(field.type).extensions["strawberry-definition"].origin
        assert isinstance(definition, ConnectionField), f"{parent.name}.{name}"
        assert issubclass(connection, Connection), f"{parent.name}.{name}"
        assert {"first", "last", "after", "before"} <= field.args.keys(), f"{parent.name}.{name}"


def test_every_node_has_its_own_kind_of_name() -> None:
    names = [named.name for named in named_types()]

    assert [name for name in names if name.endswith("Type") or "Cursor" in name] == []


def test_every_mutation_takes_one_input_and_answers_with_its_object_or_the_reasons() -> None:
    assert SCHEMA.mutation_type is not None
    for name, field in SCHEMA.mutation_type.fields.items():
        (argument,) = field.args.values()
        payload = get_named_type(field.type)
        assert list(field.args) == ["input"], name
        assert is_required_argument(argument), name
        assert payload.name == f"{name[0].upper()}{name[1:]}Payload", name
        assert "MutationErrors" in [each.name for each in payload.types], name


def test_every_object_with_an_id_is_a_node() -> None:
    for named in object_types():
        if "id" in named.fields and named.name not in IDS_OF_OTHERS:
            assert "Node" in [interface.name for interface in named.interfaces], named.name
