"""Arguments in two halves: what shapes a statement, and the values that are bound when it runs.

A compiler that could look at a value might put it into a statement that is kept for others. So it never gets one: a
value of a variable or of the document is replaced by a `Given`, and what remains to be seen is its shape: which fields
of an input object are there, a yes or no, a page's size, the direction of an order, which values of a cursor are
missing, the type that a global id names. Two operations with equal shapes have the same statement.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from django.db.models import BigIntegerField, DateField, DateTimeField, DecimalField, Field, TextField
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    value_from_ast,
)
from strawberry import relay
from strawberry_django import Ordering

from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.federation import MOST_REPRESENTATIONS, Represented, represented
from hub.lib.api.connections import LARGEST_PAGE
from hub.lib.api.filters import LONGEST_LIST, key_of
from hub.lib.api.keyset import texts_of
from hub.lib.given import Given, Values

Shape = Any
"""Hashable: equal for values that the same statement serves."""

ABSENT: Final = object()
"""No argument at all, which is not the same as null."""

_ANY: Final = "?"
_ORDERING: Final = "Ordering"
_LEAVES: Final[Mapping[str, tuple[str, Field[Any, Any]]]] = {
    "ID": ("text", TextField()),
    "String": ("text", TextField()),
    "Int": ("bigint", BigIntegerField()),
    "DateTime": ("timestamptz", DateTimeField()),
    "Date": ("date", DateField()),
    "Decimal": ("numeric", DecimalField()),
}


class Role(Enum):
    """What an argument means to the shape of a statement."""

    VALUE = "a value like others"
    SIZE = "the size of a page"
    CURSOR = "a cursor"
    NODE = "a global id of any type"
    NODES = "global ids of any types"
    ENTITIES = "representations of entities"
    DATA = "a resolver's own"


@dataclass(frozen=True)
class CursorGiven:
    """A cursor: which of its values are missing shapes the condition that it becomes."""

    missing: tuple[bool, ...]
    take: Callable[[Values], list[Any]]


@dataclass(frozen=True)
class NodeGiven:
    """A global id: its type says which table is asked; nothing is asked for one of no shape."""

    type_name: str | None
    take: Callable[[Values], int | None]


@dataclass(frozen=True)
class NodesGiven:
    """Global ids: the types among them say which tables are asked."""

    type_names: tuple[str, ...]
    take: Callable[[Values], list[tuple[str | None, int | None]]]


@dataclass(frozen=True)
class EntitiesGiven:
    """Representations of entities: the types and keys among them say which tables are asked, and by which columns."""

    wanted: tuple[tuple[str, str], ...]
    take: Callable[[Values], list[Represented]]


class Reader:
    """Replaces the values of one operation's variables, and afterwards of its literals.

    Attributes:
        leaves: the values themselves, for the run.
        coerced: the variables' values as a resolver gets them.
        shape: of all variables together.
    """

    def __init__(self, node_types: frozenset[str], entities: Mapping[str, Sequence[str]]) -> None:
        self.node_types = node_types
        self.entities = entities
        self.leaves: list[Any] = []
        self.coerced: Mapping[str, Any] = {}
        self.shape: tuple[Shape, ...] = ()
        self._seen: dict[tuple[str, Role], Any] = {}

    @property
    def variables(self) -> dict[str, Any]:
        """What the compiler sees of each variable that has a value, where it is a value like others."""
        return {name: seen for (name, role), seen in self._seen.items() if role is Role.VALUE}

    def read_variables(self, declared: Sequence[tuple[str, Any, Collection[Role]]], coerced: Mapping[str, Any]) -> None:
        """Take in the variables' coerced values, in the order in which they are declared with type and roles."""
        self.coerced = coerced
        shapes: list[Shape] = []
        for name, type_, roles in declared:
            for role in roles:
                if role is Role.DATA:
                    # What a resolver takes, it takes as it is.
                    continue
                if name not in coerced:
                    shapes.append(ABSENT)
                    continue
                self._seen[name, role], shape = self._replaced(type_, coerced[name], role, self._leaf)
                shapes.append(shape)
        self.shape = tuple(shapes)

    def read(self, node: ValueNode, type_: Any, role: Role = Role.VALUE) -> Any:
        """The value of an argument in the document, or `ABSENT` for a variable without one."""
        if isinstance(node, VariableNode):
            value = self._seen.get((node.name.value, role), ABSENT)
            if value is None and isinstance(type_, GraphQLNonNull):
                raise NotCompiled("null is given where a value has to be", for_good=False)
            return value
        bare = _bare(type_)
        if isinstance(bare, GraphQLList) and _has_variables(node):
            # One value, where a list is asked for, is a list of one.
            items = node.values if isinstance(node, ListValueNode) else (node,)
            return self._list_with_variables(items, bare, role)
        if isinstance(node, ObjectValueNode) and isinstance(bare, GraphQLInputObjectType):
            return self._object(node, bare)
        value = value_from_ast(node, type_)
        if value is Undefined:
            raise NotCompiled(f"a literal is no {type_}")
        return self.constant(type_, value, role)

    def constant(self, type_: Any, value: Any, role: Role = Role.VALUE) -> Any:
        """What the compiler sees of a value that the document or the schema holds."""
        return self._replaced(type_, value, role, lambda given: lambda values: given)[0]

    def _object(self, node: ObjectValueNode, type_: GraphQLInputObjectType) -> dict[str, Any]:
        written = {field.name.value: field.value for field in node.fields}
        read: dict[str, Any] = {}
        for name, field in type_.fields.items():
            value = self.read(written[name], field.type) if name in written else ABSENT
            if value is ABSENT and field.default_value is not Undefined:
                value = self.constant(field.type, field.default_value)
            if value is not ABSENT:
                read[name] = value
        return read

    def _list_with_variables(self, nodes: Sequence[ValueNode], type_: GraphQLList[Any], role: Role) -> Any:
        if role is Role.NODES and len(nodes) <= LARGEST_PAGE:
            return self._ids_with_variables(nodes, type_)
        if role is not Role.VALUE or len(nodes) > LONGEST_LIST:
            raise NotCompiled("a list of representations or a long list mixes literals and variables")
        items = [self.read(each, type_.of_type) for each in nodes]
        if all(isinstance(each, Given) for each in items):
            takes = [each.take for each in items]
            return Given(
                lambda values: [take(values) for take in takes], f"{items[0].sql_type}[]", items[0].output_field
            )
        if any(each is ABSENT or each is None or isinstance(each, Given) for each in items):
            raise NotCompiled("a list has items without a value", for_good=False)
        return items

    def _ids_with_variables(self, nodes: Sequence[ValueNode], type_: GraphQLList[Any]) -> NodesGiven:
        ids = [self.read(each, type_.of_type, Role.NODE) for each in nodes]
        if not all(isinstance(each, NodeGiven) for each in ids):
            raise NotCompiled("a list of ids has one without a value", for_good=False)
        names = tuple(sorted({each.type_name for each in ids if each.type_name is not None}))
        return NodesGiven(names, lambda values: [(each.type_name, each.take(values)) for each in ids])

    def _leaf(self, value: Any) -> Callable[[Values], Any]:
        index = len(self.leaves)
        self.leaves.append(value)
        return lambda values: values.leaves[index]

    def _replaced(self, type_: Any, value: Any, role: Role, leaf: Callable[[Any], Any]) -> tuple[Any, Shape]:
        if value is None:
            return None, None
        bare = _bare(type_)
        if role is not Role.VALUE:
            return self._in_role(role, value, leaf)
        if isinstance(bare, GraphQLList):
            return self._list(bare, value, leaf)
        if isinstance(bare, GraphQLInputObjectType):
            items = {name: self._replaced(bare.fields[name].type, each, role, leaf) for name, each in value.items()}
            return {name: seen for name, (seen, _) in items.items()}, tuple(
                (name, shape) for name, (_, shape) in items.items()
            )
        return self._value(bare, value, leaf)

    def _value(self, type_: Any, value: Any, leaf: Callable[[Any], Any]) -> tuple[Any, Shape]:
        if isinstance(value, bool):
            return value, value
        if isinstance(type_, GraphQLEnumType) and type_.name == _ORDERING:
            return Ordering(value), value
        sql_type, field = leaf_type(type_)
        return Given(leaf(_plain(value)), sql_type, field), _ANY

    def _list(self, type_: GraphQLList[Any], value: list[Any], leaf: Callable[[Any], Any]) -> tuple[Any, Shape]:
        item = _bare(type_.of_type)
        if len(value) > LONGEST_LIST or any(each is None for each in value):
            raise NotCompiled("a list is too long or has nulls in it", for_good=False)
        if isinstance(item, GraphQLInputObjectType | GraphQLList):
            items = [self._replaced(item, each, Role.VALUE, leaf) for each in value]
            return [seen for seen, _ in items], tuple(shape for _, shape in items)
        sql_type, field = leaf_type(item)
        return Given(leaf([_plain(each) for each in value]), f"{sql_type}[]", field), _ANY

    def _in_role(self, role: Role, value: Any, leaf: Callable[[Any], Any]) -> tuple[Any, Shape]:
        if role is Role.SIZE:
            if not 0 <= value <= LARGEST_PAGE:
                raise NotCompiled("a page has an impossible size", for_good=False)
            return value, value
        if role is Role.CURSOR:
            try:
                texts = texts_of(value)
            except ValueError:
                raise NotCompiled("a cursor cannot be read", for_good=False) from None
            missing = tuple(each is None for each in texts[1:])
            return CursorGiven(missing, leaf(texts)), missing
        if role is Role.NODE:
            named, key = self._decoded(value)
            return NodeGiven(named, leaf(key)), named or ABSENT
        if role is Role.ENTITIES:
            return self._represented(value, leaf)
        if len(value) > LARGEST_PAGE or any(each is None for each in value):
            raise NotCompiled("there are too many ids, or nulls among them", for_good=False)
        pairs = [self._decoded(each) for each in value]
        names = tuple(sorted({named for named, _ in pairs if named is not None}))
        return NodesGiven(names, leaf(pairs)), names

    def _represented(self, value: list[Any], leaf: Callable[[Any], Any]) -> tuple[Any, Shape]:
        if len(value) > MOST_REPRESENTATIONS:
            raise NotCompiled("there are too many representations", for_good=False)
        found = [each for each in (represented(one, self.entities) for one in value) if each is not None]
        if len(found) < len(value):
            raise NotCompiled("a representation is of nothing", for_good=False)
        wanted = tuple(sorted({(each.name, each.key) for each in found}))
        return EntitiesGiven(wanted, leaf(found)), wanted

    def _decoded(self, global_id: str) -> tuple[str | None, int | None]:
        key = key_of(global_id)
        named = relay.GlobalID.from_id(global_id).type_name if key is not None else None
        return (named, key) if named in self.node_types else (None, None)


def leaf_type(type_: Any) -> tuple[str, Field[Any, Any]]:
    """How PostgreSQL and Django call what values of a leaf type are bound as. Raises `NotCompiled`."""
    if isinstance(type_, GraphQLEnumType):
        return _LEAVES["String"]
    if isinstance(type_, GraphQLScalarType) and type_.name in _LEAVES:
        return _LEAVES[type_.name]
    raise NotCompiled(f"{type_} is not bound in SQL")


def bound(value: Any) -> str | None:
    """A value as the text that PostgreSQL reads for a parameter that the statement casts."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list):
        return "{" + ",".join(_quoted(bound(each)) for each in value) + "}"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def _quoted(text: str | None) -> str:
    if text is None:
        return "NULL"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal) and not value.is_finite():
        raise NotCompiled("a number is none", for_good=False)
    return value.value if isinstance(value, Enum) else value


def _bare(type_: Any) -> Any:
    return type_.of_type if isinstance(type_, GraphQLNonNull) else type_


def _has_variables(node: ValueNode) -> bool:
    if isinstance(node, VariableNode):
        return True
    within: Iterable[ValueNode] = ()
    if isinstance(node, ListValueNode):
        within = node.values
    elif isinstance(node, ObjectValueNode):
        within = [field.value for field in node.fields]
    return any(_has_variables(each) for each in within)
