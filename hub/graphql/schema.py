"""The one schema, composed of every area's part."""

import strawberry
import strawberry_django
from strawberry import relay
from strawberry.schema.config import StrawberryConfig
from strawberry_django.optimizer import DjangoOptimizerExtension

from hub.catalog.graphql.queries import CatalogQuery
from hub.incidents.graphql.mutations import IncidentsMutation
from hub.incidents.graphql.queries import IncidentsQuery
from tenants.graphql.queries import TenantsQuery


@strawberry.type(description="Everything that can be read. What you may not see is not there.")
class Query(TenantsQuery, CatalogQuery, IncidentsQuery):
    node: relay.Node | None = strawberry_django.node(description="Any object by its global id.")
    nodes: list[relay.Node | None] = strawberry_django.node(description="Several objects by their global ids.")


@strawberry.type(description="Everything that can be done. A refused mutation changes nothing.")
class Mutation(IncidentsMutation):
    pass


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    extensions=[DjangoOptimizerExtension],
    config=StrawberryConfig(relay_max_results=100),
)
