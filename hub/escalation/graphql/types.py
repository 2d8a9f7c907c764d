"""Types of the escalation area. A field is a column or a relation; the database decides which rows there are."""

from datetime import datetime
from typing import Any, cast

import strawberry
import strawberry_django
from strawberry import auto, relay

from hub.delivery.graphql.types import MessageType
from hub.escalation import models
from hub.escalation.forecasting import Forecast, Foreseen
from hub.escalation.graphql.choices import CommandedBy, Outcome, Ownership, RunEnd, TargetKind, Trigger, WhenNobodyOn
from hub.incidents.graphql.types import IncidentType
from hub.incidents.models import Severity
from hub.lib.api import annotated, row_data
from hub.oncall.graphql.types import ScheduleType, WeekSpanType
from hub.oncall.hours import spans_of
from tenants.graphql.types import BusinessUnitType, PersonType
from tenants.permissions import HeldThere, Permission


def _hours(root: Any) -> list[WeekSpanType]:
    return [
        WeekSpanType(
            from_day=each.from_day, from_time=each.from_time, until_day=each.until_day, until_time=each.until_time
        )
        for each in spans_of(cast(models.PolicyStep, root).hours)
    ]


@strawberry_django.type(models.StepTarget, name="EscalationTarget", description="One of those whom a step pages.")
class StepTargetType(relay.Node):
    kind: TargetKind = strawberry_django.field(description="Whom it pages.")
    person: PersonType | None = strawberry_django.field(description="The person, if it is one.")
    schedule: ScheduleType | None = strawberry_django.field(
        description="The schedule that is asked; nothing for the service's, where the kind asks one."
    )
    role_key: auto = strawberry_django.field(
        description="The role's key, if it is one; without a schedule, which of the service's: responder or commander."
    )
    of_unit: BusinessUnitType | None = strawberry_django.field(
        description="The unit; nothing for the incident's, where the kind asks one."
    )


@strawberry_django.type(
    models.PolicyStep,
    name="EscalationStep",
    description="A step of a policy. One that does not apply is passed over, and what follows comes in its place.",
)
class PolicyStepType(relay.Node):
    position: auto = strawberry_django.field(description="Its place: 1 comes first.")
    wait: auto = strawberry_django.field(
        description="How many minutes after the step before it comes, or after the trigger's time for the first."
    )
    severities: list[Severity] = strawberry_django.field(description="For which severities; for all where empty.")
    hours: list[WeekSpanType] = row_data(
        _hours, only=["hours"], description="At which hours of the week; at all where there are none."
    )
    time_zone: auto = strawberry_django.field(
        description="The zone of the hours, by IANA name; empty for each person's own local time."
    )
    ownership: Ownership | None = strawberry_django.field(
        description="For which relation of unit and service; nothing for any."
    )
    commanded_by: CommandedBy | None = strawberry_django.field(
        description="For whose command by the unit's ownership model; nothing for whoever commands."
    )
    when_nobody: WhenNobodyOn = strawberry_django.field(description="What is done when nobody it names is there.")
    targets: list[StepTargetType] = strawberry_django.field(description="Whom it pages.")


@strawberry_django.type(
    models.Policy,
    name="EscalationPolicy",
    description="Who is paged, one step after another, when something did not happen in time. Times are in minutes.",
)
class PolicyType(relay.Node):
    unit: BusinessUnitType = strawberry_django.field(description="The unit it belongs to.")
    name: auto = strawberry_django.field(description="What people call it.")
    is_default: auto = strawberry_django.field(
        description="Whether it stands for the unit's incidents whose service has no other."
    )
    acknowledged_within: auto = strawberry_django.field(
        description="Within how many minutes somebody acknowledges; nothing where that is not watched."
    )
    updated_within: auto = strawberry_django.field(
        description="How many minutes lie between two updates; nothing where that is not watched."
    )
    mitigated_within: auto = strawberry_django.field(
        description="Within how many minutes it is mitigated; nothing where that is not watched."
    )
    repeats: auto = strawberry_django.field(description="How often the steps are gone through again.")
    repeat_after: auto = strawberry_django.field(description="Minutes from the last step to the first one again.")
    changed_at: auto = strawberry_django.field(description="When it last changed; runs under way keep what it said.")
    changed_by: PersonType | None = strawberry_django.field(description="Who changed it last.")
    steps: list[PolicyStepType] = strawberry_django.field(description="Its steps, in order.")
    may_change: bool = annotated(
        sql=lambda prefix: HeldThere(f"{prefix}unit", Permission.ONCALL_WRITE),
        description="Whether you may change it: of your roles, the one that you hold nearest to its unit decides.",
    )


@strawberry_django.type(
    models.Page, name="EscalationPage", description="Somebody was paged by a step, and this is the message."
)
class PageType(relay.Node):
    person: PersonType = strawberry_django.field(description="Who was paged.")
    kind: TargetKind = strawberry_django.field(description="As what.")
    because: auto = strawberry_django.field(description="As what, in words.")
    message: MessageType | None = strawberry_django.field(
        description="The message with its receipts, for its person and for who administers the unit."
    )


@strawberry_django.type(models.RunStep, name="EscalationRunStep", description="A step that a run has taken.")
class RunStepType(relay.Node):
    round: auto = strawberry_django.field(description="In which passage through the steps, from 0.")
    position: auto = strawberry_django.field(description="Which step, from 0.")
    outcome: Outcome = strawberry_django.field(description="What became of it.")
    note: auto = strawberry_django.field(description="Who was not there, or why it did not apply.")
    due_at: auto = strawberry_django.field(description="When its time came.")
    at: auto = strawberry_django.field(description="When it was taken.")
    pages: list[PageType] = strawberry_django.field(description="Who was paged, each once.")


@strawberry_django.type(
    models.Run,
    name="EscalationRun",
    description="A policy at work for an incident and a trigger, with the steps as they were when it began.",
)
class RunType(relay.Node):
    incident: IncidentType = strawberry_django.field(description="The incident.")
    policy: PolicyType | None = strawberry_django.field(
        description="The policy, if you may see it; nothing where those admitted to a restricted incident are paged."
    )
    trigger: Trigger = strawberry_django.field(description="What did not happen in time.")
    began_at: auto = strawberry_django.field(description="Since when it watches.")
    counts_from: auto = strawberry_django.field(description="What its time is counted from.")
    next_at: auto = strawberry_django.field(description="When it next does something, if it has not ended.")
    paused_until: auto = strawberry_django.field(description="Until when it pages nobody; nothing where it is awake.")
    paused_by: PersonType | None = strawberry_django.field(description="Who paused it.")
    ended_at: auto = strawberry_django.field(description="When it ended; nothing while it goes on.")
    end: RunEnd | None = strawberry_django.field(description="Why it ended.")
    steps: list[RunStepType] = strawberry_django.field(description="What it did, the earliest first.")


@strawberry.type(name="ForeseenPage", description="Somebody whom a step would page.")
class ForeseenPageType:
    person_id: strawberry.ID = strawberry.field(description="Who.")
    name: str = strawberry.field(description="Their name.")
    because: str = strawberry.field(description="As what, in words.")


@strawberry.type(name="ForeseenStep", description="A step as it would come if nobody did anything.")
class ForeseenStepType:
    at: datetime = strawberry.field(description="When.")
    trigger: Trigger = strawberry.field(description="Because of what.")
    step: int = strawberry.field(description="Which step, from 1.")
    passage: int = strawberry.field(description="In which passage through the steps, from 1.")
    outcome: Outcome = strawberry.field(description="What would become of it.")
    pages: list[ForeseenPageType] = strawberry.field(description="Who would be paged.")
    note: str = strawberry.field(description="Who would not be there, why it would not apply, who is not shown to you.")
    is_last: bool = strawberry.field(description="Whether nothing comes after it by its trigger.")


@strawberry.type(name="EscalationForecast", description="What would happen if nobody did anything.")
class ForecastType:
    policies: list[str] = strawberry.field(description="By which policies; by none where nobody would be paged.")
    steps: list[ForeseenStepType] = strawberry.field(description="What comes, the earliest first.")
    quiet_until: datetime | None = strawberry.field(
        description="When the maintenance of the service is over that lets nothing begin before; nothing without one."
    )


def told_forecast(forecast: Forecast) -> ForecastType:
    """The forecast as the API says it."""
    return ForecastType(
        policies=list(forecast.policies),
        steps=[_told(step) for step in forecast.steps],
        quiet_until=forecast.quiet_until,
    )


def _told(step: Foreseen) -> ForeseenStepType:
    return ForeseenStepType(
        at=step.at,
        trigger=step.trigger,
        step=step.step,
        passage=step.passage,
        outcome=step.outcome,
        pages=[
            ForeseenPageType(
                person_id=strawberry.ID(relay.to_base64("Person", each.person.id)),
                name=each.person.name,
                because=each.because,
            )
            for each in step.pages
        ],
        note=step.note,
        is_last=step.is_last,
    )
