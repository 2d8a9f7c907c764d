"""Connections: a bounded page of a query set, with keyset cursors, at every depth of a query.

A connection at the root slices its query set. One below other objects is read for all of them by one statement, with
each parent's rows numbered by a window. Either way a page has at most `LARGEST_PAGE` rows, and `DEFAULT_PAGE` where
the client asks for no number.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

import strawberry
from asgiref.sync import sync_to_async
from django.db.models import Count, F, Model, QuerySet, Window
from django.db.models.functions import RowNumber
from graphql import FieldNode
from strawberry import relay
from strawberry.annotation import StrawberryAnnotation
from strawberry.types import Info
from strawberry.types.field import StrawberryField
from strawberry_django.fields.field import StrawberryDjangoConnectionExtension, StrawberryDjangoField
from strawberry_django.optimizer import is_optimized_by_prefetching, mark_optimized_by_prefetching
from strawberry_django.relay.utils import resolve_edge_class
from strawberry_django.resolvers import django_resolver

from hub.lib.api.filters import EVERYTHING, condition_of
from hub.lib.api.keyset import Keyset
from hub.lib.errors import Invalid

LARGEST_PAGE: Final = 100
DEFAULT_PAGE: Final = 50

_ROW: Final = "_page_row"
_TOTAL: Final = "_page_total"
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
        resolver=_count, description="How many there are altogether that you may see, whatever the page."
    )

    @classmethod
    def of_page(cls, rows: Iterable[Model] | None, page: Page, keyset: Keyset, counting: Any) -> Connection[Any]:
        """The connection for a page's rows, which `Page.of` or `Page.of_each` read, or for none if nobody asks."""
        found = list(rows or ())
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
    """The field of a connection. Below other objects it pages inside the statement that prefetches its rows."""

    def get_queryset(self, queryset: Any, info: Info, **kwargs: Any) -> Any:
        """Called by strawberry-django: at the root with filters and ordering, by its optimizer with all arguments."""
        if is_optimized_by_prefetching(queryset):
            return queryset
        parent = kwargs.pop("_strawberry_related_field_id", None)
        paging = {name: kwargs.pop(name) for name in _PAGING & kwargs.keys()}
        queryset = super().get_queryset(queryset, info, **kwargs)  # type: ignore[no-untyped-call]
        condition = condition_of(kwargs.get("filters"))
        if condition != EVERYTHING:
            queryset = queryset.filter(condition)
        if parent is None:
            return queryset
        page = Page.asked(info.field_name, **paging)
        counted = _selects(info, {"totalCount"})
        return mark_optimized_by_prefetching(page.of_each(queryset, parent=parent, counted=counted))

    def unpaged(self, source: Model, info: Info, **kwargs: Any) -> QuerySet[Any]:
        """All rows of one parent that the filters leave, for a count that no page carries."""
        relation = source._meta.get_field(self.django_name or self.python_name)
        rows = relation.related_model._base_manager.filter(**{relation.remote_field.name: source})  # type: ignore[union-attr]
        return cast("QuerySet[Any]", self.get_queryset(rows, info, **kwargs))


class _Paging(StrawberryDjangoConnectionExtension):
    def apply(self, field: StrawberryField) -> None:
        super().apply(field)
        for argument in field.arguments:
            argument.description = argument.description or _ARGUMENTS.get(argument.python_name)

    def resolve(self, next_: Any, source: Any, info: Info, **kwargs: Any) -> Any:
        paging = {name: kwargs.pop(name) for name in _PAGING & kwargs.keys()}
        page = Page.asked(info.field_name, **paging)
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
        wanted = _selects(info, {"edges", "pageInfo"})
        if not is_optimized_by_prefetching(queryset):
            rows = page.of(queryset) if wanted else None
            return connection_type.of_page(rows, page, Keyset.of(queryset), django_resolver(queryset.count))
        found = list(queryset)
        keyset = Keyset.of(queryset)

        def count() -> int:
            if found and hasattr(found[0], _TOTAL):
                return cast(int, getattr(found[0], _TOTAL))
            if not found and not page.has_cursor:
                return 0
            return cast(ConnectionField, info._field).unpaged(source, info, **kwargs).count()

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


def connection(*, description: str, **options: Any) -> Any:
    """A Relay connection over a model's rows: `field: Connection[SomeType] = connection(description=...)`.

    The rows are those that the database shows to whoever asks; no query filter stands in for that.

    Args:
        options: `filters` and `ordering` as input types, and whatever else strawberry-django's fields take.
    """
    return ConnectionField(
        python_name=None,
        graphql_name=options.pop("name", None),
        django_name=options.pop("field_name", None),
        type_annotation=StrawberryAnnotation.from_annotation(options.pop("graphql_type", None)),
        description=description,
        extensions=[*options.pop("extensions", ()), _Paging(max_results=LARGEST_PAGE)],
        **options,
    )
