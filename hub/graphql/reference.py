"""The reference of the API: its operations, types, limits and codes, from the descriptions in the schema itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLUnionType,
    get_named_type,
)

from hub.graphql import cost, limits
from hub.graphql.cost import declared_of, weight_of
from hub.graphql.schema import schema

_SCHEMA: Final = schema._schema
_KINDS: Final = (
    (GraphQLObjectType, "Object"),
    (GraphQLInterfaceType, "Interface"),
    (GraphQLUnionType, "Union"),
    (GraphQLEnumType, "Enum"),
    (GraphQLInputObjectType, "Input"),
    (GraphQLScalarType, "Scalar"),
)
BUILT_IN: Final = frozenset({"String", "Int", "Float", "Boolean", "ID"})


@dataclass(frozen=True)
class Line:
    """A field, argument, value or member.

    Attributes:
        written: its type as a document writes it, empty where it has none.
        named: the type's bare name.
        deprecated: why it goes and what to use instead, if it does.
        cost: what it costs each time, where that is not what every object costs.
    """

    name: str
    description: str
    written: str = ""
    named: str = ""
    deprecated: str | None = None
    cost: int | None = None
    arguments: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A type and what is in it."""

    name: str
    kind: str
    description: str
    lines: tuple[Line, ...] = field(default=())
    used_by: tuple[str, ...] = field(default=())


def entries() -> list[Entry]:
    """Every type of the API, by name, without those that only gateways use."""
    return [_entry(each) for name, each in sorted(_SCHEMA.type_map.items()) if _is_shown(name)]


def entry_named(name: str) -> Entry | None:
    """The type of this name, with the fields that have it as their type."""
    named = _SCHEMA.type_map.get(name)
    return _entry(named, used_by=_users().get(name, ())) if named is not None and _is_shown(name) else None


def limits_of_operations() -> list[tuple[str, int, str]]:
    """What an operation may have at most, by the code of its excess."""
    return [
        ("TOO_MANY_TOKENS", limits.MOST_TOKENS, "tokens in the document"),
        ("TOO_DEEP", limits.DEEPEST, f"levels of fields, and {limits.DEEPEST_INPUT} of values"),
        ("TOO_BROAD", limits.BROADEST, "fields side by side"),
        ("TOO_MANY_FIELDS", limits.MOST_FIELDS, "fields altogether"),
        ("TOO_MANY_ALIASES", limits.MOST_ALIASES, "aliases"),
        ("TOO_MANY_DIRECTIVES", limits.MOST_DIRECTIVES, "directives"),
        ("TOO_COSTLY", cost.MOST, "estimated cost"),
    ]


def _is_shown(name: str) -> bool:
    return not name.startswith("_")


def _entry(named: GraphQLNamedType, used_by: tuple[str, ...] = ()) -> Entry:
    kind = next(word for each, word in _KINDS if isinstance(named, each))
    return Entry(named.name, kind, named.description or "", tuple(_lines(named)), used_by)


def _lines(named: GraphQLNamedType) -> Iterator[Line]:
    if isinstance(named, GraphQLObjectType | GraphQLInterfaceType):
        for name, each in named.fields.items():
            if _is_shown(name):
                arguments = tuple(_line(argument, given) for argument, given in each.args.items())
                yield _line(name, each, arguments=arguments, cost=_cost(named, each))
    elif isinstance(named, GraphQLInputObjectType):
        for name, value in named.fields.items():
            yield _line(name, value)
    elif isinstance(named, GraphQLEnumType):
        for name, member in named.values.items():
            yield Line(name, member.description or "", deprecated=member.deprecation_reason)
    elif isinstance(named, GraphQLUnionType):
        for possible in named.types:
            yield Line(possible.name, possible.description or "", possible.name, possible.name)


def _line(name: str, each: GraphQLField | GraphQLArgument | GraphQLInputField, **more: Any) -> Line:
    return Line(
        name,
        each.description or "",
        str(each.type),
        get_named_type(each.type).name,
        each.deprecation_reason,
        **more,
    )


def _cost(owner: GraphQLNamedType, each: GraphQLField) -> int | None:
    found = weight_of(_SCHEMA, owner, each, declared_of(each))
    return found if found > 1 else None


@cache
def _users() -> dict[str, tuple[str, ...]]:
    """By the name of a type, which types have a field of it."""
    found: dict[str, tuple[str, ...]] = {}
    for name, owner in sorted(_SCHEMA.type_map.items()):
        fields = getattr(owner, "fields", {}) if _is_shown(name) else {}
        for used in {get_named_type(each.type).name for each in fields.values()}:
            found[used] = (*found.get(used, ()), name)
    return found


def written() -> str:
    """The reference in Markdown."""
    parts = ["# The API\n"]
    for entry in entries():
        if entry.name in BUILT_IN:
            continue
        parts.append(f"\n## {entry.name}\n\n{entry.kind}. {entry.description}\n\n")
        for line in entry.lines:
            arguments = ", ".join(f"{each.name}: {each.written}" for each in line.arguments)
            head = f"{line.name}({arguments})" if arguments else line.name
            kind = f": {line.written}" if line.written else ""
            gone = f" *Deprecated: {line.deprecated}*" if line.deprecated else ""
            parts.append(f"- `{head}{kind}` {line.description}{gone}\n")
    return "".join(parts)
