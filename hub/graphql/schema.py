"""The one schema, composed of every area's part."""

import strawberry
from strawberry import ID, relay
from strawberry.schema.config import StrawberryConfig
from strawberry_django.optimizer import DjangoOptimizerExtension

from hub.catalog.graphql.queries import CatalogQuery
from hub.incidents.graphql.mutations import IncidentsMutation
from hub.incidents.graphql.queries import IncidentsQuery
from hub.lib.api import HubInfo, field, find_node, find_nodes
from hub.metrics.graphql.queries import MetricsQuery
from tenants.graphql.queries import TenantsQuery


@strawberry.type(description="Everything that can be read. What you may not see is not there.")
class Query(TenantsQuery, CatalogQuery, IncidentsQuery, MetricsQuery):
    @field(description="Any object by its global id; nothing if there is none that you may see.")
    def node(self, info: HubInfo, id: ID) -> relay.Node | None:
        return find_node(info, id)

    @field(description="Several objects by their global ids, in their order, at most 100.")
    def nodes(self, info: HubInfo, ids: list[ID]) -> list[relay.Node | None]:
        return find_nodes(info, ids)


@strawberry.type(description="Everything that can be done. A refused mutation changes nothing.")
class Mutation(IncidentsMutation):
    pass


schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    extensions=[DjangoOptimizerExtension],
    config=StrawberryConfig(relay_max_results=100),
)
