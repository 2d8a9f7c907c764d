"""Types, filters and orders of training."""

from datetime import date
from typing import Annotated

import strawberry
import strawberry_django
from django.db.models import Q
from strawberry import ID, auto, relay
from strawberry_django import order_field

from hub.lib.api import (
    TimeFilter,
    any_id,
    computed,
    filter_type,
    me,
    plain,
    today,
    where,
)
from hub.oncall.graphql.types import ScheduleType
from knowledge.articles import models
from knowledge.articles.graphql.choices import Audience
from knowledge.articles.graphql.types import ArticleFilter, ArticleRevisionType, ArticleType
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter
from tenants.graphql.types import BusinessUnitType, PersonType, RoleType


@plain
def _is_active(prefix: str, wanted: bool = True) -> Q:
    active = Q(
        **{
            f"{prefix}ended_at__isnull": True,
            f"{prefix}article__retired_at__isnull": True,
            f"{prefix}article__current__isnull": False,
        }
    )
    return active if wanted else ~active


@plain
def _is_late(prefix: str, wanted: bool = True) -> Q:
    """Whether a training is asked of somebody whose day, counted in UTC, is over."""
    late = Q(
        **{
            f"{prefix}ended_at__isnull": True,
            f"{prefix}due_on__isnull": False,
            f"{prefix}due_on__lt": today(),
        }
    )
    return late if wanted else ~late


@plain
def _is_asked(prefix: str, wanted: bool) -> Q:
    asked = Q(
        **{
            f"{prefix}ended_at__isnull": True,
            f"{prefix}training__ended_at__isnull": True,
            f"{prefix}training__article__retired_at__isnull": True,
        }
    )
    return asked if wanted else ~asked


@plain
def _is_done(prefix: str, wanted: bool) -> Q:
    """Whether somebody has gone through it, and it still holds."""
    holds = Q(**{f"{prefix}due_on__isnull": True}) | Q(**{f"{prefix}due_on__gte": today()})
    done = Q(**{f"{prefix}completed_at__isnull": False}) & holds
    return done if wanted else ~done


@plain
def _is_mine(prefix: str, wanted: bool) -> Q:
    mine = Q(**{f"{prefix}person": me()})
    return mine if wanted else ~mine


@strawberry_django.type(
    models.Training,
    name="Training",
    description="That people have to have gone through an article. Whoever reads the article sees it.",
)
class TrainingType(relay.Node):
    article: ArticleType = strawberry_django.field(description="The article.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit that keeps it.")
    audience: Audience = strawberry_django.field(description="Who has to go through it.")
    role: RoleType | None = strawberry_django.field(description="The role, with the audience ROLE.")
    schedule: ScheduleType | None = strawberry_django.field(
        description="The schedule, with the audience SCHEDULE; nothing if you may not see it."
    )
    expertise: auto = strawberry_django.field(description="The expertise, with the audience EXPERTISE.")
    due_on: auto = strawberry_django.field(description="Until when, for who was there from the beginning.")
    days: auto = strawberry_django.field(
        description="How long who comes later has, and everybody after a revision that asks for it anew."
    )
    repeat_months: auto = strawberry_django.field(description="How long it holds; for good if nothing.")
    grants: auto = strawberry_django.field(description="The expertise that it gives, for as long as it holds.")
    assigned_at: auto = strawberry_django.field(description="When it was first asked.")
    assigned_by: PersonType | None = strawberry_django.field(description="Who did.")
    ended_at: auto = strawberry_django.field(description="Since when it is asked of nobody any longer.")
    version: auto = strawberry_django.field(description="Counts its changes.")
    duties: list[Annotated["TrainingDutyType", strawberry.lazy("knowledge.articles.graphql.training")]] = (
        strawberry_django.field(
            description="Of whom it is asked: all of them for who publishes or administers people in the unit, your own"
            " otherwise."
        )
    )


@strawberry_django.type(
    models.TrainingDuty,
    name="TrainingDuty",
    description="That a person has to go through a training, until when, and how far they have come. They see it, and"
    " who publishes or administers people in the unit.",
)
class TrainingDutyType(relay.Node):
    training: TrainingType | None = strawberry_django.field(
        description="The training; nothing if you may not read its article any longer."
    )
    person: PersonType = strawberry_django.field(description="Who.")
    since: auto = strawberry_django.field(description="Since when it is asked of them.")
    due_on: auto = strawberry_django.field(description="Until when; nothing once it is done for good.")
    is_late: bool = computed(
        sql=_is_late, only=["ended_at", "due_on"], description="Whether it is asked of them and its day is over."
    )
    completed_at: auto = strawberry_django.field(description="When they last went through it.")
    tries: auto = strawberry_django.field(description="Wrong answers since then, each time counted as one.")
    ended_at: auto = strawberry_django.field(description="Since when it is not asked of them any longer.")
    completions: list[Annotated["TrainingCompletionType", strawberry.lazy("knowledge.articles.graphql.training")]] = (
        strawberry_django.field(description="Every time that they went through it, the latest first.")
    )


@strawberry_django.type(
    models.TrainingCompletion,
    name="TrainingCompletion",
    description="That a person went through an article as it then read, and answered rightly what it asks.",
)
class TrainingCompletionType(relay.Node):
    revision: ArticleRevisionType | None = strawberry_django.field(
        description="The revision; nothing if you may not read it any longer."
    )
    completed_at: auto = strawberry_django.field(description="When.")
    tries: auto = strawberry_django.field(description="How often they answered, the last time rightly.")


@strawberry.type(description="What became of somebody's answers.")
class TrainingAnswered:
    duty: TrainingDutyType = strawberry.field(description="How far they have come.")
    wrong: list[int] = strawberry.field(description="Which questions were not answered rightly, from 0.")
    passed: bool = strawberry.field(description="Whether it counts: all answers were right.")


@filter_type(description="Which trainings.")
class TrainingFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Training"))
    active: bool | None = where("Whether they are asked of people now.", condition=_is_active)
    unit: BusinessUnitFilter | None = where("By the unit that keeps them.")
    article: ArticleFilter | None = where("By their article.")


@strawberry_django.order_type(models.Training, description="By what trainings are ordered.")
class TrainingOrder:
    due_on: auto = order_field(description="By the day until which they are asked first.")
    assigned_at: auto = order_field(description="By when they were first asked.")


@filter_type(description="Which duties.")
class TrainingDutyFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("TrainingDuty"))
    mine: bool | None = where("Whether they are yours.", condition=_is_mine)
    asked: bool | None = where("Whether they are still asked.", condition=_is_asked)
    done: bool | None = where("Whether somebody has gone through it, and it still holds.", condition=_is_done)
    late: bool | None = where("Whether their day is over.", condition=_is_late)
    unit: BusinessUnitFilter | None = where("By the unit whose training it is.")
    person: PersonFilter | None = where("By whose they are.")
    training: TrainingFilter | None = where("By their training.")
    completed_at: TimeFilter | None = where("By when they were last done.")


@strawberry_django.order_type(models.TrainingDuty, description="By what duties are ordered.")
class TrainingDutyOrder:
    due_on: auto = order_field(description="By the day until which they are asked.")
    completed_at: auto = order_field(description="By when they were last done.")


@strawberry.input(description="An article that people shall go through.")
class AssignTrainingInput:
    article_id: ID = strawberry.field(description="The article, published.")
    audience: Audience = strawberry.field(description="Who.")
    role_id: ID | None = strawberry.field(default=None, description="The role, with the audience ROLE.")
    schedule_id: ID | None = strawberry.field(default=None, description="The schedule, with the audience SCHEDULE.")
    expertise: str = strawberry.field(default="", description="The expertise's key, with the audience EXPERTISE.")
    due_on: date = strawberry.field(description="Until when, for who is there now.")
    days: int = strawberry.field(
        default=models.USUAL_DAYS,
        description="How long who comes later has, and everybody after a revision that asks for it anew: 1 to 365.",
    )
    repeat_months: int | None = strawberry.field(
        default=None, description="How long it holds: 1 to 60 months; for good when left out."
    )
    grants: str = strawberry.field(
        default="", description="The key of the expertise that it gives, for as long as it holds."
    )


@strawberry.input(description="Changes of a training. What is left out stays; null takes away.")
class ChangeTrainingInput:
    training_id: ID = strawberry.field(description="The training.")
    due_on: date | None = strawberry.field(default=None, description="Until when, for who has not gone through it.")
    days: int | None = strawberry.field(default=None, description="How long who comes later has.")
    repeat_months: int | None = strawberry.field(
        default=strawberry.UNSET, description="How long it holds; null for good."
    )
    grants: str | None = strawberry.field(default=None, description="The expertise that it gives; empty for none.")
    version: int | None = strawberry.field(
        default=None, description="What the change began from: with another one by now, nothing is changed."
    )


@strawberry.input(description="A training to be asked of nobody any longer.")
class EndTrainingInput:
    training_id: ID = strawberry.field(description="The training.")


@strawberry.input(description="An article that you went through, and your answers.")
class ConfirmTrainingInput:
    duty_id: ID = strawberry.field(description="The duty: your own.")
    revision_number: int = strawberry.field(description="Which revision you read: with another one published, no.")
    answers: list[int] = strawberry.field(
        default_factory=list, description="The chosen one for each question, from 0; all have to be right."
    )
