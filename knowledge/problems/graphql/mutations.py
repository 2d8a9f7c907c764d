"""Mutations of the problems area: each calls one action."""

from typing import Annotated

import strawberry
from strawberry import ID, UNSET

from hub.lib.api import HubInfo, MutationErrors, actor_of, as_type, changed_key, mutation, node_key
from knowledge.problems import actions
from knowledge.problems.actions.working import TEXTS
from knowledge.problems.graphql.types import ProblemType


@strawberry.input(description="A new problem.")
class OpenProblemInput:
    unit_id: ID = strawberry.field(description="The unit that works on it.")
    title: str = strawberry.field(description="What it is, in a line; at most 200 characters.")
    symptoms: str = strawberry.field(default="", description="By what an incident of it is recognised.")
    root_cause: str = strawberry.field(default="", description="What is known of why it happens.")
    workaround: str = strawberry.field(default="", description="How to live with it.")
    service_id: ID | None = strawberry.field(default=None, description="The service that has it.")
    owner_id: ID | None = strawberry.field(default=None, description="Who is on it; you, when left out.")


@strawberry.input(description="Changes of what is known of a problem. What is left out stays; null takes away.")
class EditProblemInput:
    problem_id: ID = strawberry.field(description="The problem.")
    title: str | None = strawberry.field(default=None, description="What it is, in a line.")
    symptoms: str | None = strawberry.field(default=None, description="By what an incident of it is recognised.")
    root_cause: str | None = strawberry.field(default=None, description="What is known of why it happens.")
    workaround: str | None = strawberry.field(default=None, description="How to live with it; a known error keeps one.")
    service_id: ID | None = strawberry.field(default=UNSET, description="The service that has it.")
    owner_id: ID | None = strawberry.field(default=UNSET, description="Who is on it.")
    cause_id: ID | None = strawberry.field(default=UNSET, description="Its root cause: a term of the kind CAUSE.")
    failure_mode_id: ID | None = strawberry.field(
        default=UNSET, description="How what has it fails: a term of the kind FAILURE_MODE."
    )
    version: int | None = strawberry.field(
        default=None, description="What the change began from: with another one by now, nothing is changed."
    )


@strawberry.input(description="A problem that is understood well enough to live with it.")
class MarkKnownErrorInput:
    problem_id: ID = strawberry.field(description="The problem.")
    workaround: str | None = strawberry.field(
        default=None, description="How to live with it; left out, what stands there already."
    )


@strawberry.input(description="A problem that is gone.")
class ResolveProblemInput:
    problem_id: ID = strawberry.field(description="The problem.")
    outcome: str = strawberry.field(description="What removed it; at most 500 characters.")


@strawberry.input(description="A problem that nobody will work on.")
class DropProblemInput:
    problem_id: ID = strawberry.field(description="The problem.")
    reason: str = strawberry.field(description="Why not; at most 500 characters.")


@strawberry.input(description="A problem that is there again.")
class ReopenProblemInput:
    problem_id: ID = strawberry.field(description="The problem.")
    reason: str = strawberry.field(description="What shows it. It stays in the audit trail.")


@strawberry.input(description="Who reads a problem.")
class ShareProblemInput:
    problem_id: ID = strawberry.field(description="The problem.")
    shared: bool = strawberry.field(description="Whether the whole enterprise reads it, or its unit alone.")


@strawberry.input(description="An incident that a problem is behind.")
class LinkIncidentInput:
    problem_id: ID = strawberry.field(description="The problem.")
    incident_id: ID = strawberry.field(description="The incident, of any unit.")


@strawberry.input(description="An incident that has another reason.")
class UnlinkIncidentInput:
    problem_id: ID = strawberry.field(description="The problem.")
    incident_id: ID = strawberry.field(description="The incident.")


def _problem(global_id: ID) -> int:
    return node_key(global_id, "Problem", "problem", "problemId")


def _incident(global_id: ID) -> int:
    return node_key(global_id, "Incident", "incident", "incidentId")


@strawberry.type
class ProblemsMutation:
    @mutation(description="Open a problem in a unit. One that has the title already and is not over is named instead.")
    def open_problem(
        self, info: HubInfo, input: OpenProblemInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("OpenProblemPayload")]:
        opened = actions.open_problem(
            actor=actor_of(info),
            unit_id=node_key(input.unit_id, "BusinessUnit", "unit", "unitId"),
            title=input.title,
            texts={name: getattr(input, name) for name in TEXTS},
            service_id=node_key(input.service_id, "Service", "service", "serviceId") if input.service_id else None,
            owner_id=node_key(input.owner_id, "Person", "person", "ownerId") if input.owner_id else None,
        )
        return as_type(ProblemType, opened)

    @mutation(description="Change what is known of a problem, and who is on it.")
    def edit_problem(
        self, info: HubInfo, input: EditProblemInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("EditProblemPayload")]:
        edited = actions.edit_problem(
            actor=actor_of(info),
            problem_id=_problem(input.problem_id),
            title=input.title,
            texts={name: getattr(input, name) for name in TEXTS if getattr(input, name) is not None},
            service_id=changed_key(input.service_id, "Service", "service", "serviceId"),
            owner_id=changed_key(input.owner_id, "Person", "person", "ownerId"),
            cause_id=changed_key(input.cause_id, "Term", "cause", "causeId"),
            failure_mode_id=changed_key(input.failure_mode_id, "Term", "failure mode", "failureModeId"),
            version=input.version,
        )
        return as_type(ProblemType, edited)

    @mutation(description="Say that a problem is a known error: its workaround is offered from now on.")
    def mark_known_error(
        self, info: HubInfo, input: MarkKnownErrorInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("MarkKnownErrorPayload")]:
        known = actions.mark_known_error(
            actor=actor_of(info), problem_id=_problem(input.problem_id), workaround=input.workaround
        )
        return as_type(ProblemType, known)

    @mutation(description="Say that a problem is gone, and what removed it.")
    def resolve_problem(
        self, info: HubInfo, input: ResolveProblemInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("ResolveProblemPayload")]:
        resolved = actions.resolve_problem(
            actor=actor_of(info), problem_id=_problem(input.problem_id), outcome=input.outcome
        )
        return as_type(ProblemType, resolved)

    @mutation(description="Decide not to work on a problem any longer, and say why.")
    def drop_problem(
        self, info: HubInfo, input: DropProblemInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("DropProblemPayload")]:
        dropped = actions.drop_problem(actor=actor_of(info), problem_id=_problem(input.problem_id), reason=input.reason)
        return as_type(ProblemType, dropped)

    @mutation(description="Open a problem again that was resolved or dropped; with a workaround it is a known error.")
    def reopen_problem(
        self, info: HubInfo, input: ReopenProblemInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("ReopenProblemPayload")]:
        reopened = actions.reopen_problem(
            actor=actor_of(info), problem_id=_problem(input.problem_id), reason=input.reason
        )
        return as_type(ProblemType, reopened)

    @mutation(description="Let the whole enterprise read a problem, or its unit alone again.")
    def share_problem(
        self, info: HubInfo, input: ShareProblemInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("ShareProblemPayload")]:
        shared = actions.share_problem(actor=actor_of(info), problem_id=_problem(input.problem_id), shared=input.shared)
        return as_type(ProblemType, shared)

    @mutation(
        description="Say that a problem is behind an incident. Whoever works on the problem may, for any incident that"
        " they see; whoever works on the incident may, for a problem that is shared with them."
    )
    def link_incident(
        self, info: HubInfo, input: LinkIncidentInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("LinkIncidentPayload")]:
        linked = actions.link_incident(
            actor=actor_of(info), problem_id=_problem(input.problem_id), incident_id=_incident(input.incident_id)
        )
        return as_type(ProblemType, linked)

    @mutation(description="Say that an incident has another reason than a problem.")
    def unlink_incident(
        self, info: HubInfo, input: UnlinkIncidentInput
    ) -> Annotated[ProblemType | MutationErrors, strawberry.union("UnlinkIncidentPayload")]:
        unlinked = actions.unlink_incident(
            actor=actor_of(info), problem_id=_problem(input.problem_id), incident_id=_incident(input.incident_id)
        )
        return as_type(ProblemType, unlinked)
