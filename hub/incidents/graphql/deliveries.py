"""Who was reached about an incident, and how, in GraphQL: for those who command it."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID
from strawberry.relay import to_base64

from hub.delivery.graphql.choices import Channel, ReceiptState
from hub.delivery.progress import Delivery, Progress, deliveries_about
from hub.incidents import access
from hub.lib.api import Cost, HubInfo, actor_of, choices, data_field, node_key
from hub.lib.errors import NotFound

choices(
    Progress,
    name="DeliveryProgress",
    description="How far a message has come, the furthest that holds.",
    values={
        "QUEUED": "It is being sent, or waits for another try.",
        "DELIVERED": "It is in the inbox, and there is no other way to its person.",
        "SENT": "A provider has accepted it.",
        "SEEN": "Its person has seen it in the hub.",
        "ACKNOWLEDGED": "Its person has said that they have it.",
        "FAILED": "It was refused everywhere, or tried too often.",
        "WITHDRAWN": "It was no longer needed before it went out.",
    },
)


@strawberry.type(name="DeliveryAttempt", description="One attempt to deliver a message, and how it went.")
class DeliveryAttemptType:
    number: int = strawberry.field(description="Which attempt it was; the inbox is 0.")
    channel: Channel = strawberry.field(description="By what it went.")
    state: ReceiptState = strawberry.field(description="How it went.")
    reason: str = strawberry.field(description="Why it did not go through, in one sentence without addresses.")
    at: datetime = strawberry.field(description="When it came to this.")


@strawberry.type(
    name="Delivery", description="A message about an incident, on its way to somebody; not what it says, nor whereto."
)
class DeliveryType:
    person_id: ID = strawberry.field(description="To whom.")
    name: str = strawberry.field(description="Their name.")
    is_page: bool = strawberry.field(description="Whether they must say that they have it.")
    progress: Progress = strawberry.field(description="How far it has come.")
    created_at: datetime = strawberry.field(description="When it was written.")
    sent_at: datetime | None = strawberry.field(description="When a provider first accepted it.")
    seen_at: datetime | None = strawberry.field(description="When its person saw it in the hub.")
    acknowledged_at: datetime | None = strawberry.field(description="When its person said that they have it.")
    attempts: list[DeliveryAttemptType] = strawberry.field(description="Every attempt to deliver it, in order.")


@strawberry.type
class DeliveriesQuery:
    @data_field(
        description="Who was told of an incident and how far that has come, every attempt with its outcome. It is for"
        " those who command the incident or own it; others get nothing.",
        cost=Cost(weight=10),
    )
    def incident_deliveries(
        self, info: HubInfo, incident_id: Annotated[ID, strawberry.argument(description="The incident.")]
    ) -> list[DeliveryType]:
        actor = actor_of(info)
        try:
            incident = access.incident_for(actor, node_key(incident_id, "Incident", "incident", "incidentId"))
        except NotFound:
            return []
        return [_told(each) for each in deliveries_about(actor, incident.pk)]


def _told(delivery: Delivery) -> DeliveryType:
    return DeliveryType(
        person_id=ID(to_base64("Person", delivery.person.pk)),
        name=delivery.person.name,
        is_page=delivery.is_page,
        progress=delivery.progress,
        created_at=delivery.created_at,
        sent_at=delivery.sent_at,
        seen_at=delivery.seen_at,
        acknowledged_at=delivery.acknowledged_at,
        attempts=[
            DeliveryAttemptType(
                number=each.number, channel=each.channel, state=each.state, reason=each.reason, at=each.at
            )
            for each in delivery.attempts
        ],
    )
