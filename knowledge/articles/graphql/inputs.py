"""Inputs of the articles area."""

import strawberry
from strawberry import ID, UNSET

from knowledge.articles.models import USUAL_CHECK_DAYS


@strawberry.input(description="Something to ask whoever has read an article.")
class ArticleQuestionInput:
    text: str = strawberry.field(description="The question; at most 500 characters.")
    choices: list[str] = strawberry.field(description="2 to 8 answers, of which one is right.")
    right: int = strawberry.field(description="Which one is, from 0. Readers are never told.")


@strawberry.input(description="A new article, with its first revision.")
class WriteArticleInput:
    unit_id: ID = strawberry.field(description="The unit that keeps it.")
    title: str = strawberry.field(description="What it is about, in a line; at most 200 characters.")
    summary: str = strawberry.field(description="What it tells, in a sentence or two; at most 500 characters.")
    text: str = strawberry.field(description="Markdown; at most 100,000 characters.")
    questions: list[ArticleQuestionInput] | None = strawberry.field(
        default=None, description="What tells whether it was understood: at most 20."
    )
    reason: str = strawberry.field(default="The first one", description="Why it is written.")
    service_id: ID | None = strawberry.field(default=None, description="The service that it is about.")
    cause_id: ID | None = strawberry.field(
        default=None, description="The root cause that it is about: a term of the kind CAUSE."
    )
    failure_mode_id: ID | None = strawberry.field(
        default=None, description="The way of failing that it is about: a term of the kind FAILURE_MODE."
    )
    owner_id: ID | None = strawberry.field(default=None, description="Who looks after it; you, when left out.")
    check_days: int = strawberry.field(
        default=USUAL_CHECK_DAYS, description="After how many days somebody has to look whether it still holds."
    )
    postmortem_id: ID | None = strawberry.field(default=None, description="The review whose finding asks for it.")


@strawberry.input(description="What an article shall say instead.")
class ReviseArticleInput:
    article_id: ID = strawberry.field(description="The article.")
    summary: str = strawberry.field(description="What it tells, in a sentence or two.")
    text: str = strawberry.field(description="Markdown.")
    questions: list[ArticleQuestionInput] | None = strawberry.field(
        default=None, description="What tells whether it was understood; those that are published, when left out."
    )
    renews_training: bool = strawberry.field(
        default=False, description="Whether who went through an earlier revision has to go through it again."
    )
    reason: str = strawberry.field(description="What it changes and why; at most 500 characters.")
    postmortem_id: ID | None = strawberry.field(default=None, description="The review whose finding proposes it.")
    based_on: int | None = strawberry.field(
        default=None, description="The number of the revision that it began from: with another one published, no."
    )


@strawberry.input(description="Changes of one's own proposal.")
class EditArticleRevisionInput:
    article_revision_id: ID = strawberry.field(description="The revision.")
    summary: str = strawberry.field(description="What it tells, in a sentence or two.")
    text: str = strawberry.field(description="Markdown.")
    questions: list[ArticleQuestionInput] | None = strawberry.field(
        default=None, description="What tells whether it was understood; those of the proposal, when left out."
    )
    renews_training: bool = strawberry.field(
        default=False, description="Whether who went through an earlier revision has to go through it again."
    )
    reason: str = strawberry.field(description="What it changes and why.")


@strawberry.input(description="A proposal that shall be published.")
class ApproveArticleRevisionInput:
    article_revision_id: ID = strawberry.field(description="The revision; never one's own.")
    note: str = strawberry.field(default="", description="What to say about it; at most 500 characters.")


@strawberry.input(description="A proposal that is turned down, or taken back.")
class DeclineArticleRevisionInput:
    article_revision_id: ID = strawberry.field(description="The revision.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="Changes of what an article is about. What is left out stays; null takes away.")
class EditArticleInput:
    article_id: ID = strawberry.field(description="The article.")
    title: str | None = strawberry.field(default=None, description="What it is about, in a line.")
    service_id: ID | None = strawberry.field(default=UNSET, description="The service that it is about.")
    cause_id: ID | None = strawberry.field(default=UNSET, description="The root cause that it is about.")
    failure_mode_id: ID | None = strawberry.field(default=UNSET, description="The way of failing that it is about.")
    owner_id: ID | None = strawberry.field(default=UNSET, description="Who looks after it.")
    check_days: int | None = strawberry.field(default=None, description="After how many days it has to be looked at.")
    version: int | None = strawberry.field(
        default=None, description="What the change began from: with another one by now, nothing is changed."
    )


@strawberry.input(description="An article that somebody has looked at, and that still holds.")
class ConfirmArticleInput:
    article_id: ID = strawberry.field(description="The article.")


@strawberry.input(description="Who reads an article.")
class ShareArticleInput:
    article_id: ID = strawberry.field(description="The article.")
    shared: bool = strawberry.field(description="Whether the whole enterprise reads it, or its unit alone.")


@strawberry.input(description="An article to take out of use.")
class RetireArticleInput:
    article_id: ID = strawberry.field(description="The article.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="An article to take into use again.")
class RestoreArticleInput:
    article_id: ID = strawberry.field(description="The article.")
