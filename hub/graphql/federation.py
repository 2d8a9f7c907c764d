"""The hub as a subgraph of Apollo Federation 2: a gateway composes its schema with others, and asks for objects by key.

What a subgraph answers: https://www.apollographql.com/docs/graphos/reference/federation/subgraph-specific-fields. The
rights are those of whoever asks: a gateway passes the person's token on, and an object that the person may not see is
as absent as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, NewType, cast

import strawberry
from django.db.models import F, Model, Q
from strawberry import relay
from strawberry.types import get_object_definition
from strawberry.types.cast import cast as strawberry_cast
from strawberry.types.scalar import ScalarDefinition
from strawberry_django.optimizer import optimize
from strawberry_django.utils.typing import get_django_definition

from hub.lib.api import Cost, HubInfo, data_field, entities_field, key_of, together
from hub.lib.errors import Invalid

MOST_REPRESENTATIONS: Final = 1_000
_KEY: Final = "_key_"


@dataclass(frozen=True)
class Entity:
    """A type whose objects a gateway may ask for.

    Attributes:
        keys: fields, each of which alone tells an object from all others: `id`, and columns of the same name.
    """

    graphql_type: type
    keys: tuple[str, ...] = ("id",)

    @property
    def name(self) -> str:
        return get_object_definition(self.graphql_type, strict=True).name

    @property
    def model(self) -> type[Model]:
        return get_django_definition(self.graphql_type, strict=True).model


NATURAL: Final[Mapping[str, tuple[str, ...]]] = {
    "BusinessUnit": ("slug",),
    "Incident": ("reference",),
    "Person": ("username",),
    "Region": ("code",),
    "Service": ("slug",),
}
"""What objects are also called by: names that other systems know, by type."""


def every_entity() -> tuple[Entity, ...]:
    """Every type with a global id that has been declared by now, in the order of their names.

    By that id all of their objects are told apart.
    """
    found = {get_object_definition(each, strict=True).name: each for each in _descendants(relay.Node)}
    return tuple(Entity(each, ("id", *NATURAL.get(name, ()))) for name, each in sorted(found.items()))


def _descendants(base: type) -> Iterator[type]:
    each: type
    for each in base.__subclasses__():
        if get_django_definition(each) is not None:
            yield each
        yield from _descendants(each)


Representation = NewType("Representation", object)

ANY: Final = ScalarDefinition(
    name="_Any",
    description="An object of another subgraph's answer: its `__typename` and the fields of one of its keys.",
    specified_by_url=None,
    serialize=lambda value: value,
    parse_value=lambda value: value,
    parse_literal=None,
    origin=cast(type, Representation),
)


@strawberry.type(name="_Service", description="The hub as a subgraph.")
class Service:
    sdl: str = strawberry.field(description="Its schema, with the directives by which a gateway composes it.")


def federation_query(entities: Sequence[Entity]) -> type:
    """The two fields that every subgraph has; they are a gateway's, and not in the printed schema."""
    known = {entity.name: entity for entity in entities}
    union = strawberry.union("_Entity", description="Whatever a gateway can ask for by a key.")
    types: Any = reduce(or_, (entity.graphql_type for entity in entities))
    an_entity: Any = Annotated[types, union]

    def find(info: HubInfo, representations: list[Representation]) -> list[Any]:
        return find_entities(info, representations, known)

    # Which types there are is known no earlier.
    find.__annotations__ = {
        "info": HubInfo,
        "representations": list[Representation],
        "return": list[an_entity | None],
    }

    @strawberry.type
    class FederationQuery:
        @data_field(name="_service", description="The hub as a subgraph, for a gateway.")
        def federated_service(self, info: HubInfo) -> Service:
            return Service(sdl=info.schema.sdl)  # type: ignore[attr-defined]  # of hub.graphql.schema.Schema

        federated_entities = entities_field(
            name="_entities",
            description="Objects by their keys, in the order asked; nothing for those that you may not see."
            " For a gateway.",
            cost=Cost(sized_by=("representations",), largest=MOST_REPRESENTATIONS),
            keys={entity.name: entity.keys for entity in entities},
        )(find)

    return FederationQuery


def find_entities(
    info: HubInfo, representations: Sequence[object], entities: Mapping[str, Entity]
) -> list[object | None]:
    """The objects that the representations stand for, each one or None, by one query a type.

    Args:
        entities: what can be represented, by name.

    Raises `Invalid` for what represents nothing, and for more than `MOST_REPRESENTATIONS`.
    """
    if len(representations) > MOST_REPRESENTATIONS:
        raise Invalid(
            f"{len(representations)} representations are too many at once; {MOST_REPRESENTATIONS} is the most.",
            path=["representations"],
        )
    asked = [_represented(representation, place, entities) for place, representation in enumerate(representations)]
    found: dict[tuple[str, str, object], object] = {}
    for name in dict.fromkeys(each.name for each in asked):
        entity = entities[name]
        wanted: dict[str, set[object]] = {}
        for each in asked:
            if each.name == name:
                wanted.setdefault(each.key, set()).add(each.value)
        condition = reduce(or_, (Q(**{f"{_column(key)}__in": values}) for key, values in wanted.items()))
        # Beside what is selected: the optimizer leaves out a key's column that is not, and a row would be read again.
        keys = {f"{_KEY}{key}": F(_column(key)) for key in wanted}
        rows = entity.model._default_manager.filter(condition).annotate(**keys)
        for row in together(optimize(rows, info)):
            for key in wanted:
                found[name, key, getattr(row, f"{_KEY}{key}")] = strawberry_cast(entity.graphql_type, row)
    return [found.get((each.name, each.key, each.value)) for each in asked]


def _column(key: str) -> str:
    return "pk" if key == "id" else key


@dataclass(frozen=True)
class Represented:
    """What a representation names: the type, the key of it that is given, and that key's value in the database."""

    name: str
    key: str
    value: int | str


def represented(representation: object, keys: Mapping[str, Sequence[str]]) -> Represented | None:
    """What a representation names, by the first of its type's keys that it has; None where it names nothing.

    Args:
        keys: the keys of every entity, by its name.
    """
    given: dict[str, Any] = representation if isinstance(representation, dict) else {}
    name = str(given.get("__typename"))
    for key in keys.get(name, ()):
        value = given.get(key)
        if isinstance(value, str) and "\x00" not in value:
            return Represented(name, key, key_of(value, name) or 0 if key == "id" else value)
    return None


def _represented(representation: object, place: int, entities: Mapping[str, Entity]) -> Represented:
    found = represented(representation, {name: entity.keys for name, entity in entities.items()})
    if found is not None:
        return found
    path = ["representations", str(place)]
    named = entities.get(str(representation.get("__typename"))) if isinstance(representation, dict) else None
    if named is None:
        raise Invalid("A representation has the `__typename` of an entity.", path=path)
    raise Invalid(f"A representation of {named.name} has one of its keys: {', '.join(named.keys)}.", path=path)
