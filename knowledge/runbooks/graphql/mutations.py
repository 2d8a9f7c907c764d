"""Mutations of the runbooks area: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID

from hub.lib.api import (
    HubInfo,
    MutationErrors,
    actor_of,
    as_type,
    changed_key,
    key_of,
    mutation,
    node_key,
    optional_key,
)
from knowledge.runbooks import actions
from knowledge.runbooks.graphql.inputs import (
    ApproveRevisionInput,
    ConfirmRunbookInput,
    DeclineRevisionInput,
    EditRevisionInput,
    EditRunbookInput,
    EndRunbookInput,
    RestoreRunbookInput,
    RetireRunbookInput,
    ReviseRunbookInput,
    RunbookStepInput,
    SettleStepInput,
    ShareRunbookInput,
    StartRunbookInput,
    WriteRunbookInput,
)
from knowledge.runbooks.graphql.types import RunbookRevisionType, RunbookRunStepType, RunbookRunType, RunbookType
from knowledge.runbooks.steps import Step


def _runbook(global_id: ID) -> int:
    return node_key(global_id, "Runbook", "runbook", "runbookId")


def _revision(global_id: ID) -> int:
    return node_key(global_id, "RunbookRevision", "revision", "revisionId")


def _steps(given: list[RunbookStepInput]) -> list[Step]:
    return [Step(each.title, each.detail) for each in given]


@strawberry.type
class RunbooksMutation:
    @mutation(description="Write a runbook of a unit; its first revision waits for somebody else's approval.")
    def write_runbook(
        self, info: HubInfo, input: WriteRunbookInput
    ) -> Annotated[RunbookType | MutationErrors, strawberry.union("WriteRunbookPayload")]:
        written = actions.write_runbook(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "unit", "unitId"),
            title=input.title,
            purpose=input.purpose,
            steps=_steps(input.steps),
            reason=input.reason,
            service_id=optional_key(input.service_id, "Service", "service", "serviceId"),
            failure_mode_id=optional_key(input.failure_mode_id, "Term", "failure mode", "failureModeId"),
            owner_id=optional_key(input.owner_id, "Person", "person", "ownerId"),
            check_days=input.check_days,
            postmortem_id=optional_key(input.postmortem_id, "Postmortem", "post-mortem", "postmortemId"),
        )
        return as_type(RunbookType, written)

    @mutation(description="Propose what a runbook shall say; what is in force stays so until somebody else approves.")
    def revise_runbook(
        self, info: HubInfo, input: ReviseRunbookInput
    ) -> Annotated[RunbookRevisionType | MutationErrors, strawberry.union("ReviseRunbookPayload")]:
        proposed = actions.revise_runbook(
            actor=actor_of(info),
            runbook_id=_runbook(input.runbook_id),
            purpose=input.purpose,
            steps=_steps(input.steps),
            reason=input.reason,
            postmortem_id=optional_key(input.postmortem_id, "Postmortem", "post-mortem", "postmortemId"),
            based_on=input.based_on,
        )
        return as_type(RunbookRevisionType, proposed)

    @mutation(description="Change one's own proposal before it is decided.")
    def edit_revision(
        self, info: HubInfo, input: EditRevisionInput
    ) -> Annotated[RunbookRevisionType | MutationErrors, strawberry.union("EditRevisionPayload")]:
        edited = actions.edit_revision(
            actor=actor_of(info),
            revision_id=_revision(input.revision_id),
            purpose=input.purpose,
            steps=_steps(input.steps),
            reason=input.reason,
        )
        return as_type(RunbookRevisionType, edited)

    @mutation(description="Put a proposal in force. Nobody approves their own.")
    def approve_revision(
        self, info: HubInfo, input: ApproveRevisionInput
    ) -> Annotated[RunbookRevisionType | MutationErrors, strawberry.union("ApproveRevisionPayload")]:
        approved = actions.approve_revision(
            actor=actor_of(info), revision_id=_revision(input.revision_id), note=input.note
        )
        return as_type(RunbookRevisionType, approved)

    @mutation(description="Turn a proposal down, or take one's own back, and say why.")
    def decline_revision(
        self, info: HubInfo, input: DeclineRevisionInput
    ) -> Annotated[RunbookRevisionType | MutationErrors, strawberry.union("DeclineRevisionPayload")]:
        declined = actions.decline_revision(
            actor=actor_of(info), revision_id=_revision(input.revision_id), reason=input.reason
        )
        return as_type(RunbookRevisionType, declined)

    @mutation(description="Change what a runbook is about, and who looks after it.")
    def edit_runbook(
        self, info: HubInfo, input: EditRunbookInput
    ) -> Annotated[RunbookType | MutationErrors, strawberry.union("EditRunbookPayload")]:
        edited = actions.edit_runbook(
            actor=actor_of(info),
            runbook_id=_runbook(input.runbook_id),
            title=input.title,
            service_id=changed_key(input.service_id, "Service", "service", "serviceId"),
            failure_mode_id=changed_key(input.failure_mode_id, "Term", "failure mode", "failureModeId"),
            owner_id=changed_key(input.owner_id, "Person", "person", "ownerId"),
            check_days=input.check_days,
            version=input.version,
        )
        return as_type(RunbookType, edited)

    @mutation(description="Say that one has looked at a runbook, and it still holds.")
    def confirm_runbook(
        self, info: HubInfo, input: ConfirmRunbookInput
    ) -> Annotated[RunbookType | MutationErrors, strawberry.union("ConfirmRunbookPayload")]:
        confirmed = actions.confirm_runbook(actor=actor_of(info), runbook_id=_runbook(input.runbook_id))
        return as_type(RunbookType, confirmed)

    @mutation(description="Let the whole enterprise read a runbook, or its unit alone again.")
    def share_runbook(
        self, info: HubInfo, input: ShareRunbookInput
    ) -> Annotated[RunbookType | MutationErrors, strawberry.union("ShareRunbookPayload")]:
        shared = actions.share_runbook(actor=actor_of(info), runbook_id=_runbook(input.runbook_id), shared=input.shared)
        return as_type(RunbookType, shared)

    @mutation(description="Take a runbook out of use, and say why. It stays to be read.")
    def retire_runbook(
        self, info: HubInfo, input: RetireRunbookInput
    ) -> Annotated[RunbookType | MutationErrors, strawberry.union("RetireRunbookPayload")]:
        retired = actions.retire_runbook(
            actor=actor_of(info), runbook_id=_runbook(input.runbook_id), reason=input.reason
        )
        return as_type(RunbookType, retired)

    @mutation(description="Take a retired runbook into use again.")
    def restore_runbook(
        self, info: HubInfo, input: RestoreRunbookInput
    ) -> Annotated[RunbookType | MutationErrors, strawberry.union("RestoreRunbookPayload")]:
        restored = actions.restore_runbook(actor=actor_of(info), runbook_id=_runbook(input.runbook_id))
        return as_type(RunbookType, restored)

    @mutation(description="Begin to carry a runbook out in an incident: it becomes a checklist of its room.")
    def start_runbook(
        self, info: HubInfo, input: StartRunbookInput
    ) -> Annotated[RunbookRunType | MutationErrors, strawberry.union("StartRunbookPayload")]:
        started = actions.start_runbook(
            actor=actor_of(info),
            incident_id=node_key(input.incident_id, "Incident", "incident", "incidentId"),
            runbook_id=key_of(input.runbook_id, "Runbook") or 0,
        )
        return as_type(RunbookRunType, started)

    @mutation(description="Tick a step, skip it and say why, or take the tick back. It stands in the timeline.")
    def settle_step(
        self, info: HubInfo, input: SettleStepInput
    ) -> Annotated[RunbookRunStepType | MutationErrors, strawberry.union("SettleStepPayload")]:
        settled = actions.settle_step(
            actor=actor_of(info),
            step_id=node_key(input.step_id, "RunbookRunStep", "step", "stepId"),
            state=input.state,
            note=input.note,
        )
        return as_type(RunbookRunStepType, settled)

    @mutation(description="Say that a runbook has been carried out, or as far as it was of use.")
    def end_runbook(
        self, info: HubInfo, input: EndRunbookInput
    ) -> Annotated[RunbookRunType | MutationErrors, strawberry.union("EndRunbookPayload")]:
        ended = actions.end_runbook(
            actor=actor_of(info), run_id=node_key(input.run_id, "RunbookRun", "run", "runId"), outcome=input.outcome
        )
        return as_type(RunbookRunType, ended)
