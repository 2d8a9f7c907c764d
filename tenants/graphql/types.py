"""Types of the tenants area. A field is a column or a relation; the database decides which rows there are."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import auto, relay

from tenants import models
from tenants.graphql.choices import TermKind


@strawberry_django.type(models.Region, name="Region", description="A part of the world; regions cross business units.")
class RegionType(relay.Node):
    code: auto = strawberry_django.field(description="Short and stable: emea.")
    name: auto = strawberry_django.field(description="What people call it.")


@strawberry_django.type(
    models.BusinessUnit, name="BusinessUnit", description="A tenant of the hub: it keeps its own ways."
)
class BusinessUnitType(relay.Node):
    slug: auto = strawberry_django.field(description="Short and stable: payments.")
    prefix: auto = strawberry_django.field(description="Starts the references of its incidents: PAY in PAY-142.")
    name: auto = strawberry_django.field(description="What people call it.")
    mission: auto = strawberry_django.field(description="What it is there for.")
    time_zone: auto = strawberry_django.field(description="Its usual time zone, by IANA name.")
    parent: Annotated["BusinessUnitType", strawberry.lazy("tenants.graphql.types")] | None = strawberry_django.field(
        description="The unit above it, if any."
    )
    regions: list[RegionType] = strawberry_django.field(description="Where it works.")


@strawberry_django.type(
    models.Person, name="Person", description="Somebody who works with the hub, or a service account."
)
class PersonType(relay.Node):
    username: auto = strawberry_django.field(description="The name they sign in with.")
    name: auto = strawberry_django.field(description="The name people know them by.")
    time_zone: auto = strawberry_django.field(description="Their time zone, by IANA name.")
    is_service: auto = strawberry_django.field(description="Whether it is a service account and no human being.")


@strawberry_django.type(models.Term, name="Term", description="A word of the taxonomy: a global one, or a unit's own.")
class TermType(relay.Node):
    kind: TermKind = strawberry_django.field(description="What it classifies.")
    key: auto = strawberry_django.field(description="Short and stable: change-failure.")
    name: auto = strawberry_django.field(description="What people call it.")
    description: auto = strawberry_django.field(description="What it means.")
    unit: BusinessUnitType | None = strawberry_django.field(description="Whose word it is; none for a global term.")
