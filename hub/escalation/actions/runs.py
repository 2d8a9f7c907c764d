"""Runs begin, end, are paused and go on. Their steps are taken by `hub.escalation.sweeping`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from hub.escalation import access, chains, ticking
from hub.escalation.chains import Course
from hub.escalation.events import EscalationAsked, EscalationChanged
from hub.escalation.models import Run, RunEnd, Trigger
from hub.escalation.ticking import Time
from hub.incidents import access as incidents
from hub.incidents.actions.writing import announce_entry, append_entry, incident_for_work
from hub.incidents.models import EntryKind, Incident, TimelineEntry
from hub.incidents.rooms import Act
from hub.lib.errors import Conflict, Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.keys import key_for
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import audit

LONGEST_PAUSE: Final = timedelta(hours=24)
WATCHED: Final = (Trigger.NOT_ACKNOWLEDGED, Trigger.NOT_UPDATED, Trigger.NOT_MITIGATED)


def start_runs(
    *,
    actor: Actor,
    incident_id: int,
    triggers: Sequence[Trigger] = WATCHED,
    counts_from: datetime | None = None,
) -> list[Run]:
    """Begin what the incident's policy says for these triggers, where no such run is under way.

    Args:
        actor: `SYSTEM`.
        counts_from: from when the triggers' times count (aware, by a machine's clock); from the declaration without it.

    Nothing begins for an incident that is over, without a policy, or for what would end at once; and, but by hand, for
    one that a maintenance keeps quiet. For a restricted one those who are admitted are paged. Locks the incident.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id, lock=True)
        if not incident.is_open:
            return []
        time = ticking.read()
        since = time.of(counts_from or incident.declared_at)
        return begin_runs(actor, incident, triggers, since, time)


def begin_runs(actor: Actor, incident: Incident, triggers: Sequence[Trigger], since: datetime, time: Time) -> list[Run]:
    """`start_runs` for callers that hold the incident's lock; `since` is logical."""
    if incident.is_quiet:
        # Somebody who escalates by hand wants people now.
        triggers = [trigger for trigger in triggers if trigger is Trigger.BY_HAND]
    found = access.chain_for(actor, incident)
    if found is None:
        return []
    policy_id, chain = found
    known = replace(access.facts_of(actor, [incident], time)[incident.pk], handed_over_at=None)
    courses = [
        course
        for trigger in triggers
        if (course := chains.begin(chain, trigger, since, for_admitted=incident.restricted))
    ]
    wanted = [course for course in courses if chains.judge(course, known) is None]
    under_way = set(access.live_runs(actor, incident.pk).values_list("trigger", flat=True))
    made = Run.objects.bulk_create(
        new_run(incident, policy_id, chain, course) for course in wanted if course.trigger not in under_way
    )
    _announce(actor, incident, made, "began")
    return made


def settle_runs(*, actor: Actor, incident_id: int) -> None:
    """End the runs of an incident that its news ends, and begin anew what a hand-over begins anew.

    The sweep would find out too, when a run is next due; this is for those who look before. Locks the incident, then
    its runs.

    Args:
        actor: `SYSTEM`.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id, lock=True)
        time = ticking.read()
        found = list(access.live_runs(actor, incident_id, lock=True))
        known = access.facts_of(actor, [incident], time)[incident_id]
        answered = access.answered(actor, found)
        for run in found:
            end = chains.judge(access.course_of(run), replace(known, is_answered=run.pk in answered))
            if end is not None:
                end_run(actor, incident, run, end, time)
                if end is RunEnd.HANDED_OVER and known.handed_over_at:
                    begin_runs(actor, incident, [Trigger(run.trigger)], known.handed_over_at, time)


def close_runs(*, actor: Actor, incident_id: int) -> None:
    """End the runs by a policy of an incident that became restricted, and page those who are admitted, from now on.

    Locks the incident, then its runs.

    Args:
        actor: `SYSTEM`.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id, lock=True)
        if not incident.restricted:
            return
        time = ticking.read()
        for run in access.live_runs(actor, incident_id, lock=True).filter(for_admitted=False):
            end_run(actor, incident, run, RunEnd.RESTRICTED, time)
        begin_for_admitted(actor, incident, time)


def begin_for_admitted(actor: Actor, incident: Incident, time: Time) -> None:
    """Page those who are admitted to a restricted incident, from now on, for callers that hold its lock; once."""
    if incident.is_open:
        runs = access.runs(actor).filter(incident=incident, for_admitted=True)
        begun = set(runs.values_list("trigger", flat=True))
        begin_runs(actor, incident, [each for each in WATCHED if each not in begun], time.now, time)


def hand_runs_over(*, actor: Actor, incident_id: int) -> None:
    """End all runs of an incident that another unit has accepted, and begin what that one's policy says, from then on.

    What was begun since is left as it is. Locks the incident, then its runs.

    Args:
        actor: `SYSTEM`.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id, lock=True)
        time = ticking.read()
        since = access.facts_of(actor, [incident], time)[incident_id].handed_over_at
        if since is None:
            return
        for run in access.live_runs(actor, incident_id, lock=True).filter(began_at__lt=since):
            end_run(actor, incident, run, RunEnd.HANDED_OVER, time)
        if incident.restricted or not incident.is_open:
            return
        begun = access.latest_runs(actor, incident_id)
        begin_runs(actor, incident, [each for each in WATCHED if _is_before(begun.get(each), since)], since, time)


def begin_graver(*, actor: Actor, incident_id: int, raised_at: datetime) -> list[Run]:
    """Begin anew, for an incident that got graver, the runs that had taken all their steps; others go on as they are.

    Args:
        actor: `SYSTEM`.
        raised_at: when it got graver (aware, by a machine's clock); the triggers' times count from then.

    Nothing begins where nothing would for a new incident (`start_runs`). Locks the incident.
    """
    with acting_as(actor):
        incident = incidents.incident_for(actor, incident_id, lock=True)
        if not incident.is_open:
            return []
        time = ticking.read()
        since = time.of(raised_at)
        latest = access.latest_runs(actor, incident_id)
        over = [each for each in WATCHED if (run := latest.get(each)) and run.end == RunEnd.EXHAUSTED]
        return begin_runs(actor, incident, [each for each in over if _is_before(latest[each], since)], since, time)


def _is_before(run: Run | None, moment: datetime) -> bool:
    return run is None or run.began_at < moment


def end_run(actor: Actor, incident: Incident, run: Run, end: RunEnd, time: Time) -> None:
    """Write down that a run is over, for callers that hold the locks."""
    run.ended_at, run.end = time.now, end
    if run.paused_until is not None:
        run.paused_until, run.remaining = None, None
    run.save(update_fields=["ended_at", "end", "paused_until", "remaining"])
    _announce(actor, incident, [run], "ended")


def snooze_escalation(*, actor: Actor, incident_id: int, minutes: int, reason: str) -> list[Run]:
    """Let nobody be paged about an incident for a while; what was left to wait is waited afterwards.

    Args:
        minutes: from now on; at most a day.

    Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` where nothing is under way. Locks incident, then runs.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.MOVE, lock=True)
        why = checked_text(reason, "reason", longest=300)
        if not 1 <= minutes <= LONGEST_PAUSE // timedelta(minutes=1):
            raise Invalid("A pause lasts from 1 minute to 24 hours.", path=["minutes"])
        found = _live(actor, incident)
        time = ticking.read()
        until = time.now + timedelta(minutes=minutes)
        for run in found:
            _write_course(run, chains.paused(access.course_of(run), time.now, until))
            run.paused_by_id = actor.person_id
        Run.objects.bulk_update(found, ["next_at", "paused_until", "remaining", "paused_by"])
        body = f"Escalation paused for {minutes} min: {why}"
        _say(actor, incident, found, verb="snooze_escalation", body=body, what="paused")
        return found


def resume_escalation(*, actor: Actor, incident_id: int) -> list[Run]:
    """End a pause before its time: the runs go on where they were.

    Raises `NotFound`, `Forbidden`, and `Conflict` where nothing is paused. Locks incident, then runs.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.MOVE, lock=True)
        found = [run for run in _live(actor, incident) if run.paused_until is not None]
        if not found:
            raise Conflict(f"No escalation of {incident.reference} is paused.")
        time = ticking.read()
        for run in found:
            _write_course(run, chains.resumed(access.course_of(run), time.now))
            run.paused_by_id = None
        Run.objects.bulk_update(found, ["next_at", "paused_until", "remaining", "paused_by"])
        _say(actor, incident, found, verb="resume_escalation", body="Escalation goes on", what="resumed")
        return found


def escalate_incident(*, actor: Actor, incident_id: int, reason: str) -> TimelineEntry:
    """Page by the incident's policy from its first step on, whoever has acknowledged it. The run begins in a job.

    Raises `NotFound`, `Forbidden`, `Invalid` without a reason, `Conflict` for an incident that is over or restricted,
    that no policy stands for, or that was escalated already. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.WRITE, lock=True)
        why = checked_text(reason, "reason", longest=300)
        if incident.restricted:
            raise Conflict("A restricted incident pages nobody by a policy: admit and assign whom it needs.")
        if not incident.is_open:
            raise Conflict(f"{incident.reference} is over.")
        if access.live_runs(actor, incident_id).filter(trigger=Trigger.BY_HAND).exists():
            raise Conflict(f"{incident.reference} is being escalated already.")
        entry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"Escalates by hand: {why}")
        announce_entry(actor, incident, entry)
        outbox.record(
            actor=actor,
            event=EscalationAsked(
                unit_id=incident.unit_id, incident_id=incident.pk, restricted=incident.restricted, entry_id=entry.pk
            ),
        )
        audit.record(
            actor=actor,
            verb="escalate_incident",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"reason": [None, why]},
        )
        return entry


def new_run(incident: Incident, policy_id: int | None, chain: chains.Chain, course: Course) -> Run:
    """A run that stands there, not yet stored."""
    run = Run(
        pk=key_for(restricted=incident.restricted),
        incident=incident,
        unit_id=incident.unit_id,
        restricted=incident.restricted,
        for_admitted=course.for_admitted,
        policy_id=policy_id,
        chain=chains.to_json(chain),
    )
    _write_course(run, course)
    return run


def _write_course(run: Run, course: Course) -> None:
    run.trigger = course.trigger
    run.began_at, run.counts_from, run.next_at = course.began_at, course.counts_from, course.next_at
    run.round, run.repeat, run.position = course.round, course.repeat, course.position
    run.paused_until, run.remaining = course.paused_until, course.remaining


def _live(actor: Actor, incident: Incident) -> list[Run]:
    found = list(access.live_runs(actor, incident.pk, lock=True))
    if not found:
        raise Conflict(f"No escalation of {incident.reference} is under way.")
    return found


def _say(actor: Actor, incident: Incident, found: Sequence[Run], *, verb: str, body: str, what: str) -> None:
    # The hub's kind of entry: that nobody is to be paged is no update on the incident.
    entry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=body)
    announce_entry(actor, incident, entry)
    _announce(actor, incident, found, what)
    audit.record(
        actor=actor,
        verb=verb,
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"runs": [None, [run.trigger for run in found]]},
    )


def _announce(actor: Actor, incident: Incident, found: Sequence[Run], what: str) -> None:
    if found:
        outbox.record_all(
            actor=actor,
            events=[
                EscalationChanged(
                    unit_id=incident.unit_id,
                    incident_id=incident.pk,
                    restricted=incident.restricted,
                    run_id=run.pk,
                    trigger=run.trigger,
                    what=what,
                )
                for run in found
            ],
        )
