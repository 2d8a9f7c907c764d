"""Connections: a bounded page of a query set, with keyset cursors, at every depth of a query.

A connection at the root slices its query set. One below other objects is read for all of them by one statement, with
each parent's rows numbered by a window. Either way a page has at most `LARGEST_PAGE` rows, and `DEFAULT_PAGE` where
the client asks for no number.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, Self, TypeAlias, cast

import strawberry
from asgiref.sync import sync_to_async
from django.db.models import Count, F, Manager, ManyToOneRel, Model, Prefetch, QuerySet, Window
from django.db.models.functions import RowNumber
from graphql import FieldNode, GraphQLError, get_argument_values
from graphql.execution.values import VariableValues
from strawberry import relay
from strawberry.annotation import StrawberryAnnotation
from strawberry.types import Info
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField
from strawberry.types.nodes import get_variable_values
from strawberry_django.fields.field import StrawberryDjangoConnectionExtension, StrawberryDjangoField
from strawberry_django.optimizer import (
    OptimizerStore,
    is_optimized_by_prefetching,
    mark_optimized_by_prefetching,
)
from strawberry_django.relay.utils import resolve_edge_class
from strawberry_django.resolvers import django_resolver

from hub.lib.api.costs import Cost, costing
from hub.lib.api.filters import EVERYTHING, condition_of
from hub.lib.api.keyset import Keyset
from hub.lib.errors import HubError, Invalid

LARGEST_PAGE: Final = 100
DEFAULT_PAGE: Final = 50
PAGE_COST: Final = Cost(size=DEFAULT_PAGE, sized_by=("first", "last"), sized=("edges",), largest=LARGEST_PAGE)
COUNT_COST: Final = Cost(weight=5)

Narrowing: TypeAlias = Callable[["QuerySet[Any]"], "QuerySet[Any]"]

_ROW: Final = "_page_row"
_TOTAL: Final = "_page_total"
PEERS: Final = "_together"
_PAGES: Final = "_pages_below"
_PAGING: Final = frozenset({"first", "last", "after", "before"})
_ARGUMENTS: Final = {
    "filters": "Which of them; all of them without it.",
    "ordering": "In which order, the first criterion before the next; the field's own order without it.",
    "first": f"How many from the start: {DEFAULT_PAGE} unless said, at most {LARGEST_PAGE}.",
    "after": "Only what follows this cursor.",
    "last": f"How many from the end, at most {LARGEST_PAGE}; not together with `first`.",
    "before": "Only what precedes this cursor.",
}


@dataclass(frozen=True)
class Page:
    """The part of a list that a client asks for.

    Attributes:
        size: the most rows it may have.
        backward: whether the size counts from the end.
        after, before: cursors, if any.
    """

    field: str
    size: int
    backward: bool
    after: str | None
    before: str | None

    @classmethod
    def asked(
        cls,
        field: str,
        *,
        first: int | None = None,
        last: int | None = None,
        after: str | None = None,
        before: str | None = None,
    ) -> Page:
        """Check the arguments of the connection `field`. Raises `Invalid`."""
        if first is not None and last is not None:
            raise Invalid(f"Ask `{field}` for the first or for the last, not for both.", path=[field, "last"])
        for name, size in (("first", first), ("last", last)):
            if size is not None and size < 0:
                raise Invalid(f"`{name}` of `{field}` is {size}; it cannot be negative.", path=[field, name])
            if size is not None and size > LARGEST_PAGE:
                raise Invalid(
                    f"`{name}` of `{field}` is {size}; a page has at most {LARGEST_PAGE}.", path=[field, name]
                )
        if last is not None:
            return cls(field, last, True, after, before)
        return cls(field, DEFAULT_PAGE if first is None else first, False, after, before)

    @property
    def has_cursor(self) -> bool:
        return self.after is not None or self.before is not None

    def of(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of this page and one more, which tells whether there are more. Raises `Invalid` for a bad cursor."""
        return self._bounded(queryset)[: self.size + 1]

    def of_each(self, queryset: QuerySet[Any], *, parent: str, counted: bool) -> QuerySet[Any]:
        """The same for every parent at once.

        Args:
            parent: the column that tells the parents apart.
            counted: number each parent's rows altogether as well, unless a cursor leaves some of them out.
        """
        bounded = self._bounded(queryset)
        columns: dict[str, Any] = {
            _ROW: Window(RowNumber(), partition_by=F(parent), order_by=Keyset.of(bounded).orders)
        }
        if counted and not self.has_cursor:
            columns[_TOTAL] = Window(Count("*"), partition_by=F(parent))
        page: QuerySet[Any] = bounded.annotate(**columns).filter(**{f"{_ROW}__lte": self.size + 1})
        return page

    def _bounded(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        keyset = Keyset.of(queryset)
        arranged = (keyset.reversed if self.backward else keyset).arrange(queryset)
        for name, cursor in (("after", self.after), ("before", self.before)):
            if cursor is None:
                continue
            try:
                values = keyset.values(cursor, arranged)
            except ValueError:
                raise Invalid(
                    f"`{name}` of `{self.field}` is no cursor of this list in this order.", path=[self.field, name]
                ) from None
            arranged = arranged.filter(keyset.beyond(values, backward=name == "before"))
        return arranged


def _count(root: Any) -> int:
    return cast(int, root.counting())


@strawberry.type(name="Connection", description="A page of a list, and where it stands in the whole.")
class Connection(relay.Connection[relay.NodeType]):
    counting: strawberry.Private[Any] = None
    total_count: int = strawberry.field(
        resolver=_count,
        description="How many there are altogether that you may see, whatever the page.",
        metadata=costing(COUNT_COST),
    )

    @classmethod
    def of_page(cls, rows: Iterable[Model] | None, page: Page, keyset: Keyset, counting: Any) -> Connection[Any]:
        """The connection for a page's rows, which `Page.of` or `Page.of_each` read, or for none if nobody asks."""
        found = together(rows or ())
        beyond = len(found) > page.size
        found = found[: page.size]
        if page.backward:
            found.reverse()
        edge = _edge_class(cast(Any, cls))
        edges = [edge(cursor=keyset.cursor(row), node=cast(Any, row)) for row in found]
        return cls(
            edges=edges,
            page_info=relay.PageInfo(
                has_next_page=page.before is not None if page.backward else beyond,
                has_previous_page=beyond if page.backward else page.after is not None,
                start_cursor=edges[0].cursor if edges else None,
                end_cursor=edges[-1].cursor if edges else None,
            ),
            counting=counting,
        )


@functools.cache
def _edge_class(connection_type: Any) -> Any:
    return resolve_edge_class(connection_type)


class ConnectionField(StrawberryDjangoField):
    """The field of a connection: at the root over a query set, below an object over a reverse relation of its model.

    Attributes:
        rows: narrows or orders the query set before anything else does. It says nothing that is not a column, a
            relation, `now()`, `today()` or `me()`, so that it may be compiled once for everybody.
        is_declared: whether its rows follow from the declaration alone, and not from a resolver; None until the first
            schema is made of it, which gives it a resolver that a second schema must not take for one.
    """

    rows: Narrowing | None = None
    is_declared: bool | None = None

    def __copy__(self) -> Self:
        copied = super().__copy__()
        copied.rows, copied.is_declared = self.rows, self.is_declared
        return copied

    def get_queryset(self, queryset: Any, info: Info, **kwargs: Any) -> Any:
        """Filter, order and optimise; called by strawberry-django wherever the field is resolved."""
        if is_optimized_by_prefetching(queryset):
            return queryset
        narrowed = self.rows(queryset) if self.rows else queryset
        filtered = super().get_queryset(narrowed, info, **kwargs)  # type: ignore[no-untyped-call]
        condition = condition_of(kwargs.get("filters"))
        return filtered if condition == EVERYTHING else filtered.filter(condition)

    def read_with_parents(self) -> None:
        """Make strawberry-django's optimizer read this connection for all parents at once: it knows only its own."""
        self.store = OptimizerStore.with_hints(prefetch_related=[self._prefetch])

    def _prefetch(self, info: Info) -> Prefetch[str]:
        arguments = self._arguments_of(info)
        assert self.origin_django_type is not None
        relation = self.relation(self.origin_django_type.model)
        try:
            page = Page.asked(info.field_name, **{name: arguments.pop(name, None) for name in _PAGING})
            rows = self._pages(relation, _rows_of(relation).all(), page, info, arguments)
        except HubError as error:
            # Raised while the parents are read: told where it stands in the document all the same.
            raise GraphQLError(error.message, nodes=info._raw_info.field_nodes, original_error=error) from None
        return Prefetch(self.django_name or self.python_name, mark_optimized_by_prefetching(rows))

    def pages_of_peers(
        self, source: Model, page: Page, info: Info, arguments: dict[str, Any]
    ) -> tuple[list[Model], Keyset]:
        """One parent's page, read together with those of its peers: for what the optimizer left aside.

        It leaves aside a list that is asked for twice with different arguments.
        """
        kept = source.__dict__.setdefault(_PAGES, {})
        key = info.path.key
        if key not in kept:
            relation = self.relation(type(source))
            peers = source.__dict__.get(PEERS) or [source]
            parent = relation.field.attname
            rows = _rows_of(relation).filter(**{f"{relation.field.name}__in": peers})
            pages = self._pages(relation, rows, page, info, arguments)
            by_parent: dict[Any, list[Model]] = {}
            for row in together(pages):
                by_parent.setdefault(getattr(row, parent), []).append(row)
            for peer in peers:
                peer.__dict__.setdefault(_PAGES, {})[key] = (by_parent.get(peer.pk, []), Keyset.of(pages))
        return cast("tuple[list[Model], Keyset]", kept[key])

    def unpaged(self, source: Model, info: Info, arguments: dict[str, Any]) -> QuerySet[Any]:
        """All rows of one parent that the filters leave, for a count that no page carries."""
        relation = self.relation(type(source))
        rows = _rows_of(relation).filter(**{relation.field.name: source})
        return cast("QuerySet[Any]", self.get_queryset(rows, info, **arguments))

    def relation(self, model: type[Model]) -> ManyToOneRel:
        """The reverse relation that the connection shows."""
        relation = model._meta.get_field(self.django_name or self.python_name)
        if not isinstance(relation, ManyToOneRel):
            raise TypeError(f"{model.__name__}.{relation.name} is no foreign key's reverse: give it a resolver")
        return relation

    def _pages(
        self, relation: ManyToOneRel, rows: QuerySet[Any], page: Page, info: Info, arguments: dict[str, Any]
    ) -> QuerySet[Any]:
        if not _selects(info, {"edges", "pageInfo"}):
            page = replace(page, size=0)
        found = self.get_queryset(rows, info, **arguments)
        return page.of_each(found, parent=relation.field.attname, counted=_selects(info, {"totalCount"}))

    def _arguments_of(self, info: Info) -> dict[str, Any]:
        raw, schema = info._raw_info, info.schema
        given = get_argument_values(
            raw.parent_type.fields[raw.field_name],
            raw.field_nodes[0],
            VariableValues(sources={}, coerced=get_variable_values(raw)),
        )
        return convert_arguments(
            given,
            self.arguments,
            scalar_registry=schema.schema_converter.scalar_registry,
            config=schema.config,
            info=info,
        )


def _rows_of(relation: ManyToOneRel) -> Manager[Any]:
    return cast("type[Model]", relation.related_model)._base_manager


def together(rows: Iterable[Model]) -> list[Model]:
    """The rows, each of which remembers the others, so that what is asked of one can be read for all."""
    found = list(rows)
    for row in found:
        row.__dict__.setdefault(PEERS, found)
    return found


class Paging(StrawberryDjangoConnectionExtension):
    """Takes a connection's arguments, and makes a `Connection` of its rows."""

    def apply(self, field: StrawberryField) -> None:
        assert isinstance(field, ConnectionField)
        if field.is_declared is None:
            field.is_declared = field.base_resolver is None
        if field.is_declared and field.origin_django_type is not None:
            field.read_with_parents()
        super().apply(field)
        for argument in field.arguments:
            argument.description = _ARGUMENTS.get(argument.python_name) or argument.description

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        page = Page.asked(info.field_name, **{name: kwargs.pop(name, None) for name in _PAGING})
        nodes = next_(source, info, **kwargs)
        if inspect.isawaitable(nodes):
            return self._resolve_later(nodes, page, source, info, kwargs)
        return django_resolver(self._connection, qs_hook=None)(nodes, page, source, info, kwargs)

    async def _resolve_later(self, nodes: Any, page: Page, source: Any, info: Info, kwargs: dict[str, Any]) -> Any:
        return await sync_to_async(self._connection)(await nodes, page, source, info, kwargs)

    def _connection(
        self, queryset: QuerySet[Any], page: Page, source: Any, info: Info, kwargs: dict[str, Any]
    ) -> Connection[Any]:
        connection_type = cast("type[Connection[Any]]", self.connection_type)
        field = cast(ConnectionField, info._field)
        if is_optimized_by_prefetching(queryset):
            found, keyset = list(queryset), Keyset.of(queryset)
        elif field.store.prefetch_related and isinstance(source, Model):
            found, keyset = field.pages_of_peers(source, page, info, kwargs)
        else:
            wanted = _selects(info, {"edges", "pageInfo"})
            rows = page.of(queryset) if wanted else None
            return connection_type.of_page(rows, page, Keyset.of(queryset), django_resolver(queryset.count))

        def count() -> int:
            if found and hasattr(found[0], _TOTAL):
                return cast(int, getattr(found[0], _TOTAL))
            if not found and not page.has_cursor:
                return 0
            return field.unpaged(source, info, kwargs).count()

        return connection_type.of_page(
            found, page, keyset.reversed if page.backward else keyset, django_resolver(count)
        )


def _selects(info: Info, names: set[str]) -> bool:
    """Whether one of the fields `names` may be selected below; what stands in a fragment counts as selected."""
    return any(
        not isinstance(selection, FieldNode) or selection.name.value in names
        for node in info._raw_info.field_nodes
        if node.selection_set
        for selection in node.selection_set.selections
    )


def connection(*, description: str, rows: Narrowing | None = None, **options: Any) -> Any:
    """A Relay connection over a model's rows: `field: Connection[SomeType] = connection(description=...)`.

    The rows are those that the database shows to whoever asks; no query filter stands in for that.

    Args:
        rows: which of the model's rows, and in which order, where that is not all in the model's own.
        options: `filters` and `ordering` as input types, `cost` where a page costs more than its rows, and whatever
            else strawberry-django's fields take.
    """
    made = ConnectionField(
        python_name=None,
        graphql_name=options.pop("name", None),
        django_name=options.pop("field_name", None),
        type_annotation=StrawberryAnnotation.from_annotation(options.pop("graphql_type", None)),
        description=description,
        metadata=costing(options.pop("cost", PAGE_COST)),
        extensions=[*options.pop("extensions", ()), Paging(max_results=LARGEST_PAGE)],
        **options,
    )
    made.rows = rows
    return made
