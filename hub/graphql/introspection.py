"""How much the schema tells of itself: what an introspection costs, which reads no row and is long all the same.

The usual introspection of GraphiQL and of code generators asks for every type once, and their lists hold together what
the schema holds: there the average counts. Elsewhere, as below a field's type, a list is taken to be the longest.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
)

VALUES_FOR_ONE: Final = 3
"""How many values that the schema tells of itself cost as much as an object."""
DEEPEST_WRAPPING: Final = 3
"""How often a type of the schema is wrapped at most: it is a list, and neither it nor its items are null."""

_OF_ALL: Final = frozenset({"fields", "args", "inputFields", "enumValues"})


@dataclass(frozen=True)
class Told:
    """Where in the schema's description a field stands.

    Attributes:
        is_of_all: whether it is asked of every type, directly or by way of its fields.
        wrapped: how many `ofType` are above it.
    """

    is_of_all: bool = False
    wrapped: int = 0

    def below(self, name: str) -> Told | None:
        """Where the fields below `name` stand; None where there is nothing any more."""
        if name == "ofType":
            return replace(self, wrapped=self.wrapped + 1) if self.wrapped < DEEPEST_WRAPPING else None
        return Told(is_of_all=name == "types" or (self.is_of_all and name in _OF_ALL))


ROOT: Final = Told()


@dataclass(frozen=True)
class Numbers:
    """How long the lists in a schema's description are, by the field that holds them: on average, and the longest."""

    average: Mapping[str, float]
    longest: Mapping[str, int]

    def of(self, name: str, at: Told) -> float:
        """How many items the field `name` holds; 1 where it holds no list."""
        if at.is_of_all and name in self.average:
            return self.average[name]
        return self.longest.get(name, 1)


@lru_cache(maxsize=8)
def numbers(schema: GraphQLSchema) -> Numbers:
    """The numbers of a schema."""
    types = list(schema.type_map.values())
    fields = [field for each in types for field in _fields(each)]
    lengths = {
        "fields": [len(_fields(each)) for each in types],
        "args": [len(field.args) for field in fields] + [len(each.args) for each in schema.directives],
        "inputFields": [len(each.fields) if isinstance(each, GraphQLInputObjectType) else 0 for each in types],
        "enumValues": [len(each.values) if isinstance(each, GraphQLEnumType) else 0 for each in types],
        "interfaces": [
            len(each.interfaces) if isinstance(each, GraphQLObjectType | GraphQLInterfaceType) else 0 for each in types
        ],
        "possibleTypes": [len(schema.get_possible_types(each)) if is_abstract_type(each) else 0 for each in types],
    }
    return Numbers(
        {name: sum(found) / len(found) for name, found in lengths.items()},
        {name: max(found) for name, found in lengths.items()}
        | {"types": len(types), "directives": len(schema.directives)},
    )


def _fields(each: GraphQLNamedType) -> list[Any]:
    return list(each.fields.values()) if isinstance(each, GraphQLObjectType | GraphQLInterfaceType) else []


def price_of_introspection(values: float) -> int:
    """What so many values of the schema's description cost."""
    return math.ceil(values / VALUES_FOR_ONE)


def values_in(told: Any) -> int:
    """How many values an answer of the schema about itself holds."""
    if isinstance(told, dict):
        return 1 + sum(values_in(each) for each in told.values())
    return sum(values_in(each) for each in told) if isinstance(told, list) else 1
