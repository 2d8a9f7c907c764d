"""Global ids and connections, the same for every type."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import strawberry_django
from django.db.models import Model, QuerySet
from strawberry import relay

from hub.lib.errors import NotFound

T = TypeVar("T")

LARGEST_PAGE = 100
DEFAULT_PAGE = 50


def connection(*, description: str, **options: Any) -> Any:
    """A Relay connection over a model's rows: keyset cursors, at most `LARGEST_PAGE` a page, with `totalCount`.

    The rows are those that the database shows to whoever asks; no query filter stands in for that.
    """
    return strawberry_django.connection(description=description, max_results=LARGEST_PAGE, **options)


def field(*, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A root field with a resolver. A query set that it returns is optimised, also where the type is one object."""
    return lambda resolver: strawberry_django.field(resolver, description=description)


def node_key(global_id: relay.GlobalID, type_name: str, noun: str, *path: str) -> int:
    """The database key in a global id of the type `type_name`.

    Raises `NotFound(noun)` for an id of another type or of no shape: the same answer as for an unknown one.
    """
    try:
        if global_id.type_name != type_name:
            raise ValueError
        key = int(global_id.node_id)
    except ValueError:
        raise NotFound(noun, path=path) from None
    if not 0 < key < 2**63:
        raise NotFound(noun, path=path)
    return key


def as_type(graphql_type: type[T], row: Model | QuerySet[Any]) -> T:
    """`row` (or the query set of one row), as the type that strawberry-django shows it as: a fact for the type checker, nothing at run time."""
    return cast(T, row)
