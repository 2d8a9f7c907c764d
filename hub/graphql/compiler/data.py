"""Plain data in an answer: what a resolver works out, which no row holds, written beside what a statement reads.

The executor takes some microseconds for each value of an answer, since any of them could have a resolver. Where a
field is declared as data, its resolver returns objects whose attributes are the answer: they are written by functions
that follow from the selection. What has a resolver below it, or an extension, is not.

A root field's data (`hub.lib.api.data_field`) stands between two texts of the statement. That of rows
(`hub.lib.api.row_data`) is asked for once the statement has shown which rows there are: it leaves a mark in each, of
bytes that JSON never holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from functools import partial
from itertools import islice
from operator import attrgetter, is_
from typing import Any, Final, TypeAlias, cast

import orjson
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model, prefetch_related_objects
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_argument_values,
    is_leaf_type,
)
from graphql.execution.values import VariableValues
from strawberry import Schema, relay
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoField

from hub.graphql.compiler.compilation import Compilation, declared_field, has_global_id, model_of
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.text import ROW_DATA
from hub.lib.api import deadline, together
from hub.lib.api.computed import ComputedField, RowDataField
from hub.lib.api.scalars import DATE_TIME

Values: TypeAlias = list[Any]

Writer: TypeAlias = Callable[[Values], Values]
"""From values to their parts of the answer: all values of a field at once, since a call takes longer than a value."""

Reader: TypeAlias = Callable[[Any], Any]

Making: TypeAlias = Callable[[], Writer]
"""Makes the writer of one answer."""

_ID: Final = "id"
_is_absent: Final = partial(is_, None)


@dataclass(frozen=True)
class _Info:
    """All that a resolver of data may ask: whose operation it is, and of which schema."""

    context: Any
    schema: Schema


@dataclass(frozen=True)
class Data:
    """A place of an answer that a resolver fills.

    Attributes:
        making: makes what writes the resolver's value.
    """

    schema: Schema
    graphql: GraphQLField
    node: FieldNode
    making: Making

    def written(self, context: Any, coerced: Mapping[str, Any], given: Mapping[str, Any]) -> bytes:
        """The JSON of what the resolver returns.

        Args:
            coerced: the operation's variables as a resolver gets them.
            given: the same as the client gave them.

        Raises whatever the resolver does, and `NotCompiled` for an absent value that the schema does not allow.
        """
        field = cast(StrawberryField, declared_field(self.graphql))
        assert field.base_resolver is not None
        arguments = convert_arguments(
            get_argument_values(self.graphql, self.node, VariableValues(sources={}, coerced=dict(coerced))),
            field.arguments,
            scalar_registry=self.schema.schema_converter.scalar_registry,
            config=self.schema.config,
        )
        resolver = cast("Callable[..., Any]", field.base_resolver.wrapped_func)
        return orjson.dumps(self.making()([resolver(None, _Info(context, self.schema), **arguments)])[0])


@dataclass(frozen=True)
class RowData:
    """A field whose resolver makes data of each row.

    Attributes:
        model: whose rows.
        making: makes what writes the resolver's values.
    """

    schema: Schema
    model: type[Model]
    field: RowDataField
    making: Making

    def written(self, context: Any, keys: Collection[int]) -> dict[int, bytes]:
        """The JSON of the rows with these keys, which are read together. Raises whatever the resolver does."""
        read, info = self.field.store, _Info(context, self.schema)
        rows = self.model._base_manager.filter(pk__in=keys).only("pk", *read.only)
        annotations = {name: each(info) if callable(each) else each for name, each in read.annotate.items()}
        lookups = [each(info) if callable(each) else each for each in read.prefetch_related]
        resolver, write = cast(Any, self.field.base_resolver).wrapped_func, self.making()
        found = together(rows.annotate(**annotations).prefetch_related(*lookups))
        written = write([resolver(row) for row in found])
        return {row.pk: orjson.dumps(data) for row, data in zip(found, written, strict=True)}


def row_data_in(compilation: Compilation, model: type[Model], graphql: GraphQLField, nodes: Sequence[FieldNode]) -> str:
    """Take a field's data into the compilation; returns what its marks begin with. Raises `NotCompiled`."""
    field = declared_field(graphql)
    if not isinstance(field, RowDataField) or field.extensions or field.permission_classes:
        raise NotCompiled(f"{nodes[0].name.value} has an extension")
    making = _value(compilation, graphql.type, nodes)
    compilation.row_data.append(RowData(compilation.schema, model, field, making))
    return f"{ROW_DATA.begin}{len(compilation.row_data) - 1}:"


def filled(texts: Sequence[bytes], row_data: Sequence[RowData], context: Any) -> list[bytes]:
    """The texts of a statement with the rows' data in place of its marks.

    Raises whatever resolvers do, and `NotCompiled` for a row that is not there any more.
    """
    keys: list[set[int]] = [set() for _ in row_data]
    for text in texts:
        for number, key in map(_numbers, ROW_DATA.found_in(text)):
            keys[number].add(key)
    written = [data.written(context, wanted) for data, wanted in zip(row_data, keys, strict=True)]

    def data_of(marked: bytes) -> bytes:
        number, key = _numbers(marked)
        found = written[number].get(key)
        if found is None:
            raise NotCompiled("a row has gone meanwhile", for_good=False)
        return found

    return [ROW_DATA.replaced(text, data_of) for text in texts]


def _numbers(marked: bytes) -> tuple[int, int]:
    number, _, key = marked.partition(b":")
    return int(number), int(key)


def data_in(compilation: Compilation, graphql: GraphQLField, nodes: Sequence[FieldNode]) -> Data:
    """What a root field that is declared as data puts into the answer. Raises `NotCompiled`."""
    field = declared_field(graphql)
    if field is None or field.extensions or field.permission_classes:
        raise NotCompiled(f"{nodes[0].name.value} has an extension")
    return Data(compilation.schema, graphql, nodes[0], _value(compilation, graphql.type, nodes))


def _value(compilation: Compilation, type_: Any, nodes: Sequence[FieldNode]) -> Making:
    if isinstance(type_, GraphQLNonNull):
        return _present(_bare(compilation, type_.of_type, nodes))
    bare = _bare(compilation, type_, nodes)

    def make() -> Writer:
        write = bare()

        def written(values: Values) -> Values:
            present = iter(write([value for value in values if value is not None]))
            return [None if value is None else next(present) for value in values]

        return written

    return make


def _present(bare: Making) -> Making:
    def make() -> Writer:
        write = bare()

        def written(values: Values) -> Values:
            if any(map(_is_absent, values)):
                raise NotCompiled("a resolver returned nothing where something has to be", for_good=False)
            return write(values)

        return written

    return make


def _bare(compilation: Compilation, type_: Any, nodes: Sequence[FieldNode]) -> Making:
    if isinstance(type_, GraphQLList):
        return _list(_value(compilation, type_.of_type, nodes))
    if is_leaf_type(type_):
        return _leaf(type_)
    if isinstance(type_, GraphQLObjectType):
        return _object(compilation, type_, nodes)
    raise NotCompiled(f"{type_} is not one type")


def _leaf(type_: Any) -> Making:
    if type_.name == DATE_TIME.name:
        return lambda: _column(_Moments(type_.serialize).__getitem__)
    return lambda: _column(type_.serialize)


def _column(serialize: Callable[[Any], Any]) -> Writer:
    def written(values: Values) -> Values:
        deadline.check()
        return list(map(serialize, values))

    return written


class _Moments(dict[Any, Any]):
    """Moments as they are written: a schedule's changes are many others' as well."""

    def __init__(self, serialize: Callable[[Any], Any]) -> None:
        super().__init__()
        self._serialize = serialize

    def __missing__(self, moment: Any) -> Any:
        written = self._serialize(moment)
        # Elsewhere than in UTC, two moments of one local time that occurs twice are equal.
        if moment.tzinfo is UTC:
            self[moment] = written
        return written


def _list(item: Making) -> Making:
    def make() -> Writer:
        write = item()

        def written(values: Values) -> Values:
            lists = [list(value) for value in values]
            items = iter(write([each for value in lists for each in value]))
            return [list(islice(items, len(value))) for value in lists]

        return _once(written)

    return make


def _object(compilation: Compilation, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Making:
    parts = [(key, *_field(compilation, type_, below)) for key, below in compilation.fields_below(type_, nodes).items()]
    keys = [key for key, _, _ in parts]

    def make() -> Writer:
        made = [(read, part()) for _, read, part in parts]

        def written(values: Values) -> Values:
            # Where every field is skipped there is no column, and there are as many objects as ever.
            if not made:
                return [{} for _ in values]
            columns = [write(list(map(read, values))) for read, write in made]
            return [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]

        return _once(written)

    return make


def _once(write: Writer) -> Writer:
    """A person stands in many places of an answer, and is the same in all of them."""

    def written(values: Values) -> Values:
        different = dict(zip(map(id, values), values, strict=True))
        if len(different) == len(values):
            return write(values)
        known = dict(zip(different, write(list(different.values())), strict=True))
        return [known[id(value)] for value in values]

    return written


def _field(compilation: Compilation, type_: GraphQLObjectType, nodes: Sequence[FieldNode]) -> tuple[Reader, Making]:
    """How a field's value is read of its object, and how such values are written."""
    name = nodes[0].name.value
    if name == "__typename":
        return (lambda value: type_.name), lambda: lambda values: values
    graphql = type_.fields[name]
    if name == _ID and has_global_id(type_):
        return (lambda value: str(relay.GlobalID(type_.name, str(value.pk)))), lambda: lambda values: values
    field = declared_field(graphql)
    where = f"{type_.name}.{name}"
    if field is None or field.base_resolver is not None:
        raise NotCompiled(f"{where} has a resolver")
    if field.extensions or field.permission_classes:
        raise NotCompiled(f"{where} has an extension")
    making = _value(compilation, graphql.type, nodes)
    if not isinstance(field, StrawberryDjangoField):
        return attrgetter(field.python_name), making
    bare = graphql.type.of_type if isinstance(graphql.type, GraphQLNonNull) else graphql.type
    attribute = field.django_name or field.python_name
    if type(field) is StrawberryDjangoField and is_leaf_type(bare):
        # A column, whose value the row has.
        return attrgetter(attribute), making
    if type(field) is StrawberryDjangoField and _leads_to_one(type_, attribute):
        return (lambda row: row), _relation(attribute, making)
    if isinstance(field, ComputedField):
        return (lambda row: row), _computed(attribute, field, making)
    raise NotCompiled(f"{where} is no column")


def _computed(attribute: str, field: ComputedField, making: Making) -> Making:
    """Writes what is computed of rows: for those that were not read with it, in one statement."""

    def make() -> Writer:
        write = making()

        def written(rows: Values) -> Values:
            lacking = [row for row in rows if attribute not in row.__dict__ and not hasattr(type(row), attribute)]
            found: dict[int, Any] = {}
            if lacking:
                asked = type(lacking[0])._default_manager.filter(pk__in={row.pk for row in lacking})
                found = dict(asked.annotate(**{attribute: field.sql("")}).values_list("pk", attribute))
            if any(row.pk not in found for row in lacking):
                raise NotCompiled("a row is hidden", for_good=False)
            return write([found[row.pk] if row.pk in found else getattr(row, attribute) for row in rows])

        return written

    return make


def _leads_to_one(type_: GraphQLObjectType, attribute: str) -> bool:
    try:
        return isinstance(model_of(type_)._meta.get_field(attribute), ForeignKey)
    except FieldDoesNotExist:
        return False


def _relation(attribute: str, making: Making) -> Making:
    """Writes the rows that a relation to one leads to: those that were not read with theirs in one statement."""

    def make() -> Writer:
        write = making()

        def written(rows: Values) -> Values:
            prefetch_related_objects([row for row in rows if attribute not in row._state.fields_cache], attribute)
            return write([_related(row, attribute) for row in rows])

        return written

    return make


def _related(row: Model, attribute: str) -> Model | None:
    related: Model | None = row._state.fields_cache[attribute]
    if related is None and getattr(row, cast(Any, row._meta.get_field(attribute)).attname) is not None:
        raise NotCompiled(f"{attribute} is hidden", for_good=False)
    return related
