"""Types of the catalog."""

from typing import Annotated, Any, cast

import strawberry
import strawberry_django
from strawberry import auto, relay
from strawberry.types.base import StrawberryOptional
from strawberry.types.lazy_type import LazyType

from hub.catalog import models
from hub.catalog.graphql.choices import Sensitivity
from tenants.graphql.types import BusinessUnitType, TermType

# By name, as the model's foreign key: on-call is the layer above.
_SCHEDULE: Any = StrawberryOptional(cast(Any, LazyType("ScheduleType", "hub.oncall.graphql.types")))


@strawberry_django.type(models.Service, name="Service", description="Something that a unit runs and others rely on.")
class ServiceType(relay.Node):
    slug: auto = strawberry_django.field(description="What alerts name in their `service` label.")
    name: auto = strawberry_django.field(description="What people call it.")
    description: auto = strawberry_django.field(description="What it does.")
    criticality: auto = strawberry_django.field(description="How much depends on it: 1 is the highest, 4 the lowest.")
    asset_class: auto = strawberry_django.field(description="What it holds: personal data, payment data and so on.")
    recovery_minutes: auto = strawberry_django.field(
        description="Its recovery time objective, in minutes: how soon it must work again; nothing if none is set."
    )
    sensitivity: Sensitivity | None = strawberry_django.field(
        description="How sensitive the data is that it holds; nothing if nobody said."
    )
    tags: list[str] = strawberry_django.field(description="Free labels, used for routing.")
    domain: TermType | None = strawberry_django.field(
        description="The field of technology it belongs to, by which specialists are found; nothing if nobody said, or"
        " if it is a word of a unit that you do not view."
    )
    unit: BusinessUnitType = strawberry_django.field(description="Who owns it.")
    commander_schedule: Any = strawberry_django.field(
        graphql_type=_SCHEDULE, description="Who commands its incidents; nothing unless you see its unit's schedules."
    )
    responder_schedule: Any = strawberry_django.field(
        graphql_type=_SCHEDULE, description="Who responds to them; nothing unless you see its unit's schedules."
    )
    retired_at: auto = strawberry_django.field(
        description="Since when it takes no new incidents; nothing while it is in use."
    )
    successor: Annotated["ServiceType", strawberry.lazy("hub.catalog.graphql.types")] | None = strawberry_django.field(
        description="Once it is retired, what alerts that name it are about."
    )
    dependencies: list["DependencyType"] = strawberry_django.field(description="What it needs to work.")
    dependents: list["DependencyType"] = strawberry_django.field(description="What needs it to work.")


@strawberry_django.type(models.Dependency, name="Dependency", description="One service needs another to work.")
class DependencyType:
    service: ServiceType = strawberry_django.field(description="The service that needs.")
    needs: ServiceType = strawberry_django.field(description="The service that is needed.")
