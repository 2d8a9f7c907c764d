"""Ownership, hand-overs and gathered incidents in GraphQL: types, queries and mutations."""

from datetime import timedelta
from typing import Annotated

import strawberry
import strawberry_django
from strawberry import ID, auto, relay

from hub.incidents import actions, models
from hub.incidents.command import GUIDES
from hub.incidents.graphql.choices import HandOverState, OwnershipModel, ProposalState, RoleKind, Severity
from hub.incidents.graphql.filters import EscalationProposalFilter, HandOverFilter
from hub.incidents.graphql.types import IncidentType
from hub.lib.api import (
    Connection,
    HubInfo,
    MutationErrors,
    actor_of,
    as_type,
    connection,
    data_field,
    key_of,
    mutation,
    node_key,
)
from hub.lib.errors import Invalid
from tenants.graphql.types import BusinessUnitType, PersonType


@strawberry.type(name="IncidentRoleGuide", description="A role of the command structure, documented.")
class RoleGuideType:
    kind: RoleKind = strawberry.field(description="Which role.")
    description: str = strawberry.field(description="What it is there for.")
    responsibilities: list[str] = strawberry.field(description="What its holder does, the first thing first.")
    mandatory_from: Severity | None = strawberry.field(
        description="Incidents as grave as this, or graver, must have it; nothing if none must."
    )


@strawberry_django.type(
    models.Ownership,
    name="Ownership",
    description="Who commands a unit's incidents. A unit without one is decentralized: it commands all of them itself.",
)
class OwnershipType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit whose incidents they are.")
    model: OwnershipModel = strawberry_django.field(description="How command is shared.")
    central_from: Severity | None = strawberry_django.field(
        description="For a hybrid unit: incidents as grave as this, or graver, are commanded centrally."
    )
    central_unit: BusinessUnitType | None = strawberry_django.field(description="The unit that commands centrally.")
    commander_schedule: Annotated["ScheduleType", strawberry.lazy("hub.oncall.graphql.types")] | None = (  # type: ignore[name-defined]  # noqa: F821
        strawberry_django.field(description="Who of it commands; nothing unless you see the schedule.")
    )
    updated_at: auto = strawberry_django.field(description="Since when it is so.")


@strawberry_django.type(
    models.HandOver,
    name="HandOver",
    description="An incident offered to another unit. It stays where it is until that unit accepts.",
)
class HandOverType(relay.Node):
    reference: auto = strawberry_django.field(description="The incident's reference.")
    title: auto = strawberry_django.field(description="The incident's title when it was offered.")
    severity: Severity = strawberry_django.field(description="Its severity when it was offered.")
    reason: auto = strawberry_django.field(description="Why it is offered.")
    state: HandOverState = strawberry_django.field(description="What became of the offer.")
    from_unit: BusinessUnitType = strawberry_django.field(description="The unit that offers it.")
    to_unit: BusinessUnitType = strawberry_django.field(description="The unit that it is offered to.")
    incident: IncidentType | None = strawberry_django.field(description="The incident; nothing unless you may see it.")
    offered_by: PersonType | None = strawberry_django.field(description="Who offered it.")
    offered_at: auto = strawberry_django.field(description="When.")
    expires_at: auto = strawberry_django.field(description="Until when the offer stands.")
    decided_by: PersonType | None = strawberry_django.field(description="Who answered, or took it back.")
    decided_at: auto = strawberry_django.field(description="When it was decided.")
    answer: auto = strawberry_django.field(description="Why it was refused or withdrawn.")


@strawberry_django.type(
    models.EscalationCriteria,
    name="EscalationCriteria",
    description="When incidents of the units below a unit become one of its own. Each criterion given is enough.",
)
class EscalationCriteriaType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit above.")
    units_hit: auto = strawberry_django.field(description="Open incidents of this many units that rest on one service.")
    dependents: auto = strawberry_django.field(description="A service hit that services of this many other units need.")
    severity: Severity | None = strawberry_django.field(description="As grave as this, or graver.")
    open_minutes: auto = strawberry_django.field(description="Open for this long.")
    considered_from: Severity = strawberry_django.field(description="What is less grave counts for no criterion.")
    commander_schedule: Annotated["ScheduleType", strawberry.lazy("hub.oncall.graphql.types")] | None = (  # type: ignore[name-defined]  # noqa: F821
        strawberry_django.field(description="Who commands what is made; nothing unless you see the schedule.")
    )
    makes: auto = strawberry_django.field(description="Whether the incident is made at once, and not just proposed.")


@strawberry_django.type(
    models.EscalationProposal,
    name="EscalationProposal",
    description="Incidents below a unit meet its criteria: somebody who commands there decides.",
)
class EscalationProposalType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit above.")
    trigger: IncidentType | None = strawberry_django.field(description="The incident that met a criterion first.")
    criterion: auto = strawberry_django.field(description="severity, units_hit, dependents or open_for.")
    reason: auto = strawberry_django.field(description="Why it is proposed, in a sentence.")
    state: ProposalState = strawberry_django.field(description="What was decided.")
    proposed_at: auto = strawberry_django.field(description="When it was proposed.")
    decided_by: PersonType | None = strawberry_django.field(description="Who decided.")
    decided_at: auto = strawberry_django.field(description="When.")
    answer: auto = strawberry_django.field(description="Why it was dismissed.")
    parent: IncidentType | None = strawberry_django.field(
        description="The incident that gathers them: the one that was made, or that is under way already."
    )


@strawberry.type
class BetweenUnitsQuery:
    hand_overs: Connection[HandOverType] = connection(
        description="Offers of incidents you see, offers to your units and from them, the newest first.",
        filters=HandOverFilter,
    )
    ownerships: Connection[OwnershipType] = connection(description="Who commands whose incidents.")
    escalation_criteria: Connection[EscalationCriteriaType] = connection(
        description="When incidents of several units become one of the unit above."
    )
    escalation_proposals: Connection[EscalationProposalType] = connection(
        description="What is and was proposed to the units that you command in, the newest first.",
        filters=EscalationProposalFilter,
    )

    @data_field(description="The command structure: what each role is there for, and when an incident must have it.")
    def incident_role_guides(self, info: HubInfo) -> list[RoleGuideType]:
        actor_of(info)
        return [
            RoleGuideType(
                kind=guide.kind,
                description=guide.description,
                responsibilities=list(guide.responsibilities),
                mandatory_from=guide.mandatory_from,
            )
            for guide in GUIDES
        ]


@strawberry.input(description="Who commands a unit's incidents from now on.")
class SetOwnershipInput:
    unit_id: ID = strawberry.field(description="The unit.")
    model: OwnershipModel = strawberry.field(description="How command is shared.")
    central_unit_id: ID | None = strawberry.field(default=None, description="The unit that commands centrally.")
    commander_schedule_id: ID | None = strawberry.field(default=None, description="Its schedule of who commands.")
    central_from: Severity | None = strawberry.field(
        default=None, description="For a hybrid unit: the least grave severity that is commanded centrally."
    )


@strawberry.input(description="An offer of an incident to another unit.")
class OfferHandOverInput:
    incident_id: ID = strawberry.field(description="The incident.")
    to_unit_id: ID = strawberry.field(description="The unit that shall have it.")
    reason: str = strawberry.field(description="Why; they read it. At most 300 characters.")
    expires_in_minutes: int = strawberry.field(default=120, description="For how long it stands: 5 minutes to 7 days.")


@strawberry.input(description="An offer to accept.")
class AcceptHandOverInput:
    hand_over_id: ID = strawberry.field(description="The offer.")


@strawberry.input(description="An offer to refuse.")
class RefuseHandOverInput:
    hand_over_id: ID = strawberry.field(description="The offer.")
    reason: str = strawberry.field(description="Why; they read it. At most 300 characters.")


@strawberry.input(description="An offer to take back.")
class WithdrawHandOverInput:
    hand_over_id: ID = strawberry.field(description="The offer.")
    reason: str = strawberry.field(default="", description="Why.")


@strawberry.input(description="When incidents below a unit become one of its own. What is left out does not count.")
class SetEscalationCriteriaInput:
    unit_id: ID = strawberry.field(description="The unit above.")
    units_hit: int | None = strawberry.field(
        default=None, description="Units hit that rest on one service, at least 2."
    )
    dependents: int | None = strawberry.field(
        default=None, description="Other units that need the service, at least 2."
    )
    severity: Severity | None = strawberry.field(default=None, description="As grave as this, or graver.")
    open_minutes: int | None = strawberry.field(default=None, description="Open for this long.")
    considered_from: Severity = strawberry.field(
        default=Severity.SEV2, description="What is less grave counts for no criterion."
    )
    commander_schedule_id: ID | None = strawberry.field(default=None, description="Who commands what is made.")
    makes: bool = strawberry.field(default=False, description="Make the incident at once, instead of proposing it.")


@strawberry.input(description="Incidents of several units to gather under one of the unit above.")
class GatherIncidentsInput:
    incident_ids: list[ID] = strawberry.field(description="The incidents, at most 100; each stays its unit's own.")
    title: str = strawberry.field(description="What is wrong altogether; at most 200 characters.")
    severity: Severity = strawberry.field(description="How grave it is altogether.")
    reason: str = strawberry.field(description="Why they are one; at most 300 characters.")
    unit_id: ID | None = strawberry.field(
        default=None, description="The unit it shall belong to; the nearest above all of them if left out."
    )


@strawberry.input(description="One more incident to gather.")
class GatherIncidentInput:
    parent_id: ID = strawberry.field(description="The incident that gathers.")
    incident_id: ID = strawberry.field(description="The incident that it shall gather.")


@strawberry.input(description="An incident that shall stand alone again.")
class ReleaseIncidentInput:
    incident_id: ID = strawberry.field(description="The incident.")
    reason: str = strawberry.field(description="Why; at most 300 characters.")


@strawberry.input(description="A proposal to follow.")
class AcceptEscalationInput:
    proposal_id: ID = strawberry.field(description="The proposal.")
    title: str = strawberry.field(default="", description="What is wrong altogether; the gravest one's if left out.")
    severity: Severity | None = strawberry.field(default=None, description="The gravest one's if left out.")


@strawberry.input(description="A proposal to dismiss.")
class DismissEscalationInput:
    proposal_id: ID = strawberry.field(description="The proposal.")
    reason: str = strawberry.field(description="Why they stay their units' own; at most 300 characters.")


def _incident(global_id: ID, *path: str) -> int:
    return node_key(global_id, "Incident", "incident", *path)


def _unit(global_id: ID, *path: str) -> int:
    return node_key(global_id, "BusinessUnit", "business unit", *path)


def _schedule(global_id: ID | None) -> int | None:
    return node_key(global_id, "Schedule", "schedule", "commanderScheduleId") if global_id else None


def _hand_over(global_id: ID) -> int:
    return node_key(global_id, "HandOver", "hand-over", "handOverId")


def _proposal(global_id: ID) -> int:
    return node_key(global_id, "EscalationProposal", "proposal", "proposalId")


@strawberry.type
class BetweenUnitsMutation:
    @mutation(description="Say who commands a unit's incidents. Those under way keep their commander.")
    def set_ownership(
        self, info: HubInfo, input: SetOwnershipInput
    ) -> Annotated[OwnershipType | MutationErrors, strawberry.union("SetOwnershipPayload")]:
        return as_type(
            OwnershipType,
            actions.set_ownership(
                actor=actor_of(info),
                unit_id=_unit(input.unit_id, "unitId"),
                model=input.model,
                central_unit_id=_unit(input.central_unit_id, "centralUnitId") if input.central_unit_id else None,
                commander_schedule_id=_schedule(input.commander_schedule_id),
                central_from=input.central_from,
            ),
        )

    @mutation(description="Offer an incident to another unit. It stays with its unit until that one accepts.")
    def offer_hand_over(
        self, info: HubInfo, input: OfferHandOverInput
    ) -> Annotated[HandOverType | MutationErrors, strawberry.union("OfferHandOverPayload")]:
        if not 5 <= input.expires_in_minutes <= 7 * 24 * 60:
            raise Invalid("An offer stands for five minutes to seven days.", path=["expiresInMinutes"])
        return as_type(
            HandOverType,
            actions.offer_hand_over(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id, "incidentId"),
                # The incident is asked for first: another unit's is told nothing of the second id.
                to_unit_id=key_of(input.to_unit_id, "BusinessUnit") or 0,
                reason=input.reason,
                patience=timedelta(minutes=input.expires_in_minutes),
            ),
        )

    @mutation(description="Take an incident over for the unit that it is offered to. You command it from then on.")
    def accept_hand_over(
        self, info: HubInfo, input: AcceptHandOverInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("AcceptHandOverPayload")]:
        return as_type(
            IncidentType,
            actions.accept_hand_over(actor=actor_of(info), hand_over_id=_hand_over(input.hand_over_id)),
        )

    @mutation(description="Refuse an offer, and say why. The incident stays where it is.")
    def refuse_hand_over(
        self, info: HubInfo, input: RefuseHandOverInput
    ) -> Annotated[HandOverType | MutationErrors, strawberry.union("RefuseHandOverPayload")]:
        return as_type(
            HandOverType,
            actions.refuse_hand_over(
                actor=actor_of(info), hand_over_id=_hand_over(input.hand_over_id), reason=input.reason
            ),
        )

    @mutation(description="Take an offer back.")
    def withdraw_hand_over(
        self, info: HubInfo, input: WithdrawHandOverInput
    ) -> Annotated[HandOverType | MutationErrors, strawberry.union("WithdrawHandOverPayload")]:
        return as_type(
            HandOverType,
            actions.withdraw_hand_over(
                actor=actor_of(info), hand_over_id=_hand_over(input.hand_over_id), reason=input.reason
            ),
        )

    @mutation(description="Say when incidents below a unit become one of its own.")
    def set_escalation_criteria(
        self, info: HubInfo, input: SetEscalationCriteriaInput
    ) -> Annotated[EscalationCriteriaType | MutationErrors, strawberry.union("SetEscalationCriteriaPayload")]:
        return as_type(
            EscalationCriteriaType,
            actions.set_criteria(
                actor=actor_of(info),
                unit_id=_unit(input.unit_id, "unitId"),
                units_hit=input.units_hit,
                dependents=input.dependents,
                severity=input.severity,
                open_minutes=input.open_minutes,
                considered_from=input.considered_from,
                commander_schedule_id=_schedule(input.commander_schedule_id),
                makes=input.makes,
            ),
        )

    @mutation(description="Declare an incident of a unit above that gathers these; each stays its unit's own.")
    def gather_incidents(
        self, info: HubInfo, input: GatherIncidentsInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("GatherIncidentsPayload")]:
        return as_type(
            IncidentType,
            actions.gather_incidents(
                actor=actor_of(info),
                incident_ids=[_incident(each, "incidentIds") for each in input.incident_ids],
                title=input.title,
                severity=input.severity,
                reason=input.reason,
                unit_id=_unit(input.unit_id, "unitId") if input.unit_id else None,
            ),
        )

    @mutation(description="Add one more incident to those that another gathers.")
    def gather_incident(
        self, info: HubInfo, input: GatherIncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("GatherIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.gather_incident(
                actor=actor_of(info),
                parent_id=_incident(input.parent_id, "parentId"),
                incident_id=key_of(input.incident_id, "Incident") or 0,
            ),
        )

    @mutation(description="Take an incident out of the one that gathers it.")
    def release_incident(
        self, info: HubInfo, input: ReleaseIncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("ReleaseIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.release_incident(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id, "incidentId"),
                reason=input.reason,
            ),
        )

    @mutation(description="Make what was proposed.")
    def accept_escalation(
        self, info: HubInfo, input: AcceptEscalationInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("AcceptEscalationPayload")]:
        return as_type(
            IncidentType,
            actions.accept_escalation(
                actor=actor_of(info),
                proposal_id=_proposal(input.proposal_id),
                title=input.title,
                severity=input.severity,
            ),
        )

    @mutation(description="Say that these incidents stay their units' own.")
    def dismiss_escalation(
        self, info: HubInfo, input: DismissEscalationInput
    ) -> Annotated[EscalationProposalType | MutationErrors, strawberry.union("DismissEscalationPayload")]:
        return as_type(
            EscalationProposalType,
            actions.dismiss_escalation(
                actor=actor_of(info), proposal_id=_proposal(input.proposal_id), reason=input.reason
            ),
        )
