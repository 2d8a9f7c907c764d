"""A page of a connection: its rows, their cursors, where it stands and how many there are, as one expression."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias, cast

from django.db.models import Expression, F, Field, QuerySet, Value
from graphql import FieldNode, GraphQLField, GraphQLObjectType, get_named_type
from strawberry import relay
from strawberry.types import get_object_definition
from strawberry_django.fields.filter_order import FilterOrderField
from strawberry_django.ordering import Ordering, apply_ordering

from hub.graphql.compiler.arguments import CursorGiven
from hub.graphql.compiler.compilation import Compilation, definition_of
from hub.graphql.compiler.leaves import DATE, DATE_TIME
from hub.graphql.compiler.reasons import NotCompiled
from hub.graphql.compiler.sightings import marked
from hub.graphql.compiler.text import NULL, Column, Part, Rows, Spliced, Text, quoted, spliced
from hub.lib.api.connections import Connection, ConnectionField, Page
from hub.lib.api.filters import EVERYTHING, condition_of
from hub.lib.api.keyset import Keyset
from hub.lib.errors import Invalid
from hub.lib.given import Given, Values

ITEM: Final = "hub_item"
CURSOR: Final = "hub_cursor"

ItemOf: TypeAlias = Callable[[Compilation, GraphQLObjectType, Sequence[FieldNode], QuerySet[Any]], Expression]
"""Writes the JSON of a row."""

_SQL_TYPES: Final[Mapping[str, str]] = {
    "CharField": "text",
    "TextField": "text",
    "SlugField": "text",
    "SmallIntegerField": "bigint",
    "IntegerField": "bigint",
    "PositiveSmallIntegerField": "bigint",
    "PositiveIntegerField": "bigint",
    "BigIntegerField": "bigint",
    "AutoField": "bigint",
    "BigAutoField": "bigint",
    "DateTimeField": "timestamptz",
    "DateField": "date",
}
"""What a value of a cursor is bound as. Others, such as numbers with decimals, are left to the executor."""


def page_of(
    compilation: Compilation,
    graphql: GraphQLField,
    field: ConnectionField,
    nodes: Sequence[FieldNode],
    *,
    rows: QuerySet[Any],
    item: ItemOf,
    is_whole: bool = False,
) -> Expression:
    """The JSON of a connection over `rows`.

    Args:
        item: writes the JSON of a row.
        is_whole: whether `rows` are all of a table, and not the few that belong to another row.

    Raises `NotCompiled`.
    """
    type_ = get_named_type(graphql.type)
    if not isinstance(type_, GraphQLObjectType) or not _is_made_of(type_, Connection):
        raise NotCompiled(f"{type_} is a connection of its own kind")
    arguments = compilation.arguments(graphql, nodes[0])
    found = _arranged(compilation, graphql, field, arguments, field.rows(rows) if field.rows else rows)
    page = _Page(compilation, type_, arguments, rows=found, item=item, is_whole=is_whole)
    return page.json(compilation.fields_below(type_, nodes))


def _arranged(
    compilation: Compilation,
    graphql: GraphQLField,
    field: ConnectionField,
    arguments: Mapping[str, Any],
    rows: QuerySet[Any],
) -> QuerySet[Any]:
    """Filtered and ordered as `ConnectionField.get_queryset` does it."""
    ordering = arguments.get("ordering")
    if ordering:
        named: Any = get_named_type(graphql.args["ordering"].type)
        orders = [compilation.input_object(named, each) for each in ordering]
        for order in orders:
            _check_order(order)
        rows = apply_ordering(cast(Any, field.get_ordering()), orders, None, rows)
    filters = arguments.get("filters")
    if filters is None:
        return rows
    named = get_named_type(graphql.args["filters"].type)
    condition = condition_of(compilation.input_object(named, filters))
    return rows if condition == EVERYTHING else rows.filter(condition)


def _check_order(order: Any) -> None:
    if isinstance(getattr(type(order), "order", None), FilterOrderField):
        raise NotCompiled(f"{type(order).__name__} orders in Python")
    for field in get_object_definition(order, strict=True).fields:
        value = getattr(order, field.python_name)
        if isinstance(value, Ordering) and getattr(field, "filter_order_resolver", None) is not None:
            raise NotCompiled(f"{type(order).__name__}.{field.python_name} orders in Python")
        if value and not isinstance(value, Ordering):
            raise NotCompiled(f"{type(order).__name__}.{field.python_name} orders by what is related")


class _Page:
    def __init__(
        self,
        compilation: Compilation,
        type_: GraphQLObjectType,
        arguments: Mapping[str, Any],
        *,
        rows: QuerySet[Any],
        item: ItemOf,
        is_whole: bool,
    ) -> None:
        self.compilation = compilation
        self.type = type_
        self.rows = rows
        self.item = item
        self.after: CursorGiven | None = arguments.get("after")
        self.before: CursorGiven | None = arguments.get("before")
        try:
            self.page = Page.asked(type_.name, first=arguments.get("first"), last=arguments.get("last"))
        except Invalid as error:
            raise NotCompiled(error.message, for_good=False) from None
        self.keyset = Keyset.of(rows)
        # Tables in their own order are small, or have an index.
        self.is_sorted = is_whole and bool(arguments.get("ordering")) and not self.keyset.has_index
        self.columns: dict[str, Expression] = {}
        self.tells_more = False

    def json(self, selected: Mapping[str, list[FieldNode]]) -> Expression:
        """The whole. Rows are read only if something of them is selected."""
        self.tells_more = self._tells_more(selected)
        parts: list[Part] = []
        for key, nodes in selected.items():
            name = quoted(f'{"," if parts else ""}"{key}":')
            parts += [f", {name}, ", *self._field(nodes)]
        parts = ["concat('{'", *parts, ", '}')"]
        if not self.columns and not self.tells_more:
            if self.after or self.before:
                raise NotCompiled("a cursor is given, and nothing of its page is selected")
            return Spliced(parts)
        before, after = ("(SELECT r.*, row_number() OVER () AS n FROM ", " r)") if self._is_numbered else ("", "")
        return Spliced(["(SELECT ", *parts, f" FROM {before}", self._read(), f"{after} p)"])

    def _field(self, nodes: list[FieldNode]) -> list[Part]:
        match nodes[0].name.value:
            case "__typename":
                return [quoted(f'"{self.type.name}"')]
            case "totalCount":
                return ["(SELECT count(*) FROM ", Rows(self.rows.order_by(), ["pk"]), " c)"]
            case "pageInfo":
                return [self._page_info(nodes)]
            case "edges":
                # Under another name they may be asked for once more, with something else in them.
                column = f"{ITEM}{len(self.columns)}" if ITEM in self.columns else ITEM
                self.columns[column] = self._edge(nodes)
                return [self._edges(column)]
            case other:
                raise NotCompiled(f"{self.type.name}.{other} is computed in Python")

    def _edges(self, column: str) -> str:
        order = " ORDER BY p.n DESC" if self.page.backward else ""
        only = f" FILTER (WHERE p.n <= {self.page.size})" if self.tells_more else ""
        return f"concat('[', string_agg(p.{column}, ','{order}){only}, ']')"

    def _edge(self, nodes: Sequence[FieldNode]) -> Text:
        type_ = get_named_type(self.type.fields["edges"].type)
        if not isinstance(type_, GraphQLObjectType) or not _is_made_of(type_, relay.Edge):
            raise NotCompiled(f"{type_} is an edge of its own kind")
        parts: list[Any] = []
        for key, below in self.compilation.fields_below(type_, nodes).items():
            parts.append(f'{"," if parts else "{"}"{key}":')
            match below[0].name.value:
                case "__typename":
                    parts.append(f'"{type_.name}"')
                case "cursor":
                    parts += [*self._marked(), '"', self._cursor(), '"']
                case "node":
                    node = get_named_type(type_.fields["node"].type)
                    if not isinstance(node, GraphQLObjectType):
                        raise NotCompiled(f"{node} is not one type")
                    parts.append(self.item(self.compilation, node, below, self.rows))
                case other:
                    raise NotCompiled(f"{type_.name}.{other} is computed in Python")
        return Text([*parts, "}"] if parts else ["{}"])

    def _page_info(self, nodes: Sequence[FieldNode]) -> str:
        type_ = cast(GraphQLObjectType, get_named_type(self.type.fields["pageInfo"].type))
        pieces = [quoted("{")]
        for key, below in self.compilation.fields_below(type_, nodes).items():
            pieces.append(quoted(f'{"," if len(pieces) > 1 else ""}"{key}":'))
            pieces.append(self._page_fact(type_, below[0].name.value))
        return ", ".join([*pieces, quoted("}")])

    def _page_fact(self, type_: GraphQLObjectType, name: str) -> str:
        more = f"(count(*) > {self.page.size})::text"
        backward = self.page.backward
        match name:
            case "__typename":
                return quoted(f'"{type_.name}"')
            case "hasNextPage":
                return _yes(self.before is not None) if backward else more
            case "hasPreviousPage":
                return more if backward else _yes(self.after is not None)
            case "startCursor" | "endCursor":
                if not self.page.size:
                    # Nothing is read for it: a query of no rows that counts none has no row to answer with.
                    return quoted(NULL)
                self.columns[CURSOR] = Text([*self._marked(), self._cursor()])
                at = "1" if (name == "startCursor") != backward else f"least(count(*), {self.page.size})"
                # Where one aggregate asks for an order, PostgreSQL gives the others of the query that one.
                order = " ORDER BY p.n" if backward else ""
                return f"coalesce('\"' || (array_agg(p.{CURSOR}{order}))[{at}] || '\"', {quoted(NULL)})"
            case other:
                raise NotCompiled(f"{type_.name}.{other} is computed in Python")

    def _tells_more(self, selected: Mapping[str, list[FieldNode]]) -> bool:
        type_ = cast(GraphQLObjectType, get_named_type(self.type.fields["pageInfo"].type))
        telling = "hasPreviousPage" if self.page.backward else "hasNextPage"
        return any(
            below[0].name.value == telling
            for nodes in selected.values()
            if nodes[0].name.value == "pageInfo"
            for below in self.compilation.fields_below(type_, nodes).values()
        )

    @property
    def _is_numbered(self) -> bool:
        return self.page.backward or (self.tells_more and ITEM in self.columns)

    def _read(self) -> Rows:
        """The page's rows, and one more where that tells whether there are more."""
        keyset = self.keyset.reversed if self.page.backward else self.keyset
        arranged = keyset.arrange(self.rows)
        fields = self.keyset.fields(arranged)
        for cursor, backward in ((self.after, False), (self.before, True)):
            if cursor is not None:
                values = _values(self.keyset, cursor, fields)
                arranged = arranged.filter(self.keyset.beyond(values, backward=backward))
        columns = self.columns or {ITEM: Value(1)}
        size = self.page.size + (1 if self.tells_more else 0)
        if self.is_sorted:
            # PostgreSQL would join and write every row before it sorts them: it is asked which they are first.
            chosen = self.rows.model._base_manager.filter(pk__in=arranged.values("pk")[:size])
            return Rows(keyset.arrange(chosen).annotate(**columns), list(columns))
        return Rows(arranged.annotate(**columns)[:size], list(columns))

    def _marked(self) -> list[Part]:
        return marked(self.rows.model, lambda field: Column((), field))

    def _cursor(self) -> Expression:
        """What `Keyset.cursor` computes, in SQL."""
        arranged = self.keyset.arrange(self.rows)
        parts: list[Part] = [f"json_build_array({quoted(self.keyset.fingerprint)}::text"]
        for column, field in zip(self.keyset.columns, self.keyset.fields(arranged), strict=True):
            parts += [", ", _as_text(column, field)]
        held = Spliced([*parts, ")"])
        return spliced("translate(encode(convert_to({}::text, 'UTF8'), 'base64'), E'\\n', '')", held)


def _values(keyset: Keyset, cursor: CursorGiven, fields: Sequence[Field[Any, Any]]) -> list[Given | None]:
    """The cursor's values, left open; None where the cursor has none."""
    if len(cursor.missing) != len(keyset.keys):
        raise NotCompiled("a cursor belongs to another list", for_good=False)

    def taken(number: int) -> Callable[[Values], Any]:
        def take(values: Values) -> Any:
            try:
                return keyset.values_of(cursor.take(values), fields)[number]
            except ValueError:
                raise NotCompiled("a cursor belongs to another list", for_good=False) from None

        return take

    found: list[Given | None] = []
    for number, (field, is_missing) in enumerate(zip(fields, cursor.missing, strict=True)):
        if is_missing and not keyset.keys[number].nullable:
            raise NotCompiled("a cursor belongs to another list", for_good=False)
        found.append(None if is_missing else Given(taken(number), _sql_type(field), field))
    return found


def _as_text(column: str, field: Field[Any, Any]) -> Expression:
    match _sql_type(field):
        case "timestamptz":
            return spliced(DATE_TIME, F(column))
        case "date":
            return spliced(DATE, F(column))
        case _:
            return spliced("{}::text", F(column))


def _sql_type(field: Field[Any, Any]) -> str:
    target: Any = field
    while target.is_relation:
        target = target.target_field
    sql_type = _SQL_TYPES.get(target.get_internal_type())
    if sql_type is None:
        raise NotCompiled(f"a cursor with a {target.get_internal_type()} is not written in SQL")
    return sql_type


def _yes(holds: bool) -> str:
    return "'true'" if holds else "'false'"


def _is_made_of(type_: GraphQLObjectType, generic: type) -> bool:
    concrete_of = definition_of(type_).concrete_of
    return concrete_of is not None and concrete_of.origin is generic
