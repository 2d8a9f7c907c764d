"""Types of the incidents area. A field is a column or a relation; the database decides which rows there are."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.catalog.graphql.types import ServiceType
from hub.incidents import models
from hub.incidents.graphql.choices import EntryKind, RoleKind, Severity, Status
from hub.incidents.graphql.filters import TimelineFilter, TimelineOrder
from hub.lib.api import Connection, connection
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
    service: ServiceType | None = strawberry_django.field(description="The service that is affected first.")
    commander: PersonType | None = strawberry_django.field(description="Who leads it.")
    declared_by: PersonType | None = strawberry_django.field(description="Who, or which source, declared it.")
    declared_at: auto = strawberry_django.field(description="When it was declared.")
    acknowledged_at: auto = strawberry_django.field(description="When somebody was first on it.")
    mitigated_at: auto = strawberry_django.field(description="When users no longer suffered.")
    resolved_at: auto = strawberry_django.field(description="When it was over.")
    closed_at: auto = strawberry_django.field(description="When nothing was left to do.")
    updated_at: auto = strawberry_django.field(description="When anything last happened to it.")
    roles: list[IncidentRoleType] = strawberry_django.field(description="Who holds and held which role.")
    # The alerts area stands above this one: as foreign keys do, the relation names its type by string. Filters for it
    # are those of the root's `alerts`.
    alerts: Connection[Annotated["AlertType", strawberry.lazy("hub.alerts.graphql.types")]] = connection(  # type: ignore[name-defined]  # noqa: F821
        description="What monitoring found, as part of it, the newest first."
    )
    timeline: Connection[TimelineEntryType] = connection(
        description="What happened, oldest first.", filters=TimelineFilter, ordering=TimelineOrder
    )
