"""Mutations of the articles area: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, changed_key, mutation, node_key, optional_key
from hub.lib.unchanged import UNCHANGED
from knowledge.articles import actions
from knowledge.articles.graphql.inputs import (
    ApproveArticleRevisionInput,
    ArticleQuestionInput,
    ConfirmArticleInput,
    DeclineArticleRevisionInput,
    EditArticleInput,
    EditArticleRevisionInput,
    RestoreArticleInput,
    RetireArticleInput,
    ReviseArticleInput,
    ShareArticleInput,
    WriteArticleInput,
)
from knowledge.articles.graphql.training import (
    AssignTrainingInput,
    ChangeTrainingInput,
    ConfirmTrainingInput,
    EndTrainingInput,
    TrainingAnswered,
    TrainingDutyType,
    TrainingType,
)
from knowledge.articles.graphql.types import ArticleRevisionType, ArticleType
from knowledge.articles.questions import Question
from knowledge.articles.wording import Wording


def _article(global_id: ID) -> int:
    return node_key(global_id, "Article", "article", "articleId")


def _revision(global_id: ID) -> int:
    return node_key(global_id, "ArticleRevision", "revision", "articleRevisionId")


def _training(global_id: ID) -> int:
    return node_key(global_id, "Training", "training", "trainingId")


def _questions(given: list[ArticleQuestionInput] | None) -> tuple[Question, ...] | None:
    return None if given is None else tuple(Question(each.text, tuple(each.choices), each.right) for each in given)


@strawberry.type
class ArticlesMutation:
    @mutation(description="Write an article of a unit; its first revision waits for somebody else's approval.")
    def write_article(
        self, info: HubInfo, input: WriteArticleInput
    ) -> Annotated[ArticleType | MutationErrors, strawberry.union("WriteArticlePayload")]:
        written = actions.write_article(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "unit", "unitId"),
            title=input.title,
            wording=Wording(input.summary, input.text, _questions(input.questions)),
            reason=input.reason,
            service_id=optional_key(input.service_id, "Service", "service", "serviceId"),
            cause_id=optional_key(input.cause_id, "Term", "cause", "causeId"),
            failure_mode_id=optional_key(input.failure_mode_id, "Term", "failure mode", "failureModeId"),
            owner_id=optional_key(input.owner_id, "Person", "person", "ownerId"),
            check_days=input.check_days,
            postmortem_id=optional_key(input.postmortem_id, "Postmortem", "post-mortem", "postmortemId"),
        )
        return as_type(ArticleType, written)

    @mutation(description="Propose what an article shall say; what is published stays so until somebody else approves.")
    def revise_article(
        self, info: HubInfo, input: ReviseArticleInput
    ) -> Annotated[ArticleRevisionType | MutationErrors, strawberry.union("ReviseArticlePayload")]:
        proposed = actions.revise_article(
            actor=actor_of(info),
            article_id=_article(input.article_id),
            wording=Wording(input.summary, input.text, _questions(input.questions), input.renews_training),
            reason=input.reason,
            postmortem_id=optional_key(input.postmortem_id, "Postmortem", "post-mortem", "postmortemId"),
            based_on=input.based_on,
        )
        return as_type(ArticleRevisionType, proposed)

    @mutation(description="Change one's own proposal of an article before it is decided.")
    def edit_article_revision(
        self, info: HubInfo, input: EditArticleRevisionInput
    ) -> Annotated[ArticleRevisionType | MutationErrors, strawberry.union("EditArticleRevisionPayload")]:
        edited = actions.edit_article_revision(
            actor=actor_of(info),
            article_revision_id=_revision(input.article_revision_id),
            wording=Wording(input.summary, input.text, _questions(input.questions), input.renews_training),
            reason=input.reason,
        )
        return as_type(ArticleRevisionType, edited)

    @mutation(description="Publish a proposal. Nobody approves their own.")
    def approve_article_revision(
        self, info: HubInfo, input: ApproveArticleRevisionInput
    ) -> Annotated[ArticleRevisionType | MutationErrors, strawberry.union("ApproveArticleRevisionPayload")]:
        approved = actions.approve_article_revision(
            actor=actor_of(info), article_revision_id=_revision(input.article_revision_id), note=input.note
        )
        return as_type(ArticleRevisionType, approved)

    @mutation(description="Turn a proposal of an article down, or take one's own back, and say why.")
    def decline_article_revision(
        self, info: HubInfo, input: DeclineArticleRevisionInput
    ) -> Annotated[ArticleRevisionType | MutationErrors, strawberry.union("DeclineArticleRevisionPayload")]:
        declined = actions.decline_article_revision(
            actor=actor_of(info), article_revision_id=_revision(input.article_revision_id), reason=input.reason
        )
        return as_type(ArticleRevisionType, declined)

    @mutation(description="Change what an article is about, and who looks after it.")
    def edit_article(
        self, info: HubInfo, input: EditArticleInput
    ) -> Annotated[ArticleType | MutationErrors, strawberry.union("EditArticlePayload")]:
        edited = actions.edit_article(
            actor=actor_of(info),
            article_id=_article(input.article_id),
            title=input.title,
            service_id=changed_key(input.service_id, "Service", "service", "serviceId"),
            cause_id=changed_key(input.cause_id, "Term", "cause", "causeId"),
            failure_mode_id=changed_key(input.failure_mode_id, "Term", "failure mode", "failureModeId"),
            owner_id=changed_key(input.owner_id, "Person", "person", "ownerId"),
            check_days=input.check_days,
            version=input.version,
        )
        return as_type(ArticleType, edited)

    @mutation(description="Say that one has looked at an article, and it still holds.")
    def confirm_article(
        self, info: HubInfo, input: ConfirmArticleInput
    ) -> Annotated[ArticleType | MutationErrors, strawberry.union("ConfirmArticlePayload")]:
        confirmed = actions.confirm_article(actor=actor_of(info), article_id=_article(input.article_id))
        return as_type(ArticleType, confirmed)

    @mutation(description="Let the whole enterprise read an article, or its unit alone again.")
    def share_article(
        self, info: HubInfo, input: ShareArticleInput
    ) -> Annotated[ArticleType | MutationErrors, strawberry.union("ShareArticlePayload")]:
        shared = actions.share_article(actor=actor_of(info), article_id=_article(input.article_id), shared=input.shared)
        return as_type(ArticleType, shared)

    @mutation(description="Take an article out of use, and say why. It stays to be read.")
    def retire_article(
        self, info: HubInfo, input: RetireArticleInput
    ) -> Annotated[ArticleType | MutationErrors, strawberry.union("RetireArticlePayload")]:
        retired = actions.retire_article(
            actor=actor_of(info), article_id=_article(input.article_id), reason=input.reason
        )
        return as_type(ArticleType, retired)

    @mutation(description="Take a retired article into use again.")
    def restore_article(
        self, info: HubInfo, input: RestoreArticleInput
    ) -> Annotated[ArticleType | MutationErrors, strawberry.union("RestoreArticlePayload")]:
        restored = actions.restore_article(actor=actor_of(info), article_id=_article(input.article_id))
        return as_type(ArticleType, restored)

    @mutation(description="Say that people have to have gone through a published article.")
    def assign_training(
        self, info: HubInfo, input: AssignTrainingInput
    ) -> Annotated[TrainingType | MutationErrors, strawberry.union("AssignTrainingPayload")]:
        assigned = actions.assign_training(
            actor=actor_of(info),
            article_id=_article(input.article_id),
            audience=input.audience,
            role_id=optional_key(input.role_id, "Role", "role", "roleId"),
            schedule_id=optional_key(input.schedule_id, "Schedule", "schedule", "scheduleId"),
            expertise=input.expertise,
            due_on=input.due_on,
            days=input.days,
            repeat_months=input.repeat_months,
            grants=input.grants,
        )
        return as_type(TrainingType, assigned)

    @mutation(description="Change until when and how often a training is asked.")
    def change_training(
        self, info: HubInfo, input: ChangeTrainingInput
    ) -> Annotated[TrainingType | MutationErrors, strawberry.union("ChangeTrainingPayload")]:
        changed = actions.change_training(
            actor=actor_of(info),
            training_id=_training(input.training_id),
            due_on=input.due_on,
            days=input.days,
            repeat_months=UNCHANGED if input.repeat_months is UNSET else input.repeat_months,
            grants=input.grants,
            version=input.version,
        )
        return as_type(TrainingType, changed)

    @mutation(description="Ask a training of nobody any longer. Who has gone through it stays known.")
    def end_training(
        self, info: HubInfo, input: EndTrainingInput
    ) -> Annotated[TrainingType | MutationErrors, strawberry.union("EndTrainingPayload")]:
        ended = actions.end_training(actor=actor_of(info), training_id=_training(input.training_id))
        return as_type(TrainingType, ended)

    @mutation(description="Say that you went through an article. It counts only if all answers are right.")
    def confirm_training(
        self, info: HubInfo, input: ConfirmTrainingInput
    ) -> Annotated[TrainingAnswered | MutationErrors, strawberry.union("ConfirmTrainingPayload")]:
        answered = actions.confirm_training(
            actor=actor_of(info),
            duty_id=node_key(input.duty_id, "TrainingDuty", "training", "dutyId"),
            revision_number=input.revision_number,
            answers=input.answers,
        )
        return TrainingAnswered(
            duty=as_type(TrainingDutyType, answered.duty), wrong=list(answered.wrong), passed=not answered.wrong
        )
