"""What the mutations of the reviews area take."""

from datetime import date, datetime

import strawberry
from strawberry import ID, UNSET

from hub.incidents.graphql.choices import EntryKind
from knowledge.postmortems.graphql.choices import (
    ActionPriority,
    Audience,
    CauseRole,
    EvidenceKind,
    GapKind,
    Method,
    Proof,
    Verdict,
)


@strawberry.input(description="An incident whose review to open.")
class OpenPostmortemInput:
    incident_id: ID = strawberry.field(description="The incident. It has to be over.")


@strawberry.input(description="Changes of what a review says. What is left out stays.")
class EditPostmortemInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    version: int = strawberry.field(
        description="The version that the changes are based on. A section that somebody else has changed since is"
        " refused with CONFLICT, and then nothing is saved."
    )
    title: str | None = strawberry.field(default=None, description="At most 200 characters.")
    summary: str | None = strawberry.field(default=None, description="Markdown; at most 50,000 characters a section.")
    impact: str | None = strawberry.field(default=None, description="Markdown.")
    detection: str | None = strawberry.field(default=None, description="Markdown.")
    root_cause: str | None = strawberry.field(default=None, description="Markdown.")
    went_well: str | None = strawberry.field(default=None, description="Markdown.")
    went_badly: str | None = strawberry.field(default=None, description="Markdown.")
    lessons: str | None = strawberry.field(default=None, description="Markdown.")
    author_id: ID | None = strawberry.field(default=None, description="Who leads it from now on.")


@strawberry.input(description="Why it happened. What was chosen before is replaced.")
class SetCausesInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    cause_id: ID | None = strawberry.field(
        default=None, description="The root cause: a term of the kind CAUSE. Without it, a draft's is left open."
    )
    contributing_ids: list[ID] = strawberry.field(
        default_factory=list, description="The causes that contributed: terms of the kind CAUSE."
    )
    failure_mode_id: ID | None = strawberry.field(
        default=UNSET,
        description="How what failed did fail: a term of the kind FAILURE_MODE. Left out, it stays; null takes away.",
    )


@strawberry.input(description="A new analysis of why it happened.")
class StartAnalysisInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    method: Method = strawberry.field(description="How it asks.")
    problem: str = strawberry.field(description="The primary effect, in a sentence; at most 300 characters.")
    ended_because: str = strawberry.field(
        default="", description="Why nobody asks further; a published review takes no analysis that is open."
    )


@strawberry.input(description="An analysis to take out of its review.")
class RemoveAnalysisInput:
    analysis_id: ID = strawberry.field(description="The analysis.")


@strawberry.input(description="A cause of an effect.")
class AddCauseInput:
    effect_id: ID = strawberry.field(description="The effect that it is a cause of.")
    text: str = strawberry.field(description="What happened or was there, in a sentence; at most 300 characters.")
    role: CauseRole | None = strawberry.field(
        default=None, description="An action or a condition; in Five Whys it may be left out."
    )
    ended_because: str = strawberry.field(
        default="",
        description="Why nobody asks further behind it; at most 300 characters. A published review needs it.",
    )


@strawberry.input(description="An effect that is there already, as a cause of another one in the same analysis.")
class LinkCauseInput:
    effect_id: ID = strawberry.field(description="The effect that it is a cause of.")
    cause_id: ID = strawberry.field(description="The effect that is the cause.")
    role: CauseRole = strawberry.field(description="An action or a condition.")


@strawberry.input(description="Changes of an effect. What is left out stays.")
class EditEffectInput:
    effect_id: ID = strawberry.field(description="The effect.")
    text: str | None = strawberry.field(default=None, description="What happened or was there, in a sentence.")
    ended_because: str | None = strawberry.field(
        default=None, description="Why nobody asks further behind it; an empty text asks again."
    )


@strawberry.input(description="A cause that was none after all.")
class RemoveCauseInput:
    link_id: ID = strawberry.field(description="The link from the effect to the cause.")


@strawberry.input(description="How an effect is known.")
class AddEvidenceInput:
    effect_id: ID = strawberry.field(description="The effect.")
    text: str = strawberry.field(description="What shows it; at most 500 characters.")
    kind: EvidenceKind = strawberry.field(default=EvidenceKind.OBSERVATION, description="By what it is known.")
    url: str = strawberry.field(default="", description="Where it can be looked at: an http or https address.")


@strawberry.input(description="Evidence to take back.")
class RemoveEvidenceInput:
    evidence_id: ID = strawberry.field(description="The evidence.")


@strawberry.input(description="Something that should have noticed or ended it sooner, and was missing.")
class AddGapInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    kind: GapKind = strawberry.field(description="What it kept from happening sooner.")
    text: str = strawberry.field(description="What was missing; at most 500 characters.")
    minutes: int | None = strawberry.field(default=None, description="How long it took because of that.")


@strawberry.input(description="Changes of a gap. What is left out stays.")
class EditGapInput:
    gap_id: ID = strawberry.field(description="The gap.")
    text: str | None = strawberry.field(default=None, description="What was missing.")
    minutes: int | None = strawberry.field(default=UNSET, description="How long it took; null takes it away.")


@strawberry.input(description="A gap to take back.")
class RemoveGapInput:
    gap_id: ID = strawberry.field(description="The gap.")


@strawberry.input(description="A moment for a review's timeline.")
class AddMomentInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    at: datetime = strawberry.field(description="When it happened.")
    text: str = strawberry.field(description="What happened, in a line; at most 500 characters.")
    kind: EntryKind = strawberry.field(default=EntryKind.NOTE, description="What it records.")


@strawberry.input(description="A change of a moment. What is left out stays.")
class EditMomentInput:
    moment_id: ID = strawberry.field(description="The moment.")
    at: datetime | None = strawberry.field(default=None, description="When it happened.")
    text: str | None = strawberry.field(default=None, description="What happened, in a line.")


@strawberry.input(description="A moment to leave out of its review.")
class RemoveMomentInput:
    moment_id: ID = strawberry.field(description="The moment.")


@strawberry.input(description="A new action item.")
class AddActionItemInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    title: str = strawberry.field(description="What is to be done; at most 300 characters.")
    owner_id: ID | None = strawberry.field(
        default=None, description="Who does it, in any unit. A published review takes no item without."
    )
    due_on: date | None = strawberry.field(
        default=None, description="Until when. A published review takes no item without."
    )
    priority: ActionPriority = strawberry.field(default=ActionPriority.MEDIUM, description="What comes first.")
    closes_with: Proof | None = strawberry.field(
        default=None, description="What has to be shown to close it; nothing in particular without."
    )


@strawberry.input(description="Changes of an open action item. What is left out stays; null takes away.")
class UpdateActionItemInput:
    action_item_id: ID = strawberry.field(description="The action item.")
    title: str | None = strawberry.field(default=UNSET, description="What is to be done.")
    owner_id: ID | None = strawberry.field(default=UNSET, description="Who does it.")
    due_on: date | None = strawberry.field(default=UNSET, description="Until when.")
    priority: ActionPriority | None = strawberry.field(default=None, description="What comes first.")
    closes_with: Proof | None = strawberry.field(default=UNSET, description="What has to be shown to close it.")


@strawberry.input(description="The answer to the question whether a review's action items worked.")
class AnswerActionsQuestionInput:
    question_id: ID = strawberry.field(description="The question.")
    verdict: Verdict = strawberry.field(description="Whether they worked.")
    answer: str = strawberry.field(description="Why, and what is done now; at most 1,000 characters.")


@strawberry.input(description="An action item.")
class ActionItemInput:
    action_item_id: ID = strawberry.field(description="The action item.")


@strawberry.input(description="An action item that was done.")
class CompleteActionItemInput:
    action_item_id: ID = strawberry.field(description="The action item.")
    outcome: str = strawberry.field(default="", description="What was done; at most 500 characters.")
    proof: str = strawberry.field(
        default="",
        description="What shows it, in words beside the thing or the address; at most 500 characters.",
    )
    proof_url: str = strawberry.field(
        default="",
        description="Where to look at it: an http or https address. An item that says with what it is closed needs it"
        " where nothing of the hub is named; the test of an alert needs an alert.",
    )
    proof_revision_id: ID | None = strawberry.field(
        default=None,
        description="A runbook's revision that shows it: one that you may see, in force since the incident or later.",
    )
    proof_alert_id: ID | None = strawberry.field(
        default=None,
        description="An alert that shows it: one that you may see, first received since the item was written.",
    )
    proof_drill_id: ID | None = strawberry.field(
        default=None, description="A drill that shows it: one that you may see, that began since, and that is over."
    )
    proof_maintenance_id: ID | None = strawberry.field(
        default=None,
        description="The maintenance in which the change was made: one that began since the incident, and is over.",
    )


@strawberry.input(description="An action item that will not be done.")
class DropActionItemInput:
    action_item_id: ID = strawberry.field(description="The action item.")
    reason: str = strawberry.field(description="Why not; at most 500 characters.")


@strawberry.input(description="A review to publish.")
class PublishPostmortemInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    audience: Audience = strawberry.field(default=Audience.UNIT, description="Who reads it.")


@strawberry.input(description="A published review to take back.")
class RetractPostmortemInput:
    postmortem_id: ID = strawberry.field(description="The review.")
    reason: str = strawberry.field(description="Why; at most 300 characters. It stays in the audit trail.")
