"""Queries of the incidents area."""

import strawberry
from strawberry import relay
from strawberry_django.relay import DjangoCursorConnection

from hub.incidents import models
from hub.incidents.graphql.types import IncidentType
from hub.lib.api import HubInfo, actor_of, as_type, connection, field, node_key


@strawberry.type
class IncidentsQuery:
    incidents: DjangoCursorConnection[IncidentType] = connection(
        description="The incidents that you may see, newest first."
    )

    @field(description="One incident, by its id or its reference; nothing if you may not see it.")
    def incident(
        self, info: HubInfo, id: relay.GlobalID | None = None, reference: str | None = None
    ) -> IncidentType | None:
        actor_of(info)
        found = models.Incident.objects.all()
        if id is not None:
            found = found.filter(pk=node_key(id, "Incident", "incident"))
        else:
            found = found.filter(reference=(reference or "").upper())
        return as_type(IncidentType, found)
