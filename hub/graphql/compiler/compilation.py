"""One operation of one shape on its way to SQL: its fields, their declarations, and what may be compiled at all.

What is not known here to be equal in Python and in SQL is not compiled. That goes for every hook by which a type or a
field may take part in an execution: query sets of its own, permission classes, field extensions, resolvers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

from django.db.models import Model
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues
from strawberry import Schema
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoField
from strawberry_django.relay.utils import resolve_model_id
from strawberry_django.utils.typing import get_django_definition

from hub.graphql.compiler.arguments import ABSENT, Reader, Role
from hub.graphql.compiler.reasons import NotCompiled
from hub.lib.api.computed import ComputedField
from hub.lib.api.connections import ConnectionField, Paging
from hub.lib.api.filters import condition_declared
from hub.lib.api.nodes import entity_keys, is_data
from hub.lib.api.roots import NodeField, NodesField
from hub.lib.api.variants import VariantsField

DEFINITION: Final = "strawberry-definition"
GLOBAL_ID: Final = "_id"

_PLAIN_FIELDS: Final = frozenset({StrawberryDjangoField, ComputedField})
_PAGING: Final = {"first": Role.SIZE, "last": Role.SIZE, "after": Role.CURSOR, "before": Role.CURSOR}


class Compilation:
    """The operation, its arguments as `Reader` shows them, and the schema's declarations.

    Attributes:
        row_data: what was met so far that Python works out of rows.

    Args:
        reader: has read the operation's variables.
    """

    def __init__(
        self,
        schema: Schema,
        operation: OperationDefinitionNode,
        fragments: Mapping[str, FragmentDefinitionNode],
        reader: Reader,
    ) -> None:
        self.schema = schema
        self.graphql: GraphQLSchema = schema._schema
        self.operation = operation
        self.reader = reader
        self.fragments = fragments
        self.row_data: list[Any] = []
        self._fragments = {name: FragmentDetails(fragment) for name, fragment in fragments.items()}
        # Only directives are evaluated from these, and what they take is a yes or no.
        self._variables = VariableValues(sources={}, coerced=reader.variables)

    def root_fields(self, root: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        """The operation's own fields, by the names that they have in the answer."""
        found = collect_fields(self.graphql, self._fragments, self._variables, root, self.operation)
        return _nodes(found.grouped_field_set)

    def fields_below(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> dict[str, list[FieldNode]]:
        """What is selected below a field, of an object of this type, as the executor would collect it."""
        details = [FieldDetails(node=node, defer_usage=None) for node in nodes]
        found = collect_subfields(self.graphql, self._fragments, self._variables, self.operation, type_, details)
        return _nodes(found.grouped_field_set)

    def arguments(self, field: GraphQLField, node: FieldNode) -> dict[str, Any]:
        """The arguments of a field by name, without those that are absent."""
        written = {argument.name.value: argument.value for argument in node.arguments or ()}
        declared = declared_field(field)
        read: dict[str, Any] = {}
        for name, argument in field.args.items():
            role = role_of(declared, name)
            value = self.reader.read(written[name], argument.type, role) if name in written else ABSENT
            if value is ABSENT and argument.default_value is not Undefined:
                value = self.reader.constant(argument.type, argument.default_value, role)
            if value is not ABSENT:
                read[name] = value
        return read

    def input_object(self, type_: GraphQLInputObjectType, read: Mapping[str, Any]) -> Any:
        """strawberry's object of an input type, with what was read in its fields. Raises `NotCompiled`."""
        definition = definition_of(type_)
        names = {self.schema.config.name_converter.get_graphql_name(field): field for field in definition.fields}
        given: dict[str, Any] = {}
        for name, value in read.items():
            field, named = names[name], type_.fields[name].type
            condition = condition_declared(field)
            if value is not None and condition is not None and not getattr(condition, "is_plain", False):
                raise NotCompiled(f"the filter {type_.name}.{name} is asked in Python")
            given[field.python_name] = self._input(named, value)
        return definition.origin(**given)

    def _input(self, type_: Any, value: Any) -> Any:
        while not isinstance(type_, GraphQLNamedType):
            type_ = type_.of_type
        if isinstance(value, list):
            return [self._input(type_, each) for each in value]
        if isinstance(value, dict):
            return self.input_object(cast(GraphQLInputObjectType, type_), value)
        return value


def role_of(field: StrawberryField | None, argument: str) -> Role:
    """What an argument of a field means to the shape of a statement."""
    if isinstance(field, ConnectionField):
        return _PAGING.get(argument, Role.VALUE)
    if isinstance(field, NodeField):
        return Role.NODE
    if isinstance(field, NodesField):
        return Role.NODES
    if entity_keys(field) is not None:
        return Role.ENTITIES
    return Role.DATA if is_data(field) else Role.VALUE


def declared_field(field: GraphQLField) -> StrawberryField | None:
    """The declaration behind a field of the schema."""
    return field.extensions.get(DEFINITION)


def definition_of(type_: GraphQLNamedType) -> StrawberryObjectDefinition:
    """The declaration behind a type of the schema."""
    return cast(StrawberryObjectDefinition, type_.extensions[DEFINITION])


def plain_field(type_: GraphQLObjectType, name: str) -> StrawberryDjangoField:
    """The declaration of a field that is a column, a relation, a connection or SQL. Raises `NotCompiled` for others."""
    field = declared_field(type_.fields[name])
    where = f"{type_.name}.{name}"
    if isinstance(field, ConnectionField):
        if type(field) is not ConnectionField or not field.is_declared:
            raise NotCompiled(f"{where} has a resolver")
        if [type(each) for each in field.extensions] != [Paging]:
            raise NotCompiled(f"{where} has an extension")
        return field
    if not isinstance(field, StrawberryDjangoField) or not _is_plain(field):
        raise NotCompiled(f"{where} has a resolver")
    if field.extensions or field.permission_classes:
        raise NotCompiled(f"{where} has an extension")
    return field


def _is_plain(field: StrawberryDjangoField) -> bool:
    # What the resolver of a list of variants does is read its relation.
    return type(field) is VariantsField or (type(field) in _PLAIN_FIELDS and field.base_resolver is None)


def model_of(type_: GraphQLObjectType) -> type[Model]:
    """The model whose rows a type shows as they are. Raises `NotCompiled`."""
    origin = definition_of(type_).origin
    django = get_django_definition(origin)
    if django is None:
        raise NotCompiled(f"{type_.name} is no table")
    if hasattr(origin, "get_queryset"):
        raise NotCompiled(f"{type_.name} has a query set of its own")
    return cast("type[Model]", django.model)


def has_global_id(type_: GraphQLObjectType) -> bool:
    """Whether the type's id is made of its name and its row's key, as strawberry-django does it."""
    origin = definition_of(type_).origin
    resolve = getattr(getattr(origin, "resolve_id", None), "__func__", None)
    return resolve is resolve_model_id and cast(Any, origin).resolve_id_attr() == "pk"


def _nodes(grouped: Mapping[str, Iterable[FieldDetails]]) -> dict[str, list[FieldNode]]:
    return {key: [details.node for details in found] for key, found in grouped.items()}
