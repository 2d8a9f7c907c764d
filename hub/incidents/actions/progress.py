"""An incident's way from declared to closed, and changes of its severity.

Each step is refused with the list of what is missing (`MissingFields`) where the unit demands more for the stage.
"""

from __future__ import annotations

from hub.incidents import access
from hub.incidents.actions.central import may_close
from hub.incidents.actions.fields import require_fields
from hub.incidents.actions.knowing import proposal_for
from hub.incidents.actions.ownership import put_commander
from hub.incidents.actions.rating import meant_by_word, reworded
from hub.incidents.actions.writing import append_entry, incident_for_work, may_command
from hub.incidents.events import IncidentSeverityChanged, IncidentStatusChanged
from hub.incidents.models import EntryKind, Incident, Severity, Status
from hub.incidents.rooms import Act
from hub.incidents.status import check_transition
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import audit
from tenants.models import Stage, Term


def acknowledge_incident(*, actor: Actor, incident_id: int) -> Incident:
    """Say that somebody is on it. Raises `NotFound`, `Forbidden`, `Conflict`. Locks the incident."""
    return _move(actor, incident_id, Status.ACKNOWLEDGED, "acknowledge_incident", "")


def mitigate_incident(*, actor: Actor, incident_id: int, note: str = "") -> Incident:
    """Say that users no longer suffer. Raises `NotFound`, `Forbidden`, `Conflict`. Locks the incident."""
    return _move(actor, incident_id, Status.MITIGATED, "mitigate_incident", note)


def resolve_incident(*, actor: Actor, incident_id: int, note: str = "") -> Incident:
    """Say that it is over; its review opens. Raises `NotFound`, `Forbidden`, `Conflict`. Locks the incident."""
    return _move(actor, incident_id, Status.RESOLVED, "resolve_incident", note)


def reopen_incident(*, actor: Actor, incident_id: int, note: str) -> Incident:
    """It was not over after all. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid` without a note."""
    return _move(actor, incident_id, Status.ACKNOWLEDGED, "reopen_incident", checked_text(note, "note"))


def close_incident(*, actor: Actor, incident_id: int) -> Incident:
    """Nothing is left to do here. Takes somebody who may command. Raises `NotFound`, `Forbidden`, `Conflict`."""
    return _move(actor, incident_id, Status.CLOSED, "close_incident", "", commanding=True)


def change_severity(
    *, actor: Actor, incident_id: int, severity: Severity, reason: str, local_severity_id: int | None = None
) -> Incident:
    """Change how grave it is, and say why.

    Args:
        local_severity_id: the unit's own word for it from now on. Without one, the last that was said still counts: the
            incident may be graver than that means, and not laxer.

    Raises `NotFound`, also for a word that is none of the unit's, `Forbidden` also for who would take it out of central
    command without a part in that, `Invalid` without a reason or for what is laxer than the unit's word means or than
    the enterprise holds it to be (`hub.incidents.thresholds`, and its rules for alerts), `Conflict` for a closed
    incident or the same severity. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.JUDGE, lock=True)
        why = checked_text(reason, "reason", longest=300)
        if incident.status == Status.CLOSED:
            raise Conflict(f"{incident.reference} is closed; its severity stays {incident.severity.upper()}.")
        if incident.severity == severity:
            raise Conflict(f"{incident.reference} is {severity.upper()} already.", path=["severity"])
        word = reworded(actor, incident, severity, local_severity_id) if local_severity_id is not None else None
        if severity.value > incident.severity:
            if word is None:
                _check_word(actor, incident, severity)
            _check_floor(actor, incident, severity)
            _check_command(actor, incident, severity)
        regrade(actor, incident, severity, why, verb="change_severity", word=word)
        return incident


def hold_severity(*, actor: Actor, incident_id: int, severity: Severity, reason: str) -> Incident:
    """Hold it to a severity, as the enterprise's rules say of its alerts: it is made that grave, and never laxer again.

    An incident that is held to something graver already stays as it is. Raises `NotFound`, `Forbidden`. Locks the
    incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.JUDGE, lock=True)
        before = incident.least_severity
        if before and before <= severity.value:
            return incident
        incident.least_severity = severity
        incident.least_reason = reason[:300]
        incident.save(update_fields=["least_severity", "least_reason"])
        audit.record(
            actor=actor,
            verb="hold_severity",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"least_severity": [before or None, severity], "reason": [None, incident.least_reason]},
        )
        if severity.value < incident.severity:
            regrade(actor, incident, severity, incident.least_reason, verb="change_severity")
        return incident


def regrade(
    actor: Actor, incident: Incident, severity: Severity, why: str, *, verb: str, word: Term | None = None
) -> None:
    """Make it another severity, in the caller's transaction and under its lock.

    Args:
        verb: what the trail calls it.
        word: what the unit calls it from now on.
    """
    before = incident.severity
    incident.severity = severity
    incident.severity_reason = why
    # Without a word it is a judgement on the global scale, which the unit's own term no longer describes. What that
    # meant is the least still.
    incident.former_local_severity_id = (
        None if word else incident.local_severity_id or incident.former_local_severity_id
    )
    incident.local_severity = word
    incident.updated_at = clock.now()
    incident.save(
        update_fields=["severity", "severity_reason", "local_severity", "former_local_severity", "updated_at"]
    )
    entry = append_entry(
        actor=actor,
        incident=incident,
        kind=EntryKind.SEVERITY,
        body=f"Severity changed from {before.upper()} to {severity.upper()}: {why}",
    )
    outbox.record(
        actor=actor,
        event=IncidentSeverityChanged(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            before=before,
            after=severity,
            entry_id=entry.pk,
        ),
    )
    audit.record(
        actor=actor,
        verb=verb,
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"severity": [before, severity], "reason": [None, why]},
    )
    _follow_ownership(actor, incident, before)


def _check_word(actor: Actor, incident: Incident, severity: Severity) -> None:
    """Raises `Invalid` for a severity that is laxer than the unit's word for the incident means."""
    meant = meant_by_word(actor, incident)
    if meant is not None and severity.value > meant[1].value:
        word, least = meant
        raise Invalid(
            f"{incident.reference} was called “{word.name}”, which means {least.upper()}: it may be graver than that,"
            f" and not {severity.upper()}. If it is less grave, say so in another word of {incident.unit.name}.",
            path=["severity"],
        )


def _check_floor(actor: Actor, incident: Incident, severity: Severity) -> None:
    """Raises `Invalid` for a severity that is laxer than the enterprise lets the incident, or one of its alerts, be."""
    if incident.least_severity and severity.value > incident.least_severity:
        raise Invalid(
            f"{incident.reference} is {incident.least_severity.upper()} at least, by what its alerts say."
            f" {incident.least_reason}.",
            path=["severity"],
        )
    proposal = proposal_for(actor, incident)
    if proposal.floor is not None and severity.value > proposal.floor.value:
        raise Invalid(
            f"{incident.reference} is {proposal.floor.upper()} at least. {proposal.floor_reason}."
            " If that is no longer so, say first what is known of it by now.",
            path=["severity"],
        )


def _check_command(actor: Actor, incident: Incident, severity: Severity) -> None:
    """Raises `Forbidden` where it would leave central command by the word of somebody who may not end it."""
    ownership = access.ownership_of(actor, incident.unit_id)
    leaves = ownership is not None and ownership.is_central(incident.severity) and not ownership.is_central(severity)
    if leaves and not may_close(actor, incident):
        raise Forbidden(
            f"{incident.reference} is commanded centrally as {incident.severity.upper()}: making it {severity.upper()}"
            " takes somebody who commands for its unit."
        )


def _follow_ownership(actor: Actor, incident: Incident, before: str) -> None:
    """Command passes to, or from, the central unit where the new severity is on the other side of its line."""
    ownership = access.ownership_of(actor, incident.unit_id)
    if incident.restricted or ownership is None or not incident.is_open:
        return
    if ownership.is_central(before) != ownership.is_central(incident.severity):
        own = incident.service.commander_schedule_id if incident.service else None
        put_commander(actor, incident, own_schedule_id=own)


def _move(
    actor: Actor, incident_id: int, target: Status, verb: str, note: str, *, commanding: bool = False
) -> Incident:
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.MOVE, lock=True)
        if commanding and not may_close(actor, incident):
            raise Forbidden(
                f"{incident.reference} is commanded centrally: closing it takes somebody who commands for its unit."
            )
        if commanding and not may_command(actor, incident):
            raise Forbidden(f"Closing {incident.reference} takes its commander, or somebody who may command here.")
        before = Status(incident.status)
        check_transition(incident.reference, before, target)
        require_fields(actor, incident, Stage(target))
        moment = clock.now()
        fields = ["status", "updated_at"]
        incident.status = target
        incident.updated_at = moment
        # The first time counts for the figures; only a resolution that did not hold is taken back.
        if incident.stage_times[target] is None:
            setattr(incident, f"{target}_at", moment)
            fields.append(f"{target}_at")
        if before == Status.RESOLVED and target == Status.ACKNOWLEDGED:
            incident.resolved_at = None
            fields.append("resolved_at")
        incident.save(update_fields=fields)
        text = checked_text(note, "note", required=False)
        verbed = (
            "Reopened"
            if before in (Status.RESOLVED, Status.MITIGATED) and target == Status.ACKNOWLEDGED
            else target.label
        )
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.STATUS, body=f"{verbed}: {text}" if text else verbed
        )
        outbox.record(
            actor=actor,
            event=IncidentStatusChanged(
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                before=before,
                after=target,
                entry_id=entry.pk,
            ),
        )
        audit.record(
            actor=actor,
            verb=verb,
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"status": [before, target]},
        )
        return incident
