"""Inputs of the runbooks area."""

import strawberry
from strawberry import ID, UNSET

from knowledge.runbooks.graphql.choices import StepState
from knowledge.runbooks.models import USUAL_CHECK_DAYS


@strawberry.input(description="Something to do.")
class RunbookStepInput:
    title: str = strawberry.field(description="What, in a line; at most 300 characters.")
    detail: str = strawberry.field(default="", description="How, in Markdown; at most 5,000 characters.")


@strawberry.input(description="A new runbook, with its first revision.")
class WriteRunbookInput:
    unit_id: ID = strawberry.field(description="The unit that keeps it.")
    title: str = strawberry.field(description="What it is for, in a line; at most 200 characters.")
    purpose: str = strawberry.field(description="When it is for, and by what one sees that.")
    steps: list[RunbookStepInput] = strawberry.field(description="What to do, in order: 1 to 100.")
    reason: str = strawberry.field(default="The first one", description="Why it is written.")
    service_id: ID | None = strawberry.field(default=None, description="The service that it is for.")
    failure_mode_id: ID | None = strawberry.field(
        default=None, description="The way of failing that it is for: a term of the kind FAILURE_MODE."
    )
    owner_id: ID | None = strawberry.field(default=None, description="Who looks after it; you, when left out.")
    check_days: int = strawberry.field(
        default=USUAL_CHECK_DAYS, description="After how many days somebody has to look whether it still holds."
    )
    postmortem_id: ID | None = strawberry.field(default=None, description="The review whose finding asks for it.")


@strawberry.input(description="What a runbook shall say instead.")
class ReviseRunbookInput:
    runbook_id: ID = strawberry.field(description="The runbook.")
    purpose: str = strawberry.field(description="When it is for, and by what one sees that.")
    steps: list[RunbookStepInput] = strawberry.field(description="What to do, in order: 1 to 100.")
    reason: str = strawberry.field(description="What it changes and why; at most 500 characters.")
    postmortem_id: ID | None = strawberry.field(default=None, description="The review whose finding proposes it.")
    based_on: int | None = strawberry.field(
        default=None, description="The number of the revision that it began from: with another one in force, no."
    )


@strawberry.input(description="Changes of one's own proposal.")
class EditRevisionInput:
    revision_id: ID = strawberry.field(description="The revision.")
    purpose: str = strawberry.field(description="When it is for, and by what one sees that.")
    steps: list[RunbookStepInput] = strawberry.field(description="What to do, in order: 1 to 100.")
    reason: str = strawberry.field(description="What it changes and why.")


@strawberry.input(description="A proposal that shall be in force.")
class ApproveRevisionInput:
    revision_id: ID = strawberry.field(description="The revision; never one's own.")
    note: str = strawberry.field(default="", description="What to say about it; at most 500 characters.")


@strawberry.input(description="A proposal that is turned down, or taken back.")
class DeclineRevisionInput:
    revision_id: ID = strawberry.field(description="The revision.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="Changes of what a runbook is about. What is left out stays; null takes away.")
class EditRunbookInput:
    runbook_id: ID = strawberry.field(description="The runbook.")
    title: str | None = strawberry.field(default=None, description="What it is for, in a line.")
    service_id: ID | None = strawberry.field(default=UNSET, description="The service that it is for.")
    failure_mode_id: ID | None = strawberry.field(default=UNSET, description="The way of failing that it is for.")
    owner_id: ID | None = strawberry.field(default=UNSET, description="Who looks after it.")
    check_days: int | None = strawberry.field(default=None, description="After how many days it has to be looked at.")
    version: int | None = strawberry.field(
        default=None, description="What the change began from: with another one by now, nothing is changed."
    )


@strawberry.input(description="A runbook that somebody has looked at, and that still holds.")
class ConfirmRunbookInput:
    runbook_id: ID = strawberry.field(description="The runbook.")


@strawberry.input(description="Who reads a runbook.")
class ShareRunbookInput:
    runbook_id: ID = strawberry.field(description="The runbook.")
    shared: bool = strawberry.field(description="Whether the whole enterprise reads it, or its unit alone.")


@strawberry.input(description="A runbook to take out of use.")
class RetireRunbookInput:
    runbook_id: ID = strawberry.field(description="The runbook.")
    reason: str = strawberry.field(description="Why; at most 500 characters.")


@strawberry.input(description="A runbook to take into use again.")
class RestoreRunbookInput:
    runbook_id: ID = strawberry.field(description="The runbook.")


@strawberry.input(description="A runbook to carry out in an incident.")
class StartRunbookInput:
    incident_id: ID = strawberry.field(description="The incident, while it goes on.")
    runbook_id: ID = strawberry.field(description="The runbook, in force.")


@strawberry.input(description="How a step stands now.")
class SettleStepInput:
    step_id: ID = strawberry.field(description="The step of a run.")
    state: StepState = strawberry.field(description="Done, skipped, or open again.")
    note: str = strawberry.field(default="", description="What was seen; needed to skip. At most 500 characters.")


@strawberry.input(description="A run that is over.")
class EndRunbookInput:
    run_id: ID = strawberry.field(description="The run.")
    outcome: str = strawberry.field(
        default="", description="Whether it helped, and what it lacked; needed where steps are open."
    )
