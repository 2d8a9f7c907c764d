"""Types, filters and orders of the runbooks area."""

from typing import Annotated

import strawberry
import strawberry_django
from strawberry import ID, auto, relay
from strawberry_django import order_field

from hub.catalog.graphql.filters import ServiceFilter
from hub.catalog.graphql.types import ServiceType
from hub.incidents.graphql.filters import IncidentFilter
from hub.incidents.graphql.types import IncidentType
from hub.lib.api import (
    ChoiceFilter,
    TextFilter,
    TimeFilter,
    any_id,
    computed,
    filter_type,
    row_data,
    where,
)
from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.revisions.graphql.conditions import is_in_use, is_mine, is_stale
from knowledge.runbooks import models
from knowledge.runbooks.graphql.choices import RevisionState, StepState
from knowledge.runbooks.steps import of_rows
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter, TermFilter
from tenants.graphql.types import BusinessUnitType, PersonType, TermType


@strawberry.type(name="RunbookStep", description="Something to do.")
class RunbookStepType:
    title: str = strawberry.field(description="What, in a line.")
    detail: str = strawberry.field(description="How, and what should be seen then, in Markdown; may be empty.")


def _steps(root: models.Revision) -> list[RunbookStepType]:
    return [RunbookStepType(title=step.title, detail=step.detail) for step in of_rows(root.steps)]


@strawberry_django.type(
    models.Revision,
    name="RunbookRevision",
    description="What a runbook says, or is proposed to say. Outside its unit only what is or was in force is read.",
)
class RunbookRevisionType(relay.Node):
    number: auto = strawberry_django.field(description="Counts the revisions of its runbook.")
    state: RevisionState = strawberry_django.field(description="How far it has come.")
    purpose: auto = strawberry_django.field(description="When it is for, and by what one sees that, in Markdown.")
    steps: list[RunbookStepType] = row_data(_steps, only=["steps"], description="What to do, in order.")
    reason: auto = strawberry_django.field(description="What it changes and why.")
    postmortem: PostmortemType | None = strawberry_django.field(
        description="The review whose finding proposed it; nothing if none did, or you may not read that."
    )
    runbook: Annotated["RunbookType", strawberry.lazy("knowledge.runbooks.graphql.types")] = strawberry_django.field(
        description="The runbook."
    )
    proposed_at: auto = strawberry_django.field(description="When it was proposed.")
    proposed_by: PersonType | None = strawberry_django.field(description="Who wrote it.")
    decided_at: auto = strawberry_django.field(description="When it was approved or declined.")
    decided_by: PersonType | None = strawberry_django.field(description="Who did: never who wrote what is in force.")
    decision: auto = strawberry_django.field(description="What they said about it.")


@strawberry_django.type(
    models.RunbookRunStep,
    name="RunbookRunStep",
    description="A step of a runbook that is carried out in an incident, as it read when that began.",
)
class RunbookRunStepType(relay.Node):
    position: auto = strawberry_django.field(description="Which one it is, from 1.")
    title: auto = strawberry_django.field(description="What to do.")
    detail: auto = strawberry_django.field(description="How.")
    state: StepState = strawberry_django.field(description="How it stands.")
    settled_at: auto = strawberry_django.field(description="When it was done or skipped.")
    settled_by: PersonType | None = strawberry_django.field(description="Who did or skipped it.")
    note: auto = strawberry_django.field(description="What was seen, or why it was skipped.")
    run: Annotated["RunbookRunType", strawberry.lazy("knowledge.runbooks.graphql.types")] = strawberry_django.field(
        description="The run that it is a step of."
    )


@strawberry_django.type(
    models.RunbookRun,
    name="RunbookRun",
    description="A runbook carried out in an incident's room. Whoever sees the incident sees it.",
)
class RunbookRunType(relay.Node):
    title: auto = strawberry_django.field(description="The runbook's title when it was begun.")
    revision_number: auto = strawberry_django.field(description="Which of its revisions was in force.")
    incident: IncidentType = strawberry_django.field(description="The incident.")
    runbook: Annotated["RunbookType", strawberry.lazy("knowledge.runbooks.graphql.types")] | None = (
        strawberry_django.field(description="The runbook; nothing if you may not read it.")
    )
    steps: list[RunbookRunStepType] = strawberry_django.field(description="Its steps, in order.")
    started_at: auto = strawberry_django.field(description="When it was begun.")
    started_by: PersonType | None = strawberry_django.field(description="Who began it.")
    ended_at: auto = strawberry_django.field(description="When it was ended; nothing while it goes on.")
    ended_by: PersonType | None = strawberry_django.field(description="Who ended it.")
    outcome: auto = strawberry_django.field(description="Whether it helped, and what it lacked.")


@strawberry_django.type(models.Runbook, name="Runbook", description="What to do when something fails in a known way.")
class RunbookType(relay.Node):
    number: auto = strawberry_django.field(description="Counts the runbooks of its unit.")
    title: auto = strawberry_django.field(description="What it is for, in a line.")
    shared: auto = strawberry_django.field(description="Whether the whole enterprise reads it; its unit alone if not.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit that keeps it.")
    service: ServiceType | None = strawberry_django.field(description="The service that it is for; any if nothing.")
    failure_mode: TermType | None = strawberry_django.field(description="The way of failing that it is for.")
    owner: PersonType | None = strawberry_django.field(description="Who looks after it.")
    current: RunbookRevisionType | None = strawberry_django.field(
        description="The revision in force; nothing before the first approval."
    )
    revisions: list[RunbookRevisionType] = strawberry_django.field(
        description="What it says, said and is proposed to say, the latest first."
    )
    check_days: auto = strawberry_django.field(
        description="After how many days somebody has to look whether it still holds."
    )
    checked_at: auto = strawberry_django.field(description="When it was last approved or confirmed.")
    check_due_at: auto = strawberry_django.field(description="From when on it is stale.")
    is_stale: bool = computed(
        sql=is_stale,
        only=["current_id", "retired_at", "check_due_at"],
        description="Whether it is in use and nobody has looked at it for too long.",
    )
    retired_at: auto = strawberry_django.field(description="When it was taken out of use.")
    retired_because: auto = strawberry_django.field(description="Why it was.")
    written_at: auto = strawberry_django.field(description="When it was first written.")
    written_by: PersonType | None = strawberry_django.field(description="Who did.")
    version: auto = strawberry_django.field(description="Counts its changes.")
    edited_at: auto = strawberry_django.field(description="When it last changed.")


@filter_type(description="Which runbooks.")
class RunbookFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Runbook"))
    title: TextFilter | None = where("By what they are for.")
    shared: bool | None = where("Whether the whole enterprise reads them.")
    usable: bool | None = where("Whether they can be carried out.", condition=is_in_use)
    stale: bool | None = where("Whether nobody has looked at them for too long.", condition=is_stale)
    mine: bool | None = where("Whether you look after them.", condition=is_mine)
    owner: PersonFilter | None = where("By who looks after them.")
    unit: BusinessUnitFilter | None = where("By the unit that keeps them.")
    service: ServiceFilter | None = where("By the service that they are for.")
    failure_mode: TermFilter | None = where("By the way of failing that they are for.")
    check_due_at: TimeFilter | None = where("By when they are to be looked at.")


@strawberry_django.order_type(models.Runbook, description="By what runbooks are ordered.")
class RunbookOrder:
    title: auto = order_field(description="By title.")
    written_at: auto = order_field(description="By when they were written.")
    edited_at: auto = order_field(description="By when they last changed.")
    check_due_at: auto = order_field(description="By when they are to be looked at.")


@filter_type(description="Which revisions.")
class RunbookRevisionFilter:
    state: ChoiceFilter[RevisionState] | None = where("By how far they have come.")
    unit: BusinessUnitFilter | None = where("By the unit that keeps the runbook.")
    runbook: RunbookFilter | None = where("By their runbook.")
    proposed_at: TimeFilter | None = where("By when they were proposed.")


@strawberry_django.order_type(models.Revision, description="By what revisions are ordered.")
class RunbookRevisionOrder:
    proposed_at: auto = order_field(description="By when they were proposed.")


@filter_type(description="Which runs.")
class RunbookRunFilter:
    incident: IncidentFilter | None = where("By the incident.")
    runbook: RunbookFilter | None = where("By the runbook, as far as you may read it.")
    started_at: TimeFilter | None = where("By when they were begun.")
    ended_at: TimeFilter | None = where("By when they were ended.")


@strawberry_django.order_type(models.RunbookRun, description="By what runs are ordered.")
class RunbookRunOrder:
    started_at: auto = order_field(description="By when they were begun.")
