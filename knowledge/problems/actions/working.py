"""Working on a problem: opening it, saying what is known, and its states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hub.catalog import access as catalog
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound, check_version
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_line, checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from hub.live import outbox
from knowledge.problems import access
from knowledge.problems.events import ProblemChanged, ProblemOpened, ProblemStateChanged
from knowledge.problems.models import Problem, ProblemState
from tenants import access as tenants
from tenants import audit
from tenants.models import TermKind

LONGEST_TITLE: Final = 200
LONGEST_TEXT: Final = 10_000
LONGEST_OUTCOME: Final = 500
TEXTS: Final = {"symptoms": "symptoms", "root_cause": "rootCause", "workaround": "workaround"}
"""The columns of text, and the input fields that they come in."""


def open_problem(
    *,
    actor: Actor,
    unit_id: int,
    title: str,
    texts: Mapping[str, str] | None = None,
    service_id: int | None = None,
    owner_id: int | None = None,
) -> Problem:
    """Open a problem in a unit.

    Args:
        texts: symptoms, root_cause, workaround; what is left out is empty.
        owner_id: who is on it; whoever opens it, when left out.

    Raises `NotFound` for the unit, service or person, `Forbidden` without knowledge.write there, `Invalid` for a text,
    `Conflict` for a title that one of the unit's problems has which is not over. Locks the unit's numbers.
    """
    with acting_as(actor):
        unit = tenants.unit_for(actor, unit_id)
        if not access.may_write(actor, unit.pk):
            raise Forbidden(f"Opening a problem of {unit.name} needs a responder's role there.")
        now = clock.now()
        problem = Problem(
            unit=unit,
            title=_title(title),
            service_id=_service(actor, service_id),
            owner_id=actor.person_id if owner_id is None else _owner(actor, owner_id),
            opened_at=now,
            opened_by_id=actor.person_id,
            edited_at=now,
            **_texts(texts or {}),
        )
        hold("problems_problem", unit.pk)
        _refuse_twin(actor, problem)
        problem.number = access.next_number(actor, unit.pk)
        problem.save(force_insert=True)
        outbox.record(actor=actor, event=ProblemOpened(unit_id=unit.pk, incident_id=None, problem_id=problem.pk))
        _audit(actor, problem, "open_problem", {"title": [None, problem.title]})
        return problem


def edit_problem(
    *,
    actor: Actor,
    problem_id: int,
    title: str | None = None,
    texts: Mapping[str, str] | None = None,
    service_id: int | Unchanged | None = UNCHANGED,
    owner_id: int | Unchanged | None = UNCHANGED,
    cause_id: int | Unchanged | None = UNCHANGED,
    failure_mode_id: int | Unchanged | None = UNCHANGED,
    version: int | None = None,
) -> Problem:
    """Change what is known of a problem, and who is on it. What is left out stays.

    Args:
        version: what the writer began from: a problem that was changed since is left as it is.

    Raises `NotFound` for the problem, a service, person or term, `Forbidden`, `Conflict` for a title that is taken and
    for another version, `Invalid` for a text or a known error that would lose its workaround. Locks the problem.
    """
    with acting_as(actor):
        problem = _problem_for_writing(actor, problem_id)
        if version is not None:
            check_version(version, problem.version, f"“{problem.title}”")
        before = _facts(problem)
        if title is not None and title != problem.title:
            problem.title = _title(title)
            _refuse_twin(actor, problem)
        for name, text in _texts(texts or {}).items():
            setattr(problem, name, text)
        if problem.state == ProblemState.KNOWN_ERROR and not problem.workaround:
            raise Invalid("A known error keeps a workaround.", path=["workaround"])
        if not isinstance(service_id, Unchanged):
            problem.service_id = _service(actor, service_id)
        if not isinstance(owner_id, Unchanged):
            problem.owner_id = None if owner_id is None else _owner(actor, owner_id)
        if not isinstance(cause_id, Unchanged):
            problem.cause_id = _term(actor, problem, TermKind.CAUSE, cause_id, "causeId")
        if not isinstance(failure_mode_id, Unchanged):
            problem.failure_mode_id = _term(actor, problem, TermKind.FAILURE_MODE, failure_mode_id, "failureModeId")
        after = _facts(problem)
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            _save(actor, problem, "edit_problem", changed, {name: [before[name], after[name]] for name in changed})
        return problem


def mark_known_error(*, actor: Actor, problem_id: int, workaround: str | None = None) -> Problem:
    """Say that it is understood well enough to live with it: its workaround is offered from now on.

    Args:
        workaround: how; None keeps what stands there already.

    Raises `NotFound`, `Forbidden`, `Conflict` for a problem that is one already or over, `Invalid` without a
    workaround. Locks the problem.
    """
    with acting_as(actor):
        problem = _problem_for_writing(actor, problem_id)
        if problem.state != ProblemState.OPEN:
            raise Conflict(f"“{problem.title}” is {problem.get_state_display().lower()} already.")
        if workaround is not None:
            problem.workaround = _texts({"workaround": workaround})["workaround"]
        if not problem.workaround:
            raise Invalid("A known error says how to live with it: write the workaround.", path=["workaround"])
        problem.known_at = clock.now()
        return _moved(actor, problem, ProblemState.KNOWN_ERROR, "mark_known_error", ["workaround", "known_at"])


def resolve_problem(*, actor: Actor, problem_id: int, outcome: str) -> Problem:
    """Say that it is gone, and what removed it. Raises `NotFound`, `Forbidden`, `Conflict` for one that is over,
    `Invalid` without an outcome. Locks the problem.
    """
    return _end(actor, problem_id, ProblemState.RESOLVED, outcome, "outcome")


def drop_problem(*, actor: Actor, problem_id: int, reason: str) -> Problem:
    """Decide not to work on it any longer, and say why. Raises as `resolve_problem` does. Locks the problem."""
    return _end(actor, problem_id, ProblemState.DROPPED, reason, "reason")


def reopen_problem(*, actor: Actor, problem_id: int, reason: str) -> Problem:
    """It is there again: a problem that has a workaround is a known error at once.

    Raises `NotFound`, `Forbidden`, `Invalid` without a reason, `Conflict` for one that is not over or whose title
    another one has taken meanwhile. Locks the problem.
    """
    with acting_as(actor):
        problem = _problem_for_writing(actor, problem_id)
        why = checked_text(reason, "reason", longest=LONGEST_OUTCOME)
        if not problem.is_over:
            raise Conflict(f"“{problem.title}” is not over.")
        _refuse_twin(actor, problem)
        problem.outcome, problem.ended_at = "", None
        state = ProblemState.KNOWN_ERROR if problem.workaround and problem.known_at else ProblemState.OPEN
        return _moved(actor, problem, state, "reopen_problem", ["outcome", "ended_at"], reason=why)


def share_problem(*, actor: Actor, problem_id: int, shared: bool) -> Problem:
    """Let the whole enterprise read a problem, and be offered its workaround; or its unit alone again.

    Raises `NotFound`, `Forbidden` without knowledge.publish. Locks the problem.
    """
    with acting_as(actor):
        problem = _problem_for_writing(actor, problem_id)
        if not access.may_share(actor, problem.unit_id):
            raise Forbidden("Who reads a problem outside its unit is for a commander of the unit to say.")
        if problem.shared != shared:
            problem.shared = shared
            _save(actor, problem, "share_problem", ["shared"], {"shared": [not shared, shared]})
        return problem


def _end(actor: Actor, problem_id: int, state: ProblemState, said: str, field: str) -> Problem:
    with acting_as(actor):
        problem = _problem_for_writing(actor, problem_id)
        outcome = checked_text(said, field, longest=LONGEST_OUTCOME)
        if problem.is_over:
            raise Conflict(f"“{problem.title}” is {problem.get_state_display().lower()} already.")
        problem.outcome, problem.ended_at = outcome, clock.now()
        verb = "resolve_problem" if state == ProblemState.RESOLVED else "drop_problem"
        return _moved(actor, problem, state, verb, ["outcome", "ended_at"])


def _problem_for_writing(actor: Actor, problem_id: int) -> Problem:
    seen = access.problem_for(actor, problem_id)
    if not access.may_write(actor, seen.unit_id):
        raise Forbidden(f"You can read “{seen.title}” but not work on it: that needs a responder's role in its unit.")
    return access.problem_for(actor, problem_id, lock=True)


def _moved(
    actor: Actor, problem: Problem, state: ProblemState, verb: str, fields: Sequence[str], **said: str
) -> Problem:
    before, problem.state = problem.state, state
    change = {"state": [before, str(state)], **{name: [None, value] for name, value in said.items()}}
    _write(problem, ["state", *fields])
    event = ProblemStateChanged(
        unit_id=problem.unit_id, incident_id=None, problem_id=problem.pk, before=before, after=str(state)
    )
    outbox.record(actor=actor, event=event)
    _audit(actor, problem, verb, change)
    return problem


def _save(actor: Actor, problem: Problem, verb: str, fields: Sequence[str], change: dict[str, Any]) -> None:
    _write(problem, fields)
    event = ProblemChanged(
        unit_id=problem.unit_id,
        incident_id=None,
        problem_id=problem.pk,
        version=problem.version,
        changed=tuple(fields),
    )
    outbox.record(actor=actor, event=event)
    _audit(actor, problem, verb, change)


def _write(problem: Problem, fields: Sequence[str]) -> None:
    problem.version += 1
    problem.edited_at = max(clock.now(), problem.edited_at)
    problem.save(update_fields=[*fields, "version", "edited_at"])


def _audit(actor: Actor, problem: Problem, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=problem, unit_id=problem.unit_id, change=change)


def _refuse_twin(actor: Actor, problem: Problem) -> None:
    twin = access.going_on_called(actor, problem.unit_id, problem.title)
    if twin is not None and twin.pk != problem.pk:
        raise Conflict(
            f"There is a problem called “{twin.title}” already, number {twin.number}: work on that.", path=["title"]
        )


def _facts(problem: Problem) -> dict[str, Any]:
    names = ("title", *TEXTS, "service_id", "owner_id", "cause_id", "failure_mode_id")
    return {name: getattr(problem, name) for name in names}


def _title(title: str) -> str:
    return checked_line(title, "title", longest=LONGEST_TITLE)


def _texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {
        name: checked_text(
            text.replace("\r\n", "\n"),
            TEXTS[name],
            what=name.replace("_", " "),
            longest=LONGEST_TEXT,
            required=False,
        )
        for name, text in texts.items()
    }


def _service(actor: Actor, service_id: int | None) -> int | None:
    try:
        return None if service_id is None else catalog.service_for(actor, service_id).pk
    except NotFound as error:
        raise error.at("serviceId") from None


def _owner(actor: Actor, person_id: int) -> int:
    try:
        return tenants.person_for(actor, person_id).pk
    except NotFound as error:
        raise error.at("ownerId") from None


def _term(actor: Actor, problem: Problem, kind: TermKind, term_id: int | None, field: str) -> int | None:
    try:
        return None if term_id is None else tenants.term_for(actor, kind, term_id, unit_id=problem.unit_id).pk
    except NotFound as error:
        raise error.at(field) from None
