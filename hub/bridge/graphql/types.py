"""Types of the bridge. The IT side reads `SecurityLink` and nothing else; the database decides who reads the rest."""

import strawberry_django
from strawberry import auto, relay
from strawberry.scalars import JSON

from hub.bridge import models
from hub.bridge.graphql.choices import Direction, LinkState
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry_django.type(
    models.BridgeRule,
    name="BridgeRule",
    description="What makes an incident a suspected breach: one rule whose matchers all match is enough.",
)
class BridgeRuleType(relay.Node):
    unit: BusinessUnitType | None = strawberry_django.field(description="Whose rule it is; nothing for every unit's.")
    position: auto = strawberry_django.field(description="Its place: the rule at 1 is asked first.")
    matchers: list[str] = strawberry_django.field(
        description="What an alert's labels and the incident's facts must be like, such as tag=\"credentials\"."
    )
    explanation: auto = strawberry_django.field(description="Why: the IT side reads it in its incident.")


@strawberry_django.type(
    models.SecurityLink,
    name="SecurityLink",
    description="That security looks into an incident, and all that its IT side sees of that.",
)
class SecurityLinkType(relay.Node):
    state: LinkState = strawberry_django.field(description="How far it is.")
    contact: PersonType | None = strawberry_django.field(description="Whom to speak with, if security named somebody.")
    constraints: auto = strawberry_django.field(description="What the IT side must not do.")
    note: auto = strawberry_django.field(description="What else the IT side shall know.")
    shown_at: auto = strawberry_django.field(description="When security last showed something.")
    reason: auto = strawberry_django.field(description="Why security was asked: a rule's words, or a person's.")
    asked_by: PersonType | None = strawberry_django.field(description="Who asked; nobody where a rule did.")
    asked_at: auto = strawberry_django.field(description="When security was asked.")


@strawberry_django.type(
    models.Crossing, name="BridgeCrossing", description="What crossed the bridge, for those who are admitted."
)
class CrossingType(relay.Node):
    direction: Direction = strawberry_django.field(description="Which way.")
    content: JSON = strawberry_django.field(description="What crossed, by the name of the field.")
    person: PersonType | None = strawberry_django.field(description="By whom; nobody for a rule.")
    reason: auto = strawberry_django.field(description="Why.")
    at: auto = strawberry_django.field(description="When.")


@strawberry_django.type(
    models.Investigation,
    name="Investigation",
    description="That a restricted incident looks into a suspected breach, for those who are admitted to it.",
)
class InvestigationType(relay.Node):
    link: SecurityLinkType = strawberry_django.field(description="What the IT side sees.")
    crossings: list[CrossingType] = strawberry_django.field(description="What crossed the bridge, oldest first.")
