"""Types, filters and orders of the articles area."""

from typing import TYPE_CHECKING, Annotated

import strawberry
import strawberry_django
from strawberry import ID, auto, relay
from strawberry_django import order_field

from hub.catalog.graphql.filters import ServiceFilter
from hub.catalog.graphql.types import ServiceType
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
from knowledge.articles import models
from knowledge.articles.graphql.choices import ArticleState
from knowledge.articles.questions import of_rows
from knowledge.postmortems.graphql.types import PostmortemType
from knowledge.revisions.graphql.conditions import is_in_use, is_mine, is_stale
from tenants.graphql.filters import BusinessUnitFilter, PersonFilter, TermFilter
from tenants.graphql.types import BusinessUnitType, PersonType, TermType

if TYPE_CHECKING:
    from knowledge.articles.graphql.training import TrainingType


@strawberry.type(name="ArticleQuestion", description="Something to ask whoever has read an article.")
class ArticleQuestionType:
    text: str = strawberry.field(description="The question.")
    choices: list[str] = strawberry.field(description="The answers, one of which is right. Which one is not told.")


def _questions(root: models.ArticleRevision) -> list[ArticleQuestionType]:
    return [ArticleQuestionType(text=each.text, choices=list(each.choices)) for each in of_rows(root.questions)]


@strawberry_django.type(
    models.ArticleRevision,
    name="ArticleRevision",
    description="What an article says, or is proposed to say. Outside its unit only what is or was published is read.",
)
class ArticleRevisionType(relay.Node):
    number: auto = strawberry_django.field(description="Counts the revisions of its article.")
    state: ArticleState = strawberry_django.field(description="How far it has come.")
    summary: auto = strawberry_django.field(description="What it tells, in a sentence or two.")
    text: auto = strawberry_django.field(description="What it says, in Markdown.")
    questions: list[ArticleQuestionType] = row_data(
        _questions, only=["questions"], description="What is asked of who goes through it as training."
    )
    renews_training: auto = strawberry_django.field(
        description="Whether who went through an earlier revision has to go through it again."
    )
    reason: auto = strawberry_django.field(description="What it changes and why.")
    postmortem: PostmortemType | None = strawberry_django.field(
        description="The review whose finding proposed it; nothing if none did, or you may not read that."
    )
    article: Annotated["ArticleType", strawberry.lazy("knowledge.articles.graphql.types")] = strawberry_django.field(
        description="The article."
    )
    proposed_at: auto = strawberry_django.field(description="When it was proposed.")
    proposed_by: PersonType | None = strawberry_django.field(description="Who wrote it.")
    decided_at: auto = strawberry_django.field(description="When it was approved or declined.")
    decided_by: PersonType | None = strawberry_django.field(description="Who did: never who wrote what is published.")
    decision: auto = strawberry_django.field(description="What they said about it.")


@strawberry_django.type(models.Article, name="Article", description="What somebody wrote down so that others know it.")
class ArticleType(relay.Node):
    number: auto = strawberry_django.field(description="Counts the articles of its unit.")
    title: auto = strawberry_django.field(description="What it is about, in a line.")
    shared: auto = strawberry_django.field(description="Whether the whole enterprise reads it; its unit alone if not.")
    unit: BusinessUnitType = strawberry_django.field(description="The unit that keeps it.")
    service: ServiceType | None = strawberry_django.field(description="The service that it is about, if it is of one.")
    cause: TermType | None = strawberry_django.field(description="The root cause that it is about.")
    failure_mode: TermType | None = strawberry_django.field(description="The way of failing that it is about.")
    owner: PersonType | None = strawberry_django.field(description="Who looks after it.")
    current: ArticleRevisionType | None = strawberry_django.field(
        description="The revision that is read; nothing before the first approval."
    )
    revisions: list[ArticleRevisionType] = strawberry_django.field(
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
        description="Whether it is published and nobody has looked at it for too long.",
    )
    retired_at: auto = strawberry_django.field(description="When it was taken out of use.")
    retired_because: auto = strawberry_django.field(description="Why it was.")
    written_at: auto = strawberry_django.field(description="When it was first written.")
    written_by: PersonType | None = strawberry_django.field(description="Who did.")
    version: auto = strawberry_django.field(description="Counts its changes.")
    edited_at: auto = strawberry_django.field(description="When it last changed.")
    trainings: list[Annotated["TrainingType", strawberry.lazy("knowledge.articles.graphql.training")]] = (
        strawberry_django.field(description="Who has to have gone through it, until when and how often.")
    )


@filter_type(description="Which articles.")
class ArticleFilter:
    id: list[ID] | None = where("One of these.", condition=any_id("Article"))
    title: TextFilter | None = where("By what they are about.")
    shared: bool | None = where("Whether the whole enterprise reads them.")
    published: bool | None = where("Whether they are published and not retired.", condition=is_in_use)
    stale: bool | None = where("Whether nobody has looked at them for too long.", condition=is_stale)
    mine: bool | None = where("Whether you look after them.", condition=is_mine)
    owner: PersonFilter | None = where("By who looks after them.")
    unit: BusinessUnitFilter | None = where("By the unit that keeps them.")
    service: ServiceFilter | None = where("By the service that they are about.")
    cause: TermFilter | None = where("By the root cause that they are about.")
    failure_mode: TermFilter | None = where("By the way of failing that they are about.")
    check_due_at: TimeFilter | None = where("By when they are to be looked at.")


@strawberry_django.order_type(models.Article, description="By what articles are ordered.")
class ArticleOrder:
    title: auto = order_field(description="By title.")
    written_at: auto = order_field(description="By when they were written.")
    edited_at: auto = order_field(description="By when they last changed.")
    check_due_at: auto = order_field(description="By when they are to be looked at.")


@filter_type(description="Which revisions of articles.")
class ArticleRevisionFilter:
    state: ChoiceFilter[ArticleState] | None = where("By how far they have come.")
    unit: BusinessUnitFilter | None = where("By the unit that keeps the article.")
    article: ArticleFilter | None = where("By their article.")
    proposed_at: TimeFilter | None = where("By when they were proposed.")


@strawberry_django.order_type(models.ArticleRevision, description="By what revisions of articles are ordered.")
class ArticleRevisionOrder:
    proposed_at: auto = order_field(description="By when they were proposed.")
