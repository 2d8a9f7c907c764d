"""What a runbook says: a revision is proposed, and another person puts it in force or declines it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, within
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from hub.live import outbox
from knowledge.postmortems import access as postmortems
from knowledge.runbooks import access
from knowledge.runbooks.actions import facts
from knowledge.runbooks.events import RevisionDecided, RevisionProposed
from knowledge.runbooks.models import USUAL_CHECK_DAYS, Revision, RevisionState, Runbook
from knowledge.runbooks.steps import Step, as_rows, checked
from tenants import access as tenants
from tenants import audit


def write_runbook(
    *,
    actor: Actor,
    unit_id: int,
    title: str,
    purpose: str,
    steps: Sequence[Step],
    reason: str = "The first one",
    service_id: int | None = None,
    failure_mode_id: int | None = None,
    owner_id: int | None = None,
    check_days: int = USUAL_CHECK_DAYS,
    postmortem_id: int | None = None,
) -> Runbook:
    """Write a runbook of a unit; its first revision waits for somebody else's approval.

    Args:
        purpose: when it is for, and by what one sees that.
        reason: why it is written.
        owner_id: who looks after it; whoever writes it, when left out.
        check_days: after how many days somebody has to look whether it still holds.
        postmortem_id: the review whose finding asks for it.

    Raises `NotFound` for the unit, a service, person, term or review, `Forbidden` without knowledge.write there,
    `Invalid` for a text or steps, `Conflict` for a title that one of the unit's runbooks has. Locks the unit's numbers.
    """
    with acting_as(actor):
        unit = tenants.unit_for(actor, unit_id)
        if not access.may_write(actor, unit.pk):
            raise Forbidden(f"Writing a runbook of {unit.name} needs a responder's role there.")
        now = clock.now()
        runbook = Runbook(
            unit=unit,
            title=facts.checked_title(title),
            service_id=facts.service_of(actor, service_id),
            failure_mode_id=facts.failure_mode_of(actor, unit.pk, failure_mode_id),
            owner_id=facts.owner_of(actor, owner_id) or actor.person_id,
            check_days=facts.checked_days(check_days),
            written_at=now,
            written_by_id=actor.person_id,
            edited_at=now,
        )
        hold("runbooks_runbook", unit.pk)
        facts.refuse_twin(actor, runbook)
        runbook.number = access.next_number(actor, unit.pk)
        runbook.save(force_insert=True)
        audit.record(
            actor=actor, verb="write_runbook", obj=runbook, unit_id=unit.pk, change={"title": [None, runbook.title]}
        )
        _propose(actor, runbook, purpose=purpose, steps=steps, reason=reason, postmortem_id=postmortem_id)
        return runbook


def revise_runbook(
    *,
    actor: Actor,
    runbook_id: int,
    purpose: str,
    steps: Sequence[Step],
    reason: str,
    postmortem_id: int | None = None,
    based_on: int | None = None,
) -> Revision:
    """Propose what a runbook shall say instead; what is in force stays so until somebody else approves.

    Args:
        reason: what it changes and why.
        postmortem_id: the review whose finding proposes it.
        based_on: the number of the revision that the writer began from: with another one in force, it is refused.

    Raises `NotFound` for the runbook or the review, `Forbidden`, `Invalid` for a text, for steps, or where nothing
    changes, `Conflict` while another one waits, for a retired runbook, and for another base. Locks the runbook.
    """
    with acting_as(actor):
        runbook = facts.runbook_for_writing(actor, runbook_id)
        facts.refuse_retired(runbook)
        waits = access.waiting(actor, runbook)
        if waits is not None:
            raise Conflict(f"Revision {waits.number} of “{runbook.title}” waits for approval: that comes first.")
        current = runbook.current
        if based_on is not None and current is not None and current.number != based_on:
            raise Conflict(
                f"Revision {current.number} came into force while you wrote: begin from what it says.",
                path=["basedOn"],
            )
        return _propose(actor, runbook, purpose=purpose, steps=steps, reason=reason, postmortem_id=postmortem_id)


def edit_revision(*, actor: Actor, revision_id: int, purpose: str, steps: Sequence[Step], reason: str) -> Revision:
    """Change a proposal before it is decided. Raises `NotFound`, `Forbidden` for anybody but its writer, `Conflict` for
    one that was decided, `Invalid`. Locks the runbook.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, revision_id)
        if revision.proposed_by_id != actor.person_id:
            raise Forbidden("A proposal is changed by whoever wrote it; decline it and say what is to be different.")
        _refuse_decided(revision)
        _say(revision, purpose, steps, reason)
        revision.save(update_fields=["purpose", "steps", "reason"])
        _audit(actor, revision, "edit_revision", {"reason": [None, revision.reason]})
        return revision


def approve_revision(*, actor: Actor, revision_id: int, note: str = "") -> Revision:
    """Put a proposal in force: from now on it is what is carried out. Nobody approves their own.

    Raises `NotFound`, `Forbidden` without knowledge.publish and for whoever wrote it, `Conflict` for one that was
    decided and for a retired runbook. Locks the runbook.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, revision_id)
        if not access.may_decide(actor, revision):
            if access.may_publish(actor, revision.unit_id):
                raise Forbidden("You wrote it: somebody else has to approve it.")
            raise Forbidden("Approving a revision is for a commander of the runbook's unit.")
        _refuse_decided(revision)
        runbook = revision.runbook
        facts.refuse_retired(runbook)
        now = clock.now()
        runbook.revisions.filter(state=RevisionState.CURRENT).update(state=RevisionState.SUPERSEDED)
        _decide(actor, revision, RevisionState.CURRENT, note)
        runbook.current, runbook.checked_at = revision, now
        runbook.check_due_at = access.check_due(now, runbook.check_days)
        facts.save(
            actor,
            runbook,
            "approve_revision",
            ["current", "checked_at", "check_due_at"],
            {"revision": [None, revision.number]},
        )
        return revision


def decline_revision(*, actor: Actor, revision_id: int, reason: str) -> Revision:
    """Turn a proposal down, or take one's own back, and say why.

    Raises `NotFound`, `Forbidden` for who neither publishes in the unit nor wrote it, `Conflict` for one that was
    decided, `Invalid` without a reason. Locks the runbook.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, revision_id)
        if revision.proposed_by_id != actor.person_id and not access.may_publish(actor, revision.unit_id):
            raise Forbidden("Declining a revision is for a commander of the runbook's unit, or whoever wrote it.")
        _refuse_decided(revision)
        _decide(actor, revision, RevisionState.DECLINED, checked_text(reason, "reason", longest=facts.LONGEST_REASON))
        _audit(actor, revision, "decline_revision", {"state": ["proposed", "declined"], "reason": [None, reason]})
        return revision


def _propose(
    actor: Actor, runbook: Runbook, *, purpose: str, steps: Sequence[Step], reason: str, postmortem_id: int | None
) -> Revision:
    latest = runbook.revisions.order_by("-number").first()
    revision = Revision(
        runbook=runbook,
        unit_id=runbook.unit_id,
        shared=runbook.shared,
        number=latest.number + 1 if latest else 1,
        postmortem_id=_finding(actor, postmortem_id),
        proposed_at=clock.now(),
        proposed_by_id=actor.person_id,
    )
    _say(revision, purpose, steps, reason)
    current = runbook.current
    if current is not None and (current.purpose, current.steps) == (revision.purpose, revision.steps):
        raise Invalid("It says what is in force already.", path=["steps"])
    revision.save(force_insert=True)
    event = RevisionProposed(unit_id=runbook.unit_id, incident_id=None, runbook_id=runbook.pk, revision_id=revision.pk)
    outbox.record(actor=actor, event=event)
    _audit(actor, revision, "revise_runbook", {"reason": [None, revision.reason]})
    return revision


def _finding(actor: Actor, postmortem_id: int | None) -> int | None:
    if postmortem_id is None:
        return None
    with within("postmortemId"):
        review = postmortems.postmortem_for(actor, postmortem_id)
    if review.restricted:
        raise Invalid(
            "A restricted review stays in its room: propose the revision without naming it.", path=["postmortemId"]
        )
    return review.pk


def _say(revision: Revision, purpose: str, steps: Sequence[Step], reason: str) -> None:
    revision.purpose = checked_text(purpose.replace("\r\n", "\n"), "purpose", longest=facts.LONGEST_PURPOSE)
    revision.steps = as_rows(checked(steps))
    revision.reason = checked_text(reason, "reason", longest=facts.LONGEST_REASON)


def _revision_for_writing(actor: Actor, revision_id: int) -> Revision:
    seen = access.revision_for(actor, revision_id)
    runbook = facts.runbook_for_writing(actor, seen.runbook_id)
    revision = access.revision_for(actor, revision_id)
    revision.runbook = runbook
    return revision


def _refuse_decided(revision: Revision) -> None:
    if revision.state != RevisionState.PROPOSED:
        state = RevisionState(revision.state).label.lower()
        raise Conflict(f"Revision {revision.number} is {state} already.")


def _decide(actor: Actor, revision: Revision, state: RevisionState, said: str) -> None:
    revision.state = state
    revision.decided_at, revision.decided_by_id = clock.now(), actor.person_id
    revision.decision = checked_text(said, "note", longest=facts.LONGEST_REASON, required=False)
    revision.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    event = RevisionDecided(
        unit_id=revision.unit_id,
        incident_id=None,
        runbook_id=revision.runbook_id,
        revision_id=revision.pk,
        state=str(state),
    )
    outbox.record(actor=actor, event=event)


def _audit(actor: Actor, revision: Revision, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=revision, unit_id=revision.unit_id, change=change)
