"""Jobs of the escalation area: runs begin and end with the incident's news, and what is due is done."""

from __future__ import annotations

from datetime import timedelta

from hub.escalation import auditing, call_lists, sweeping
from hub.escalation.actions import begin_graver, close_runs, hand_runs_over, settle_runs
from hub.escalation.actions import start_runs as start
from hub.escalation.actions.runs import WATCHED
from hub.escalation.models import Trigger
from hub.incidents import access as incidents
from hub.incidents.models import HandOverState, Status
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import beat, job, periodic_job, urgent_job


@urgent_job
def start_runs(*, event_id: str, unit_id: int, incident_id: int, severity: str) -> None:
    """Begin what the policy says for an incident that was declared."""
    start(actor=SYSTEM, incident_id=incident_id)


@urgent_job
def start_after_quiet(*, event_id: str, unit_id: int, incident_id: int, entry_id: int) -> None:
    """Begin what the policy says for an incident that was kept quiet by a maintenance; its times count from now."""
    with acting_as(SYSTEM):
        said = incidents.entry_for(SYSTEM, entry_id)
        start(actor=SYSTEM, incident_id=incident_id, counts_from=said.at)


@urgent_job
def start_by_hand(*, event_id: str, unit_id: int, incident_id: int, entry_id: int) -> None:
    """Begin what somebody asked for."""
    with acting_as(SYSTEM):
        asked = incidents.entry_for(SYSTEM, entry_id)
        start(actor=SYSTEM, incident_id=incident_id, triggers=[Trigger.BY_HAND], counts_from=asked.at)


@job
def follow_status(*, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int) -> None:
    """End what the new status ends; for a reopened incident, watch again for updates and mitigation."""
    with acting_as(SYSTEM):
        settle_runs(actor=SYSTEM, incident_id=incident_id)
        if after == Status.ACKNOWLEDGED and before in (Status.MITIGATED, Status.RESOLVED):
            reopened = incidents.entry_for(SYSTEM, entry_id)
            start(actor=SYSTEM, incident_id=incident_id, triggers=WATCHED[1:], counts_from=reopened.at)


@job
def end_runs(*, event_id: str, unit_id: int, incident_id: int) -> None:
    """Page nobody by a policy any more for an incident that became restricted, but those who are admitted."""
    close_runs(actor=SYSTEM, incident_id=incident_id)


@urgent_job
def follow_hand_over(
    *, event_id: str, unit_id: int, incident_id: int, hand_over_id: int, state: str, entry_id: int
) -> None:
    """Once another unit has accepted an incident, its policy is followed, and the giver's no longer."""
    if state == HandOverState.ACCEPTED:
        hand_runs_over(actor=SYSTEM, incident_id=incident_id)


@urgent_job
def follow_severity(*, event_id: str, unit_id: int, incident_id: int, before: str, after: str, entry_id: int) -> None:
    """Begin anew what had run out for an incident that is graver than it was."""
    # SEV1, the gravest, is the first by name.
    if after < before:
        with acting_as(SYSTEM):
            raised = incidents.entry_for(SYSTEM, entry_id)
            begin_graver(actor=SYSTEM, incident_id=incident_id, raised_at=raised.at)


@periodic_job("17 * * * *")
def keep_call_lists(timestamp: int) -> None:
    """Write every unit's call list to disk anew, and mail it to those who lead the unit, once a day."""
    call_lists.write_all()
    call_lists.mail_all()


@beat(timedelta(minutes=1))
def audit_runs() -> None:
    """See that escalations move, and say so outside."""
    auditing.audit()


@beat(timedelta(seconds=2))
def sweep_runs() -> None:
    """Take the steps that are due."""
    sweeping.sweep()
