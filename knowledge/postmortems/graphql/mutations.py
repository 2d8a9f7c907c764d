"""Mutations of the reviews area: each calls one action."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, changed_key, mutation, node_key, optional_key
from hub.lib.errors import Invalid
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.postmortems import access, actions
from knowledge.postmortems.graphql import inputs
from knowledge.postmortems.graphql.types import (
    ActionItemType,
    ActionsQuestionType,
    PostmortemMomentType,
    PostmortemType,
)
from knowledge.postmortems.models import WRITTEN, Postmortem


def _postmortem(global_id: ID) -> int:
    return node_key(global_id, "Postmortem", "post-mortem", "postmortemId")


def _action_item(global_id: ID) -> int:
    return node_key(global_id, "ActionItem", "action item", "actionItemId")


def _moment(global_id: ID) -> int:
    return node_key(global_id, "PostmortemMoment", "moment", "momentId")


def shown(info: HubInfo, postmortem: Postmortem) -> PostmortemType:
    """The review read anew, with what its writer may not see left out by outer joins."""
    rows = (
        access.postmortems(actor_of(info))
        .select_related("incident", "cause")
        .annotate(names_involved=access.names_involved())
    )
    return as_type(PostmortemType, rows.get(pk=postmortem.pk))


@strawberry.type
class PostmortemsMutation:
    @mutation(description="Open the review of an incident that is over; it opens by itself on resolution.")
    def open_postmortem(
        self, info: HubInfo, input: inputs.OpenPostmortemInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("OpenPostmortemPayload")]:
        incident_id = node_key(input.incident_id, "Incident", "incident", "incidentId")
        return shown(info, actions.open_postmortem(actor=actor_of(info), incident_id=incident_id))

    @mutation(description="Change what a review says. What stood before is kept.")
    def edit_postmortem(
        self, info: HubInfo, input: inputs.EditPostmortemInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("EditPostmortemPayload")]:
        texts = {name: getattr(input, name) for name in WRITTEN if getattr(input, name) is not None}
        edited = actions.edit_postmortem(
            actor=actor_of(info),
            postmortem_id=_postmortem(input.postmortem_id),
            version=input.version,
            texts=texts,
            author_id=node_key(input.author_id, "Person", "person", "authorId") if input.author_id else None,
        )
        return shown(info, edited)

    @mutation(description="Say which cause is the root, which contributed, and how what failed did fail.")
    def set_causes(
        self, info: HubInfo, input: inputs.SetCausesInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("SetCausesPayload")]:
        changed = actions.set_causes(
            actor=actor_of(info),
            postmortem_id=_postmortem(input.postmortem_id),
            cause_id=node_key(input.cause_id, "Term", "cause", "causeId") if input.cause_id else None,
            contributing_ids=[
                node_key(each, "Term", "cause", "contributingIds", str(index))
                for index, each in enumerate(input.contributing_ids)
            ],
            failure_mode_id=changed_key(input.failure_mode_id, "Term", "failure mode", "failureModeId"),
        )
        return shown(info, changed)

    @mutation(description="Add a moment to a review's timeline.")
    def add_moment(
        self, info: HubInfo, input: inputs.AddMomentInput
    ) -> Annotated[PostmortemMomentType | MutationErrors, strawberry.union("AddMomentPayload")]:
        return as_type(
            PostmortemMomentType,
            actions.add_moment(
                actor=actor_of(info),
                postmortem_id=_postmortem(input.postmortem_id),
                at=input.at,
                text=input.text,
                kind=input.kind,
            ),
        )

    @mutation(description="Mend a moment of a review's timeline; the incident's own stays as it is.")
    def edit_moment(
        self, info: HubInfo, input: inputs.EditMomentInput
    ) -> Annotated[PostmortemMomentType | MutationErrors, strawberry.union("EditMomentPayload")]:
        return as_type(
            PostmortemMomentType,
            actions.edit_moment(actor=actor_of(info), moment_id=_moment(input.moment_id), at=input.at, text=input.text),
        )

    @mutation(description="Leave a moment out of a review.")
    def remove_moment(
        self, info: HubInfo, input: inputs.RemoveMomentInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("RemoveMomentPayload")]:
        return shown(info, actions.remove_moment(actor=actor_of(info), moment_id=_moment(input.moment_id)))

    @mutation(description="Add an action item. Whoever takes one themselves, with a day, has accepted it.")
    def add_action_item(
        self, info: HubInfo, input: inputs.AddActionItemInput
    ) -> Annotated[ActionItemType | MutationErrors, strawberry.union("AddActionItemPayload")]:
        return as_type(
            ActionItemType,
            actions.add_action_item(
                actor=actor_of(info),
                postmortem_id=_postmortem(input.postmortem_id),
                title=input.title,
                owner_id=optional_key(input.owner_id, "Person", "person", "ownerId"),
                due_on=input.due_on,
                priority=input.priority,
                closes_with=input.closes_with,
            ),
        )

    @mutation(description="Change what, who or until when. Another owner or day has to be accepted anew.")
    def update_action_item(
        self, info: HubInfo, input: inputs.UpdateActionItemInput
    ) -> Annotated[ActionItemType | MutationErrors, strawberry.union("UpdateActionItemPayload")]:
        if input.title is None:
            raise Invalid("The title is empty.", path=["title"])
        title: str | Unchanged = UNCHANGED if input.title is UNSET else input.title
        owner_id = changed_key(input.owner_id, "Person", "person", "ownerId")
        due_on: date | Unchanged | None = UNCHANGED if input.due_on is UNSET else input.due_on
        return as_type(
            ActionItemType,
            actions.update_action_item(
                actor=actor_of(info),
                action_item_id=_action_item(input.action_item_id),
                title=title,
                owner_id=owner_id,
                due_on=due_on,
                priority=input.priority or UNCHANGED,
                closes_with=UNCHANGED if input.closes_with is UNSET else input.closes_with,
            ),
        )

    @mutation(description="Commit yourself to the day of an action item that you own.")
    def accept_action_item(
        self, info: HubInfo, input: inputs.ActionItemInput
    ) -> Annotated[ActionItemType | MutationErrors, strawberry.union("AcceptActionItemPayload")]:
        return as_type(
            ActionItemType,
            actions.accept_action_item(actor=actor_of(info), action_item_id=_action_item(input.action_item_id)),
        )

    @mutation(description="Say that an action item is done. Its owner may, and whoever may write in the review.")
    def complete_action_item(
        self, info: HubInfo, input: inputs.CompleteActionItemInput
    ) -> Annotated[ActionItemType | MutationErrors, strawberry.union("CompleteActionItemPayload")]:
        return as_type(
            ActionItemType,
            actions.complete_action_item(
                actor=actor_of(info),
                action_item_id=_action_item(input.action_item_id),
                outcome=input.outcome,
                proof=input.proof,
                proof_url=input.proof_url,
                proof_revision_id=optional_key(
                    input.proof_revision_id, "RunbookRevision", "revision", "proofRevisionId"
                ),
                proof_alert_id=optional_key(input.proof_alert_id, "Alert", "alert", "proofAlertId"),
                proof_drill_id=optional_key(input.proof_drill_id, "Drill", "drill", "proofDrillId"),
                proof_maintenance_id=optional_key(
                    input.proof_maintenance_id, "MaintenanceWindow", "maintenance window", "proofMaintenanceId"
                ),
            ),
        )

    @mutation(description="Decide not to do an action item, and say why.")
    def drop_action_item(
        self, info: HubInfo, input: inputs.DropActionItemInput
    ) -> Annotated[ActionItemType | MutationErrors, strawberry.union("DropActionItemPayload")]:
        return as_type(
            ActionItemType,
            actions.drop_action_item(
                actor=actor_of(info), action_item_id=_action_item(input.action_item_id), reason=input.reason
            ),
        )

    @mutation(description="Open an action item again that was done or dropped.")
    def reopen_action_item(
        self, info: HubInfo, input: inputs.ActionItemInput
    ) -> Annotated[ActionItemType | MutationErrors, strawberry.union("ReopenActionItemPayload")]:
        return as_type(
            ActionItemType,
            actions.reopen_action_item(actor=actor_of(info), action_item_id=_action_item(input.action_item_id)),
        )

    @mutation(description="Say whether a review's action items worked, now that the same failure was seen again.")
    def answer_actions_question(
        self, info: HubInfo, input: inputs.AnswerActionsQuestionInput
    ) -> Annotated[ActionsQuestionType | MutationErrors, strawberry.union("AnswerActionsQuestionPayload")]:
        answered = actions.answer_actions_question(
            actor=actor_of(info),
            question_id=node_key(input.question_id, "ActionsQuestion", "question", "questionId"),
            verdict=input.verdict,
            answer=input.answer,
        )
        return as_type(ActionsQuestionType, answered)

    @mutation(
        description="Let a review out to its audience. A refusal names everything that is missing: sections that are"
        " empty or still as the hub drafted them, a root cause, open branches of analyses, owners and days of action"
        " items."
    )
    def publish_postmortem(
        self, info: HubInfo, input: inputs.PublishPostmortemInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("PublishPostmortemPayload")]:
        published = actions.publish_postmortem(
            actor=actor_of(info), postmortem_id=_postmortem(input.postmortem_id), audience=input.audience
        )
        return shown(info, published)

    @mutation(description="Take a published review back: it is its unit's draft again.")
    def retract_postmortem(
        self, info: HubInfo, input: inputs.RetractPostmortemInput
    ) -> Annotated[PostmortemType | MutationErrors, strawberry.union("RetractPostmortemPayload")]:
        retracted = actions.retract_postmortem(
            actor=actor_of(info), postmortem_id=_postmortem(input.postmortem_id), reason=input.reason
        )
        return shown(info, retracted)
