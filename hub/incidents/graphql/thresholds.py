"""Severity thresholds, the plans that severities engage, and what is known of incidents, in GraphQL."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import ID, auto, relay
from strawberry_django import order_field

from hub.catalog import access as catalog
from hub.catalog.graphql.choices import Sensitivity
from hub.incidents import access, actions, models
from hub.incidents.actions import NewTeam, NewThreshold
from hub.incidents.actions.knowing import facts_of
from hub.incidents.graphql.choices import Impact, Reach, RoleKind, Severity
from hub.incidents.graphql.types import IncidentType
from hub.incidents.thresholds import propose
from hub.lib.api import (
    Connection,
    Cost,
    HubInfo,
    MutationErrors,
    actor_of,
    as_type,
    connection,
    data_field,
    filter_type,
    mutation,
    node_key,
    where,
)
from hub.lib.errors import Invalid
from tenants import access as tenants
from tenants.graphql.filters import BusinessUnitFilter
from tenants.graphql.types import BusinessUnitType, TermType


@filter_type(description="Which severity thresholds.")
class SeverityThresholdFilter:
    unit: BusinessUnitFilter | None = where("By the unit whose thresholds they are.")


@strawberry_django.order_type(models.SeverityThreshold, description="By what severity thresholds are ordered.")
class SeverityThresholdOrder:
    position: auto = order_field(description="By their place.")
    severity: auto = order_field(description="By severity: ascending, the gravest comes first.")


@filter_type(description="Which response plans.")
class ResponsePlanFilter:
    unit: BusinessUnitFilter | None = where("By the unit whose plans they are.")


@strawberry_django.order_type(models.ResponsePlan, description="By what response plans are ordered.")
class ResponsePlanOrder:
    severity: auto = order_field(description="By severity: ascending, the gravest comes first.")


@strawberry_django.type(
    models.SeverityThreshold,
    name="SeverityThreshold",
    description="From which facts on an incident is how grave. All that it asks for must hold; of all thresholds that"
    " hold, the enterprise's and the unit's, the gravest counts.",
)
class SeverityThresholdType(relay.Node):
    unit: BusinessUnitType | None = strawberry_django.field(description="Whose it is; nothing for every unit's.")
    position: auto = strawberry_django.field(description="Its place among its unit's.")
    impact: Impact | None = strawberry_django.field(description="The business impact: this grave, or graver.")
    criticality: auto = strawberry_django.field(description="The service's: this critical, or more; 1 is the highest.")
    recovery_minutes: auto = strawberry_django.field(
        description="The service's recovery time objective is so many minutes, or less."
    )
    reach: Reach | None = strawberry_django.field(description="How many suffer: so many, or more.")
    sensitivity: Sensitivity | None = strawberry_django.field(description="The data: this sensitive, or more.")
    severity: Severity = strawberry_django.field(description="How grave that is.")
    explanation: auto = strawberry_django.field(description="Why: it stands in the incident.")


@strawberry_django.type(
    models.ResponseTeam, name="ResponseTeam", description="Whoever is on call for a schedule takes a role."
)
class ResponseTeamType(relay.Node):
    schedule: Annotated["ScheduleType", strawberry.lazy("hub.oncall.graphql.types")] | None = strawberry_django.field(  # type: ignore[name-defined]  # noqa: F821
        description="Who is on call for it; nothing unless you see the schedule."
    )
    role: RoleKind = strawberry_django.field(description="The role that they take.")
    incident_type: TermType | None = strawberry_django.field(description="Only in incidents of this type.")
    domain: TermType | None = strawberry_django.field(
        description="Only in incidents of this field of technology: their service's, or one that a tag of theirs names."
    )
    tag: auto = strawberry_django.field(description="Only in incidents with this tag.")
    expertise: auto = strawberry_django.field(
        description="What they must hold: somebody of the schedule who does comes where whoever is on call does not."
    )


@strawberry_django.type(
    models.ResponsePlan,
    name="ResponsePlan",
    description="What an incident of a severity, or a graver one, engages when it is declared or grows graver.",
)
class ResponsePlanType(relay.Node):
    unit: BusinessUnitType | None = strawberry_django.field(description="Whose it is; nothing for every unit's.")
    severity: Severity = strawberry_django.field(description="Incidents this grave, or graver, engage it.")
    teams: list[ResponseTeamType] = strawberry_django.field(description="Who is put on the incident, and paged.")
    roles: list[RoleKind] = strawberry_django.field(description="Roles that somebody must hold then.")
    protocol: auto = strawberry_django.field(description="How those affected are kept informed: one step a line.")
    update_minutes: auto = strawberry_django.field(description="At most so many minutes between two updates.")


@strawberry.type(name="SeverityProposal", description="The severity that follows from what is known, and why.")
class SeverityProposalType:
    severity: Severity | None = strawberry.field(description="How grave it is; nothing where no threshold holds.")
    floor: Severity | None = strawberry.field(description="How grave the enterprise holds it to be at least.")
    reasons: list[str] = strawberry.field(description="The thresholds that hold, the gravest first.")


@strawberry.input(description="A severity threshold. What is left out asks for nothing; something must ask.")
class SeverityThresholdInput:
    severity: Severity = strawberry.field(description="How grave that is.")
    explanation: str = strawberry.field(description="Why; at most 200 characters.")
    impact: Impact | None = strawberry.field(default=None, description="The business impact: this grave, or graver.")
    criticality: int | None = strawberry.field(default=None, description="The service's: this critical, or more.")
    recovery_minutes: int | None = strawberry.field(
        default=None, description="The service's recovery time objective is so many minutes, or less."
    )
    reach: Reach | None = strawberry.field(default=None, description="How many suffer: so many, or more.")
    sensitivity: Sensitivity | None = strawberry.field(default=None, description="The data: this sensitive, or more.")


@strawberry.input(description="All severity thresholds, of one unit or for every unit.")
class SetSeverityThresholdsInput:
    unit_id: ID | None = strawberry.field(default=None, description="The unit; left out for every unit's thresholds.")
    thresholds: list[SeverityThresholdInput] = strawberry.field(description="In the order to read them in; at most 50.")


@strawberry.type(description="Severity thresholds.")
class SeverityThresholds:
    thresholds: list[SeverityThresholdType] = strawberry.field(description="In their order.")


@strawberry.input(description="Whoever is on call for a schedule takes a role.")
class ResponseTeamInput:
    schedule_id: ID = strawberry.field(description="The schedule.")
    role: RoleKind = strawberry.field(default=models.RoleKind.RESPONDER, description="The role that they take.")
    incident_type_id: ID | None = strawberry.field(default=None, description="A term: only in incidents of this type.")
    tag: str = strawberry.field(default="", description="Only in incidents with this tag.")
    expertise: str = strawberry.field(default="", description="What they must hold: postgresql.")
    domain_id: ID | None = strawberry.field(
        default=None, description="A term: only in incidents of this field of technology."
    )


@strawberry.input(description="What incidents of a severity, or graver ones, engage.")
class SetResponsePlanInput:
    severity: Severity = strawberry.field(description="This grave, or graver.")
    unit_id: ID | None = strawberry.field(default=None, description="The unit; left out for every unit's plan.")
    teams: list[ResponseTeamInput] = strawberry.field(
        default_factory=list, description="Who is put on the incident, and paged; at most 20."
    )
    roles: list[RoleKind] = strawberry.field(default_factory=list, description="Roles that somebody must hold.")
    protocol: str = strawberry.field(default="", description="How those affected are kept informed: one step a line.")
    update_minutes: int | None = strawberry.field(
        default=None, description="At most so many minutes between two updates."
    )


@strawberry.input(description="A response plan to take away.")
class WithdrawResponsePlanInput:
    plan_id: ID = strawberry.field(description="The plan.")


@strawberry.type(description="A response plan is no longer.")
class ResponsePlanIsWithdrawn:
    plan_id: ID = strawberry.field(description="The plan that was.")


@strawberry.input(description="What is known of an incident by now. What is left out is not known.")
class AssessIncidentInput:
    incident_id: ID = strawberry.field(description="The incident.")
    impact: Impact | None = strawberry.field(default=None, description="What the business suffers.")
    reach: Reach | None = strawberry.field(
        default=None, description="How many suffer; left out, what needs the service says."
    )
    sensitivity: Sensitivity | None = strawberry.field(
        default=None, description="How sensitive the data is that is concerned; left out, what the service holds."
    )


@strawberry.type
class ThresholdsQuery:
    severity_thresholds: Connection[SeverityThresholdType] = connection(
        description="From which facts on an incident is how grave, for every unit and for those that you see.",
        filters=SeverityThresholdFilter,
        ordering=SeverityThresholdOrder,
    )
    response_plans: Connection[ResponsePlanType] = connection(
        description="What severities engage, for every unit and for those that you see.",
        filters=ResponsePlanFilter,
        ordering=ResponsePlanOrder,
    )

    @data_field(
        description="The severity that would follow for a unit, or for a service and its owner, and why.",
        cost=Cost(weight=5),
    )
    def severity_proposal(  # noqa: PLR0917  # arguments of a field come by name
        self,
        info: HubInfo,
        unit_id: Annotated[ID | None, strawberry.argument(description="The unit.")] = None,
        service_id: Annotated[ID | None, strawberry.argument(description="The service.")] = None,
        impact: Annotated[Impact | None, strawberry.argument(description="What the business suffers.")] = None,
        reach: Annotated[Reach | None, strawberry.argument(description="How many suffer.")] = None,
        sensitivity: Annotated[
            Sensitivity | None, strawberry.argument(description="How sensitive the data is.")
        ] = None,
    ) -> SeverityProposalType:
        actor = actor_of(info)
        if unit_id is None and service_id is None:
            raise Invalid("Name a unit, or a service whose owner it then is.", path=["unitId"])
        service = None
        if service_id is not None:
            service = catalog.service_for(actor, node_key(service_id, "Service", "service", "serviceId"))
        unit = service.unit_id if service else 0
        if unit_id is not None:
            unit = tenants.unit_for(actor, node_key(unit_id, "BusinessUnit", "business unit", "unitId")).pk
        known = facts_of(actor, service, impact=impact, reach=reach, sensitivity=sensitivity)
        proposal = propose(known, access.thresholds(actor, unit))
        return SeverityProposalType(severity=proposal.severity, floor=proposal.floor, reasons=proposal.reasons)


def _unit(global_id: ID | None) -> int | None:
    return node_key(global_id, "BusinessUnit", "business unit", "unitId") if global_id else None


@strawberry.type
class ThresholdsMutation:
    @mutation(description="Replace all severity thresholds of a unit, or those for every unit.")
    def set_severity_thresholds(
        self, info: HubInfo, input: SetSeverityThresholdsInput
    ) -> Annotated[SeverityThresholds | MutationErrors, strawberry.union("SetSeverityThresholdsPayload")]:
        made = actions.set_severity_thresholds(
            actor=actor_of(info),
            unit_id=_unit(input.unit_id),
            thresholds=[
                NewThreshold(
                    each.severity,
                    each.explanation,
                    each.impact,
                    each.criticality,
                    each.recovery_minutes,
                    each.reach,
                    each.sensitivity,
                )
                for each in input.thresholds
            ],
        )
        return SeverityThresholds(thresholds=[as_type(SeverityThresholdType, each) for each in made])

    @mutation(description="Say what incidents of a severity, or graver ones, engage.")
    def set_response_plan(
        self, info: HubInfo, input: SetResponsePlanInput
    ) -> Annotated[ResponsePlanType | MutationErrors, strawberry.union("SetResponsePlanPayload")]:
        return as_type(
            ResponsePlanType,
            actions.set_response_plan(
                actor=actor_of(info),
                unit_id=_unit(input.unit_id),
                severity=input.severity,
                teams=[
                    NewTeam(
                        node_key(each.schedule_id, "Schedule", "schedule", "teams"),
                        each.role,
                        node_key(each.incident_type_id, "Term", "incident type", "teams")
                        if each.incident_type_id
                        else None,
                        each.tag,
                        each.expertise,
                        node_key(each.domain_id, "Term", "domain", "teams") if each.domain_id else None,
                    )
                    for each in input.teams
                ],
                roles=input.roles,
                protocol=input.protocol,
                update_minutes=input.update_minutes,
            ),
        )

    @mutation(description="Take a response plan away; what it engaged stays engaged.")
    def withdraw_response_plan(
        self, info: HubInfo, input: WithdrawResponsePlanInput
    ) -> Annotated[ResponsePlanIsWithdrawn | MutationErrors, strawberry.union("WithdrawResponsePlanPayload")]:
        actions.withdraw_response_plan(
            actor=actor_of(info), plan_id=node_key(input.plan_id, "ResponsePlan", "response plan", "planId")
        )
        return ResponsePlanIsWithdrawn(plan_id=input.plan_id)

    @mutation(description="Say what is known of an incident by now; it grows graver where that follows.")
    def assess_incident(
        self, info: HubInfo, input: AssessIncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("AssessIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.assess_incident(
                actor=actor_of(info),
                incident_id=node_key(input.incident_id, "Incident", "incident", "incidentId"),
                impact=input.impact,
                reach=input.reach,
                sensitivity=input.sensitivity,
            ),
        )
