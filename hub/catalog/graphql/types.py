"""Types of the catalog."""

import strawberry_django
from strawberry import auto, relay

from hub.catalog import models
from tenants.graphql.types import BusinessUnitType


@strawberry_django.type(models.Service, name="Service", description="Something that a unit runs and others rely on.")
class ServiceType(relay.Node):
    slug: auto = strawberry_django.field(description="What alerts name in their `service` label.")
    name: auto = strawberry_django.field(description="What people call it.")
    description: auto = strawberry_django.field(description="What it does.")
    criticality: auto = strawberry_django.field(description="How much depends on it: 1 is the highest, 4 the lowest.")
    tags: list[str] = strawberry_django.field(description="Free labels, used for routing.")
    unit: BusinessUnitType = strawberry_django.field(description="Who owns it.")
    dependencies: list["DependencyType"] = strawberry_django.field(description="What it needs to work.")
    dependents: list["DependencyType"] = strawberry_django.field(description="What needs it to work.")


@strawberry_django.type(models.Dependency, name="Dependency", description="One service needs another to work.")
class DependencyType:
    service: ServiceType = strawberry_django.field(description="The service that needs.")
    needs: ServiceType = strawberry_django.field(description="The service that is needed.")
