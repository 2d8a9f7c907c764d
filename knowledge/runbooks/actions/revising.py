"""What a runbook says: a revision is proposed, and another person puts it in force or declines it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from hub.lib.identity import Actor
from hub.lib.texts import checked_text
from knowledge.revisions.actions import revising
from knowledge.runbooks.kind import RUNBOOKS
from knowledge.runbooks.models import USUAL_CHECK_DAYS, Revision, Runbook
from knowledge.runbooks.steps import Step, as_rows, checked

LONGEST_PURPOSE: Final = 5_000


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
    return revising.write(
        actor=actor,
        kind=RUNBOOKS,
        unit_id=unit_id,
        title=title,
        about={"service_id": service_id, "failure_mode_id": failure_mode_id, "owner_id": owner_id},
        check_days=check_days,
        say=partial(_say, purpose, steps),
        reason=reason,
        postmortem_id=postmortem_id,
    )


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
    return revising.revise(
        actor=actor,
        kind=RUNBOOKS,
        text_id=runbook_id,
        say=partial(_say, purpose, steps),
        reason=reason,
        postmortem_id=postmortem_id,
        based_on=based_on,
    )


def edit_revision(*, actor: Actor, revision_id: int, purpose: str, steps: Sequence[Step], reason: str) -> Revision:
    """Change a proposal before it is decided. Raises `NotFound`, `Forbidden` for anybody but its writer, `Conflict` for
    one that was decided, `Invalid`. Locks the runbook.
    """
    return revising.edit_proposal(
        actor=actor,
        kind=RUNBOOKS,
        revision_id=revision_id,
        say=partial(_say, purpose, steps),
        columns=("purpose", "steps"),
        reason=reason,
    )


def approve_revision(*, actor: Actor, revision_id: int, note: str = "") -> Revision:
    """Put a proposal in force: from now on it is what is carried out. Nobody approves their own.

    Raises `NotFound`, `Forbidden` without knowledge.publish and for whoever wrote it, `Conflict` for one that was
    decided and for a retired runbook. Locks the runbook.
    """
    return revising.approve(actor=actor, kind=RUNBOOKS, revision_id=revision_id, note=note)


def decline_revision(*, actor: Actor, revision_id: int, reason: str) -> Revision:
    """Turn a proposal down, or take one's own back, and say why.

    Raises `NotFound`, `Forbidden` for who neither publishes in the unit nor wrote it, `Conflict` for one that was
    decided, `Invalid` without a reason. Locks the runbook.
    """
    return revising.decline(actor=actor, kind=RUNBOOKS, revision_id=revision_id, reason=reason)


def _say(purpose: str, steps: Sequence[Step], revision: Revision) -> None:
    revision.purpose = checked_text(purpose.replace("\r\n", "\n"), "purpose", longest=LONGEST_PURPOSE)
    revision.steps = as_rows(checked(steps))
