"""Operations that hypothesis makes from the schema: any field, argument, alias, fragment, directive and variable."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_leaf_type,
    parse_type,
    type_from_ast,
)
from hypothesis import strategies as st

from tests.graphql.walking import SCHEMA

Draw = Callable[[st.SearchStrategy[Any]], Any]

DEEPEST: Final = 5
WIDEST: Final = 4
MOST_FIELDS: Final = 40
LEFT_OUT: Final = frozenset({("Query", "overview"), ("Query", "searchKnowledge"), ("Query", "knowledge")})
"""What ends at the moment in which it is asked for, and what asks a search engine."""


@dataclass
class Known:
    """Values that stand for something in the database, so that answers are seldom empty.

    Attributes:
        texts: words of titles, references, slugs.
        ids: global ids by type, some of them of nothing.
        cursors: cursors of connections, by the field's name.
    """

    texts: Sequence[str] = ()
    ids: Mapping[str, Sequence[str]] = field(default_factory=dict)
    cursors: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def any_id(self) -> list[str]:
        return [each for some in self.ids.values() for each in some]


@dataclass(frozen=True)
class Operation:
    """A document that fits the schema, with variables."""

    text: str
    variables: dict[str, Any]


class _Writer:
    def __init__(self, draw: Draw, known: Known) -> None:
        self.draw = draw
        self.known = known
        self.declared: list[str] = []
        self.variables: dict[str, Any] = {}
        self.held: dict[str, tuple[str, Any]] = {}
        self.fragments: list[str] = []
        self.aliases = 0
        self.fields = 0

    def operation(self) -> Operation:
        assert SCHEMA.query_type is not None
        below = self.selection(SCHEMA.query_type, DEEPEST)
        head = f"query ({', '.join(self.declared)})" if self.declared else "query"
        return Operation("\n".join([f"{head} {below}", *self.fragments]), self.variables)

    def entities(self) -> Operation:
        """What a gateway asks: objects by their keys, some of nothing, and now and then what represents none."""
        assert SCHEMA.query_type is not None
        asked = self.draw(st.lists(self.representations(), max_size=6))
        names = sorted({each["__typename"] for each in asked} & {each.name for each in _entity_types()})
        types = [each for each in _entity_types() if each.name in names] or list(_entity_types())[:1]
        below = " ".join(f"... on {each.name} {self.selection(each, 3)}" for each in types[:3])
        argument = SCHEMA.query_type.fields["_entities"].args["representations"]
        root = f"_entities(representations: {self._given(argument, asked)}) {{ __typename {below} }}"
        head = f"query ({', '.join(self.declared)})" if self.declared else "query"
        return Operation("\n".join([f"{head} {{ {root} }}", *self.fragments]), self.variables)

    def representations(self) -> st.SearchStrategy[dict[str, str]]:
        """Objects as another subgraph may name them, most often by a key of their type."""
        texts = st.sampled_from([*self.known.texts, "%", "", "\x00"])
        natural = (("Incident", "reference"), ("Service", "slug"), ("Person", "username"), ("BusinessUnit", "slug"))
        ids = [
            st.fixed_dictionaries({"__typename": st.just(name), "id": st.sampled_from([*some, "x"])})
            for name, some in self.known.ids.items()
            if some and name != "Nothing"
        ]
        named = [
            st.fixed_dictionaries({"__typename": st.just(name), key: texts}, optional={"name": texts})
            for name, key in natural
        ]
        any_ = st.fixed_dictionaries(
            {"__typename": st.sampled_from(["Incident", "Term", "Nothing"]), "id": st.sampled_from(self.known.any_id)}
        )
        return st.one_of([*ids, *ids, *named, *([any_] if self.draw(st.integers(0, 3)) == 0 else [])])

    def selection(self, type_: Any, depth: int) -> str:
        parts = ["__typename"] if self.draw(st.integers(0, 5)) == 0 else []
        if isinstance(type_, GraphQLUnionType):
            return f"{{ __typename {self._one_of(type_.types, depth)} }}"
        names = self.draw(st.lists(st.sampled_from(self._names(type_, depth)), max_size=WIDEST, unique=True))
        # Now and then one of them twice, the second time by another name.
        if names and self.draw(st.integers(0, 5)) == 0:
            names.append(names[0])
        for place, name in enumerate(names):
            self.fields += 1
            if self.fields <= MOST_FIELDS:
                field = self._field(type_, name, depth, renamed=name in names[:place])
                parts.append(self._wrapped(type_, field))
        if isinstance(type_, GraphQLInterfaceType) and depth:
            parts.append(self._one_of(SCHEMA.get_implementations(type_).objects, depth))
        return f"{{ {' '.join(filter(None, parts)) or '__typename'} }}"

    def _one_of(self, types: Sequence[GraphQLObjectType], depth: int) -> str:
        some = self.draw(st.lists(st.sampled_from(types), max_size=2)) if depth else []
        return " ".join(f"... on {each.name} {self.selection(each, depth - 1)}" for each in some)

    def _names(self, type_: Any, depth: int) -> list[str]:
        return [
            name
            for name, each in type_.fields.items()
            if (type_.name, name) not in LEFT_OUT and (depth or not is_composite_type(get_named_type(each.type)))
        ] or ["__typename"]

    def _wrapped(self, type_: Any, selected: str) -> str:
        match self.draw(st.integers(0, 9)):
            case 0:
                return f"... on {type_.name} {{ {selected} }}"
            case 1:
                return f"... {self._directive()} {{ {selected} }}"
            case 2:
                name = f"F{len(self.fragments)}"
                self.fragments.append(f"fragment {name} on {type_.name} {{ {selected} }}")
                return f"...{name}"
            case _:
                return selected

    def _directive(self) -> str:
        wanted = self.draw(st.booleans())
        name = self.draw(st.sampled_from(["include", "skip"]))
        value = self._variable("Boolean!", wanted) if self.draw(st.booleans()) else str(wanted).lower()
        return f"@{name}(if: {value})"

    def _field(self, type_: Any, name: str, depth: int, *, renamed: bool = False) -> str:
        if name == "__typename":
            return name
        graphql: GraphQLField = type_.fields[name]
        arguments = self._arguments(name, graphql)
        # The same field twice with other arguments is no valid document, unless they have names of their own.
        alias = ""
        if self.aliases < 25 and (arguments or renamed or self.draw(st.integers(0, 7)) == 0):
            self.aliases += 1
            alias = f"a{self.aliases}: "
        elif arguments:
            arguments = ""
            if any(isinstance(each.type, GraphQLNonNull) for each in graphql.args.values()):
                return "__typename"
        directive = f" {self._directive()}" if self.draw(st.integers(0, 9)) == 0 else ""
        named = get_named_type(graphql.type)
        below = f" {self.selection(named, depth - 1)}" if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{directive}{below}"

    def _arguments(self, field_name: str, graphql: GraphQLField) -> str:
        written: list[str] = []
        for name, argument in graphql.args.items():
            # A page of a few rows keeps the executor quick.
            if name == "first" and "last" not in " ".join(written):
                written.append(f"first: {self._given(argument, self.draw(st.integers(0, 4)))}")
                continue
            is_required = isinstance(argument.type, GraphQLNonNull) and name != "ordering"
            if is_required or self.draw(st.integers(0, 3)) == 0:
                value = self._value_of(field_name, name, argument)
                if value is not _NOTHING:
                    written.append(f"{name}: {self._given(argument, value)}")
        if len(written) > 1 and any(each.startswith("last:") for each in written):
            written = [each for each in written if not each.startswith("first:")]
        return f"({', '.join(written)})" if written else ""

    def _value_of(self, field_name: str, name: str, argument: GraphQLArgument) -> Any:
        if name == "last":
            return self.draw(st.integers(0, 4))
        if name in ("after", "before"):
            cursors = [*self.known.cursors.get(field_name, ()), "W10="]
            return self.draw(st.sampled_from(cursors)) if self.draw(st.booleans()) else _NOTHING
        if name == "ids":
            return self.draw(st.lists(st.sampled_from(self.known.any_id), max_size=4))
        return self.draw(self.shaped(argument.type))

    def _given(self, argument: GraphQLArgument, value: Any) -> str:
        if self.draw(st.booleans()):
            type_ = argument.type
            # Where there is a default, a variable may be null although a value has to be.
            if isinstance(type_, GraphQLNonNull) and argument.default_value is not Undefined:
                type_ = type_.of_type
                value = value if self.draw(st.booleans()) else None
            return self._variable(str(type_), value)
        return self._mixed(argument.type, value)

    def _mixed(self, type_: Any, value: Any, *, required: bool = False) -> str:
        """A value as it is written in a document, with variables in it; a list of one perhaps without its brackets."""
        bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if isinstance(bare, GraphQLList) and isinstance(value, list):
            items = [self._mixed(bare.of_type, each) for each in value]
            is_bare = len(items) == 1 and not items[0].startswith("$") and self.draw(st.booleans())
            return items[0] if is_bare else f"[{', '.join(items)}]"
        if isinstance(bare, GraphQLInputObjectType) and isinstance(value, dict):
            has_one = bare.extensions["strawberry-definition"].is_one_of
            fields = {name: self._mixed(bare.fields[name].type, each, required=has_one) for name, each in value.items()}
            return f"{{{', '.join(f'{name}: {each}' for name, each in fields.items())}}}"
        if is_leaf_type(bare) and bare.name != "_Any" and self.draw(st.integers(0, 5)) == 0:
            return self._variable(f"{bare}!" if required else str(type_), value)
        return literal(type_, value)

    def _variable(self, type_: str, value: Any) -> str:
        """A variable with this value: a new one, the same as elsewhere, or one whose default it is."""
        alike = [name for name, (known, held) in self.held.items() if known == type_ and held == value]
        if alike and self.draw(st.booleans()):
            return f"${self.draw(st.sampled_from(alike))}"
        name = f"v{len(self.declared)}"
        self.held[name] = (type_, value)
        if self.draw(st.integers(0, 4)) == 0:
            self.declared.append(f"${name}: {type_} = {literal(type_from_ast(SCHEMA, parse_type(type_)), value)}")
        else:
            self.declared.append(f"${name}: {type_}")
            self.variables[name] = value
        return f"${name}"

    def shaped(self, type_: Any, depth: int = 3) -> st.SearchStrategy[Any]:
        """Values of an input type, often such as there are in the database."""
        if not isinstance(type_, GraphQLNonNull):
            value = self.shaped(GraphQLNonNull(type_), depth)
            return st.integers(0, 9).flatmap(lambda number: value if number else st.none())
        bare = type_.of_type
        if isinstance(bare, GraphQLList):
            return st.lists(self.shaped(bare.of_type, depth), max_size=2 if depth else 0)
        if isinstance(bare, GraphQLInputObjectType):
            return self._object(bare, depth)
        if is_enum_type(bare):
            return st.sampled_from(sorted(bare.values))
        return {
            "String": st.sampled_from([*self.known.texts, "%", "_", "\\", "'", '"', "", "ß", "e"]),
            "ID": st.sampled_from([*self.known.any_id, "", "x"]),
            "Int": st.integers(-2, 5) | st.sampled_from([2**31 - 1, -(2**31)]),
            "Decimal": st.sampled_from(["0", "1.50", "-3"]),
            "Float": st.sampled_from([0.0, 0.5, 1.0, -1.0]),
            "Boolean": st.booleans(),
            "DateTime": st.sampled_from(["2026-03-01T00:00:00Z", "2025-06-01T12:30:00.123456+02:00"]),
            "Date": st.sampled_from(["2026-03-01", "2025-12-31"]),
            "_Any": self.representations(),
        }[bare.name]

    def _object(self, type_: GraphQLInputObjectType, depth: int) -> st.SearchStrategy[dict[str, Any]]:
        if not depth:
            return st.just({})
        has_one = type_.extensions["strawberry-definition"].is_one_of
        fields = {
            name: self.shaped(GraphQLNonNull(each.type) if has_one else each.type, depth - 1)
            for name, each in type_.fields.items()
        }
        if has_one:
            return st.one_of([st.fixed_dictionaries({name: below}) for name, below in fields.items()])
        names = st.lists(st.sampled_from(sorted(fields)), max_size=3, unique=True)
        return names.flatmap(lambda some: st.fixed_dictionaries({name: fields[name] for name in some}))


_NOTHING: Final = object()


def literal(type_: Any, value: Any) -> str:
    """A value of an input type as it is written in a document."""
    bare = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if value is None:
        return "null"
    if isinstance(bare, GraphQLList):
        return f"[{', '.join(literal(bare.of_type, each) for each in value)}]"
    if isinstance(bare, GraphQLInputObjectType):
        inner = ", ".join(f"{name}: {literal(bare.fields[name].type, each)}" for name, each in value.items())
        return f"{{{inner}}}"
    if is_enum_type(bare):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {json.dumps(each)}' for name, each in value.items())}}}"
    return json.dumps(value, ensure_ascii=False)


def _entity_types() -> Sequence[GraphQLObjectType]:
    union = SCHEMA.type_map["_Entity"]
    assert isinstance(union, GraphQLUnionType)
    return tuple(union.types)


def operations(known: Known) -> st.SearchStrategy[Operation]:
    """Queries over the whole schema."""
    return st.composite(lambda draw: _Writer(draw, known).operation())()


def entity_operations(known: Known) -> st.SearchStrategy[Operation]:
    """Queries of a gateway."""
    return st.composite(lambda draw: _Writer(draw, known).entities())()
