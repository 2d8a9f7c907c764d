"""People answer calls: with the code that came with each, signed in or not."""

from __future__ import annotations

from hub.lib import clock
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.reach import access
from hub.reach.actions.calling import SWEEP
from hub.reach.models import Call, CallState
from tenants import audit


def acknowledge_call(*, actor: Actor, call_id: int) -> Call:
    """Say that the actor was reached by a phone tree's call to them, late or not; the first time counts.

    Those below are called by a job. Raises `NotFound`, also for a call to somebody else. Locks the call.
    """
    with acting_as(actor):
        call = access.call_for(actor, call_id, lock=True)
        if call.state == CallState.REACHED:
            return call
        call.state, call.reached_at = CallState.REACHED, clock.now()
        call.save(update_fields=["state", "reached_at"])
        audit.record(
            actor=actor,
            verb="acknowledge_call",
            obj=call,
            unit_id=call.unit_id,
            incident_id=call.incident_id,
            restricted=call.restricted,
            change={"state": [None, call.state]},
        )
        defer(SWEEP, run_id=call.run_id)
        return call
