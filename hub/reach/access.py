"""The only door to phone trees and their calls."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Prefetch, QuerySet

from hub.delivery.models import Message
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from hub.reach.models import Call, CallState, Drill, PhoneTree, Probe, RunEnd, TreePlace, TreeRun


def trees(actor: Actor) -> QuerySet[PhoneTree]:
    """Every phone tree in use that `actor` may see, with its places."""
    places = TreePlace.objects.select_related("person")
    found = PhoneTree.objects.filter(retired_at=None).select_related("unit", "changed_by")
    return found.prefetch_related(Prefetch("places", places))


def tree_for(actor: Actor, tree_id: int, *, lock: bool = False) -> PhoneTree:
    """The phone tree in use with this id. Raises `NotFound`."""
    found = trees(actor)
    try:
        return (found.select_for_update(no_key=True, of=("self",)) if lock else found).get(pk=tree_id)
    except PhoneTree.DoesNotExist:
        raise NotFound("phone tree") from None


def trees_for(actor: Actor, incident: Incident) -> QuerySet[PhoneTree]:
    """The phone trees that may be begun for the incident: of its unit and of those above."""
    return trees(actor).filter(unit__in=incident.unit.lineage).order_by("name")


def tree_runs(actor: Actor) -> QuerySet[TreeRun]:
    """Every phone tree at work for the incidents that `actor` may see, the latest first, with its calls."""
    calls = Call.objects.select_related("person")
    found = TreeRun.objects.select_related("began_by", "ended_by")
    return found.prefetch_related(Prefetch("calls", calls))


def tree_run_of(actor: Actor, incident: Incident, run_id: int) -> TreeRun:
    """The phone tree at work for the incident with this id, or that was, with its calls. Raises `NotFound`."""
    try:
        return tree_runs(actor).get(pk=run_id, incident=incident)
    except TreeRun.DoesNotExist:
        raise NotFound("phone tree at work") from None


def tree_run_for(actor: Actor, run_id: int, *, lock: bool = False) -> TreeRun:
    """The phone tree at work with this id, without its calls. Raises `NotFound`."""
    found = TreeRun.objects.select_related("incident")
    try:
        return (found.select_for_update(no_key=True, of=("self",)) if lock else found).get(pk=run_id)
    except TreeRun.DoesNotExist:
        raise NotFound("phone tree at work") from None


def call_for(actor: Actor, call_id: int, *, lock: bool = False) -> Call:
    """The call with this id. Raises `NotFound`."""
    found = Call.objects.select_related("run")
    try:
        return (found.select_for_update(no_key=True, of=("self",)) if lock else found).get(pk=call_id)
    except Call.DoesNotExist:
        raise NotFound("call") from None


def drills(actor: Actor) -> QuerySet[Drill]:
    """Every drill that `actor` may see, the latest first."""
    return Drill.objects.select_related("unit", "schedule", "started_by")


def drill_for(actor: Actor, drill_id: int) -> Drill:
    """The drill with this id. Raises `NotFound`."""
    try:
        return drills(actor).get(pk=drill_id)
    except Drill.DoesNotExist:
        raise NotFound("drill") from None


def probes_of(actor: Actor, drill: Drill) -> QuerySet[Probe]:
    """Each way by which somebody was tried in the drill, by person."""
    return Probe.objects.filter(drill=drill).select_related("person")


def probe_for(actor: Actor, probe_id: int, *, lock: bool = False) -> Probe:
    """The probe with this id. Raises `NotFound`."""
    found = Probe.objects.select_related("person")
    try:
        return (found.select_for_update(no_key=True, of=("self",)) if lock else found).get(pk=probe_id)
    except Probe.DoesNotExist:
        raise NotFound("probe") from None


def why_unwanted(messages: Sequence[Message]) -> dict[int, str]:
    """Why calls and drills must not go out any more, in a sentence, by message id; absent are those that must.

    Asked by whoever is about to send them, as `SYSTEM` (`HUB_MESSAGE_CONDITIONS`).
    """
    # No call takes its incident: whoever sends thousands of pages need not look.
    calls = [message.pk for message in messages if not message.takes_incident]
    found = Call.objects.filter(message__in=calls).select_related("run") if calls else ()
    said = {call.message_id: _why_over(call) for call in found if call.message_id is not None}
    kept = [message.pk for message in messages if message.quiet_until is not None]
    if kept:
        ended = Probe.objects.filter(message__in=kept, drill__ends_at__lte=clock.now())
        said |= dict.fromkeys(ended.values_list("message", flat=True), "The drill ended before it went out.")
    return {key: why for key, why in said.items() if key is not None and why}


def _why_over(call: Call) -> str:
    if call.run.end in (RunEnd.STOPPED, RunEnd.OVER):
        return f"{RunEnd(call.run.end).label} before it went out."
    return "Its person was reached before it went out." if call.state == CallState.REACHED else ""
