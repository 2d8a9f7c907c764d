"""Filters and orders of the reviews area."""

from collections.abc import Iterable

import strawberry_django
from django.db.models import Q
from strawberry import ID, auto
from strawberry_django import order_field

from hub.catalog.graphql.filters import ServiceFilter
from hub.incidents.graphql.choices import Severity
from hub.incidents.graphql.filters import IncidentFilter
from hub.lib.api import (
    ChoiceFilter,
    TextFilter,
    TimeFilter,
    any_id,
    filter_type,
    keys_of,
    me,
    now,
    one_of,
    plain,
    today,
    where,
)
from hub.lib.given import Given
from knowledge.postmortems import models
from knowledge.postmortems.graphql.choices import ActionPriority, ActionStatus, Audience, PostmortemStatus
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter, TermFilter


@plain
def is_review_overdue(prefix: str, wanted: bool = True) -> Q:
    """Whether a review should have been published by now."""
    late = Q(**{f"{prefix}status": PostmortemStatus.DRAFT, f"{prefix}due_at__lt": now()})
    return late if wanted else ~late


@plain
def is_item_overdue(prefix: str, wanted: bool = True) -> Q:
    """Whether an action item is open although its day is over."""
    late = Q(**{f"{prefix}status": ActionStatus.OPEN, f"{prefix}due_on__lt": today()})
    return late if wanted else ~late


@plain
def _is_mine(prefix: str, wanted: bool) -> Q:
    mine = Q(**{f"{prefix}owner": me()})
    return mine if wanted else ~mine


@plain
def _is_accepted(prefix: str, wanted: bool) -> Q:
    return Q(**{f"{prefix}accepted_at__isnull": not wanted})


@plain
def _has_contributing(prefix: str, global_ids: Iterable[ID] | Given) -> Q:
    named = models.ContributingCause.objects.filter(one_of("term", keys_of(global_ids, "Term")))
    return Q(**{f"{prefix}pk__in": named.values("postmortem")})


@plain
def _has_open_branch(prefix: str, wanted: bool) -> Q:
    asking = Q(**{f"{prefix}pk__in": models.Effect.objects.filter(is_open=True).values("postmortem")})
    return asking if wanted else ~asking


@filter_type(description="Which reviews.")
class PostmortemFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Postmortem"))
    reference: TextFilter | None = where("By the incident's reference: PAY-142.")
    external_id: TextFilter | None = where("By what they are called where they were imported from.")
    title: TextFilter | None = where("By title.")
    status: ChoiceFilter[PostmortemStatus] | None = where("By how far they have come.")
    audience: ChoiceFilter[Audience] | None = where("By who reads them once they are published.")
    overdue: bool | None = where("Whether they should have been published by now.", condition=is_review_overdue)
    restricted: bool | None = where("Whether only explicit grants show them.")
    severity: ChoiceFilter[Severity] | None = where("By the incident's severity.")
    unit: BusinessUnitFilter | None = where("By the unit they belong to.")
    service: ServiceFilter | None = where("By the service that was affected first.")
    incident: IncidentFilter | None = where("By their incident, as far as you may see it.")
    cause: TermFilter | None = where("By root cause.")
    contributing: list[ID] | None = where("To which one of these causes contributed.", condition=_has_contributing)
    failure_mode: TermFilter | None = where("By how what failed did fail.")
    open_branch: bool | None = where(
        "Whether an analysis of theirs still asks for causes somewhere.", condition=_has_open_branch
    )
    author: PersonFilter | None = where("By who leads them.")
    occurred_at: TimeFilter | None = where("By when the incident was declared.")
    due_at: TimeFilter | None = where("By when they are due.")
    published_at: TimeFilter | None = where("By when they were published.")


@strawberry_django.order_type(models.Postmortem, description="By what reviews are ordered.")
class PostmortemOrder:
    opened_at: auto = order_field(description="By when they were opened.")
    occurred_at: auto = order_field(description="By when the incident was declared.")
    due_at: auto = order_field(description="By when they are due.")
    published_at: auto = order_field(description="By when they were published.")
    edited_at: auto = order_field(description="By when they last changed.")
    severity: auto = order_field(description="By severity: ascending, the gravest comes first.")
    title: auto = order_field(description="By title.")
    minutes_to_resolve: auto = order_field(description="By how long the incident took.")


@filter_type(description="Which action items.")
class ActionItemFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("ActionItem"))
    title: TextFilter | None = where("By what is to be done.")
    status: ChoiceFilter[ActionStatus] | None = where("By where they stand.")
    priority: ChoiceFilter[ActionPriority] | None = where("By what comes first.")
    mine: bool | None = where("Whether you own them.", condition=_is_mine)
    accepted: bool | None = where("Whether their owner has committed to the day.", condition=_is_accepted)
    overdue: bool | None = where("Whether they are open although their day is over.", condition=is_item_overdue)
    owner: PersonFilter | None = where("By who does them.")
    unit: BusinessUnitFilter | None = where("By the unit whose review they are from.")
    postmortem: PostmortemFilter | None = where("By their review, as far as you may read it.")


@strawberry_django.order_type(models.ActionItem, description="By what action items are ordered.")
class ActionItemOrder:
    due_on: auto = order_field(description="By the day on which they are due.")
    created_at: auto = order_field(description="By when they were written down.")
    done_at: auto = order_field(description="By when they were done.")
    title: auto = order_field(description="By title.")


@strawberry_django.order_type(models.PostmortemRevision, description="By what former texts are ordered.")
class PostmortemRevisionOrder:
    replaced_at: auto = order_field(description="By when they were replaced.")
