"""Answers of plain data: what one resolver has worked out is written as it was asked for, past the executor.

The executor takes some microseconds for each value of an answer, since any of them could have a resolver. Where a
root field is declared as data (`hub.lib.api.data_field`), its resolver returns objects whose attributes are the answer:
they are written by functions that are made once for the selection. An operation with anything else in it, and one
whose resolver raises, is left to the executor, which says in its own way what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, cast

from graphql import (
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    get_argument_values,
    get_operation_ast,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues, get_variable_values
from strawberry import relay
from strawberry.extensions import SchemaExtension
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoField

from hub.graphql.compiler.compilation import declared_field, definition_of, has_global_id
from hub.graphql.compiler.extension import executes_only
from hub.lib.api.nodes import is_data
from hub.lib.errors import HubError

Writer = Callable[[Any], Any]
_ID: Final = "id"


class NotPlain(Exception):
    """The operation is the executor's."""


@dataclass(frozen=True)
class _Info:
    """All that a resolver of data may ask: whose operation it is."""

    context: Any


class PlainAnswers(SchemaExtension):
    """Writes the answer of an operation all of whose root fields are data; leaves the rest to the executor."""

    def on_execute(self) -> Iterator[None]:
        execution = self.execution_context
        if execution.result is None and getattr(execution.context, "takes_json", False) and not executes_only():
            with suppress(NotPlain, HubError):
                execution.result = ExecutionResult(data=_answered(execution), errors=None)
        yield


def _answered(execution: Any) -> dict[str, Any]:
    document = execution.graphql_document
    operation = get_operation_ast(document, execution.operation_name) if document else None
    if operation is None or operation.operation is not OperationType.QUERY:
        raise NotPlain
    graphql: GraphQLSchema = execution.schema._schema
    variables = get_variable_values(graphql, operation.variable_definitions or (), execution.variables or {})
    if isinstance(variables, list) or graphql.query_type is None:
        raise NotPlain
    fragments = {
        each.name.value: FragmentDetails(each)
        for each in document.definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    selection = _Selection(graphql, fragments, variables, operation)
    root = graphql.query_type
    asked = selection.root(root)
    if not asked or not all(_is_data(root, nodes[0]) for nodes in asked.values()):
        raise NotPlain
    writers = {key: selection.writer(root.fields[nodes[0].name.value].type, nodes) for key, nodes in asked.items()}
    return {key: writers[key](_resolved(execution, root, nodes[0], variables)) for key, nodes in asked.items()}


def _is_data(root: GraphQLObjectType, node: FieldNode) -> bool:
    # `__typename` and what asks for the schema are no fields of the type.
    field = root.fields.get(node.name.value)
    return field is not None and is_data(declared_field(field))


def _resolved(execution: Any, root: GraphQLObjectType, node: FieldNode, variables: VariableValues) -> Any:
    graphql = root.fields[node.name.value]
    field = cast(StrawberryField, declared_field(graphql))
    assert field.base_resolver is not None
    given = convert_arguments(
        get_argument_values(graphql, node, variables),
        field.arguments,
        scalar_registry=execution.schema.schema_converter.scalar_registry,
        config=execution.schema.config,
    )
    resolver = cast("Callable[..., Any]", field.base_resolver.wrapped_func)
    return resolver(None, _Info(execution.context), **given)


class _Selection:
    """What an operation selects, as functions from an object to its part of the answer."""

    def __init__(
        self,
        graphql: GraphQLSchema,
        fragments: Mapping[str, FragmentDetails],
        variables: VariableValues,
        operation: OperationDefinitionNode,
    ) -> None:
        self.graphql = graphql
        self.fragments = dict(fragments)
        self.variables = variables
        self.operation = operation

    def root(self, type_: GraphQLObjectType) -> dict[str, list[FieldNode]]:
        found = collect_fields(self.graphql, self.fragments, self.variables, type_, self.operation)
        return {key: [each.node for each in details] for key, details in found.grouped_field_set.items()}

    def writer(self, type_: Any, nodes: Sequence[FieldNode]) -> Writer:
        """Writes a value of this type. Raises `NotPlain` for what has a resolver; so may the writer."""
        if isinstance(type_, GraphQLNonNull):
            return self._present(self._bare(type_.of_type, nodes))
        bare = self._bare(type_, nodes)
        return lambda value: None if value is None else bare(value)

    def _present(self, bare: Writer) -> Writer:
        def write(value: Any) -> Any:
            if value is None:
                raise NotPlain
            return bare(value)

        return write

    def _bare(self, type_: Any, nodes: Sequence[FieldNode]) -> Writer:
        if isinstance(type_, GraphQLList):
            item = self.writer(type_.of_type, nodes)
            return lambda values: [item(value) for value in values]
        if is_leaf_type(type_):
            return type_.serialize
        if isinstance(type_, GraphQLObjectType):
            return self._object(type_, nodes)
        raise NotPlain

    def _object(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Writer:
        details = [FieldDetails(node=node, defer_usage=None) for node in nodes]
        found = collect_subfields(self.graphql, self.fragments, self.variables, self.operation, type_, details)
        parts = [
            (key, *self._field(type_, [each.node for each in below])) for key, below in found.grouped_field_set.items()
        ]

        def write(value: Any) -> dict[str, Any]:
            return {key: part(read(value)) for key, read, part in parts}

        if not any(isinstance(field, StrawberryDjangoField) for field in definition_of(type_).fields):
            return write
        # A row stands in many places of an answer, and is the same in all of them.
        known: dict[Any, dict[str, Any]] = {}

        def remembered(value: Any) -> dict[str, Any]:
            if value.pk not in known:
                known[value.pk] = write(value)
            return known[value.pk]

        return remembered

    def _field(self, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> tuple[Writer, Writer]:
        name = nodes[0].name.value
        if name == "__typename":
            return (lambda value: type_.name), (lambda value: value)
        graphql = type_.fields[name]
        if name == _ID and has_global_id(type_):
            return (lambda value: str(relay.GlobalID(type_.name, str(value.pk)))), (lambda value: value)
        field = declared_field(graphql)
        if field is None or field.base_resolver is not None or field.extensions or field.permission_classes:
            raise NotPlain
        if isinstance(field, StrawberryDjangoField):
            # A column, whose value the row has; a relation would take a statement.
            bare = getattr(graphql.type, "of_type", graphql.type)
            if type(field) is not StrawberryDjangoField or not is_leaf_type(bare):
                raise NotPlain
            return attrgetter(field.django_name or field.python_name), self.writer(graphql.type, nodes)
        return attrgetter(field.python_name), self.writer(graphql.type, nodes)
