"""Queries of the catalog."""

import strawberry

from hub.catalog.graphql.filters import ServiceFilter, ServiceOrder
from hub.catalog.graphql.types import ServiceType
from hub.lib.api import Connection, connection


@strawberry.type
class CatalogQuery:
    services: Connection[ServiceType] = connection(
        description="The catalog of services, the same for everybody.", filters=ServiceFilter, ordering=ServiceOrder
    )
