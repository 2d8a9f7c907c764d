"""Queries of the catalog."""

import strawberry
import strawberry_django
from strawberry import auto
from strawberry_django.relay import DjangoCursorConnection

from hub.catalog import models
from hub.catalog.graphql.types import ServiceType
from hub.lib.api import connection


@strawberry_django.filter_type(models.Service, lookups=True, description="Which services.")
class ServiceFilter:
    slug: auto = strawberry_django.filter_field(description="By slug.")
    name: auto = strawberry_django.filter_field(description="By name.")
    criticality: auto = strawberry_django.filter_field(description="By criticality.")


@strawberry_django.order_type(models.Service, description="In which order.")
class ServiceOrder:
    name: auto
    criticality: auto


@strawberry.type
class CatalogQuery:
    services: DjangoCursorConnection[ServiceType] = connection(
        description="The catalog of services, the same for everybody.", filters=ServiceFilter, ordering=ServiceOrder
    )
