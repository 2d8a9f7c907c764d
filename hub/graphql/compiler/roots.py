"""The root fields that can be compiled: connections, one object by its name, and any objects by their global ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db.models import BigIntegerField, Expression, Model, QuerySet, TextField
from graphql import FieldNode, GraphQLField, GraphQLInterfaceType, GraphQLNonNull, GraphQLObjectType, get_named_type

from hub.graphql.compiler.arguments import EntitiesGiven, NodeGiven, NodesGiven
from hub.graphql.compiler.compilation import Compilation, declared_field, model_of, plain_field
from hub.graphql.compiler.data import Data, data_in
from hub.graphql.compiler.executing import Executed, executed_in
from hub.graphql.compiler.objects import Place, node_of, object_of
from hub.graphql.compiler.pages import ITEM, page_of
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.text import NULL, UNSOUND, Part, Rows, Text, quoted, spliced
from hub.lib.api.connections import ConnectionField
from hub.lib.api.nodes import entity_keys, is_data
from hub.lib.api.roots import NodeField, NodesField, ObjectField
from hub.lib.errors import Invalid
from hub.lib.given import Given


def answer_of(compilation: Compilation, root: GraphQLObjectType) -> tuple[list[Text], list[Data | Executed]]:
    """The JSON of an operation's whole answer: what a statement reads, and what stands between its texts.

    Raises `NotCompiled` where the executor would have to answer all of it.
    """
    texts: list[list[Part]] = [[]]
    between: list[Data | Executed] = []
    fields = compilation.root_fields(root)
    for number, (key, nodes) in enumerate(fields.items()):
        texts[-1].append(f'{"," if number else "{"}"{key}":')
        made = _made(compilation, root, nodes)
        if isinstance(made, Data | Executed):
            between.append(made)
            texts.append([])
        else:
            texts[-1].append(made)
    texts[-1].append("}" if len(texts) > 1 or texts[0] else "{}")
    executed = [each for each in between if isinstance(each, Executed)]
    asked = sum(nodes[0].name.value != "__typename" for nodes in fields.values())
    if executed and len(executed) == asked:
        raise NotCompiled(executed[0].reason)
    return [Text(each) for each in texts], between


def _made(compilation: Compilation, root: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Part | Data | Executed:
    graphql = root.fields.get(nodes[0].name.value)
    marks = len(compilation.row_data)
    try:
        if graphql is not None and is_data(declared_field(graphql)):
            return data_in(compilation, graphql, nodes)
        return _root(compilation, root, nodes)
    except NotCompiled as reason:
        if not reason.for_good:
            raise
        del compilation.row_data[marks:]
        return executed_in(
            compilation.schema, compilation.operation, compilation.fragments, nodes, reason=reason.reason
        )


def _root(compilation: Compilation, root: GraphQLObjectType, nodes: Sequence[FieldNode]) -> Part:
    name = nodes[0].name.value
    if name == "__typename":
        return f'"{root.name}"'
    if name not in root.fields:
        raise NotCompiled(f"{name} asks for the schema itself")
    graphql = root.fields[name]
    field = declared_field(graphql)
    if isinstance(field, ConnectionField):
        plain_field(root, name)
        rows = cast("type[Model]", field.django_model)._default_manager.all()
        return page_of(compilation, graphql, field, nodes, rows=rows, item=node_of, is_whole=True)
    if field is None or field.extensions or field.permission_classes:
        raise NotCompiled(f"{root.name}.{name} has an extension")
    if type(field) is ObjectField:
        return _one(compilation, graphql, field, nodes)
    if type(field) is NodeField:
        return _node(compilation, graphql, nodes)
    if type(field) is NodesField:
        return _nodes(compilation, graphql, nodes)
    if entity_keys(field) is not None:
        return _entities(compilation, graphql, nodes)
    raise NotCompiled(f"{root.name}.{name} has a resolver")


def _one(compilation: Compilation, graphql: GraphQLField, field: ObjectField, nodes: Sequence[FieldNode]) -> Expression:
    type_ = get_named_type(graphql.type)
    if not isinstance(type_, GraphQLObjectType):
        raise NotCompiled(f"{type_} is not one type")
    try:
        rows = field.rows(compilation.arguments(graphql, nodes[0]))
    except Invalid as error:
        raise NotCompiled(error.message, for_good=False) from None
    return _first(compilation, type_, nodes, rows, UNSOUND if isinstance(graphql.type, GraphQLNonNull) else NULL)


def _first(
    compilation: Compilation, type_: GraphQLObjectType, nodes: Sequence[FieldNode], rows: QuerySet[Any], otherwise: str
) -> Expression:
    item = object_of(compilation, type_, nodes, Place(rows.model))
    ordered = rows if rows.ordered else rows.order_by("pk")
    return spliced(f"coalesce({{}}, {quoted(otherwise)})", Rows(ordered.annotate(**{ITEM: item})[:1], [ITEM]))


def _node(compilation: Compilation, graphql: GraphQLField, nodes: Sequence[FieldNode]) -> Part:
    given = compilation.arguments(graphql, nodes[0]).get("id")
    if not isinstance(given, NodeGiven):
        raise NotCompiled("an id is null", for_good=False)
    type_ = _type_named(compilation, graphql, given.type_name)
    if type_ is None:
        return NULL
    rows = model_of(type_)._default_manager.filter(pk=Given(given.take, "bigint", BigIntegerField()))
    return _first(compilation, type_, nodes, rows, NULL)


def _nodes(compilation: Compilation, graphql: GraphQLField, nodes: Sequence[FieldNode]) -> Part:
    given = compilation.arguments(graphql, nodes[0]).get("ids")
    if not isinstance(given, NodesGiven):
        raise NotCompiled("a list of ids is null", for_good=False)
    branches, expressions = [], []
    for name in given.type_names:
        type_ = _type_named(compilation, graphql, name)
        if type_ is None:
            continue
        asked = spliced("asked.key", output_field=BigIntegerField())
        rows = model_of(type_)._default_manager.filter(pk=asked)
        branches.append(f"WHEN {quoted(name)} THEN {{}}")
        expressions.append(_first(compilation, type_, nodes, rows, NULL))
    take = given.take
    names = Given(lambda values: [named for named, _ in take(values)], "text[]", TextField())
    keys = Given(lambda values: [key for _, key in take(values)], "bigint[]", BigIntegerField())
    found = f"CASE asked.name {' '.join(branches)} ELSE {quoted(NULL)} END" if branches else quoted(NULL)
    sql = (
        f"(SELECT concat('[', string_agg({found}, ',' ORDER BY asked.place), ']')"
        " FROM unnest({}, {}) WITH ORDINALITY AS asked(name, key, place))"
    )
    return spliced(sql, *expressions, names, keys)


def _entities(compilation: Compilation, graphql: GraphQLField, nodes: Sequence[FieldNode]) -> Part:
    given = compilation.arguments(graphql, nodes[0]).get("representations")
    if not isinstance(given, EntitiesGiven):
        raise NotCompiled("representations are not all there", for_good=False)
    branches, expressions = [], []
    for name, key in given.wanted:
        type_ = cast(GraphQLObjectType, compilation.graphql.type_map[name])
        asked = (
            {"pk": spliced("asked.key", output_field=BigIntegerField())}
            if key == "id"
            else {key: spliced("asked.word", output_field=TextField())}
        )
        branches.append(f"WHEN {quoted(f'{name}.{key}')} THEN {{}}")
        expressions.append(_first(compilation, type_, nodes, model_of(type_)._default_manager.filter(**asked), NULL))
    take = given.take
    names = Given(lambda values: [f"{each.name}.{each.key}" for each in take(values)], "text[]", TextField())
    keys = Given(lambda values: [_number(each.value) for each in take(values)], "bigint[]", BigIntegerField())
    words = Given(lambda values: [_word(each.value) for each in take(values)], "text[]", TextField())
    found = f"CASE asked.name {' '.join(branches)} END" if branches else quoted(NULL)
    sql = (
        f"(SELECT concat('[', string_agg({found}, ',' ORDER BY asked.place), ']')"
        " FROM unnest({}, {}, {}) WITH ORDINALITY AS asked(name, key, word, place))"
    )
    return spliced(sql, *expressions, names, keys, words)


def _number(value: int | str) -> int | None:
    return value if isinstance(value, int) else None


def _word(value: int | str) -> str | None:
    return value if isinstance(value, str) else None


def _type_named(compilation: Compilation, graphql: GraphQLField, name: str | None) -> GraphQLObjectType | None:
    type_ = compilation.graphql.type_map.get(name or "")
    interface = get_named_type(graphql.type)
    if not isinstance(type_, GraphQLObjectType) or not isinstance(interface, GraphQLInterfaceType):
        return None
    return type_ if interface in type_.interfaces else None


def entities_of(root: GraphQLObjectType | None) -> Mapping[str, Sequence[str]]:
    """The keys of every type that a root field finds as an entity, by the type's name."""
    found = (entity_keys(declared_field(each)) for each in (root.fields.values() if root else ()))
    return next((keys for keys in found if keys is not None), {})


def node_types(types: Mapping[str, Any]) -> frozenset[str]:
    """The names of the types that have global ids."""
    return frozenset(
        name
        for name, type_ in types.items()
        if isinstance(type_, GraphQLObjectType) and any(each.name == "Node" for each in type_.interfaces)
    )
