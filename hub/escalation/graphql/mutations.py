"""Mutations of the escalation area: each calls one action."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import strawberry
from strawberry import ID

from hub.escalation import actions
from hub.escalation.actions import NewPolicy, NewStep, NewTarget
from hub.escalation.graphql.choices import CommandedBy, Ownership, TargetKind, WhenNobodyOn
from hub.escalation.graphql.types import PolicyType, RunType
from hub.incidents.graphql.types import TimelineEntryType
from hub.incidents.models import Severity
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, mutation, node_key
from hub.lib.errors import HubError
from hub.oncall.graphql.inputs import WeekSpanInput, spans


@strawberry.input(description="Whom a step shall page.")
class EscalationTargetInput:
    kind: TargetKind = strawberry.field(description="Whom.")
    person_id: ID | None = strawberry.field(default=None, description="The person, for PERSON.")
    schedule_id: ID | None = strawberry.field(
        default=None, description="The schedule, for PRIMARY, SECONDARY, NEXT and TEAM; the service's if left out."
    )
    role_key: str = strawberry.field(
        default="",
        description="The role's key, for ROLE; without a schedule, which of the service's: commander or responder.",
    )
    unit_id: ID | None = strawberry.field(
        default=None, description="The unit, for UNIT, ROLE and LEADERSHIP; the incident's if left out."
    )


@strawberry.input(description="A step of a policy.")
class EscalationStepInput:
    targets: list[EscalationTargetInput] = strawberry.field(description="Whom it shall page; 1 to 10.")
    wait: int = strawberry.field(
        default=0, description="Minutes after the step before, or after the trigger's time; at most a day."
    )
    severities: list[Severity] | None = strawberry.field(
        default=None, description="For which severities; for all if left out."
    )
    hours: list[WeekSpanInput] | None = strawberry.field(
        default=None, description="At which hours of the week; at all if left out."
    )
    time_zone: str = strawberry.field(
        default="", description="The zone of the hours, by IANA name; each person's own if left out."
    )
    ownership: Ownership | None = strawberry.field(
        default=None, description="For which relation of unit and service; for any if left out."
    )
    commanded_by: CommandedBy | None = strawberry.field(
        default=None,
        description="For whose command by the unit's ownership model; for whoever commands if left out.",
    )
    when_nobody: WhenNobodyOn = strawberry.field(
        default=WhenNobodyOn.FALL_THROUGH, description="What is done when nobody it names is there."
    )


@strawberry.input(description="All that a policy says. Times are in minutes; what is left out is not watched.")
class EscalationPolicyInput:
    name: str = strawberry.field(description="What people shall call it; at most 100 characters.")
    steps: list[EscalationStepInput] = strawberry.field(description="Its steps, in order; 1 to 20.")
    is_default: bool = strawberry.field(
        default=False, description="Whether it stands for the unit's incidents whose service has no other."
    )
    acknowledged_within: int | None = strawberry.field(
        default=None, description="Within how many minutes somebody shall acknowledge; 0 to page at once."
    )
    updated_within: int | None = strawberry.field(
        default=None, description="How many minutes may lie between two updates."
    )
    mitigated_within: int | None = strawberry.field(
        default=None, description="Within how many minutes it shall be mitigated."
    )
    repeats: int = strawberry.field(default=0, description="How often the steps are gone through again; at most 20.")
    repeat_after: int = strawberry.field(default=15, description="Minutes from the last step to the first one again.")
    service_ids: list[ID] | None = strawberry.field(
        default=None, description="Services of the unit that shall follow it instead of the default."
    )


@strawberry.input(description="A new policy of a unit.")
class CreateEscalationPolicyInput:
    unit_id: ID = strawberry.field(description="The unit it shall belong to.")
    policy: EscalationPolicyInput = strawberry.field(description="What it shall say.")


@strawberry.input(description="A policy that shall say something else. Runs under way keep what it said.")
class UpdateEscalationPolicyInput:
    policy_id: ID = strawberry.field(description="The policy.")
    policy: EscalationPolicyInput = strawberry.field(description="All that it shall say.")


@strawberry.input(description="A policy by which nothing shall begin any more.")
class RetireEscalationPolicyInput:
    policy_id: ID = strawberry.field(description="The policy.")


@strawberry.input(description="A pause of an incident's escalation.")
class SnoozeEscalationInput:
    incident_id: ID = strawberry.field(description="The incident.")
    minutes: int = strawberry.field(description="For how long; at most a day.")
    reason: str = strawberry.field(description="Why nobody needs to be paged meanwhile; at most 300 characters.")


@strawberry.input(description="A pause that shall end.")
class ResumeEscalationInput:
    incident_id: ID = strawberry.field(description="The incident.")


@strawberry.input(description="An incident that needs more people than are on it.")
class EscalateIncidentInput:
    incident_id: ID = strawberry.field(description="The incident.")
    reason: str = strawberry.field(description="Why; at most 300 characters.")


@strawberry.type(description="The runs of an incident that are under way.")
class EscalationRuns:
    runs: list[RunType] = strawberry.field(description="The runs.")


def _incident(global_id: ID) -> int:
    return node_key(global_id, "Incident", "incident", "incidentId")


def _policy(global_id: ID) -> int:
    return node_key(global_id, "EscalationPolicy", "escalation policy", "policyId")


def _new(given: EscalationPolicyInput) -> NewPolicy:
    return NewPolicy(
        name=given.name,
        steps=[_step(step, place) for place, step in enumerate(given.steps)],
        is_default=given.is_default,
        acknowledged_within=given.acknowledged_within,
        updated_within=given.updated_within,
        mitigated_within=given.mitigated_within,
        repeats=given.repeats,
        repeat_after=given.repeat_after,
        service_ids=[node_key(each, "Service", "service", "serviceIds") for each in given.service_ids or ()],
    )


def _step(given: EscalationStepInput, place: int) -> NewStep:
    return NewStep(
        targets=[_target(target, place, at) for at, target in enumerate(given.targets)],
        wait=given.wait,
        severities=given.severities or (),
        hours=spans(given.hours),
        time_zone=given.time_zone,
        ownership=given.ownership,
        commanded_by=given.commanded_by,
        when_nobody=given.when_nobody,
    )


def _target(given: EscalationTargetInput, step: int, place: int) -> NewTarget:
    try:
        return NewTarget(
            kind=given.kind,
            person_id=node_key(given.person_id, "Person", "person", "personId") if given.person_id else None,
            schedule_id=node_key(given.schedule_id, "Schedule", "schedule", "scheduleId")
            if given.schedule_id
            else None,
            role_key=given.role_key,
            unit_id=node_key(given.unit_id, "BusinessUnit", "business unit", "unitId") if given.unit_id else None,
        )
    except HubError as error:
        raise error.at("policy", "steps", str(step), "targets", str(place)) from None


@contextmanager
def _of_policy() -> Iterator[None]:
    """What is wrong with a policy is told where it stands in the input."""
    try:
        yield
    except HubError as error:
        raise error.at("policy") if error.path and error.path[0] in _OF_POLICY else error from None


_OF_POLICY = (
    "name",
    "steps",
    "acknowledgedWithin",
    "updatedWithin",
    "mitigatedWithin",
    "repeats",
    "repeatAfter",
    "serviceIds",
)


@strawberry.type
class EscalationMutation:
    @mutation(description="Make an escalation policy.")
    def create_escalation_policy(
        self, info: HubInfo, input: CreateEscalationPolicyInput
    ) -> Annotated[PolicyType | MutationErrors, strawberry.union("CreateEscalationPolicyPayload")]:
        unit_id, new = node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"), _new(input.policy)
        with _of_policy():
            return as_type(PolicyType, actions.create_policy(actor=actor_of(info), unit_id=unit_id, new=new))

    @mutation(description="Let an escalation policy say something else, to runs that begin from now on.")
    def update_escalation_policy(
        self, info: HubInfo, input: UpdateEscalationPolicyInput
    ) -> Annotated[PolicyType | MutationErrors, strawberry.union("UpdateEscalationPolicyPayload")]:
        policy_id, new = _policy(input.policy_id), _new(input.policy)
        with _of_policy():
            return as_type(PolicyType, actions.update_policy(actor=actor_of(info), policy_id=policy_id, new=new))

    @mutation(description="Let nothing begin by an escalation policy any more.")
    def retire_escalation_policy(
        self, info: HubInfo, input: RetireEscalationPolicyInput
    ) -> Annotated[PolicyType | MutationErrors, strawberry.union("RetireEscalationPolicyPayload")]:
        return as_type(PolicyType, actions.retire_policy(actor=actor_of(info), policy_id=_policy(input.policy_id)))

    @mutation(description="Let nobody be paged about an incident for a while; what was left to wait is waited after.")
    def snooze_escalation(
        self, info: HubInfo, input: SnoozeEscalationInput
    ) -> Annotated[EscalationRuns | MutationErrors, strawberry.union("SnoozeEscalationPayload")]:
        runs = actions.snooze_escalation(
            actor=actor_of(info),
            incident_id=_incident(input.incident_id),
            minutes=input.minutes,
            reason=input.reason,
        )
        return EscalationRuns(runs=[as_type(RunType, run) for run in runs])

    @mutation(description="End a pause: the escalation goes on where it was.")
    def resume_escalation(
        self, info: HubInfo, input: ResumeEscalationInput
    ) -> Annotated[EscalationRuns | MutationErrors, strawberry.union("ResumeEscalationPayload")]:
        runs = actions.resume_escalation(actor=actor_of(info), incident_id=_incident(input.incident_id))
        return EscalationRuns(runs=[as_type(RunType, run) for run in runs])

    @mutation(description="Page by the incident's policy from its first step on, whoever has acknowledged it.")
    def escalate_incident(
        self, info: HubInfo, input: EscalateIncidentInput
    ) -> Annotated[TimelineEntryType | MutationErrors, strawberry.union("EscalateIncidentPayload")]:
        return as_type(
            TimelineEntryType,
            actions.escalate_incident(
                actor=actor_of(info), incident_id=_incident(input.incident_id), reason=input.reason
            ),
        )
