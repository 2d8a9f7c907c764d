"""Responsibility matrices, what they lack, and whose part is what in an incident, in GraphQL."""

from datetime import datetime
from typing import Annotated

import strawberry
import strawberry_django
from strawberry import ID, auto, relay
from strawberry_django import order_field

from hub.incidents import actions, models
from hub.incidents.actions import Cell, NewLine
from hub.incidents.graphql.choices import Activity, Part, Severity
from hub.incidents.resolution import gaps
from hub.lib import clock
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
from tenants.graphql.types import BusinessUnitType, PersonType, TermType


@filter_type(description="Which lines of responsibility matrices.")
class ResponsibilityFilter:
    unit: BusinessUnitFilter | None = where("By the unit whose matrix it is.")


@strawberry_django.order_type(models.RaciLine, description="By what lines of responsibility matrices are ordered.")
class ResponsibilityOrder:
    activity: auto = order_field(description="By activity, by the alphabet of its name.")
    part: auto = order_field(description="By part.")


@strawberry_django.type(
    models.RaciLine,
    name="Responsibility",
    description="Who has which part in an activity, for a unit's incidents of a type and severity, or of all of them."
    " It names a schedule, a person or a role; exactly one line of a cell is accountable.",
)
class ResponsibilityType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="Whose matrix it is.")
    activity: Activity = strawberry_django.field(description="What is to be done.")
    incident_type: TermType | None = strawberry_django.field(description="For which type; nothing for every type.")
    severity: Severity | None = strawberry_django.field(
        description="For incidents this grave, or graver; nothing for every severity."
    )
    part: Part = strawberry_django.field(description="Which part.")
    schedule: Annotated["ScheduleType", strawberry.lazy("hub.oncall.graphql.types")] | None = strawberry_django.field(  # type: ignore[name-defined]  # noqa: F821
        description="Whoever is on call for it; nothing unless you see the schedule."
    )
    person: PersonType | None = strawberry_django.field(description="Or this person.")
    role_key: auto = strawberry_django.field(description="Or everybody with this role in the unit or above it.")


@strawberry.type(name="ResponsibilityGap", description="Something about incidents that is nobody's.")
class ResponsibilityGapType:
    activity: Activity = strawberry.field(description="What is to be done.")
    part: Part | None = strawberry.field(description="Whose part leads to nobody; nothing where nobody has one.")
    why: str = strawberry.field(description="Why, in words.")


@strawberry.input(description="A part in an activity: for a schedule, a person or a role, and one of them alone.")
class ResponsibilityLineInput:
    part: Part = strawberry.field(description="Which part.")
    schedule_id: ID | None = strawberry.field(default=None, description="Whoever is on call for this schedule.")
    person_id: ID | None = strawberry.field(default=None, description="This person.")
    role_key: str = strawberry.field(default="", description="Everybody with this role in the unit or above it.")


@strawberry.input(description="What a cell of a unit's responsibility matrix says. Without lines it is empty.")
class SetResponsibilitiesInput:
    unit_id: ID = strawberry.field(description="The unit.")
    activity: Activity = strawberry.field(description="What is to be done.")
    incident_type_id: ID | None = strawberry.field(default=None, description="A term: for incidents of this type.")
    severity: Severity | None = strawberry.field(default=None, description="For incidents this grave, or graver.")
    lines: list[ResponsibilityLineInput] = strawberry.field(description="Exactly one is accountable; at most 20.")


@strawberry.type(description="A cell of a responsibility matrix.")
class Responsibilities:
    lines: list[ResponsibilityType] = strawberry.field(description="What it says.")


@strawberry.type
class ResponsibilitiesQuery:
    responsibilities: Connection[ResponsibilityType] = connection(
        description="Who has which part in what about incidents, in the units that you see.",
        filters=ResponsibilityFilter,
        ordering=ResponsibilityOrder,
    )

    @data_field(
        description="What of an incident of a unit would be nobody's: what its matrix does not say, and whom it names"
        " who would not be there.",
        cost=Cost(weight=20),
    )
    def responsibility_gaps(  # arguments of a field come by name
        self,
        info: HubInfo,
        unit_id: Annotated[ID, strawberry.argument(description="The unit.")],
        severity: Annotated[Severity | None, strawberry.argument(description="How grave; SEV1 if left out.")] = None,
        incident_type_id: Annotated[ID | None, strawberry.argument(description="A term: of which type.")] = None,
        at: Annotated[datetime | None, strawberry.argument(description="When; now if left out.")] = None,
    ) -> list[ResponsibilityGapType]:
        actor = actor_of(info)
        if at is not None and at.tzinfo is None:
            raise Invalid("A moment needs its zone: 2026-11-26T03:00:00Z.", path=["at"])
        unit = tenants.unit_for(actor, node_key(unit_id, "BusinessUnit", "business unit", "unitId"))
        found = gaps(
            actor,
            unit.pk,
            severity=severity or models.Severity.SEV1,
            incident_type=node_key(incident_type_id, "Term", "incident type", "incidentTypeId")
            if incident_type_id
            else None,
            moment=at or clock.now(),
        )
        return [ResponsibilityGapType(activity=each.activity, part=each.part, why=each.why) for each in found]


@strawberry.type
class ResponsibilitiesMutation:
    @mutation(description="Replace what a cell of a unit's responsibility matrix says.")
    def set_responsibilities(
        self, info: HubInfo, input: SetResponsibilitiesInput
    ) -> Annotated[Responsibilities | MutationErrors, strawberry.union("SetResponsibilitiesPayload")]:
        made = actions.set_responsibilities(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "business unit", "unitId"),
            cell=Cell(
                input.activity,
                node_key(input.incident_type_id, "Term", "incident type", "incidentTypeId")
                if input.incident_type_id
                else None,
                input.severity,
            ),
            lines=[
                NewLine(
                    each.part,
                    node_key(each.schedule_id, "Schedule", "schedule", "lines") if each.schedule_id else None,
                    node_key(each.person_id, "Person", "person", "lines") if each.person_id else None,
                    each.role_key.strip(),
                )
                for each in input.lines
            ],
        )
        return Responsibilities(lines=[as_type(ResponsibilityType, each) for each in made])
