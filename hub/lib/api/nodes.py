"""Global ids: from an id to its object, the same for every type.

An id that is unknown, malformed, of another type or of an object that the person may not see gets one and the same
answer, so that nobody learns from the answer which of these it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar, cast

import strawberry
import strawberry_django
from django.db.models import Model, QuerySet
from strawberry import relay
from strawberry.types import Info
from strawberry.types.cast import cast as strawberry_cast
from strawberry.types.unset import UnsetType
from strawberry_django.fields.field import StrawberryDjangoField

from hub.lib.api.connections import LARGEST_PAGE, together
from hub.lib.api.costs import Cost, costing
from hub.lib.api.filters import key_of
from hub.lib.errors import Invalid, NotFound
from hub.lib.unchanged import UNCHANGED, Unchanged

T = TypeVar("T")

_DATA: Final = "data"
_ENTITIES: Final = "entities"


def name_id_columns(types: Iterable[type]) -> None:
    """Say once of which column each node's id is made.

    strawberry keeps what it finds for a type that annotates one, and looks through the annotations of all its bases
    again for every id of a type that does not, as ours: half a millisecond for each object of an answer.
    """
    for each in types:
        if issubclass(each, relay.Node) and each is not relay.Node:
            each._id_attr = each.resolve_id_attr()


def field(
    *, description: str, cost: Cost | None = None, kind: type[StrawberryDjangoField] = StrawberryDjangoField
) -> Callable[[Callable[..., Any]], Any]:
    """A root field with a resolver. A query set that it returns is optimised, also where the type is one object."""
    return lambda resolver: strawberry_django.field(
        resolver, description=description, metadata=costing(cost), field_cls=kind
    )


def plain_field(
    *, description: str, cost: Cost | None = None, name: str | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """A field of a type that is no table: its resolver computes it."""
    return lambda resolver: strawberry.field(resolver, name=name, description=description, metadata=costing(cost))


def data_field(
    *, description: str, cost: Cost | None = None, name: str | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """A root field whose resolver returns plain data, or nothing: objects whose attributes, and those of what they
    hold, are the answer. It asks its `info` for the context and the schema alone. So it is compiled with the rest of
    an operation, and written without the executor (`hub.graphql.compiler.data`), however large it is.
    """
    metadata = {**costing(cost), _DATA: True}
    return lambda resolver: strawberry.field(resolver, name=name, description=description, metadata=metadata)


def is_data(field: Any) -> bool:
    """Whether the strawberry field of a schema's field is declared as plain data."""
    return bool((getattr(field, "metadata", None) or {}).get(_DATA))


def entities_field(
    *, description: str, keys: Mapping[str, Sequence[str]], cost: Cost | None = None, name: str | None = None
) -> Callable[[Callable[..., Any]], Any]:
    """A root field whose one argument, `representations`, names objects by one of the keys of their type.

    Args:
        keys: by type, in the order in which they count; `id` is the global id, another is the column of this name.
    """
    metadata = {**costing(cost), _ENTITIES: keys}
    return lambda resolver: strawberry.field(resolver, name=name, description=description, metadata=metadata)


def entity_keys(field: Any) -> Mapping[str, Sequence[str]] | None:
    """The keys by which the strawberry field of a schema's field finds entities; None where it finds none."""
    return (getattr(field, "metadata", None) or {}).get(_ENTITIES)


def subscription(*, description: str) -> Callable[[Callable[..., Any]], Any]:
    """A root field that is followed: an asynchronous generator."""
    return lambda resolver: strawberry.subscription(resolver, description=description)


def node_key(global_id: relay.GlobalID | str, type_name: str, noun: str, *path: str) -> int:
    """The database key in a global id of the type `type_name`.

    Raises `NotFound(noun)` for an id of another type or of no shape: the same answer as for an unknown one.
    """
    key = key_of(global_id, type_name)
    if key is None:
        raise NotFound(noun, path=path)
    return key


def optional_key(global_id: relay.GlobalID | str | None, type_name: str, noun: str, *path: str) -> int | None:
    """`node_key` of an id that may be left out, and None then. Raises as that does."""
    return None if global_id is None else node_key(global_id, type_name, noun, *path)


def changed_key(
    global_id: relay.GlobalID | str | UnsetType | None, type_name: str, noun: str, *path: str
) -> int | Unchanged | None:
    """`optional_key` of an id that an edit may leave as it is, by not giving it. Raises as that does."""
    return UNCHANGED if isinstance(global_id, UnsetType) else optional_key(global_id, type_name, noun, *path)


def find_node(info: Info[Any, Any], global_id: str) -> relay.Node | None:
    """The object with this global id, or None."""
    return find_nodes(info, [global_id])[0]


def find_nodes(info: Info[Any, Any], global_ids: Sequence[str]) -> list[relay.Node | None]:
    """The objects with these global ids in their order, each one or None, with one query a type.

    Raises `Invalid` for more than `LARGEST_PAGE` ids.
    """
    if len(global_ids) > LARGEST_PAGE:
        raise Invalid(f"{len(global_ids)} ids are too many at once; {LARGEST_PAGE} is the most.", path=["ids"])
    wanted: dict[str, set[int]] = {}
    for global_id in global_ids:
        key = key_of(global_id)
        if key is not None:
            wanted.setdefault(relay.GlobalID.from_id(global_id).type_name, set()).add(key)
    found: dict[str, relay.Node] = {}
    for type_name, keys in wanted.items():
        definition = info.schema.get_type_by_name(type_name)
        node_type = getattr(definition, "origin", None)
        if not isinstance(node_type, type) or not issubclass(node_type, relay.Node) or node_type is relay.Node:
            continue
        names = [str(key) for key in keys]
        rows = cast("Sequence[Any]", node_type.resolve_nodes(info=info, node_ids=names, required=False))
        together(row for row in rows if row is not None)
        for name, row in zip(names, rows, strict=True):
            if row is not None:
                found[str(relay.GlobalID(type_name, name))] = cast(relay.Node, strawberry_cast(node_type, row))
    return [found.get(global_id) for global_id in global_ids]


def as_type(graphql_type: type[T], row: Model | QuerySet[Any]) -> T:
    """`row` (or the query set of one row) as its GraphQL type: a fact for the type checker, nothing at run time."""
    return cast(T, row)
