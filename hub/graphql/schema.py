"""The one schema, composed of every area's part."""

from functools import cached_property
from typing import Any, Final

import strawberry
from graphql import GraphQLError
from strawberry import ID, relay
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry_django.optimizer import DjangoOptimizerExtension

from hub.alerts.graphql.mutations import AlertsMutation
from hub.alerts.graphql.queries import AlertsQuery
from hub.bridge.graphql.mutations import BridgeMutation
from hub.bridge.graphql.queries import BridgeQuery
from hub.catalog.graphql.mutations import CatalogMutation
from hub.catalog.graphql.queries import CatalogQuery
from hub.delivery.graphql.mutations import DeliveryMutation
from hub.delivery.graphql.queries import DeliveryQuery
from hub.escalation.graphql.mutations import EscalationMutation
from hub.escalation.graphql.queries import EscalationQuery
from hub.graphql.compiler.extension import CompiledOperations
from hub.graphql.documents import CodedErrors, PreparedDocuments
from hub.graphql.federation import ANY, every_entity, federation_query
from hub.graphql.subgraph import composable
from hub.graphql.timing import TimedOperations
from hub.graphql.wording import describe
from hub.incidents.graphql.deliveries import DeliveriesQuery
from hub.incidents.graphql.federation import BetweenUnitsMutation, BetweenUnitsQuery
from hub.incidents.graphql.feeds import FeedsSubscription
from hub.incidents.graphql.fields import VALUES
from hub.incidents.graphql.hand_offs import HandOffsMutation
from hub.incidents.graphql.maintenance import MaintenanceMutation, MaintenanceQuery
from hub.incidents.graphql.mutations import IncidentsMutation
from hub.incidents.graphql.paging import PagingMutation
from hub.incidents.graphql.queries import IncidentsQuery
from hub.incidents.graphql.responsibilities import ResponsibilitiesMutation, ResponsibilitiesQuery
from hub.incidents.graphql.thresholds import ThresholdsMutation, ThresholdsQuery
from hub.lib.api import LARGEST_PAGE, Cost, HubInfo, NodeField, NodesField, field, find_node, find_nodes
from hub.lib.api.nodes import name_id_columns
from hub.lib.api.scalars import DATE_TIME
from hub.metrics.graphql.consolidated import ConsolidatedMutation, ConsolidatedQuery
from hub.metrics.graphql.queries import MetricsQuery
from hub.oncall.graphql.coverage import CoverageQuery
from hub.oncall.graphql.mutations import OncallMutation
from hub.oncall.graphql.queries import OncallQuery
from hub.reach.graphql.mutations import ReachMutation
from hub.reach.graphql.queries import ReachQuery
from knowledge.articles.graphql.mutations import ArticlesMutation
from knowledge.articles.graphql.queries import ArticlesQuery
from knowledge.postmortems.graphql.analysis_mutations import AnalysesMutation
from knowledge.postmortems.graphql.disclosures import DisclosuresMutation, DisclosuresQuery
from knowledge.postmortems.graphql.meetings import MeetingsMutation, MeetingsQuery
from knowledge.postmortems.graphql.mutations import PostmortemsMutation
from knowledge.postmortems.graphql.queries import PostmortemsQuery
from knowledge.problems.graphql.mutations import ProblemsMutation
from knowledge.problems.graphql.queries import ProblemsQuery
from knowledge.recurrence.graphql.queries import RecurrenceQuery
from knowledge.runbooks.graphql.mutations import RunbooksMutation
from knowledge.runbooks.graphql.queries import RunbooksQuery
from knowledge.search.graphql.mutations import SearchMutation
from knowledge.search.graphql.queries import SearchQuery
from tenants.graphql.calendars import CalendarsMutation
from tenants.graphql.customizing import CustomizationMutation, CustomizationQuery
from tenants.graphql.mutations import TenantsMutation
from tenants.graphql.queries import TenantsQuery
from tenants.graphql.taxonomy_mutations import TaxonomyMutation

READ = "Everything that can be read. What you may not see is not there."


@strawberry.type(description=READ)
class Query(
    TenantsQuery,
    CustomizationQuery,
    CatalogQuery,
    DeliveryQuery,
    OncallQuery,
    CoverageQuery,
    IncidentsQuery,
    MaintenanceQuery,
    DeliveriesQuery,
    ThresholdsQuery,
    ResponsibilitiesQuery,
    EscalationQuery,
    ReachQuery,
    BetweenUnitsQuery,
    AlertsQuery,
    BridgeQuery,
    MetricsQuery,
    ConsolidatedQuery,
    PostmortemsQuery,
    ProblemsQuery,
    ArticlesQuery,
    RunbooksQuery,
    DisclosuresQuery,
    MeetingsQuery,
    SearchQuery,
    RecurrenceQuery,
):
    @field(description="Any object by its global id; nothing if there is none that you may see.", kind=NodeField)
    def node(self, info: HubInfo, id: ID) -> relay.Node | None:
        return find_node(info, id)

    @field(
        description="Several objects by their global ids, in their order, at most 100.",
        cost=Cost(sized_by=("ids",), largest=LARGEST_PAGE),
        kind=NodesField,
    )
    def nodes(self, info: HubInfo, ids: list[ID]) -> list[relay.Node | None]:
        return find_nodes(info, ids)


ENTITIES: Final = every_entity()
"""What a gateway may ask for by a key: whatever has a global id."""

FederatedQuery: Final[type] = strawberry.type(
    type("FederatedQuery", (federation_query(ENTITIES), Query), {}), name="Query", description=READ
)


@strawberry.type(description="Everything that can be done. A refused mutation changes nothing.")
class Mutation(
    TenantsMutation,
    TaxonomyMutation,
    CalendarsMutation,
    BetweenUnitsMutation,
    IncidentsMutation,
    MaintenanceMutation,
    ThresholdsMutation,
    ResponsibilitiesMutation,
    HandOffsMutation,
    PagingMutation,
    AlertsMutation,
    DeliveryMutation,
    CatalogMutation,
    OncallMutation,
    EscalationMutation,
    ReachMutation,
    BridgeMutation,
    PostmortemsMutation,
    AnalysesMutation,
    DisclosuresMutation,
    MeetingsMutation,
    ProblemsMutation,
    ArticlesMutation,
    RunbooksMutation,
    SearchMutation,
    CustomizationMutation,
    ConsolidatedMutation,
):
    pass


@strawberry.type(description="Everything that can be followed live, over a WebSocket.")
class Subscription(FeedsSubscription):
    pass


class Schema(strawberry.Schema):
    """strawberry's schema, with words for what the libraries leave without any, and errors logged in one place."""

    def __init__(self, query: type) -> None:
        super().__init__(
            query=query,
            mutation=Mutation,
            subscription=Subscription,
            types=VALUES,
            execution_context_class=TimedOperations,
            extensions=[CodedErrors, PreparedDocuments, CompiledOperations, DjangoOptimizerExtension],
            config=StrawberryConfig(
                relay_max_results=LARGEST_PAGE, scalar_map={DATE_TIME.origin: DATE_TIME, ANY.origin: ANY}
            ),
        )
        describe(self._schema)
        name_id_columns(
            definition.origin
            for each in self.schema_converter.type_map.values()
            if isinstance(definition := each.definition, StrawberryObjectDefinition)
        )

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        """Nothing: `hub.lib.api.errors` logs what is a fault, and only that."""

    @cached_property
    def sdl(self) -> str:
        """The schema as a subgraph's, for a gateway."""
        return composable(self._schema, printed(), ENTITIES)


schema = Schema(FederatedQuery)


def printed() -> str:
    """The schema in GraphQL's own language, without what is there for gateways alone."""
    return f"{Schema(Query).as_str()}\n"
