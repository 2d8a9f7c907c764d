"""An object of a type: its JSON, of a row of the type's table or of one that the row leads to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from django.core.exceptions import FieldDoesNotExist
from django.db.models import (
    BooleanField,
    Expression,
    ExpressionWrapper,
    Field,
    ForeignKey,
    ManyToManyField,
    ManyToManyRel,
    ManyToOneRel,
    Model,
    OneToOneRel,
    OuterRef,
    Q,
    QuerySet,
)
from django.db.models.constants import LOOKUP_SEP
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    get_named_type,
)
from strawberry_django.fields.field import StrawberryDjangoField

from hub.graphql.compiler.compilation import (
    GLOBAL_ID,
    Compilation,
    declared_field,
    definition_of,
    has_global_id,
    model_of,
    plain_field,
)
from hub.graphql.compiler.data import row_data_in
from hub.graphql.compiler.leaves import leaf
from hub.graphql.compiler.pages import ITEM, page_of
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.sightings import marked
from hub.graphql.compiler.text import NULL, ROW_DATA, UNSOUND, Column, Part, Rows, Spliced, Text, quoted, spliced
from hub.lib.api.computed import ComputedField, RowDataField
from hub.lib.api.connections import ConnectionField
from hub.lib.api.variants import Variant, VariantsField

_LONGEST_UNWRAPPED: Final = 57
"""PostgreSQL breaks base64 into lines of 76 characters, which this many bytes fill."""


@dataclass(frozen=True)
class Place:
    """Where an object's row is: the query's own row, or the one that relations to one lead to from there."""

    root: type[Model]
    path: tuple[str, ...] = ()

    @property
    def model(self) -> type[Model]:
        model = self.root
        for name in self.path:
            model = cast("type[Model]", model._meta.get_field(name).related_model)
        return model

    def beyond(self, relation: str) -> Place:
        """The row that a relation to one leads to from here."""
        return Place(self.root, (*self.path, relation))

    def column(self, field: Field[Any, Any]) -> Column:
        """A column of the row."""
        return Column(self.path, field)

    @property
    def key_from_below(self) -> OuterRef:
        """The row's key, as a query inside the query names it."""
        return OuterRef(LOOKUP_SEP.join([*self.path, "pk"]))


def object_of(compilation: Compilation, type_: GraphQLObjectType, nodes: Sequence[FieldNode], place: Place) -> Text:
    """The JSON of an object whose row is there.

    Args:
        nodes: the fields of the document that show it.
    """
    if model_of(type_) is not place.model:
        raise NotCompiled(f"{type_.name} is no {place.model.__name__}")
    parts: list[Part] = []
    for key, selected in compilation.fields_below(type_, nodes).items():
        parts += [f'{"," if parts else "{"}"{key}":', *_field(compilation, type_, selected, place)]
    return Text([*marked(place.model, place.column), *parts, "}" if parts else "{}"])


def _field(compilation: Compilation, type_: GraphQLObjectType, nodes: list[FieldNode], place: Place) -> list[Part]:
    name = nodes[0].name.value
    if name == "__typename":
        return [f'"{type_.name}"']
    graphql = type_.fields[name]
    declared = declared_field(graphql)
    if declared is not None and declared.python_name == GLOBAL_ID and has_global_id(type_):
        return _global_id(type_, place)
    if isinstance(declared, RowDataField):
        begin = row_data_in(compilation, place.model, graphql, nodes)
        return [begin, spliced("{}::text", place.column(place.model._meta.pk)), ROW_DATA.end]
    field = plain_field(type_, name)
    if isinstance(field, ComputedField):
        return _computed(field, graphql.type, place)
    column = _column(place.model, field)
    if isinstance(column, Field) and not column.is_relation and not isinstance(field, ConnectionField):
        return leaf(graphql.type, column, place.column(column))
    return [_related(compilation, graphql, field, nodes, column, place=place)]


def _related(
    compilation: Compilation,
    graphql: GraphQLField,
    field: StrawberryDjangoField,
    nodes: list[FieldNode],
    relation: Any,
    *,
    place: Place,
) -> Expression:
    if isinstance(field, ConnectionField):
        return page_of(compilation, graphql, field, nodes, rows=_rows_below(relation, place), item=node_of)
    if graphql.args:
        raise NotCompiled(f"{relation.name} takes arguments")
    if isinstance(relation, ForeignKey | OneToOneRel):
        return _object(compilation, graphql.type, nodes, place.beyond(relation.name))
    return _list(compilation, graphql.type, nodes, _rows_below(relation, place))


def _column(model: type[Model], field: StrawberryDjangoField) -> Any:
    name = field.relation if isinstance(field, VariantsField) else field.django_name or field.python_name
    try:
        column = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise NotCompiled(f"{model.__name__}.{name} is no column") from None
    if column.model is not model:
        raise NotCompiled(f"{model.__name__}.{name} is inherited")
    return column


def _global_id(type_: GraphQLObjectType, place: Place) -> list[Part]:
    key = place.model._meta.pk
    encoded = f"encode(convert_to({quoted(f'{type_.name}:')} || {{}}, 'UTF8'), 'base64')"
    if len(type_.name) + 20 > _LONGEST_UNWRAPPED:
        encoded = f"translate({encoded}, E'\\n', '')"
    return ['"', spliced(encoded, place.column(key)), '"']


def _computed(field: ComputedField, type_: Any, place: Place) -> list[Part]:
    made = field.sql("".join(f"{name}{LOOKUP_SEP}" for name in place.path))
    if isinstance(made, Q):
        # A condition that PostgreSQL cannot decide, for want of a value, does not hold.
        decided = spliced("coalesce({}, false)", ExpressionWrapper(made, BooleanField()), output_field=BooleanField())
        return leaf(type_, BooleanField(), decided, nullable=False)
    return leaf(type_, made.output_field, made, nullable=True)


def _object(compilation: Compilation, type_: Any, nodes: list[FieldNode], place: Place) -> Expression:
    named = get_named_type(type_)
    if not isinstance(named, GraphQLObjectType):
        raise NotCompiled(f"{type_} is not one type")
    shown = object_of(compilation, named, nodes, place)
    otherwise = UNSOUND if isinstance(type_, GraphQLNonNull) else NULL
    # Also a row that has to be there may be hidden, by row-level security.
    sql = f"CASE WHEN {{}} IS NULL THEN {quoted(otherwise)} ELSE {{}} END"
    return spliced(sql, place.column(place.model._meta.pk), shown)


def _list(compilation: Compilation, type_: Any, nodes: list[FieldNode], rows: QuerySet[Any]) -> Expression:
    listed = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    named = get_named_type(type_)
    if not isinstance(listed, GraphQLList):
        raise NotCompiled(f"{type_} is no list")
    if not rows.ordered:
        raise NotCompiled(f"the {rows.model._meta.verbose_name_plural} have no order of their own")
    item = _item(compilation, named, nodes, Place(rows.model))
    sql = f"(SELECT concat('[', string_agg(p.{ITEM}, ','), ']') FROM {{}} p)"
    return spliced(sql, Rows(rows.annotate(**{ITEM: item}), [ITEM]))


def _item(compilation: Compilation, type_: Any, nodes: Sequence[FieldNode], place: Place) -> Expression:
    """The JSON of a row as an object of its type: the one there is, or whichever an interface has for rows like it."""
    if isinstance(type_, GraphQLObjectType):
        return object_of(compilation, type_, nodes, place)
    if not isinstance(type_, GraphQLInterfaceType):
        raise NotCompiled(f"{type_} is not one type")
    parts: list[Part] = ["CASE"]
    for each in compilation.graphql.get_implementations(type_).objects:
        variant = definition_of(each).is_type_of
        if not isinstance(variant, Variant) or variant.model is not place.model:
            raise NotCompiled(f"which rows are of the type {each.name} is found out in Python")
        column = place.column(cast("Field[Any, Any]", place.model._meta.get_field(variant.column)))
        parts += [" WHEN ", column, f" = {quoted(variant.value)} THEN ", object_of(compilation, each, nodes, place)]
    return Spliced([*parts, f" ELSE {quoted(UNSOUND)} END"])


def _rows_below(relation: Any, place: Place) -> QuerySet[Any]:
    """The rows that a relation to many leads to: those that a prefetch reads."""
    if isinstance(relation, ManyToOneRel) and not relation.field.target_field.primary_key:
        raise NotCompiled(f"{relation.name} does not refer to a key")
    if isinstance(relation, ManyToOneRel):
        back = relation.field.name
    elif isinstance(relation, ManyToManyField):
        back = relation.related_query_name()
    elif isinstance(relation, ManyToManyRel):
        back = relation.field.name
    else:
        raise NotCompiled(f"{relation} does not lead to many rows")
    rows: QuerySet[Any] = relation.related_model._base_manager.filter(**{back: place.key_from_below})
    return rows


def node_of(
    compilation: Compilation, type_: GraphQLObjectType, nodes: Sequence[FieldNode], rows: QuerySet[Any]
) -> Text:
    """The JSON of a row of a query set."""
    return object_of(compilation, type_, nodes, Place(rows.model))
