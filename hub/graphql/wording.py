"""Words for the types and arguments that the libraries bring without a description."""

from __future__ import annotations

from typing import Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)

_TYPES: Final = {
    "Ordering": "Which end of the values comes first, and where those without a value stand.",
    "Node": "Whatever has a global id.",
}
_VALUES: Final = {
    "ASC": "The least first, those without a value last.",
    "ASC_NULLS_FIRST": "The least first, those without a value before them.",
    "ASC_NULLS_LAST": "The least first, those without a value last.",
    "DESC": "The greatest first, those without a value before them.",
    "DESC_NULLS_FIRST": "The greatest first, those without a value before them.",
    "DESC_NULLS_LAST": "The greatest first, those without a value last.",
}
_FIELDS: Final = {"id": "The global id: the same object has the same one everywhere in this API."}
_ARGUMENTS: Final = {
    "input": "What is to be done.",
    "id": "A global id.",
    "ids": "Global ids.",
    "reference": "What people call it: PAY-142.",
    "representations": "Objects by their type and one of their keys.",
    "since": "The first moment of the period.",
    "until": "The first moment after the period.",
    "unitIds": "Only these units.",
    "knownAt": "By the mappings that were published up to this moment; now if left out.",
    "kind": "By terms of which kind.",
    "leastCoverage": "Units below this coverage are not compared: from 0.5 to 1.",
    "measure": "By what.",
    "termId": "Only incidents that mean this global term.",
    "incidentId": "The incident.",
    "after": "Where you had got to: a cursor that you were given.",
}


def describe(schema: GraphQLSchema) -> None:
    """Add the missing descriptions, and put `id`'s into the hub's words."""
    for named in schema.type_map.values():
        if not named.name.startswith("__"):
            _describe_type(named)


def _describe_type(named: GraphQLNamedType) -> None:
    named.description = _TYPES.get(named.name) or named.description
    if isinstance(named, GraphQLEnumType):
        for name, value in named.values.items():
            value.description = value.description or _VALUES.get(name)
    elif isinstance(named, GraphQLUnionType) and not named.description:
        members = [each.name for each in named.types]
        if members[1:] == ["MutationErrors"]:
            named.description = f"The {members[0]} as it is now, or why nothing was changed."
    elif isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        if "id" in named.fields:
            named.fields["id"].description = _FIELDS["id"]
        for field in named.fields.values():
            for name, argument in field.args.items():
                argument.description = argument.description or _ARGUMENTS.get(name)
    elif isinstance(named, GraphQLInputObjectType):
        for name, value in named.fields.items():
            value.description = value.description or _ARGUMENTS.get(name)
