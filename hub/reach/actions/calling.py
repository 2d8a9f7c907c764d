"""A phone tree at work: begun and stopped by people, carried on by workers until nobody is left to call.

Who answers with their code was reached, and those below are called. Who does not answer in time is passed over, and
those below are called all the same; so is who can be reached by nothing outside the hub.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from hub.delivery.actions import Draft, send_messages
from hub.delivery.models import NOWHERE
from hub.escalation import ticking
from hub.incidents import access as incidents
from hub.incidents.actions.writing import announce_entry, append_entry, incident_for_work
from hub.incidents.models import EntryKind, Incident
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, within
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.jobs import defer
from hub.live import outbox
from hub.reach import access
from hub.reach.codes import digest_of, new_code
from hub.reach.events import PhoneTreeProgressed
from hub.reach.letters import call_letter
from hub.reach.levels import levels
from hub.reach.models import Call, CallState, PhoneTree, RunEnd, TreeRun
from tenants import audit

logger = logging.getLogger(__name__)

SWEEP: Final = "hub.reach.jobs.carry_on"
TRIED: Final = (CallState.REACHED, CallState.SILENT, CallState.UNREACHABLE)
"""Those below are called."""


def activate_phone_tree(*, actor: Actor, incident_id: int, tree_id: int) -> TreeRun:
    """Call a unit's people for an incident, from the first of its phone tree on.

    Raises `NotFound`, `Forbidden` without the right to give roles in the room, `Invalid` for a tree of another unit,
    `Conflict` for an incident that is over or restricted, and for a tree that is at it already. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.ASSIGN, lock=True)
        with within("treeId"):
            tree = access.tree_for(actor, tree_id)
        if tree.unit_id not in incident.unit.lineage:
            raise Invalid(f"{tree.name} is a phone tree of {tree.unit}, not of {incident.unit}.", path=["treeId"])
        if incident.restricted:
            raise Conflict("A restricted incident calls nobody by a phone tree: admit and assign whom it needs.")
        if not incident.is_open:
            raise Conflict(f"{incident.reference} is over.")
        if TreeRun.objects.filter(incident=incident, tree=tree, ended_at=None).exists():
            raise Conflict(f"{tree.name} is being called already.", path=["treeId"])
        run = TreeRun.objects.create(
            incident=incident,
            unit_id=incident.unit_id,
            restricted=incident.restricted,
            tree=tree,
            name=tree.name,
            wait=timedelta(minutes=tree.wait),
            began_at=clock.now(),
            began_by_id=actor.person_id,
        )
        count = _copy_places(run, tree)
        _say(actor, incident, run, f"Calls the phone tree “{tree.name}”: {count} people", "began")
        _audit(actor, incident, run, "activate_phone_tree")
        defer(SWEEP, run_id=run.pk)
        return access.tree_runs(actor).get(pk=run.pk)


def stop_phone_tree(*, actor: Actor, run_id: int) -> TreeRun:
    """Call nobody any more by a phone tree that is at work.

    Raises `NotFound`, `Forbidden`, `Conflict` for one that has ended. Locks incident, then run.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, access.tree_run_for(actor, run_id).incident_id, Act.ASSIGN, lock=True)
        run = access.tree_run_for(actor, run_id, lock=True)
        if run.ended_at is not None:
            raise Conflict(f"{run.name} calls nobody any more.")
        run.ended_at, run.ended_by_id, run.end = clock.now(), actor.person_id, RunEnd.STOPPED
        run.save(update_fields=["ended_at", "ended_by", "end"])
        _say(actor, incident, run, f"Stopped the phone tree “{run.name}”", "ended")
        _audit(actor, incident, run, "stop_phone_tree")
        return access.tree_runs(actor).get(pk=run.pk)


def sweep_trees() -> int:
    """Carry on every phone tree that is at work. Returns how many there were; the system's own."""
    with acting_as(SYSTEM):
        live = list(TreeRun.objects.filter(ended_at=None).order_by("pk").values_list("pk", flat=True))
    for run_id in live:
        try:
            carry_on(run_id)
        except Exception:
            # One that nobody foresaw must not keep the others from their calls; it is tried again, and said each time.
            logger.exception("Phone tree at work %s cannot be carried on; it is tried again", run_id)
    return len(live)


def carry_on(run_id: int) -> None:
    """See who answered, who did not in time, and call whoever is next. The system's own.

    Whoever is at it already does it alone. Locks incident, then run.
    """
    with acting_as(SYSTEM):
        time = ticking.advance().now
    with acting_as(SYSTEM):
        incident = incidents.incident_for(SYSTEM, access.tree_run_for(SYSTEM, run_id).incident_id, lock=True)
        run = TreeRun.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=run_id, ended_at=None).first()
        if run is None:
            return
        calls = list(Call.objects.filter(run=run).select_related("person", "message"))
        known = {call.pk: call for call in calls}
        for call in calls:
            call.above = known[call.above_id] if call.above_id else None
        moved = [_judged(call, time) for call in calls]
        if not incident.is_open or incident.restricted:
            _end(incident, run, calls, RunEnd.OVER)
            return
        due = [
            call
            for call in calls
            if call.state == CallState.WAITING and (call.above is None or call.above.state in TRIED)
        ]
        _call(incident, run, due, calls, time)
        if all(call.state in TRIED for call in calls):
            everybody = all(call.state == CallState.REACHED for call in calls)
            _end(incident, run, calls, RunEnd.EVERYBODY if everybody else RunEnd.EXHAUSTED)
        elif due or any(moved):
            _progressed(SYSTEM, incident, run, "came further")


def _judged(call: Call, time: datetime) -> bool:
    """Whether the call came further: by an answer, or by none until now. An answer meanwhile outweighs the rest."""
    state = _found_in(call, time)
    if state is None:
        return False
    reached_at = call.message.acknowledged_at if call.message and state is CallState.REACHED else None
    unanswered = Call.objects.filter(pk=call.pk).exclude(state=CallState.REACHED)
    call.state = state if unanswered.update(state=state, reached_at=reached_at) else CallState.REACHED
    return True


def _found_in(call: Call, time: datetime) -> CallState | None:
    """The state that the call has come to; None while it stays as it is."""
    message = call.message
    if message is None or call.state in (CallState.WAITING, CallState.REACHED):
        return None
    if message.acknowledged_at is not None:
        return CallState.REACHED
    if call.state != CallState.CALLED:
        return None
    if message.status in NOWHERE or message.is_kept_back or not call.person.is_active:
        return CallState.UNREACHABLE
    return CallState.SILENT if call.due_at is not None and call.due_at <= time else None


def _call(incident: Incident, run: TreeRun, due: Sequence[Call], calls: Sequence[Call], time: datetime) -> None:
    codes = {call.pk: new_code() for call in due}
    below = {call.pk: [each.person.name for each in calls if each.above_id == call.pk] for call in due}
    words = incidents.words_of(SYSTEM, [incident])
    messages = send_messages(
        actor=SYSTEM,
        drafts=[
            Draft(
                person_id=call.person_id,
                letter=call_letter(incident, run, call, codes[call.pk], below[call.pk], words=words),
                dedupe_key=f"phone-tree:{call.pk}",
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                is_page=True,
                takes_incident=False,
                severity=incident.severity,
            )
            for call in due
        ],
    )
    for call, message in zip(due, messages, strict=True):
        call.message, call.state = message, CallState.CALLED
        call.code_digest, call.called_at, call.due_at = digest_of(codes[call.pk]), clock.now(), time + run.wait
    Call.objects.bulk_update(due, ["message", "state", "code_digest", "called_at", "due_at"])


def _end(incident: Incident, run: TreeRun, calls: Sequence[Call], end: RunEnd) -> None:
    run.ended_at, run.end = clock.now(), end
    run.save(update_fields=["ended_at", "end"])
    _say(SYSTEM, incident, run, f"The phone tree “{run.name}” has ended: {_counted(calls)}", "ended")


def _counted(calls: Sequence[Call]) -> str:
    """5 of 7 reached; silent: …; not reachable: …"""
    reached = sum(call.state == CallState.REACHED for call in calls)
    parts = [f"{reached} of {len(calls)} reached"]
    for state in (CallState.SILENT, CallState.UNREACHABLE, CallState.CALLED, CallState.WAITING):
        names = [call.person.name for call in calls if call.state == state]
        if names:
            parts.append(f"{state.label.lower()}: {', '.join(names)}")
    return "; ".join(parts)


def _copy_places(run: TreeRun, tree: PhoneTree) -> int:
    places = list(tree.places.all())
    written: dict[int | None, Call | None] = {None: None}
    for level in levels(places, lambda place: place.pk):
        rows = Call.objects.bulk_create(
            Call(
                run=run,
                incident_id=run.incident_id,
                unit_id=run.unit_id,
                restricted=run.restricted,
                person_id=place.person_id,
                above=written[place.above_id],
                position=place.position,
            )
            for place in level
        )
        written |= {place.pk: row for place, row in zip(level, rows, strict=True)}
    return len(places)


def _say(actor: Actor, incident: Incident, run: TreeRun, body: str, what: str) -> None:
    entry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=body)
    announce_entry(actor, incident, entry)
    _progressed(actor, incident, run, what)


def _progressed(actor: Actor, incident: Incident, run: TreeRun, what: str) -> None:
    outbox.record(
        actor=actor,
        event=PhoneTreeProgressed(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            run_id=run.pk,
            what=what,
        ),
    )


def _audit(actor: Actor, incident: Incident, run: TreeRun, verb: str) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        obj=run,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"tree": [None, run.name]},
    )
