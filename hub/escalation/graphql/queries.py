"""Queries of the escalation area."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from hub.catalog import access as catalog
from hub.escalation.forecasting import foresee, foresee_incident
from hub.escalation.graphql.filters import PolicyFilter, PolicyOrder, RunFilter, RunOrder
from hub.escalation.graphql.types import ForecastType, PolicyType, RunType, told_forecast
from hub.incidents import access as incidents
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.api import Connection, Cost, HubInfo, actor_of, connection, data_field, node_key
from hub.lib.errors import Invalid


@strawberry.type
class EscalationQuery:
    escalation_policies: Connection[PolicyType] = connection(
        description="The policies in use of the units whose schedules you may see.",
        filters=PolicyFilter,
        ordering=PolicyOrder,
        rows=lambda policies: policies.filter(retired_at=None),
    )
    escalation_runs: Connection[RunType] = connection(
        description="What policies did, and do, for the incidents that you may see.",
        filters=RunFilter,
        ordering=RunOrder,
    )

    @data_field(
        description="Who would be paged, and when, if nobody did anything: for an incident as it stands, for one"
        " as if it were declared at a moment, or for a service and a severity. It is what the hub itself will do.",
        cost=Cost(weight=50),
    )
    def simulate_escalation(
        self,
        info: HubInfo,
        incident_id: Annotated[ID | None, strawberry.argument(description="The incident.")] = None,
        service_id: Annotated[ID | None, strawberry.argument(description="Or the service, with a severity.")] = None,
        severity: Annotated[Severity | None, strawberry.argument(description="How grave it would be.")] = None,
        at: Annotated[
            datetime | None, strawberry.argument(description="When it would be declared; now if left out.")
        ] = None,
    ) -> ForecastType:
        actor = actor_of(info)
        if at is not None and at.tzinfo is None:
            raise Invalid("A moment needs its zone: 2026-11-26T03:00:00Z.", path=["at"])
        if incident_id is not None:
            if service_id is not None or severity is not None:
                raise Invalid("Name an incident, or a service and a severity.", path=["serviceId"])
            incident = incidents.incident_for(actor, node_key(incident_id, "Incident", "incident", "incidentId"))
            return told_forecast(foresee_incident(actor, incident, at))
        if service_id is None:
            raise Invalid("Name an incident, or a service and a severity.", path=["incidentId"])
        if severity is None:
            raise Invalid("Say how grave it would be.", path=["severity"])
        service = catalog.service_for(actor, node_key(service_id, "Service", "service", "serviceId"))
        return told_forecast(foresee(actor, service.unit, service, severity, at or clock.now()))
