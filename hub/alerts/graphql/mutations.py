"""Mutations of the alerts area: each calls one action."""

from datetime import timedelta
from typing import Annotated

import strawberry
from strawberry import ID

from hub.alerts import actions
from hub.alerts.actions import NewKey, NewRule
from hub.alerts.graphql.choices import SourceKind
from hub.alerts.graphql.types import AlertSourceType, SeverityFloorType, SeverityRuleType
from hub.incidents.graphql.choices import Severity
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key


@strawberry.input(description="A new alert source.")
class CreateAlertSourceInput:
    unit_id: ID = strawberry.field(description="The unit it shall belong to.")
    kind: SourceKind = strawberry.field(description="The protocol it speaks.")
    name: str = strawberry.field(description="What people shall call it; at most 100 characters.")
    resolves_incidents: bool = strawberry.field(
        default=True, description="Whether an incident is over once all of its alerts are resolved."
    )
    default_severity: Severity = strawberry.field(
        default=Severity.SEV3, description="The severity of alerts that no rule matches and that say nothing."
    )
    default_service_id: ID | None = strawberry.field(default=None, description="The service of alerts that name none.")
    service_labels: list[str] | None = strawberry.field(
        default=None,
        description="The labels that may name a service, the likeliest first; the kind's usual ones if left out.",
    )


@strawberry.input(description="A new key for an alert source.")
class RotateAlertSourceKeyInput:
    source_id: ID = strawberry.field(description="The source.")
    overlap_minutes: int = strawberry.field(
        default=0, description="How long the former key is still accepted; at most 30 days."
    )


@strawberry.input(description="The end of an alert source.")
class RevokeAlertSourceInput:
    source_id: ID = strawberry.field(description="The source.")


@strawberry.input(description="A rule for severity.")
class SeverityRuleInput:
    matchers: list[str] = strawberry.field(
        description='What an alert\'s labels must be like: 1 to 10 of label="value", !=, =~ or !~; all must hold.'
    )
    severity: Severity = strawberry.field(description="How grave an alert is that it matches.")
    explanation: str = strawberry.field(description="Why; at most 200 characters.")


@strawberry.input(description="All of a unit's rules for severity.")
class SetSeverityRulesInput:
    unit_id: ID = strawberry.field(description="The unit.")
    rules: list[SeverityRuleInput] = strawberry.field(description="In the order they shall be asked in; at most 100.")


@strawberry.input(description="All of the enterprise's rules: how grave alerts are at least.")
class SetSeverityFloorsInput:
    rules: list[SeverityRuleInput] = strawberry.field(description="The gravest that matches counts; at most 100.")


@strawberry.type(description="The enterprise's rules, and what they overrule.")
class SeverityFloors:
    rules: list[SeverityFloorType] = strawberry.field(description="As they are now.")
    overruled: list[SeverityRuleType] = strawberry.field(
        description="Units' rules that are laxer: they no longer hold where the enterprise's do."
    )


@strawberry.type(description="An alert source and a key that was made for it, which nothing shows again.")
class AlertSourceWithKey:
    source: AlertSourceType = strawberry.field(description="The source.")
    key: str = strawberry.field(description="The key; for the Events API it is the routing key.")
    address: str = strawberry.field(description="Where to send alerts; for Alertmanager the key is part of it.")


@strawberry.type(description="A unit's rules for severity.")
class SeverityRules:
    rules: list[SeverityRuleType] = strawberry.field(description="In the order they are asked in.")


@strawberry.type
class AlertsMutation:
    @mutation(description="Make an alert source; its key is shown this once.")
    def create_alert_source(
        self, info: HubInfo, input: CreateAlertSourceInput
    ) -> Annotated[AlertSourceWithKey | MutationErrors, strawberry.union("CreateAlertSourcePayload")]:
        service_id = input.default_service_id
        return _with_key(
            actions.create_alert_source(
                actor=actor_of(info),
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
                kind=input.kind,
                name=input.name,
                resolves_incidents=input.resolves_incidents,
                default_severity=input.default_severity,
                default_service_id=node_key(service_id, "Service", "service", "defaultServiceId")
                if service_id
                else None,
                service_labels=input.service_labels,
            )
        )

    @mutation(description="Give an alert source a new key, which is shown this once.")
    def rotate_alert_source_key(
        self, info: HubInfo, input: RotateAlertSourceKeyInput
    ) -> Annotated[AlertSourceWithKey | MutationErrors, strawberry.union("RotateAlertSourceKeyPayload")]:
        return _with_key(
            actions.rotate_alert_source_key(
                actor=actor_of(info),
                source_id=_source(input.source_id),
                overlap=timedelta(minutes=input.overlap_minutes),
            )
        )

    @mutation(description="Refuse everything that an alert source sends from now on; what it sent stays.")
    def revoke_alert_source(
        self, info: HubInfo, input: RevokeAlertSourceInput
    ) -> Annotated[AlertSourceType | MutationErrors, strawberry.union("RevokeAlertSourcePayload")]:
        source = actions.revoke_alert_source(actor=actor_of(info), source_id=_source(input.source_id))
        return as_type(AlertSourceType, source)

    @mutation(description="Replace all of a unit's rules for severity; incidents keep the severity they have.")
    def set_severity_rules(
        self, info: HubInfo, input: SetSeverityRulesInput
    ) -> Annotated[SeverityRules | MutationErrors, strawberry.union("SetSeverityRulesPayload")]:
        made = actions.set_severity_rules(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
            rules=[NewRule(rule.matchers, rule.severity, rule.explanation) for rule in input.rules],
        )
        return SeverityRules(rules=[as_type(SeverityRuleType, rule) for rule in made])

    @mutation(description="Replace the enterprise's rules: units may be stricter than these, and never laxer.")
    def set_severity_floors(
        self, info: HubInfo, input: SetSeverityFloorsInput
    ) -> Annotated[SeverityFloors | MutationErrors, strawberry.union("SetSeverityFloorsPayload")]:
        made = actions.set_severity_floors(
            actor=actor_of(info),
            floors=[NewRule(rule.matchers, rule.severity, rule.explanation) for rule in input.rules],
        )
        return SeverityFloors(
            rules=[as_type(SeverityFloorType, floor) for floor in made.floors],
            overruled=[as_type(SeverityRuleType, rule) for rule in made.overruled],
        )


def _source(global_id: str) -> int:
    return node_key(global_id, "AlertSource", "alert source", "sourceId")


def _with_key(made: NewKey) -> AlertSourceWithKey:
    return AlertSourceWithKey(source=as_type(AlertSourceType, made.source), key=made.key, address=made.address)
