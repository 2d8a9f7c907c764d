"""The hub as a subgraph of Apollo Federation 2: a gateway composes its schema with others, and asks for objects by key.

What a subgraph answers: https://www.apollographql.com/docs/graphos/reference/federation/subgraph-specific-fields. The
rights are those of whoever asks: a gateway passes the person's token on, and an object that the person may not see is
as absent as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, NewType, cast

import strawberry
from django.db.models import F, Model, Q
from strawberry.types import get_object_definition
from strawberry.types.cast import cast as strawberry_cast
from strawberry.types.scalar import ScalarDefinition
from strawberry_django.optimizer import optimize
from strawberry_django.utils.typing import get_django_definition

from hub.alerts.graphql.types import AlertSourceType, AlertType
from hub.catalog.graphql.types import ServiceType
from hub.incidents.graphql.types import IncidentType, TimelineEntryType
from hub.lib.api import Cost, HubInfo, data_field, key_of, plain_field, together
from hub.lib.errors import Invalid
from hub.oncall.graphql.types import ScheduleType
from knowledge.postmortems.graphql.types import ActionItemType, PostmortemType
from tenants.graphql.types import BusinessUnitType, PersonType, RegionType, TermType

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


ENTITIES: Final = (
    Entity(ActionItemType),
    Entity(AlertSourceType),
    Entity(AlertType),
    Entity(BusinessUnitType, ("id", "slug")),
    Entity(IncidentType, ("id", "reference")),
    Entity(PersonType, ("id", "username")),
    Entity(PostmortemType),
    Entity(RegionType, ("id", "code")),
    Entity(ScheduleType),
    Entity(ServiceType, ("id", "slug")),
    Entity(TermType),
    Entity(TimelineEntryType),
)

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

AnEntity = Annotated[
    ActionItemType
    | AlertSourceType
    | AlertType
    | BusinessUnitType
    | IncidentType
    | PersonType
    | PostmortemType
    | RegionType
    | ScheduleType
    | ServiceType
    | TermType
    | TimelineEntryType,
    strawberry.union("_Entity", description="Whatever a gateway can ask for by a key."),
]


@strawberry.type(name="_Service", description="The hub as a subgraph.")
class Service:
    sdl: str = strawberry.field(description="Its schema, with the directives by which a gateway composes it.")


@strawberry.type
class FederationQuery:
    """The two fields that every subgraph has; they are a gateway's, and not in the printed schema."""

    @data_field(name="_service", description="The hub as a subgraph, for a gateway.")
    def federated_service(self, info: HubInfo) -> Service:
        return Service(sdl=info.schema.sdl)  # type: ignore[attr-defined]  # of hub.graphql.schema.Schema

    @plain_field(
        name="_entities",
        description="Objects by their keys, in the order asked; nothing for those that you may not see. For a gateway.",
        cost=Cost(sized_by=("representations",), largest=MOST_REPRESENTATIONS),
    )
    def federated_entities(self, info: HubInfo, representations: list[Representation]) -> list[AnEntity | None]:
        return cast("list[AnEntity | None]", find_entities(info, representations))


def find_entities(info: HubInfo, representations: Sequence[object]) -> list[object]:
    """The objects that the representations stand for, each one or None, by one query a type.

    Raises `Invalid` for what represents nothing, and for more than `MOST_REPRESENTATIONS`.
    """
    if len(representations) > MOST_REPRESENTATIONS:
        raise Invalid(
            f"{len(representations)} representations are too many at once; {MOST_REPRESENTATIONS} is the most.",
            path=["representations"],
        )
    asked = [_key_of(representation, place) for place, representation in enumerate(representations)]
    found: dict[tuple[str, str, object], object] = {}
    for entity in {entity.name: entity for entity, _, _ in asked}.values():
        wanted: dict[str, set[object]] = {}
        for each, key, value in asked:
            if each is entity:
                wanted.setdefault(key, set()).add(value)
        condition = reduce(or_, (Q(**{f"{key}__in": values}) for key, values in wanted.items()))
        # Beside what is selected: the optimizer leaves out a key's column that is not, and a row would be read again.
        keys = {f"{_KEY}{key}": F(key) for key in wanted}
        rows = entity.model._default_manager.filter(condition).annotate(**keys)
        for row in together(optimize(rows, info)):
            for key in wanted:
                found[entity.name, key, getattr(row, f"{_KEY}{key}")] = strawberry_cast(entity.graphql_type, row)
    return [found.get((entity.name, key, value)) for entity, key, value in asked]


_ENTITIES: Final[Mapping[str, Entity]] = {entity.name: entity for entity in ENTITIES}


def _key_of(representation: object, place: int) -> tuple[Entity, str, object]:
    """The entity of a representation, its key and that key's value in the database."""
    path = ["representations", str(place)]
    given: dict[str, Any] = representation if isinstance(representation, dict) else {}
    entity = _ENTITIES.get(str(given.get("__typename")))
    if entity is None:
        raise Invalid("A representation has the `__typename` of an entity.", path=path)
    for key in entity.keys:
        value = given.get(key)
        if isinstance(value, str) and "\x00" not in value:
            return entity, key, key_of(value, entity.name) or 0 if key == "id" else value
    raise Invalid(f"A representation of {entity.name} has one of its keys: {', '.join(entity.keys)}.", path=path)
