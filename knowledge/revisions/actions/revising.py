"""What a text says: a revision is proposed, and another person approves or declines it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, within
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from hub.live import outbox
from knowledge.postmortems import access as postmortems
from knowledge.revisions import access, rights
from knowledge.revisions.actions import facts
from knowledge.revisions.kinds import Kind, RevisionT, TextT
from knowledge.revisions.models import State, TextRevision
from tenants import access as tenants
from tenants import audit


def write(
    *,
    actor: Actor,
    kind: Kind[TextT, RevisionT],
    unit_id: int,
    title: str,
    about: Mapping[str, int | None],
    check_days: int,
    say: Callable[[RevisionT], None],
    reason: str,
    postmortem_id: int | None,
) -> TextT:
    """Write a text of a unit; its first revision waits for somebody else's approval.

    Args:
        about: what it is about, by column; its "owner_id" looks after it, or else whoever writes it.
        check_days: after how many days somebody has to look whether it still holds.
        say: checks what the revision shall say, and writes it into it.
        reason: why it is written.
        postmortem_id: the review whose finding asks for it.

    Raises `NotFound` for the unit, the review, and what it is about, `Forbidden` without knowledge.write there,
    `Invalid` for what it says, `Conflict` for a title that one of the unit's texts has. Locks the unit's numbers.
    """
    with acting_as(actor):
        unit = tenants.unit_for(actor, unit_id)
        if not rights.may_write(actor, unit.pk):
            raise Forbidden(f"Writing {kind.a_noun} of {unit.name} needs a responder's role there.")
        now = clock.now()
        told: dict[str, Any] = {
            "unit": unit,
            "title": facts.checked_title(title),
            **{column: facts.seen(actor, unit.pk, column, key) for column, key in about.items()},
            "check_days": facts.checked_days(kind, check_days),
            "written_at": now,
            "written_by_id": actor.person_id,
            "edited_at": now,
        }
        text = kind.text(**told)
        text.owner_id = text.owner_id or actor.person_id
        hold(kind.text._meta.db_table, unit.pk)
        facts.refuse_twin(kind, text)
        text.number = access.next_number(kind, unit.pk)
        text.save(force_insert=True)
        audit.record(
            actor=actor, verb=f"write_{kind.noun}", obj=text, unit_id=unit.pk, change={"title": [None, text.title]}
        )
        _propose(actor, kind, text, say=say, reason=reason, postmortem_id=postmortem_id)
        return text


def revise(
    *,
    actor: Actor,
    kind: Kind[TextT, RevisionT],
    text_id: int,
    say: Callable[[RevisionT], None],
    reason: str,
    postmortem_id: int | None,
    based_on: int | None,
) -> RevisionT:
    """Propose what a text shall say instead; what is current stays so until somebody else approves.

    Args:
        say: checks what the revision shall say, and writes it into it.
        reason: what it changes and why.
        postmortem_id: the review whose finding proposes it.
        based_on: the number of the revision that the writer began from: with another one current, it is refused.

    Raises `NotFound` for the text or the review, `Forbidden`, `Invalid` for what it says, or where nothing changes,
    `Conflict` while another one waits, for a retired text, and for another base. Locks the text.
    """
    with acting_as(actor):
        text = facts.text_for_writing(actor, kind, text_id)
        facts.refuse_retired(text)
        waits = access.waiting(kind, text)
        if waits is not None:
            raise Conflict(f"Revision {waits.number} of “{text.title}” waits for approval: that comes first.")
        current = text.current
        if based_on is not None and current is not None and current.number != based_on:
            raise Conflict(
                f"Revision {current.number} {kind.came_in_use} while you wrote: begin from what it says.",
                path=["basedOn"],
            )
        return _propose(actor, kind, text, say=say, reason=reason, postmortem_id=postmortem_id)


def edit_proposal(
    *,
    actor: Actor,
    kind: Kind[TextT, RevisionT],
    revision_id: int,
    say: Callable[[RevisionT], None],
    columns: Sequence[str],
    reason: str,
) -> RevisionT:
    """Change a proposal before it is decided.

    Args:
        columns: those that `say` writes.

    Raises `NotFound`, `Forbidden` for anybody but its writer, `Conflict` for one that was decided, `Invalid`. Locks the
    text.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, kind, revision_id)
        if revision.proposed_by_id != actor.person_id:
            raise Forbidden("A proposal is changed by whoever wrote it; decline it and say what is to be different.")
        _refuse_decided(revision)
        _say(revision, say, reason)
        revision.save(update_fields=[*columns, "reason"])
        _audit(actor, revision, f"edit_{kind.revision_noun}", {"reason": [None, revision.reason]})
        return revision


def approve(*, actor: Actor, kind: Kind[TextT, RevisionT], revision_id: int, note: str) -> RevisionT:
    """Let the text say what was proposed. Nobody approves their own.

    Raises `NotFound`, `Forbidden` without knowledge.publish and for whoever wrote it, `Conflict` for one that was
    decided and for a retired text. Locks the text.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, kind, revision_id)
        if not rights.may_decide(actor, revision):
            if rights.may_publish(actor, revision.unit_id):
                raise Forbidden("You wrote it: somebody else has to approve it.")
            raise Forbidden(f"Approving a revision is for a commander of the {kind.noun}'s unit.")
        _refuse_decided(revision)
        text = kind.text_of(revision)
        facts.refuse_retired(text)
        now = clock.now()
        text.revisions.filter(state=State.CURRENT).update(state=State.SUPERSEDED)
        _decide(actor, kind, revision, State.CURRENT, note)
        text.current, text.checked_at = revision, now
        text.check_due_at = access.check_due(now, text.check_days)
        columns = ["current", "checked_at", "check_due_at"]
        change = {"revision": [None, revision.number]}
        facts.save(actor, kind, text, verb=f"approve_{kind.revision_noun}", fields=columns, change=change)
        return revision


def decline(*, actor: Actor, kind: Kind[TextT, RevisionT], revision_id: int, reason: str) -> RevisionT:
    """Turn a proposal down, or take one's own back, and say why.

    Raises `NotFound`, `Forbidden` for who neither publishes in the unit nor wrote it, `Conflict` for one that was
    decided, `Invalid` without a reason. Locks the text.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, kind, revision_id)
        if not rights.is_own(actor, revision) and not rights.may_publish(actor, revision.unit_id):
            raise Forbidden(f"Declining a revision is for a commander of the {kind.noun}'s unit, or whoever wrote it.")
        _refuse_decided(revision)
        why = checked_text(reason, "reason", longest=facts.LONGEST_REASON)
        _decide(actor, kind, revision, State.DECLINED, why)
        change = {"state": ["proposed", "declined"], "reason": [None, reason]}
        _audit(actor, revision, f"decline_{kind.revision_noun}", change)
        return revision


def _propose(
    actor: Actor,
    kind: Kind[TextT, RevisionT],
    text: TextT,
    *,
    say: Callable[[RevisionT], None],
    reason: str,
    postmortem_id: int | None,
) -> RevisionT:
    latest = text.revisions.order_by("-number").first()
    told: dict[str, Any] = {
        kind.noun: text,
        "unit_id": text.unit_id,
        "shared": text.shared,
        "number": latest.number + 1 if latest else 1,
        "postmortem_id": _finding(actor, postmortem_id),
        "proposed_at": clock.now(),
        "proposed_by_id": actor.person_id,
    }
    revision = kind.revision(**told)
    _say(revision, say, reason)
    if text.current is not None and kind.said(text.current) == kind.said(revision):
        sentence, path = kind.says_so_already
        raise Invalid(sentence, path=[path])
    revision.save(force_insert=True)
    outbox.record(actor=actor, event=kind.proposed(revision))
    _audit(actor, revision, f"revise_{kind.noun}", {"reason": [None, revision.reason]})
    return revision


def _finding(actor: Actor, postmortem_id: int | None) -> int | None:
    if postmortem_id is None:
        return None
    with within("postmortemId"):
        review = postmortems.postmortem_for(actor, postmortem_id)
    if review.restricted:
        raise Invalid("A restricted review stays in its room: propose it without naming that.", path=["postmortemId"])
    return review.pk


def _say(revision: RevisionT, say: Callable[[RevisionT], None], reason: str) -> None:
    say(revision)
    revision.reason = checked_text(reason, "reason", longest=facts.LONGEST_REASON)


def _revision_for_writing(actor: Actor, kind: Kind[TextT, RevisionT], revision_id: int) -> RevisionT:
    """The revision, with its text locked, for somebody who may write that."""
    text = facts.text_for_writing(actor, kind, kind.text_of(access.revision_for(kind, revision_id)).pk)
    # Before the lock somebody may have decided it.
    revision = access.revision_for(kind, revision_id)
    setattr(revision, kind.noun, text)
    return revision


def _refuse_decided(revision: TextRevision) -> None:
    if revision.state != State.PROPOSED:
        raise Conflict(f"Revision {revision.number} is {revision.get_state_display().lower()} already.")


def _decide(actor: Actor, kind: Kind[TextT, RevisionT], revision: RevisionT, state: State, said: str) -> None:
    revision.state = state.value
    revision.decided_at, revision.decided_by_id = clock.now(), actor.person_id
    revision.decision = checked_text(said, "note", longest=facts.LONGEST_REASON, required=False)
    revision.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    outbox.record(actor=actor, event=kind.decided(revision))


def _audit(actor: Actor, revision: TextRevision, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=revision, unit_id=revision.unit_id, change=change)
