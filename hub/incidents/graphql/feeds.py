"""The live feeds in GraphQL. They stand here and not in hub.live, which knows no incidents."""

from collections.abc import AsyncIterable
from datetime import datetime
from functools import partial

import strawberry
from strawberry import ID

from hub.incidents import access
from hub.incidents.graphql.types import IncidentType, TimelineEntryType
from hub.incidents.models import Incident, TimelineEntry
from hub.lib.api import HubInfo, actor_of, as_type, node_key, plain_field, subscription
from hub.lib.errors import NotFound
from hub.lib.identity import Actor, acting_as
from hub.live.access import Happened
from hub.live.cursors import Cursor, encode
from hub.live.following import Delivery, Following
from hub.live.threads import in_thread
from tenants.graphql.types import PersonType
from tenants.models import Person


@strawberry.type(description="Something that happened, at its place in the feed.")
class FeedEvent:
    happened: strawberry.Private[Happened]
    position: strawberry.Private[Cursor]

    @plain_field(description="Where you have got to: give it back as `after`, and nothing is missed.")
    def cursor(self) -> str:
        return encode(self.position)

    @plain_field(
        description="What happened: IncidentDeclared, TimelineEntryAdded and so on; CONNECTED when the feed begins; "
        "RESYNC when your rights have changed, so that what you hold is to be read again."
    )
    def type(self) -> str:
        return self.happened.type

    @plain_field(description="When it happened.")
    def at(self) -> datetime:
        return self.happened.at

    @plain_field(description="Who caused it; nobody for the hub itself.")
    def person(self) -> PersonType | None:
        found = Person.objects.filter(pk=self.happened.person_id).first() if self.happened.person_id else None
        return as_type(PersonType, found) if found else None

    @plain_field(description="The incident that it happened to, as it is now.")
    def incident(self) -> IncidentType | None:
        if self.happened.incident_id is None:
            return None
        found = Incident.objects.select_related("unit", "service", "commander").filter(pk=self.happened.incident_id)
        incident = found.first()
        return as_type(IncidentType, incident) if incident else None

    @plain_field(description="The timeline entry that tells of it, if there is one.")
    def entry(self) -> TimelineEntryType | None:
        entry_id = self.happened.payload.get("entry_id")
        if entry_id is None:
            return None
        entry = TimelineEntry.objects.select_related("author").filter(pk=entry_id).first()
        return as_type(TimelineEntryType, entry) if entry else None


@strawberry.type(description="What happens, as it happens.")
class FeedsSubscription:
    @subscription(description="Everything that happens to what you may see, in one order for everybody.")
    async def feed(self, info: HubInfo, after: str | None = None) -> AsyncIterable[FeedEvent]:
        return Following(actor_of(info), None, after, _event, check=lambda: None)

    @subscription(
        description="What happens to one incident. The feed is completed when the incident goes out of your sight."
    )
    async def incident_feed(self, info: HubInfo, incident_id: ID, after: str | None = None) -> AsyncIterable[FeedEvent]:
        actor = actor_of(info)
        key = node_key(incident_id, "Incident", "incident", "incidentId")
        following = Following(actor, key, after, _event, check=partial(_check_incident, actor, key))
        await in_thread(following.check)
        return following


def _event(delivery: Delivery) -> FeedEvent:
    return FeedEvent(happened=delivery.event, position=delivery.cursor)


def _check_incident(actor: Actor, incident_id: int) -> None:
    """Raises `NotFound`."""
    with acting_as(actor):
        try:
            access.incident_for(actor, incident_id)
        except NotFound as error:
            raise error.at("incidentId") from None
