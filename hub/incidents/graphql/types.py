"""Types of the incidents area. A field is a column or a relation; the database decides which rows there are."""

from typing import Annotated, Any, cast

import strawberry
import strawberry_django
from strawberry import auto, relay
from strawberry.scalars import JSON

from hub.catalog.graphql.choices import Sensitivity
from hub.catalog.graphql.types import ServiceType
from hub.incidents import models
from hub.incidents.command import missing_roles
from hub.incidents.graphql.choices import (
    Activity,
    EntryKind,
    HandOverState,
    Impact,
    Part,
    Reach,
    RoleKind,
    Route,
    Severity,
    Status,
)
from hub.incidents.graphql.fields import FieldValueType, values_of
from hub.incidents.graphql.filters import TimelineFilter, TimelineOrder
from hub.lib.api import Connection, annotated, connection, row_data, variants
from tenants.access import global_term, term_label
from tenants.graphql.types import BusinessUnitType, PersonType, TermType


@strawberry_django.type(
    models.TimelineRevision, name="TimelineRevision", description="What a timeline entry said before an edit."
)
class TimelineRevisionType(relay.Node):
    body: auto = strawberry_django.field(description="The former text.")
    rationale: auto = strawberry_django.field(description="The former rationale.")
    replaced_at: auto = strawberry_django.field(description="When it was replaced.")
    replaced_by: PersonType | None = strawberry_django.field(description="Who replaced it.")


@strawberry_django.type(
    models.TimelineEntry,
    name="TimelineEntry",
    description="What happened. Entries are never deleted, and an edit keeps what stood before.",
)
class TimelineEntryType(relay.Node):
    kind: EntryKind = strawberry_django.field(description="What it records.")
    body: auto = strawberry_django.field(description="The text, as it stands now.")
    rationale: auto = strawberry_django.field(description="Why, for a decision.")
    at: auto = strawberry_django.field(description="When it happened.")
    edited_at: auto = strawberry_django.field(description="When it was last corrected, if it was.")
    author: PersonType | None = strawberry_django.field(description="Who wrote it; nobody for the hub itself.")
    revisions: list[TimelineRevisionType] = strawberry_django.field(description="What it said before, oldest first.")


@strawberry_django.type(
    models.IncidentRole, name="IncidentRole", description="A person holds a role in an incident for a time."
)
class IncidentRoleType(relay.Node):
    kind: RoleKind = strawberry_django.field(description="Which role.")
    person: PersonType = strawberry_django.field(description="Who holds it.")
    assigned_at: auto = strawberry_django.field(description="Since when.")
    ended_at: auto = strawberry_django.field(description="Until when; nothing while it is held.")
    reason: auto = strawberry_django.field(description="Why this person: on call, by hand.")
    route: Route | None = strawberry_django.field(
        description="What led to this person, where the hub found them; nothing for people's choice."
    )


def _missing_roles(root: Any) -> list[RoleKind]:
    incident = cast(models.Incident, root)
    if not incident.is_open:
        return []
    return missing_roles(
        incident.severity,
        [role.kind for role in incident.roles.all() if role.ended_at is None],
        [kind for engaged in incident.engagements.all() for kind in engaged.roles],
    )


@strawberry_django.type(
    models.IncidentPersonGrant,
    name="IncidentGrant",
    description="Somebody's sight of a restricted incident. Those that ended stay, and say who ended them.",
)
class IncidentGrantType(relay.Node):
    person: PersonType = strawberry_django.field(field_name="user", description="Who is admitted.")
    reason: auto = strawberry_django.field(description="Why they need to know.")
    granted_by: PersonType | None = strawberry_django.field(description="Who admitted them.")
    granted_at: auto = strawberry_django.field(description="Since when, if that was recorded.")
    valid_until: auto = strawberry_django.field(description="Until when; nothing where it lasts.")
    ended_by: PersonType | None = strawberry_django.field(description="Who ended it, if somebody did.")
    is_owner: auto = strawberry_django.field(description="Whether they admit others, and end grants.")
    is_emergency: auto = strawberry_django.field(description="Whether they took it by breaking the glass.")


@strawberry_django.type(
    models.IncidentSighting,
    name="IncidentSighting",
    description="Somebody read a restricted incident: the first time in an hour, for each way in.",
)
class IncidentSightingType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who read it.")
    through: auto = strawberry_django.field(description="Through what: page, graphql, feed, job or command.")
    at: auto = strawberry_django.field(description="When, the first time in that hour.")


@strawberry_django.type(
    models.Assessment,
    name="IncidentAssessment",
    description="What was known of an incident at a moment, and the severity that followed from it.",
)
class AssessmentType(relay.Node):
    at: auto = strawberry_django.field(description="When.")
    person: PersonType | None = strawberry_django.field(description="Who said so.")
    impact: Impact | None = strawberry_django.field(description="What the business suffers; nothing if not known.")
    criticality: auto = strawberry_django.field(description="How critical the service was: 1 is the highest.")
    recovery_minutes: auto = strawberry_django.field(description="The service's recovery time objective, in minutes.")
    reach: Reach | None = strawberry_django.field(description="How many suffer; nothing if not known.")
    sensitivity: Sensitivity | None = strawberry_django.field(description="How sensitive the data is.")
    proposed: Severity | None = strawberry_django.field(description="What followed; nothing where no threshold held.")
    floor: Severity | None = strawberry_django.field(description="How grave the enterprise held it to be at least.")
    reasons: list[str] = strawberry_django.field(description="The thresholds that held, the gravest first.")


@strawberry_django.type(
    models.Engagement,
    name="PlanEngagement",
    description="That an incident engaged a response plan, and what the plan said then.",
)
class EngagementType(relay.Node):
    plan_unit: BusinessUnitType | None = strawberry_django.field(description="Whose plan; nothing for every unit's.")
    severity: Severity = strawberry_django.field(description="From which severity on the plan held.")
    roles: list[RoleKind] = strawberry_django.field(description="Roles that somebody must hold.")
    protocol: auto = strawberry_django.field(description="How those affected are kept informed: one step a line.")
    update_minutes: auto = strawberry_django.field(description="At most so many minutes between two updates.")
    update_due_at: auto = strawberry_django.field(
        description="When somebody is reminded if nobody has written an update by then."
    )
    at: auto = strawberry_django.field(description="When.")


@strawberry_django.type(
    models.Duty,
    name="IncidentDuty",
    description="Somebody's part in an activity of an incident, as its unit's matrix resolved when it was declared or"
    " got graver.",
)
class DutyType(relay.Node):
    activity: Activity = strawberry_django.field(description="What is to be done.")
    part: Part = strawberry_django.field(description="Which part.")
    person: PersonType | None = strawberry_django.field(description="Whose; nobody where the matrix led to nobody.")
    source: auto = strawberry_django.field(description="By what: on call for a schedule, by name, by a role.")
    gap: auto = strawberry_django.field(description="Why it is nobody's, if it is.")
    ended_at: auto = strawberry_django.field(description="When the incident got graver, and this was another's.")


@strawberry_django.type(
    models.HandOff,
    name="HandOff",
    description="An incident is handed from the first level to specialists, who accept it or refuse it in time.",
)
class HandOffType(relay.Node):
    team: auto = strawberry_django.field(description="The schedule whose specialists are asked, by name.")
    reason: auto = strawberry_django.field(description="Why it is theirs.")
    answers: JSON = strawberry_django.field(description="What was said to each item of the unit's checklist.")
    offered_by: PersonType | None = strawberry_django.field(description="Who has it until it is accepted.")
    offered_at: auto = strawberry_django.field(description="When.")
    expires_at: auto = strawberry_django.field(description="Until when it can be answered.")
    state: HandOverState = strawberry_django.field(description="What became of it.")
    decided_by: PersonType | None = strawberry_django.field(description="Who answered.")
    decided_at: auto = strawberry_django.field(description="When it was answered, or went unanswered.")
    answer: auto = strawberry_django.field(description="Why it was refused.")


@strawberry_django.type(
    models.Incident,
    name="Incident",
    description="Something is wrong: its people, its times and its state.",
)
class IncidentType(relay.Node):
    reference: auto = strawberry_django.field(description="What people call it: PAY-142.")
    title: auto = strawberry_django.field(description="What is wrong, in a few words.")
    summary: auto = strawberry_django.field(description="The impact, as it is understood now.")
    severity: Severity = strawberry_django.field(description="How grave it is, on the global scale.")
    severity_reason: auto = strawberry_django.field(description="Why it has this severity.")
    local_severity: TermType | None = strawberry_django.field(description="The unit's own word for its severity.")
    incident_type: TermType | None = strawberry_django.field(description="What kind of incident it is.")
    status: Status = strawberry_django.field(description="The stage that it has reached.")
    restricted: auto = strawberry_django.field(description="Whether only explicit grants show it.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to.")
    tags: list[str] = strawberry_django.field(
        description="What it is about: the tags of its service, and what people added. They route it to specialists."
    )
    service: ServiceType | None = strawberry_django.field(description="The service that is affected first.")
    maintenance: (
        Annotated["MaintenanceWindowType", strawberry.lazy("hub.incidents.graphql.maintenance")] | None  # type: ignore[name-defined]  # noqa: F821
    ) = strawberry_django.field(description="The maintenance of its service that ran when it was declared, if one did.")
    is_quiet: auto = strawberry_django.field(description="Whether it pages nobody before that maintenance is over.")
    commander: PersonType | None = strawberry_django.field(description="Who leads it.")
    declared_by: PersonType | None = strawberry_django.field(description="Who, or which source, declared it.")
    declared_at: auto = strawberry_django.field(description="When it was declared.")
    acknowledged_at: auto = strawberry_django.field(description="When somebody was first on it.")
    mitigated_at: auto = strawberry_django.field(description="When users no longer suffered.")
    resolved_at: auto = strawberry_django.field(description="When it was over.")
    closed_at: auto = strawberry_django.field(description="When nothing was left to do.")
    updated_at: auto = strawberry_django.field(description="When anything last happened to it.")
    parent: Annotated["IncidentType", strawberry.lazy("hub.incidents.graphql.types")] | None = strawberry_django.field(
        description="The incident of a unit above that gathers it; nothing unless you may see that one."
    )
    children: Connection[Annotated["IncidentType", strawberry.lazy("hub.incidents.graphql.types")]] = connection(
        description="The units' incidents that it gathers, as far as you may see them, the newest first."
    )
    roles: list[IncidentRoleType] = strawberry_django.field(description="Who holds and held which role.")
    grants: list[IncidentGrantType] = strawberry_django.field(
        field_name="person_grants", description="Who is and was admitted, if it is restricted."
    )
    sightings: Connection[IncidentSightingType] = connection(
        description="Who has read it, the latest first. Only a restricted incident keeps this."
    )
    type_label: str | None = annotated(
        sql=lambda prefix: term_label(f"{prefix}incident_type_id", f"{prefix}unit_id"),
        description="What its kind is called for you: in your language, else in its unit's words.",
    )
    global_type: str | None = annotated(
        sql=lambda prefix: global_term(f"{prefix}incident_type_id", f"{prefix}declared_at"),
        description="The key of the global term that its kind meant when it was declared; nothing if it is unmapped.",
    )
    fields: list[FieldValueType] = variants(
        "field_values",
        resolver=values_of,
        prefetch_related=["field_values__field__unit", "field_values__person"],
        description="What it says in its unit's fields.",
    )
    missing_roles: list[RoleKind] = row_data(
        _missing_roles,
        only=["severity", "status"],
        prefetch_related=["roles", "engagements"],
        description="The roles that an incident of its severity, and its plans, must have and nobody holds.",
    )
    assessments: list[AssessmentType] = strawberry_django.field(
        description="What was known of it and when, the latest first, with the severity that followed."
    )
    engagements: list[EngagementType] = strawberry_django.field(
        description="The response plans that it engaged, the gravest first."
    )
    duties: list[DutyType] = strawberry_django.field(
        description="Whose part is what, as its unit's responsibility matrix resolved when it was declared."
    )
    hand_offs: list[HandOffType] = strawberry_django.field(
        description="Hand-offs of it to specialists, the latest first."
    )
    hand_overs: Connection[Annotated["HandOverType", strawberry.lazy("hub.incidents.graphql.federation")]] = connection(  # type: ignore[name-defined]  # noqa: F821
        description="Offers of it to other units, the newest first."
    )
    # The alerts area stands above this one: as foreign keys do, the relation names its type by string. Filters for it
    # are those of the root's `alerts`.
    alerts: Connection[Annotated["AlertType", strawberry.lazy("hub.alerts.graphql.types")]] = connection(  # type: ignore[name-defined]  # noqa: F821
        description="What monitoring found, as part of it, the newest first."
    )
    timeline: Connection[TimelineEntryType] = connection(
        description="What happened, oldest first.", filters=TimelineFilter, ordering=TimelineOrder
    )
    # The bridge stands above this area too.
    security_link: Annotated["SecurityLinkType", strawberry.lazy("hub.bridge.graphql.types")] | None = (  # type: ignore[name-defined]  # noqa: F821
        strawberry_django.field(description="That security looks into it, and what the IT side sees of that.")
    )
    investigation: Annotated["InvestigationType", strawberry.lazy("hub.bridge.graphql.types")] | None = (  # type: ignore[name-defined]  # noqa: F821
        strawberry_django.field(description="What it looks into, if it is a restricted incident that investigates.")
    )
