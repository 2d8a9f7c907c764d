"""Takes the steps that are due, many at once. Any number of workers may do so at the same time.

A batch is one transaction: what it holds is skipped by others, and a worker that dies has done nothing of it. Messages
are written in it and sent by jobs after it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final

from django.db import connection

from hub.delivery.actions import Draft, send_messages
from hub.escalation import access, chains, ticking
from hub.escalation.actions.runs import begin_for_admitted, begin_runs
from hub.escalation.chains import Chain, Facts, Move, Taken
from hub.escalation.events import EscalationChanged, EscalationStepTaken
from hub.escalation.letters import page_letter, reason, told
from hub.escalation.models import Page, Run, RunEnd, RunStep, Trigger
from hub.escalation.reaching import Directory, Scene, scenes_of
from hub.escalation.ticking import Time
from hub.incidents.access import words_of
from hub.incidents.actions.roles import pass_command
from hub.incidents.actions.writing import append_entries
from hub.incidents.events import TimelineEntryAdded
from hub.incidents.models import EntryKind, Incident
from hub.lib import clock
from hub.lib.events import Event
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.keys import key_for
from hub.lib.precedence import going_first
from hub.lib.rows import insert_all
from hub.live import outbox

logger = logging.getLogger(__name__)

BATCH: Final = 200
WORTHWHILE: Final = 50
"""How many steps a batch has at least that another one follows at once. What is due by then comes with the next sweep:
few at a time, each costs as much as many do together, and its message a job of its own."""
POSTPONED: Final = timedelta(minutes=1)
"""After how long a run is tried again that could not be calculated, so that it does not hold up the others."""

# By hand, since Django's own spends more on a statement of cases for each column than all the rest of a batch takes.
_KEEP: Final = """
UPDATE escalation_run run
   SET counts_from = kept.counts_from, round = kept.round, repeat = kept.repeat, position = kept.position,
       next_at = kept.next_at, paused_until = kept.paused_until, paused_by_id = kept.paused_by_id,
       remaining = kept.remaining, ended_at = kept.ended_at, "end" = kept."end"
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::int[], %s::int[], %s::int[], %s::timestamptz[], %s::timestamptz[],
              %s::bigint[], %s::interval[], %s::timestamptz[], %s::text[])
       AS kept (id, counts_from, round, repeat, position, next_at, paused_until,
                paused_by_id, remaining, ended_at, "end")
 WHERE run.id = kept.id
"""
_KEPT: Final = attrgetter(
    "pk",
    "counts_from",
    "round",
    "repeat",
    "position",
    "next_at",
    "paused_until",
    "paused_by_id",
    "remaining",
    "ended_at",
    "end",
)


@dataclass(frozen=True)
class _Step:
    """A step that a run of this batch takes; `commands` is whom it makes the incident's commander."""

    run: Run
    incident: Incident
    chain: Chain
    taken: Taken
    commands: int | None = None


def sweep() -> int:
    """Take the steps that are due, before messages of earlier ones are sent. Returns how many runs were moved on.

    Where more become due all the while, it ends with those that were due when its last batch began.
    """
    moved, goes_on = 0, True
    with going_first():
        while goes_on:
            with acting_as(SYSTEM):
                time = ticking.advance()
            count, goes_on = _sweep_batch(time)
            moved += count
    return moved


def _sweep_batch(time: Time) -> tuple[int, bool]:
    """How many runs were moved on, and whether another batch is to follow at once."""
    with acting_as(SYSTEM):
        runs = list(
            Run.objects.select_for_update(no_key=True, skip_locked=True, of=("self", "incident"))
            .select_related("incident__unit", "incident__service")
            .filter(ended_at=None, next_at__lte=time.now)
            .order_by("next_at", "id")[:BATCH]
        )
        begun = _move_on(runs, time) if runs else 0
        due_again = any(run.ended_at is None and run.next_at <= time.now for run in runs)
        return len(runs), bool(begun or due_again or len(runs) >= WORTHWHILE)


def _move_on(runs: Sequence[Run], time: Time) -> int:
    """Move them on. Returns for how many of their incidents other runs may have begun in their place."""
    incidents = {run.incident_id: run.incident for run in runs}
    facts = access.facts_of(SYSTEM, incidents.values(), time)
    answered = access.answered(SYSTEM, runs)
    read = {run.pk: chains.from_json(run.chain) for run in runs}
    scenes = scenes_of(SYSTEM, incidents.values())
    directory = Directory(SYSTEM)
    directory.prepare(
        (
            (scenes[run.incident_id], target)
            for run in runs
            for target in read[run.pk].steps[run.position].targets
            if run.paused_until is None
        ),
        time.now,
    )
    steps: list[_Step] = []
    events: list[Event] = []
    handed_over: list[Run] = []
    closed: dict[int, Incident] = {}
    for run in runs:
        scene = scenes[run.incident_id]
        known = replace(facts[run.incident_id], is_answered=run.pk in answered, is_central=scene.is_central)
        moved = _calculated(run, read[run.pk], known, time.now, directory.reach_from(scene))
        if moved is None:
            run.next_at = time.now + POSTPONED
            continue
        if moved.taken:
            step = _Step(run, run.incident, read[run.pk], moved.taken)
            steps.append(replace(step, commands=_pass_command(step, scene, directory, time.now)))
        _keep(run, moved, time)
        if moved.end:
            events.append(_changed(run))
        if moved.end is RunEnd.HANDED_OVER:
            handed_over.append(run)
        if moved.end is RunEnd.RESTRICTED:
            closed[run.incident_id] = run.incident
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(column) for column in zip(*map(_KEPT, runs), strict=True)])
    events += _take(steps)
    outbox.record_all(actor=SYSTEM, events=events)
    for run in handed_over:
        since = facts[run.incident_id].handed_over_at
        if since is not None:
            begin_runs(SYSTEM, run.incident, [Trigger(run.trigger)], since, time)
    for incident in closed.values():
        begin_for_admitted(SYSTEM, incident, time)
    return len(handed_over) + len(closed)


def _pass_command(step: _Step, scene: Scene, directory: Directory, now: datetime) -> int | None:
    """Let whoever is second in command take over from a primary who has not acknowledged; returns who that is."""
    trigger, rule = Trigger(step.run.trigger), step.chain.steps[step.taken.position]
    person = directory.successor(scene, trigger, rule, step.taken, now=now, began_at=step.run.began_at)
    if person is None:
        return None
    why = f"second in line, {reason(trigger, step.chain)}"
    held = pass_command(actor=SYSTEM, incident=step.incident, person_id=person.id, reason=why)
    return held.person_id if held else None


def _calculated(run: Run, chain: Chain, facts: Facts, now: datetime, reach: chains.Reach) -> Move | None:
    try:
        return chains.move(chain, access.course_of(run), facts, now, reach)
    except Exception:
        # One that nobody foresaw must not keep the others from their pages; it is tried again, and said each time.
        logger.exception("Run %s of incident %s cannot be moved on; it is tried again", run.pk, run.incident_id)
        return None


def _keep(run: Run, moved: Move, time: Time) -> None:
    course = moved.course
    run.counts_from, run.next_at = course.counts_from, course.next_at
    run.round, run.repeat, run.position = course.round, course.repeat, course.position
    run.paused_until, run.remaining = course.paused_until, course.remaining
    if course.paused_until is None:
        run.paused_by = None
    if moved.end:
        run.ended_at, run.end = time.now, moved.end
        run.paused_until, run.remaining = None, None


def _take(steps: Sequence[_Step]) -> list[Event]:
    """Write down the steps, the pages and the messages, and what the timelines say of them: a statement each."""
    if not steps:
        return []
    taken = insert_all(
        [
            RunStep(
                pk=key_for(restricted=step.incident.restricted),
                run=step.run,
                incident=step.incident,
                unit_id=step.incident.unit_id,
                restricted=step.incident.restricted,
                round=step.taken.round,
                position=step.taken.position,
                outcome=step.taken.outcome,
                note=step.taken.note[:300],
                due_at=step.taken.due_at,
                at=clock.now(),
            )
            for step in steps
        ]
    )
    paged = [(step, row, each) for step, row in zip(steps, taken, strict=True) for each in step.taken.pages]
    words = words_of(SYSTEM, [step.incident for step in steps])
    messages = send_messages(
        actor=SYSTEM,
        drafts=[
            Draft(
                person_id=each.person.id,
                letter=page_letter(
                    step.incident,
                    Trigger(step.run.trigger),
                    step.chain,
                    step.taken,
                    each,
                    words=words,
                    commands=each.person.id == step.commands,
                ),
                dedupe_key=f"escalation:{step.run.pk}:{step.taken.round}:{step.taken.position}:{each.person.id}",
                unit_id=step.incident.unit_id,
                incident_id=step.incident.pk,
                restricted=step.incident.restricted,
                is_page=True,
                severity=step.incident.severity,
            )
            for step, _, each in paged
        ],
    )
    insert_all(
        [
            Page(
                pk=key_for(restricted=step.incident.restricted),
                taken=row,
                run=step.run,
                incident=step.incident,
                unit_id=step.incident.unit_id,
                restricted=step.incident.restricted,
                person_id=each.person.id,
                kind=each.kind,
                because=each.because[:200],
                message=message,
            )
            for (step, row, each), message in zip(paged, messages, strict=True)
        ]
    )
    entries = append_entries(
        actor=SYSTEM,
        kind=EntryKind.SYSTEM,
        bodies=[(step.incident, told(Trigger(step.run.trigger), step.chain, step.taken)) for step in steps],
    )
    said: list[Event] = []
    for step, entry in zip(steps, entries, strict=True):
        incident = step.incident
        said.append(
            TimelineEntryAdded(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                entry_id=entry.pk,
                kind=entry.kind,
            )
        )
        said.append(
            EscalationStepTaken(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                run_id=step.run.pk,
                trigger=step.run.trigger,
                position=step.taken.position,
                person_ids=[each.person.id for each in step.taken.pages],
            )
        )
    return said


def _changed(run: Run) -> Event:
    return EscalationChanged(
        unit_id=run.unit_id,
        incident_id=run.incident_id,
        restricted=run.restricted,
        run_id=run.pk,
        trigger=run.trigger,
        what="ended",
    )
