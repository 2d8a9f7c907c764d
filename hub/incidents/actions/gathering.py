"""From units to the enterprise: one incident of a unit above gathers those of the units below it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from hub.incidents import access
from hub.incidents.actions.declaring import declare_incident
from hub.incidents.actions.ownership import put_commander
from hub.incidents.actions.progress import resolve_incident
from hub.incidents.actions.writing import append_entry, incident_for_work
from hub.incidents.events import IncidentGathered
from hub.incidents.fields import MissingFields
from hub.incidents.models import (
    OVER,
    EntryKind,
    EscalationCriteria,
    EscalationProposal,
    Incident,
    ProposalState,
    Severity,
    Status,
)
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, require

MOST_CHILDREN = 100


def gather_incidents(
    *,
    actor: Actor,
    incident_ids: Collection[int],
    title: str,
    severity: Severity,
    reason: str,
    unit_id: int | None = None,
) -> Incident:
    """Declare an incident of a unit above that gathers these; each stays its unit's own.

    Args:
        unit_id: the unit that it shall belong to; the nearest one above all of them if left out.

    Raises `NotFound` for an incident the actor may not see, `Invalid` for none or too many or no unit above them all,
    `Forbidden` without incident.command in the unit above, `Conflict` for one that is over, restricted, or gathered
    already. Locks the incidents in the order of their ids.
    """
    with acting_as(actor):
        wanted = _locked(actor, incident_ids)
        unit = _common_unit(actor, wanted, unit_id)
        require(
            actor,
            Permission.INCIDENT_COMMAND,
            unit.pk,
            f"Gathering incidents takes somebody who may command incidents of {unit.name}.",
        )
        why = checked_text(reason, "reason", longest=300)
        parent = declare_incident(
            actor=actor,
            title=title,
            severity=severity,
            unit_id=unit.pk,
            severity_reason=why,
            opening=f"Declared as {severity.upper()} for incidents of {_units(wanted)}: {why}",
        )
        criteria = access.criteria_of(actor, [unit.pk]).get(unit.pk)
        if parent.commander_id is None and criteria is not None:
            put_commander(actor, parent, own_schedule_id=criteria.commander_schedule_id)
        for incident in wanted:
            _join(actor, parent, incident)
        return parent


def gather_incident(*, actor: Actor, parent_id: int, incident_id: int) -> Incident:
    """Add one more incident to those that another gathers. Locks both, in the order of their ids.

    Raises as `gather_incidents` does, and `Conflict` for a parent that is closed or is itself gathered.
    """
    with acting_as(actor):
        try:
            access.incident_for(actor, parent_id)
        except NotFound as error:
            raise error.at("parentId") from None
        if parent_id < incident_id:
            incident_for_work(actor, parent_id, lock=True)
        (incident,) = _locked(actor, [incident_id], field="incidentId")
        # Whoever restricts the one above waits, or is seen here.
        parent = incident_for_work(actor, parent_id, lock=True)
        if parent.status == Status.CLOSED or parent.parent_id is not None or parent.restricted:
            raise Conflict(f"{parent.reference} is closed, restricted or gathered itself: it can gather nothing.")
        _common_unit(actor, [incident], parent.unit_id)
        require(
            actor,
            Permission.INCIDENT_COMMAND,
            parent.unit_id,
            f"Gathering incidents takes somebody who may command incidents of {parent.unit.name}.",
        )
        _join(actor, parent, incident)
        return parent


def release_incident(*, actor: Actor, incident_id: int, reason: str) -> Incident:
    """Take an incident out of the one that gathers it. Its own unit may do so, and whoever commands above.

    Raises `NotFound`, `Forbidden` without incident.command in its unit, `Invalid` without a reason, `Conflict` for one
    that nobody gathers. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, lock=True)
        if not can(actor, Permission.INCIDENT_COMMAND, incident.unit_id):
            raise Forbidden(f"Releasing {incident.reference} takes somebody who may command incidents of its unit.")
        why = checked_text(reason, "reason", longest=300)
        if incident.parent_id is None:
            raise Conflict(f"{incident.reference} is part of no other incident.")
        former = incident.parent_id
        Incident.objects.filter(pk=incident.pk).update(parent=None)
        incident.parent_id = None
        entry = append_entry(
            actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=f"No longer part of the incident above: {why}"
        )
        _announce(actor, incident, entry.pk)
        _record(actor, incident, "release_incident", former, None)
        return incident


def accept_escalation(*, actor: Actor, proposal_id: int, title: str = "", severity: Severity | None = None) -> Incident:
    """Make what was proposed: an incident of the unit above, or one more child of the one that is under way.

    Args:
        title, severity: of the new incident; those of the gravest one gathered if left out.

    Raises `NotFound`, `Conflict` for a proposal that is decided or whose incidents are all over. Locks the proposal,
    then the incidents.
    """
    with acting_as(actor):
        proposal = _to_decide(actor, proposal_id)
        still = [
            each.pk
            for each in Incident.objects.filter(pk__in=proposal.incident_ids, parent=None, restricted=False).exclude(
                status__in=OVER
            )
        ]
        if not still:
            raise Conflict("The incidents of this proposal are over, or gathered already.")
        parent = _make(actor, proposal, still, title, severity)
        _decide(actor, proposal, ProposalState.ACCEPTED, "", parent)
        return parent


def dismiss_escalation(*, actor: Actor, proposal_id: int, reason: str) -> EscalationProposal:
    """Say that these stay their units' own; the same criterion does not propose it again.

    Raises `NotFound`, `Forbidden`, `Invalid` without a reason, `Conflict` for a proposal that is decided. Locks it.
    """
    with acting_as(actor):
        proposal = _to_decide(actor, proposal_id)
        _decide(actor, proposal, ProposalState.DISMISSED, checked_text(reason, "reason", longest=300), None)
        return proposal


def propose_escalation(
    *, criteria: EscalationCriteria, trigger: Incident, incident_ids: Sequence[int], criterion: str, reason: str
) -> EscalationProposal | None:
    """Propose one incident above, or make it where the criteria say so; None where that was said already.

    The system's own, after a criterion was met. Locks what it writes.
    """
    with acting_as(SYSTEM):
        waiting = EscalationProposal.objects.select_for_update().filter(
            unit=criteria.unit, state=ProposalState.PROPOSED, incident_ids__overlap=list(incident_ids)
        )
        if (former := waiting.first()) is not None:
            together = sorted({*former.incident_ids, *incident_ids})
            if together != sorted(former.incident_ids):
                former.incident_ids = together
                former.reason = reason
                former.save(update_fields=["incident_ids", "reason"])
            return None
        under_way = (
            Incident.objects.filter(children__pk__in=incident_ids, unit=criteria.unit, restricted=False)
            .exclude(status__in=OVER)
            .first()
        )
        proposal, is_new = EscalationProposal.objects.get_or_create(
            unit=criteria.unit,
            trigger=trigger,
            criterion=criterion,
            defaults={
                "incident_ids": list(incident_ids),
                "reason": reason,
                "proposed_at": clock.now(),
                "parent": under_way,
            },
        )
        if not is_new:
            return None
        audit.record(
            actor=SYSTEM,
            verb="propose_escalation",
            obj=proposal,
            unit_id=criteria.unit_id,
            # Which incidents stands in the proposal, which goes when one of them is restricted.
            change={"criterion": [None, criterion]},
        )
        if criteria.makes:
            accept_escalation(actor=SYSTEM, proposal_id=proposal.pk)
            proposal.refresh_from_db()
        return proposal


def flow_outcome(*, incident_id: int, entry_id: int, after: str) -> list[Incident]:
    """Bring the outcome of an incident that gathers others back to each of them. The system's own.

    Each open child gets an entry that says what happened above; what was resolved above is resolved there too, and a
    unit for which it is not over reopens its own. Closing stays with the unit, and so does resolving what lacks
    something that the unit demands first: the entry says what. Done twice, it writes once. Locks the children, one
    after the other.
    """
    with acting_as(SYSTEM):
        parent = access.incident_for(SYSTEM, incident_id)
        told = access.entry_for(SYSTEM, entry_id)
        moved = []
        for child in access.children(SYSTEM, parent).filter(restricted=False):
            if not child.is_open:
                continue
            body = f"{parent.reference} above: {told.body}"
            if child.timeline.filter(kind=EntryKind.SYSTEM, body=body, at__gte=told.at).exists():
                continue
            entry = append_entry(actor=SYSTEM, incident=child, kind=EntryKind.SYSTEM, body=body)
            _announce(SYSTEM, child, entry.pk)
            if after == Status.RESOLVED:
                _resolve_with(parent, child)
            moved.append(child)
        return moved


def _resolve_with(parent: Incident, child: Incident) -> None:
    try:
        resolve_incident(actor=SYSTEM, incident_id=child.pk, note=f"with {parent.reference}")
    except MissingFields as refusal:
        lacking = "; ".join(error.message for error in refusal.errors)
        append_entry(actor=SYSTEM, incident=child, kind=EntryKind.SYSTEM, body=f"It stays open here. {lacking}")


def _make(
    actor: Actor, proposal: EscalationProposal, incident_ids: Sequence[int], title: str, severity: Severity | None
) -> Incident:
    parent = proposal.parent
    if parent is not None and parent.is_open and parent.parent_id is None and not parent.restricted:
        for incident_id in incident_ids:
            parent = gather_incident(actor=actor, parent_id=parent.pk, incident_id=incident_id)
        return parent
    gravest = Incident.objects.filter(pk__in=incident_ids).order_by("severity", "declared_at").first()
    assert gravest is not None
    return gather_incidents(
        actor=actor,
        incident_ids=incident_ids,
        title=title or gravest.title,
        severity=severity or Severity(gravest.severity),
        reason=proposal.reason,
        unit_id=proposal.unit_id,
    )


def _to_decide(actor: Actor, proposal_id: int) -> EscalationProposal:
    proposal = access.proposal_for(actor, proposal_id, lock=True)
    if proposal.state != ProposalState.PROPOSED:
        raise Conflict("This proposal is decided already.")
    return proposal


def _decide(
    actor: Actor, proposal: EscalationProposal, state: ProposalState, answer: str, parent: Incident | None
) -> None:
    proposal.state = state
    proposal.decided_by_id = actor.person_id
    proposal.decided_at = clock.now()
    proposal.answer = answer
    proposal.parent = parent or proposal.parent
    proposal.save(update_fields=["state", "decided_by", "decided_at", "answer", "parent"])
    audit.record(
        actor=actor,
        verb="accept_escalation" if state == ProposalState.ACCEPTED else "dismiss_escalation",
        obj=proposal,
        unit_id=proposal.unit_id,
        change={"state": [ProposalState.PROPOSED, state], "answer": [None, answer]},
    )


def _locked(actor: Actor, incident_ids: Collection[int], *, field: str = "incidentIds") -> list[Incident]:
    """The incidents, locked in the order of their ids, if each of them can be gathered."""
    if not 1 <= len(set(incident_ids)) <= MOST_CHILDREN:
        raise Invalid(f"Name 1 to {MOST_CHILDREN} incidents to gather.", path=[field])
    found = []
    for incident_id in sorted(set(incident_ids)):
        try:
            incident = incident_for_work(actor, incident_id, lock=True)
        except NotFound as error:
            raise error.at(field) from None
        if incident.restricted:
            raise Conflict(f"{incident.reference} is restricted: nothing above may tell of it.", path=[field])
        if not incident.is_open:
            raise Conflict(f"{incident.reference} is over.", path=[field])
        if incident.parent_id is not None:
            raise Conflict(f"{incident.reference} is part of another incident already.", path=[field])
        if Incident.objects.filter(parent=incident).exists():
            raise Conflict(f"{incident.reference} gathers incidents itself.", path=[field])
        found.append(incident)
    return found


def _common_unit(actor: Actor, incidents: Sequence[Incident], unit_id: int | None) -> BusinessUnit:
    """The unit above all of them: the one that is named, or the nearest."""
    lineages = [incident.unit.lineage[1:] for incident in incidents]
    common = [each for each in lineages[0] if all(each in lineage for lineage in lineages)]
    if unit_id is not None:
        unit = _unit(actor, unit_id)
        if unit.pk not in common:
            raise Invalid(f"{unit.name} does not stand above all of these units.", path=["unitId"])
        return unit
    if not common:
        raise Invalid("These incidents' units have no unit above them in common.", path=["incidentIds"])
    return _unit(actor, common[0])


def _unit(actor: Actor, unit_id: int) -> BusinessUnit:
    try:
        return tenants.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None


def _join(actor: Actor, parent: Incident, incident: Incident) -> None:
    Incident.objects.filter(pk=incident.pk).update(parent=parent)
    incident.parent = parent
    entry = append_entry(
        actor=actor,
        incident=incident,
        kind=EntryKind.SYSTEM,
        body=f"Part of {parent.reference} of {parent.unit.name} from here on",
    )
    # No word of which: entries stay, and an incident that is restricted later would be told of by this one.
    joined = append_entry(
        actor=actor,
        incident=parent,
        kind=EntryKind.SYSTEM,
        body=f"Gathers an incident of {incident.unit.name}",
    )
    _announce(actor, incident, entry.pk)
    _announce(actor, parent, joined.pk)
    _record(actor, incident, "gather_incident", None, parent.pk)


def _units(incidents: Sequence[Incident]) -> str:
    names = sorted({each.unit.name for each in incidents})
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _announce(actor: Actor, incident: Incident, entry_id: int) -> None:
    outbox.record(
        actor=actor,
        event=IncidentGathered(
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            parent_id=incident.parent_id,
            entry_id=entry_id,
        ),
    )


def _record(actor: Actor, incident: Incident, verb: str, before: int | None, after: int | None) -> None:
    audit.record(
        actor=actor,
        verb=verb,
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"parent": [before, after]},
    )
