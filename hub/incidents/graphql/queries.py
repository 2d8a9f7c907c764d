"""Queries of the incidents area."""

import strawberry

from hub.incidents.access import listed
from hub.incidents.graphql.filters import IncidentFilter, IncidentOrder
from hub.incidents.graphql.types import IncidentType
from hub.lib.api import Connection, by_id, by_text, connection, one


@strawberry.type
class IncidentsQuery:
    incidents: Connection[IncidentType] = connection(
        description="The incidents that you may see, newest first.",
        filters=IncidentFilter,
        ordering=IncidentOrder,
        rows=listed,
    )

    incident: IncidentType | None = one(
        description="One incident, by its id or its reference; nothing if you may not see it.",
        noun="incident",
        by=(by_id("Incident"), by_text("reference", str.upper)),
    )
