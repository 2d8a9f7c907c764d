"""Types, filters and orders of the problems area."""

from typing import Annotated

import strawberry
import strawberry_django
from django.db.models import Q
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
    filter_type,
    me,
    plain,
    where,
)
from knowledge.problems import models
from knowledge.problems.graphql.choices import ProblemState
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter, TermFilter
from tenants.graphql.types import BusinessUnitType, PersonType, TermType


@strawberry_django.type(
    models.ProblemIncident,
    name="ProblemIncident",
    description="An incident that a problem is behind. Whoever may not see the incident does not see this either.",
)
class ProblemIncidentType(relay.Node):
    incident: IncidentType = strawberry_django.field(description="The incident, of any unit.")
    linked_at: auto = strawberry_django.field(description="When somebody said so.")
    linked_by: PersonType | None = strawberry_django.field(description="Who said so.")
    problem: Annotated["ProblemType", strawberry.lazy("knowledge.problems.graphql.types")] = strawberry_django.field(
        description="What is behind it."
    )


@strawberry_django.type(
    models.Problem,
    name="Problem",
    description="What several incidents have behind them, worked on beside them and after them.",
)
class ProblemType(relay.Node):
    number: auto = strawberry_django.field(description="Counts the problems of its unit.")
    title: auto = strawberry_django.field(description="What it is, in a line.")
    state: ProblemState = strawberry_django.field(description="How far it has come.")
    shared: auto = strawberry_django.field(description="Whether the whole enterprise reads it; its unit alone if not.")
    symptoms: auto = strawberry_django.field(description="By what an incident of it is recognised.")
    root_cause: auto = strawberry_django.field(description="What is known of why it happens.")
    workaround: auto = strawberry_django.field(description="How to live with it until it is gone.")
    outcome: auto = strawberry_django.field(description="What removed it, or why it was dropped; empty before.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit that works on it.")
    service: ServiceType | None = strawberry_django.field(description="The service that has it.")
    owner: PersonType | None = strawberry_django.field(description="Who is on it.")
    cause: TermType | None = strawberry_django.field(description="Its root cause, in the taxonomy's terms.")
    failure_mode: TermType | None = strawberry_django.field(description="How what has it fails.")
    opened_at: auto = strawberry_django.field(description="When it was opened.")
    opened_by: PersonType | None = strawberry_django.field(description="Who opened it.")
    known_at: auto = strawberry_django.field(description="Since when there is a workaround.")
    ended_at: auto = strawberry_django.field(description="When it was resolved or dropped.")
    version: auto = strawberry_django.field(description="Counts its changes.")
    edited_at: auto = strawberry_django.field(description="When it last changed.")
    links: list[ProblemIncidentType] = strawberry_django.field(
        description="Its incidents, of all units, as far as you may see them; the latest linked first."
    )


@plain
def _is_mine(prefix: str, wanted: bool) -> Q:
    mine = Q(**{f"{prefix}owner": me()})
    return mine if wanted else ~mine


@filter_type(description="Which links of problems to incidents.")
class ProblemIncidentFilter:
    incident: IncidentFilter | None = where("By the incident, as far as you may see it.")
    linked_at: TimeFilter | None = where("By when they were made.")


@filter_type(description="Which problems.")
class ProblemFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Problem"))
    title: TextFilter | None = where("By what they are.")
    symptoms: TextFilter | None = where("By what they are recognised by.")
    state: ChoiceFilter[ProblemState] | None = where("By how far they have come.")
    shared: bool | None = where("Whether the whole enterprise reads them.")
    mine: bool | None = where("Whether you are on them.", condition=_is_mine)
    owner: PersonFilter | None = where("By who is on them.")
    unit: BusinessUnitFilter | None = where("By the unit that works on them.")
    service: ServiceFilter | None = where("By the service that has them.")
    cause: TermFilter | None = where("By root cause.")
    failure_mode: TermFilter | None = where("By how what has them fails.")
    links: ProblemIncidentFilter | None = where("By an incident that they are behind, as far as you may see it.")
    opened_at: TimeFilter | None = where("By when they were opened.")
    known_at: TimeFilter | None = where("By since when there is a workaround.")


@strawberry_django.order_type(models.Problem, description="By what problems are ordered.")
class ProblemOrder:
    opened_at: auto = order_field(description="By when they were opened.")
    known_at: auto = order_field(description="By since when there is a workaround.")
    edited_at: auto = order_field(description="By when they last changed.")
    title: auto = order_field(description="By title.")
