"""Mutations of the catalog: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.catalog import actions
from hub.catalog.graphql.types import ServiceType
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key, optional_key


@strawberry.input(description="A service to retire.")
class RetireServiceInput:
    service_id: ID = strawberry.field(description="The service.")
    successor_id: ID | None = strawberry.field(
        default=None,
        description="What alerts that name it shall be about; without one its name counts as unknown, and they go where"
        " their source sends such alerts.",
    )


@strawberry.input(description="A service to use again.")
class RestoreServiceInput:
    service_id: ID = strawberry.field(description="The service.")


@strawberry.type
class CatalogMutation:
    @mutation(description="Let a service take no new incidents. What was stays, and what is open goes on.")
    def retire_service(
        self, info: HubInfo, input: RetireServiceInput
    ) -> Annotated[ServiceType | MutationErrors, strawberry.union("RetireServicePayload")]:
        return as_type(
            ServiceType,
            actions.retire_service(
                actor=actor_of(info),
                service_id=node_key(input.service_id, "Service", "service", "serviceId"),
                successor_id=optional_key(input.successor_id, "Service", "service", "successorId"),
            ),
        )

    @mutation(description="Let a retired service take incidents and alerts again.")
    def restore_service(
        self, info: HubInfo, input: RestoreServiceInput
    ) -> Annotated[ServiceType | MutationErrors, strawberry.union("RestoreServicePayload")]:
        return as_type(
            ServiceType,
            actions.restore_service(
                actor=actor_of(info), service_id=node_key(input.service_id, "Service", "service", "serviceId")
            ),
        )
