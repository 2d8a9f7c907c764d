"""Queries of the incidents area."""

import strawberry
from strawberry import ID

from hub.incidents import models
from hub.incidents.graphql.filters import IncidentFilter, IncidentOrder
from hub.incidents.graphql.types import IncidentType
from hub.lib.api import Connection, HubInfo, actor_of, as_type, connection, field, key_of
from hub.lib.errors import Invalid


@strawberry.type
class IncidentsQuery:
    incidents: Connection[IncidentType] = connection(
        description="The incidents that you may see, newest first.", filters=IncidentFilter, ordering=IncidentOrder
    )

    @field(description="One incident, by its id or its reference; nothing if you may not see it.")
    def incident(self, info: HubInfo, id: ID | None = None, reference: str | None = None) -> IncidentType | None:
        actor_of(info)
        if (id is None) == (reference is None):
            raise Invalid("Name the incident by its id or by its reference, and not by both.", path=["incident"])
        found = models.Incident.objects.all()
        if id is not None:
            return as_type(IncidentType, found.filter(pk=key_of(id, "Incident") or 0))
        return as_type(IncidentType, found.filter(reference=(reference or "").upper()))
