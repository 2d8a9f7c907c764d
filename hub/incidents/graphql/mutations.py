"""Mutations of the incidents area: each calls one action."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import ID

from hub.catalog.graphql.choices import Sensitivity
from hub.incidents import actions
from hub.incidents.graphql.choices import Impact, Reach
from hub.incidents.graphql.fields import FieldInput, given_fields
from hub.incidents.graphql.types import IncidentType, TimelineEntryType
from hub.incidents.models import RoleKind, Severity
from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, changed_key, mutation, node_key
from hub.lib.unchanged import UNCHANGED


@strawberry.input(description="A new incident. It needs a unit, or a service whose owner it then belongs to.")
class DeclareIncidentInput:
    title: str = strawberry.field(description="What is wrong, in a few words; at most 200 characters.")
    severity: Severity | None = strawberry.field(
        default=None,
        description="How grave it is; may be left out with the unit's own word for it, or where it follows from what"
        " is known. It is never laxer than the enterprise's thresholds let it be.",
    )
    impact: Impact | None = strawberry.field(default=None, description="What the business suffers, if that is known.")
    reach: Reach | None = strawberry.field(
        default=None, description="How many suffer; left out, what needs the service says."
    )
    sensitivity: Sensitivity | None = strawberry.field(
        default=None, description="How sensitive the data is that is concerned; left out, what the service holds."
    )
    local_severity_id: ID | None = strawberry.field(
        default=None, description="A term: the unit's own word for how grave it is, which means a global severity."
    )
    unit_id: ID | None = strawberry.field(default=None, description="The unit it belongs to.")
    service_id: ID | None = strawberry.field(default=None, description="The service affected first.")
    incident_type_id: ID | None = strawberry.field(default=None, description="A term: what kind it is.")
    summary: str = strawberry.field(default="", description="The impact, as far as it is known.")
    severity_reason: str = strawberry.field(default="", description="Why this severity.")
    tags: list[str] = strawberry.field(
        default_factory=list,
        description="What it is about, beside the tags of its service; each at most 40 characters.",
    )
    restricted: bool = strawberry.field(default=False, description="Open to explicit grants alone from the start.")
    fields: list[FieldInput] = strawberry.field(
        default_factory=list, description="What it says in its unit's fields; what its unit demands is refused without."
    )
    page_anyway: bool = strawberry.field(
        default=False, description="Whether it pages although maintenance of its service runs."
    )


@strawberry.input(description="What an incident says in fields of its unit.")
class SetFieldsInput:
    incident_id: ID = strawberry.field(description="The incident.")
    fields: list[FieldInput] = strawberry.field(description="The fields that say something else, or nothing.")


@strawberry.input(description="An incident to act on.")
class IncidentInput:
    incident_id: ID = strawberry.field(description="The incident.")


@strawberry.input(description="An incident to act on, with a remark.")
class IncidentNoteInput:
    incident_id: ID = strawberry.field(description="The incident.")
    note: str = strawberry.field(default="", description="What to add to the timeline entry.")


@strawberry.input(description="A change of severity.")
class ChangeSeverityInput:
    incident_id: ID = strawberry.field(description="The incident.")
    severity: Severity = strawberry.field(
        description="How grave it is now: never laxer than the unit's own word for it means, or than the enterprise"
        " lets it be."
    )
    reason: str = strawberry.field(description="Why; at most 300 characters.")
    local_severity_id: ID | None = strawberry.field(
        default=None,
        description="A term: the unit's own word for how grave it is now. Left out, the last that was said still counts"
        " as the least.",
    )


@strawberry.input(description="What an incident says of itself. What is left out stays; null takes away.")
class DescribeIncidentInput:
    incident_id: ID = strawberry.field(description="The incident.")
    summary: str | None = strawberry.field(default=strawberry.UNSET, description="The impact, as it is understood now.")
    service_id: ID | None = strawberry.field(default=strawberry.UNSET, description="The service affected first.")
    incident_type_id: ID | None = strawberry.field(
        default=strawberry.UNSET, description="A term: what kind it is, in a global word or the unit's own."
    )


@strawberry.input(description="What an incident is about.")
class SetTagsInput:
    incident_id: ID = strawberry.field(description="The incident.")
    tags: list[str] = strawberry.field(description="All of its tags; at most 30, each at most 40 characters.")


@strawberry.input(description="A note for the timeline.")
class AddTimelineEntryInput:
    incident_id: ID = strawberry.field(description="The incident.")
    body: str = strawberry.field(description="The text; at most 20,000 characters.")
    at: datetime | None = strawberry.field(default=None, description="When it happened, if that was earlier.")


@strawberry.input(description="A correction of one's own note or decision.")
class EditTimelineEntryInput:
    entry_id: ID = strawberry.field(description="The entry.")
    body: str = strawberry.field(description="The corrected text.")
    rationale: str | None = strawberry.field(default=None, description="The corrected rationale of a decision.")


@strawberry.input(description="A decision, recorded as it is made.")
class RecordDecisionInput:
    incident_id: ID = strawberry.field(description="The incident.")
    decision: str = strawberry.field(description="What was decided.")
    rationale: str = strawberry.field(default="", description="Why.")


@strawberry.input(description="A role for a person.")
class AssignRoleInput:
    incident_id: ID = strawberry.field(description="The incident.")
    role: RoleKind = strawberry.field(description="Which role.")
    person_id: ID = strawberry.field(description="Who shall hold it.")


@strawberry.input(description="A reason to restrict an incident.")
class RestrictIncidentInput:
    incident_id: ID = strawberry.field(description="The incident.")
    reason: str = strawberry.field(description="Why it concerns only a few; at most 300 characters.")


@strawberry.input(description="Sight of a restricted incident for one more person.")
class GrantAccessInput:
    incident_id: ID = strawberry.field(description="The restricted incident.")
    person_id: ID = strawberry.field(description="Who shall see it.")
    reason: str = strawberry.field(description="Why they need to know.")
    valid_until: datetime | None = strawberry.field(default=None, description="When the grant ends, if it does.")
    owner: bool = strawberry.field(default=False, description="Whether they shall admit others, and end grants.")


@strawberry.input(description="The end of somebody's sight of a restricted incident.")
class EndAccessInput:
    incident_id: ID = strawberry.field(description="The restricted incident.")
    person_id: ID = strawberry.field(description="Whose grant ends; your own, to give it up.")
    reason: str = strawberry.field(description="Why; at most 300 characters.")


@strawberry.input(description="Sight of a restricted incident that nobody gave, in an emergency.")
class BreakGlassInput:
    reference: str = strawberry.field(description="Its reference, which you must have been told: PAY-R1A2B3C4D.")
    reason: str = strawberry.field(description="Why you must see it now; its owners read this at once.")


@strawberry.type(description="Somebody sees a restricted incident no longer.")
class AccessIsOver:
    person_id: ID = strawberry.field(description="Whose grant has ended.")


def _incident(global_id: ID) -> int:
    return node_key(global_id, "Incident", "incident", "incidentId")


@strawberry.type
class IncidentsMutation:
    @mutation(description="Declare an incident; whoever is on call for its service is assigned and told.")
    def declare_incident(
        self, info: HubInfo, input: DeclareIncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("DeclareIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.declare_incident(
                actor=actor_of(info),
                title=input.title,
                severity=input.severity,
                unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId") if input.unit_id else None,
                service_id=node_key(input.service_id, "Service", "service", "serviceId") if input.service_id else None,
                incident_type_id=node_key(input.incident_type_id, "Term", "incident type", "incidentTypeId")
                if input.incident_type_id
                else None,
                summary=input.summary,
                severity_reason=input.severity_reason,
                restricted=input.restricted,
                fields=given_fields(input.fields),
                local_severity_id=node_key(input.local_severity_id, "Term", "severity", "localSeverityId")
                if input.local_severity_id
                else None,
                page_anyway=input.page_anyway,
                impact=input.impact,
                reach=input.reach,
                sensitivity=input.sensitivity,
                tags=input.tags,
            ),
        )

    @mutation(description="Say something in the fields of an incident's unit; fields that are not named stay.")
    def set_fields(
        self, info: HubInfo, input: SetFieldsInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("SetFieldsPayload")]:
        return as_type(
            IncidentType,
            actions.set_fields(
                actor=actor_of(info), incident_id=_incident(input.incident_id), given=given_fields(input.fields)
            ),
        )

    @mutation(description="Say that somebody is on it.")
    def acknowledge_incident(
        self, info: HubInfo, input: IncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("AcknowledgeIncidentPayload")]:
        return as_type(
            IncidentType, actions.acknowledge_incident(actor=actor_of(info), incident_id=_incident(input.incident_id))
        )

    @mutation(description="Say that users no longer suffer.")
    def mitigate_incident(
        self, info: HubInfo, input: IncidentNoteInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("MitigateIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.mitigate_incident(actor=actor_of(info), incident_id=_incident(input.incident_id), note=input.note),
        )

    @mutation(description="Say that it is over; its post-mortem opens.")
    def resolve_incident(
        self, info: HubInfo, input: IncidentNoteInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("ResolveIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.resolve_incident(actor=actor_of(info), incident_id=_incident(input.incident_id), note=input.note),
        )

    @mutation(description="Say that it was not over after all; the note says why.")
    def reopen_incident(
        self, info: HubInfo, input: IncidentNoteInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("ReopenIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.reopen_incident(actor=actor_of(info), incident_id=_incident(input.incident_id), note=input.note),
        )

    @mutation(description="Say that nothing is left to do.")
    def close_incident(
        self, info: HubInfo, input: IncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("CloseIncidentPayload")]:
        return as_type(
            IncidentType, actions.close_incident(actor=actor_of(info), incident_id=_incident(input.incident_id))
        )

    @mutation(description="Change how grave it is.")
    def change_severity(
        self, info: HubInfo, input: ChangeSeverityInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("ChangeSeverityPayload")]:
        return as_type(
            IncidentType,
            actions.change_severity(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id),
                severity=input.severity,
                reason=input.reason,
                local_severity_id=node_key(input.local_severity_id, "Term", "severity", "localSeverityId")
                if input.local_severity_id
                else None,
            ),
        )

    @mutation(description="Say what was not known of it before: its impact, its service, what kind it is.")
    def describe_incident(
        self, info: HubInfo, input: DescribeIncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("DescribeIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.describe_incident(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id),
                summary=UNCHANGED if input.summary is strawberry.UNSET else input.summary or "",
                service_id=changed_key(input.service_id, "Service", "service", "serviceId"),
                incident_type_id=changed_key(input.incident_type_id, "Term", "incident type", "incidentTypeId"),
            ),
        )

    @mutation(description="Say what it is about; specialists whom a plan engages by a tag that is new are put on it.")
    def set_tags(
        self, info: HubInfo, input: SetTagsInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("SetTagsPayload")]:
        return as_type(
            IncidentType,
            actions.set_tags(actor=actor_of(info), incident_id=_incident(input.incident_id), tags=input.tags),
        )

    @mutation(description="Write a note into the timeline.")
    def add_timeline_entry(
        self, info: HubInfo, input: AddTimelineEntryInput
    ) -> Annotated[TimelineEntryType | MutationErrors, strawberry.union("AddTimelineEntryPayload")]:
        return as_type(
            TimelineEntryType,
            actions.add_timeline_entry(
                actor=actor_of(info), incident_id=_incident(input.incident_id), body=input.body, at=input.at
            ),
        )

    @mutation(description="Correct one's own note or decision; what stood before is kept.")
    def edit_timeline_entry(
        self, info: HubInfo, input: EditTimelineEntryInput
    ) -> Annotated[TimelineEntryType | MutationErrors, strawberry.union("EditTimelineEntryPayload")]:
        return as_type(
            TimelineEntryType,
            actions.edit_timeline_entry(
                actor=actor_of(info),
                entry_id=node_key(input.entry_id, "TimelineEntry", "timeline entry", "entryId"),
                body=input.body,
                rationale=input.rationale,
            ),
        )

    @mutation(description="Record a decision, with its reason, as it is made.")
    def record_decision(
        self, info: HubInfo, input: RecordDecisionInput
    ) -> Annotated[TimelineEntryType | MutationErrors, strawberry.union("RecordDecisionPayload")]:
        return as_type(
            TimelineEntryType,
            actions.record_decision(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id),
                decision=input.decision,
                rationale=input.rationale,
            ),
        )

    @mutation(description="Give somebody a role; a role that one person holds is handed over.")
    def assign_role(
        self, info: HubInfo, input: AssignRoleInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("AssignRolePayload")]:
        held = actions.assign_role(
            actor=actor_of(info),
            incident_id=_incident(input.incident_id),
            role=input.role,
            person_id=node_key(input.person_id, "Person", "person", "personId"),
        )
        return as_type(IncidentType, held.incident)

    @mutation(description="Close the incident to everybody but explicit grants, at once.")
    def restrict_incident(
        self, info: HubInfo, input: RestrictIncidentInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("RestrictIncidentPayload")]:
        return as_type(
            IncidentType,
            actions.restrict_incident(
                actor=actor_of(info), incident_id=_incident(input.incident_id), reason=input.reason
            ),
        )

    @mutation(description="Let one more person see a restricted incident.")
    def grant_access(
        self, info: HubInfo, input: GrantAccessInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("GrantAccessPayload")]:
        return as_type(
            IncidentType,
            actions.grant_access(
                actor=actor_of(info),
                incident_id=_incident(input.incident_id),
                person_id=node_key(input.person_id, "Person", "person", "personId"),
                reason=input.reason,
                valid_until=input.valid_until,
                is_owner=input.owner,
            ),
        )

    @mutation(description="End somebody's sight of a restricted incident, and their roles in it, at once.")
    def end_access(
        self, info: HubInfo, input: EndAccessInput
    ) -> Annotated[AccessIsOver | MutationErrors, strawberry.union("EndAccessPayload")]:
        person_id = node_key(input.person_id, "Person", "person", "personId")
        actions.end_access(
            actor=actor_of(info),
            incident_id=_incident(input.incident_id),
            person_id=person_id,
            reason=input.reason,
        )
        return AccessIsOver(person_id=input.person_id)

    @mutation(description="See a restricted incident for an hour without having been admitted. Its owners are paged.")
    def break_glass(
        self, info: HubInfo, input: BreakGlassInput
    ) -> Annotated[IncidentType | MutationErrors, strawberry.union("BreakGlassPayload")]:
        return as_type(
            IncidentType,
            actions.break_glass(actor=actor_of(info), reference=input.reference, reason=input.reason),
        )
