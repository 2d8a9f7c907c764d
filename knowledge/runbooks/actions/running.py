"""Carrying a runbook out in an incident's room: each tick stands in the timeline, with who and when."""

from __future__ import annotations

from typing import Any, Final

from hub.incidents.actions.writing import announce_entry, append_entry, incident_for_work
from hub.incidents.models import EntryKind, Incident
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, within
from hub.lib.events import Event
from hub.lib.identity import Actor, acting_as
from hub.lib.keys import key_for
from hub.lib.texts import checked_text
from hub.live import outbox
from knowledge.runbooks import access
from knowledge.runbooks.events import RunbookEnded, RunbookStarted, RunStepSettled
from knowledge.runbooks.models import RunbookRun, RunbookRunStep, StepState
from knowledge.runbooks.steps import of_rows
from tenants import audit

LONGEST_NOTE: Final = 500
SAID: Final = {StepState.DONE: "done", StepState.SKIPPED: "skipped", StepState.OPEN: "open again"}


def start_runbook(*, actor: Actor, incident_id: int, runbook_id: int) -> RunbookRun:
    """Begin to carry a runbook out: what is in force becomes a checklist of the room, which stays as it read.

    Raises `NotFound` for the incident or the runbook, `Forbidden` for who may not write in the room, `Conflict` for one
    that is not in force, one that is being carried out there already, or an incident that is over. Locks the incident.
    """
    with acting_as(actor):
        with within("incidentId"):
            incident = incident_for_work(actor, incident_id, lock=True)
        with within("runbookId"):
            runbook = access.runbook_for(actor, runbook_id)
        if not incident.is_open:
            raise Conflict(f"{incident.reference} is over: a runbook is carried out while it goes on.")
        revision = runbook.current
        if revision is None or not runbook.is_usable:
            raise Conflict(f"“{runbook.title}” is not in force: nothing of it can be carried out.")
        if access.is_running(actor, incident, runbook):
            raise Conflict(f"“{runbook.title}” is being carried out here already.")
        run = RunbookRun.objects.create(
            pk=key_for(restricted=incident.restricted),
            runbook=runbook,
            revision_number=revision.number,
            title=runbook.title,
            started_at=clock.now(),
            started_by_id=actor.person_id,
            **_scope(incident),
        )
        RunbookRunStep.objects.bulk_create(
            RunbookRunStep(
                pk=key_for(restricted=incident.restricted),
                run=run,
                position=place,
                title=step.title,
                detail=step.detail,
                **_scope(incident),
            )
            for place, step in enumerate(of_rows(revision.steps), start=1)
        )
        count = len(revision.steps)
        body = f"Runbook “{run.title}” (revision {revision.number}, {count} step{'s' * (count != 1)}) begun"
        event = RunbookStarted(**_facts(incident), run_id=run.pk)
        _told(actor, incident, run, body=body, verb="start_runbook", event=event, change={})
        return run


def settle_step(*, actor: Actor, step_id: int, state: StepState, note: str = "") -> RunbookRunStep:
    """Tick a step, skip it and say why, or take the tick back.

    Args:
        note: what was seen; needed to skip.

    Raises `NotFound`, `Forbidden` for who may not write in the room, `Conflict` where it stands so already (somebody
    else was faster) or the run has ended, `Invalid` for a note that is too long or missing. Locks the incident.
    """
    with acting_as(actor):
        seen = access.step_for(actor, step_id)
        incident = incident_for_work(actor, seen.incident_id, lock=True)
        step = access.step_for(actor, step_id)
        _refuse_ended(step.run)
        said = checked_text(note, "note", longest=LONGEST_NOTE, required=False)
        if state == StepState.SKIPPED and not said:
            raise Invalid("Say why the step is skipped.", path=["note"])
        if step.state == state:
            by = f" by {step.settled_by}" if step.settled_by else ""
            raise Conflict(f"Step {step.position} is {SAID[state]}{by} already.")
        before, step.state = step.state, state
        is_open = state == StepState.OPEN
        step.settled_at = None if is_open else clock.now()
        step.settled_by_id = None if is_open else actor.person_id
        step.note = "" if is_open else said
        step.save(update_fields=["state", "settled_at", "settled_by", "note"])
        body = f"Runbook “{step.run.title}”, step {step.position} {SAID[state]}: {step.title}"
        event = RunStepSettled(**_facts(incident), run_id=step.run_id, step_id=step.pk, state=str(state))
        change = {"state": [before, str(state)]}
        body = f"{body} ({said})" if said else body
        _told(actor, incident, step, body=body, verb="settle_step", event=event, change=change)
        return step


def end_runbook(*, actor: Actor, run_id: int, outcome: str = "") -> RunbookRun:
    """Say that it has been carried out, or as far as it was of use. Open steps stay open, to be seen in the review.

    Args:
        outcome: whether it helped, and what it lacked; needed where steps are open.

    Raises `NotFound`, `Forbidden`, `Conflict` for one that has ended, `Invalid` for a text that is too long or missing.
    Locks the incident.
    """
    with acting_as(actor):
        seen = access.run_for(actor, run_id)
        incident = incident_for_work(actor, seen.incident_id, lock=True)
        run = access.run_for(actor, run_id)
        _refuse_ended(run)
        said = checked_text(outcome, "outcome", longest=LONGEST_NOTE, required=False)
        left = run.steps.filter(state=StepState.OPEN).count()
        if left and not said:
            steps = "a step is" if left == 1 else f"{left} steps are"
            raise Invalid(f"Say why it ends here: {steps} open.", path=["outcome"])
        run.ended_at, run.ended_by_id, run.outcome = clock.now(), actor.person_id, said
        run.save(update_fields=["ended_at", "ended_by", "outcome"])
        body = f"Runbook “{run.title}” {'ended early' if left else 'carried out'}"
        body = f"{body}: {said}" if said else body
        event = RunbookEnded(**_facts(incident), run_id=run.pk)
        change = {"open_steps": [None, left]}
        _told(actor, incident, run, body=body, verb="end_runbook", event=event, change=change)
        return run


def _refuse_ended(run: RunbookRun) -> None:
    if run.ended_at is not None:
        raise Conflict(f"“{run.title}” was ended here: begin it again to go on.")


def _scope(incident: Incident) -> dict[str, Any]:
    return {"incident": incident, "unit_id": incident.unit_id, "restricted": incident.restricted}


def _facts(incident: Incident) -> dict[str, Any]:
    return {"unit_id": incident.unit_id, "incident_id": incident.pk, "restricted": incident.restricted}


def _told(
    actor: Actor,
    incident: Incident,
    obj: RunbookRun | RunbookRunStep,
    *,
    body: str,
    verb: str,
    event: Event,
    change: dict[str, Any],
) -> None:
    """In the timeline, to those who follow the room, and in the audit trail."""
    entry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=body)
    announce_entry(actor, incident, entry)
    outbox.record(actor=actor, event=event)
    audit.record(actor=actor, verb=verb, obj=obj, change=change, **_facts(incident))
