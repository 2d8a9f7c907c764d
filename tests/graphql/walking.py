"""Walks the schema, so that what is added to it is tested by itself."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from hub.graphql.schema import schema

SCHEMA = schema._schema


def object_types() -> Iterator[GraphQLObjectType]:
    """The hub's own object types."""
    for named in SCHEMA.type_map.values():
        if isinstance(named, GraphQLObjectType) and not named.name.startswith("__"):
            yield named


def query_fields() -> dict[str, GraphQLField]:
    assert SCHEMA.query_type is not None
    return dict(SCHEMA.query_type.fields)


def is_connection(field: GraphQLField) -> bool:
    """Whether the field is a Relay connection of objects of one type."""
    named = get_named_type(field.type)
    if not (isinstance(named, GraphQLObjectType) and {"edges", "pageInfo"} <= named.fields.keys()):
        return False
    edge = get_named_type(named.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    return isinstance(get_named_type(edge.fields["node"].type), GraphQLObjectType)


def node_type(field: GraphQLField) -> GraphQLObjectType:
    """The type of a connection's nodes."""
    connection = get_named_type(field.type)
    assert isinstance(connection, GraphQLObjectType)
    edge = get_named_type(connection.fields["edges"].type)
    assert isinstance(edge, GraphQLObjectType)
    node = get_named_type(edge.fields["node"].type)
    assert isinstance(node, GraphQLObjectType)
    return node


def connections() -> Iterator[tuple[GraphQLObjectType, str, GraphQLField]]:
    """Every connection, with the type that it is a field of."""
    for parent in object_types():
        for name, field in parent.fields.items():
            if is_connection(field):
                yield parent, name, field


def selected(named: object, depth: int) -> str:
    """A selection of everything that can be asked of a type without arguments, `depth` objects deep."""
    if isinstance(named, GraphQLUnionType):
        return "{ __typename " + " ".join(f"... on {each.name} {selected(each, depth)}" for each in named.types) + " }"
    assert isinstance(named, GraphQLObjectType | GraphQLInterfaceType), named
    parts = ["__typename"]
    for name, field in named.fields.items():
        if text := field_selected(name, field, depth):
            parts.append(text)
    return "{ " + " ".join(parts) + " }"


def field_selected(name: str, field: GraphQLField, depth: int) -> str | None:
    """The selection of one field, or None for one that needs an argument or goes deeper than is wanted."""
    if any(is_required_argument(argument) for argument in field.args.values()):
        return None
    if is_leaf_type(get_named_type(field.type)):
        return name
    if depth == 0:
        return None
    if is_connection(field):
        inner = selected(node_type(field), depth - 1)
        return f"{name}(first: 3) {{ totalCount pageInfo {{ endCursor }} edges {{ cursor node {inner} }} }}"
    return f"{name} {selected(get_named_type(field.type), depth - 1)}"
