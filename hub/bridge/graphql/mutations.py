"""Mutations of the bridge: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.bridge import actions
from hub.bridge.actions import NewBridgeRule
from hub.bridge.graphql.choices import LinkState
from hub.bridge.graphql.types import BridgeRuleType, SecurityLinkType
from hub.incidents.graphql.types import TimelineEntryType
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key


@strawberry.input(description="A suspicion of a breach.")
class SuspectBreachInput:
    incident_id: ID = strawberry.field(description="The incident that may be one.")
    reason: str = strawberry.field(description="What makes you think so; at most 300 characters.")


@strawberry.input(description="What the IT side shall see of an investigation. What is left out stays as it is.")
class ShowToItInput:
    incident_id: ID = strawberry.field(description="The restricted incident that investigates.")
    reason: str = strawberry.field(description="Why they must know; it stays on the security side.")
    state: LinkState | None = strawberry.field(default=None, description="How far it is.")
    contact_id: ID | None = strawberry.field(default=None, description="Whom they shall speak with.")
    constraints: str | None = strawberry.field(default=None, description="What they must not do.")
    note: str | None = strawberry.field(default=None, description="What else they shall know.")


@strawberry.input(description="What the IT side passes to an investigation.")
class PassToSecurityInput:
    incident_id: ID = strawberry.field(description="The IT side's incident.")
    text: str = strawberry.field(description="What security shall know; at most 1000 characters.")
    reason: str = strawberry.field(description="Why it concerns them; at most 300 characters.")


@strawberry.input(description="A rule for suspected breaches.")
class BridgeRuleInput:
    matchers: list[str] = strawberry.field(
        description='1 to 10 of label="value", !=, =~ or !~; all must hold. Beside the labels of alerts there are'
        " severity, incident_type, service, asset_class, criticality and tag."
    )
    explanation: str = strawberry.field(description="Why; at most 200 characters.")


@strawberry.input(description="All rules for suspected breaches, of one unit or for every unit.")
class SetBridgeRulesInput:
    unit_id: ID | None = strawberry.field(default=None, description="The unit; left out for every unit's rules.")
    rules: list[BridgeRuleInput] = strawberry.field(description="In the order they shall be asked in; at most 100.")


@strawberry.type(description="Rules for suspected breaches.")
class BridgeRules:
    rules: list[BridgeRuleType] = strawberry.field(description="In the order they are asked in.")


def _incident(global_id: ID) -> int:
    return node_key(global_id, "Incident", "incident", "incidentId")


@strawberry.type
class BridgeMutation:
    @mutation(description="Ask security to look at an incident that may be a breach.")
    def suspect_breach(
        self, info: HubInfo, input: SuspectBreachInput
    ) -> Annotated[SecurityLinkType | MutationErrors, strawberry.union("SuspectBreachPayload")]:
        return as_type(
            SecurityLinkType,
            actions.suspect_breach(actor=actor_of(info), incident_id=_incident(input.incident_id), reason=input.reason),
        )

    @mutation(description="Change what the IT side sees of an investigation; the crossing is logged.")
    def show_to_it(
        self, info: HubInfo, input: ShowToItInput
    ) -> Annotated[SecurityLinkType | MutationErrors, strawberry.union("ShowToItPayload")]:
        return as_type(
            SecurityLinkType,
            actions.show_to_it(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id),
                reason=input.reason,
                state=input.state,
                contact_id=node_key(input.contact_id, "Person", "person", "contactId") if input.contact_id else None,
                constraints=input.constraints,
                note=input.note,
            ),
        )

    @mutation(description="Pass something from the IT side to the investigation; the crossing is logged.")
    def pass_to_security(
        self, info: HubInfo, input: PassToSecurityInput
    ) -> Annotated[TimelineEntryType | MutationErrors, strawberry.union("PassToSecurityPayload")]:
        return as_type(
            TimelineEntryType,
            actions.pass_to_security(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id),
                text=input.text,
                reason=input.reason,
            ),
        )

    @mutation(description="Replace all rules for suspected breaches of a unit, or those for every unit.")
    def set_bridge_rules(
        self, info: HubInfo, input: SetBridgeRulesInput
    ) -> Annotated[BridgeRules | MutationErrors, strawberry.union("SetBridgeRulesPayload")]:
        made = actions.set_bridge_rules(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId") if input.unit_id else None,
            rules=[NewBridgeRule(rule.matchers, rule.explanation) for rule in input.rules],
        )
        return BridgeRules(rules=[as_type(BridgeRuleType, rule) for rule in made])
