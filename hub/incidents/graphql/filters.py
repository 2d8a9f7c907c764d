"""Filters and orders of the incidents area."""

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.catalog.graphql.filters import ServiceFilter
from hub.incidents import models
from hub.incidents.graphql.choices import EntryKind, HandOverState, ProposalState, Severity, Status
from hub.incidents.graphql.fields import FieldFilter, says
from hub.lib.api import ChoiceFilter, TextFilter, TimeFilter, any_id, filter_type, plain, where
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter, TermFilter


@plain
def _is_open(prefix: str, wanted: bool) -> Q:
    over = Q(**{f"{prefix}status__in": models.OVER})
    return ~over if wanted else over


@plain
def _is_led(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}commander__isnull": not wanted})


@plain
def _is_gathered(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}parent__isnull": not wanted})


@plain
def _mentions(prefix: str, text: str) -> Q:
    said = models.FieldValue.objects.filter(words__icontains=text)
    found = Q(**{f"{prefix}pk__in": said.values("incident_id")})
    for column in ("title", "summary", "reference"):
        found |= Q(**{f"{prefix}{column}__icontains": text})
    return found


@plain
def _is_in_maintenance(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}maintenance__isnull": not wanted})


@plain
def _has_tag(prefix: str, tag: str) -> Q:
    return Q(**{f"{prefix}tags__contains": [tag]})


@filter_type(description="Which incidents.")
class IncidentFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Incident"))
    reference: TextFilter | None = where("By reference: PAY-142.")
    title: TextFilter | None = where("By title.")
    text: str | None = where(
        "With this in the title, the summary, the reference or a field of the unit.", condition=_mentions
    )
    severity: ChoiceFilter[Severity] | None = where("By severity.")
    status: ChoiceFilter[Status] | None = where("By stage.")
    open: bool | None = where("Whether they go on: neither resolved nor closed.", condition=_is_open)
    restricted: bool | None = where("Whether only explicit grants show them.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")
    service: ServiceFilter | None = where("By the service that is affected first.")
    tag: str | None = where("With this tag.", condition=_has_tag)
    commander: PersonFilter | None = where("By who leads them.")
    led: bool | None = where("Whether anybody leads them.", condition=_is_led)
    in_maintenance: bool | None = where(
        "Whether maintenance of their service ran when they were declared.", condition=_is_in_maintenance
    )
    is_quiet: bool | None = where("Whether they page nobody before that maintenance is over.")
    gathered: bool | None = where("Whether an incident of a unit above gathers them.", condition=_is_gathered)
    incident_type: TermFilter | None = where("By kind of incident.")
    fields: list[FieldFilter] | None = where("By what they say in their unit's fields; all hold.", condition=says)
    declared_at: TimeFilter | None = where("By when they were declared.")
    resolved_at: TimeFilter | None = where("By when they were resolved.")
    updated_at: TimeFilter | None = where("By when anything last happened to them.")


@filter_type(description="Which offers of incidents to other units.")
class HandOverFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("HandOver"))
    state: ChoiceFilter[HandOverState] | None = where("By what became of them.")
    from_unit: BusinessUnitFilter | None = where("By the unit that offers.")
    to_unit: BusinessUnitFilter | None = where("By the unit that it is offered to.")
    offered_at: TimeFilter | None = where("By when they were offered.")


@filter_type(description="Which proposals.")
class EscalationProposalFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("EscalationProposal"))
    state: ChoiceFilter[ProposalState] | None = where("By what was decided.")
    unit: BusinessUnitFilter | None = where("By the unit above.")
    proposed_at: TimeFilter | None = where("By when they were made.")


@strawberry_django.order_type(models.Incident, description="By what incidents are ordered.")
class IncidentOrder:
    declared_at: auto = order_field(description="By when they were declared.")
    resolved_at: auto = order_field(description="By when they were resolved.")
    updated_at: auto = order_field(description="By when anything last happened to them.")
    severity: auto = order_field(description="By severity: ascending, the gravest comes first.")
    status: auto = order_field(description="By stage, by the alphabet of its name.")
    reference: auto = order_field(description="By reference, as text.")


@filter_type(description="Which entries of a timeline.")
class TimelineFilter:
    kind: ChoiceFilter[EntryKind] | None = where("By what they record.")
    at: TimeFilter | None = where("By when it happened.")
    author: PersonFilter | None = where("By who wrote them.")
    body: TextFilter | None = where("By their text.")


@strawberry_django.order_type(models.TimelineEntry, description="By what the entries of a timeline are ordered.")
class TimelineOrder:
    at: auto = order_field(description="By when it happened.")
