"""Keeping a runbook: what it is about, whose it is, who reads it, whether it still holds."""

from __future__ import annotations

from hub.lib.identity import Actor
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.revisions.actions import keeping
from knowledge.runbooks.kind import RUNBOOKS
from knowledge.runbooks.models import Runbook


def edit_runbook(
    *,
    actor: Actor,
    runbook_id: int,
    title: str | None = None,
    service_id: int | Unchanged | None = UNCHANGED,
    failure_mode_id: int | Unchanged | None = UNCHANGED,
    owner_id: int | Unchanged | None = UNCHANGED,
    check_days: int | None = None,
    version: int | None = None,
) -> Runbook:
    """Change what a runbook is about, and who looks after it. What it says changes by revisions only.

    Args:
        check_days: after how many days somebody has to look whether it still holds, from the last time on.
        version: what the writer began from: a runbook that was changed since is left as it is.

    Raises `NotFound` for the runbook, a service, person or term, `Forbidden`, `Conflict` for a title that is taken, a
    retired one and another version, `Invalid`. Locks the runbook.
    """
    return keeping.edit(
        actor=actor,
        kind=RUNBOOKS,
        text_id=runbook_id,
        title=title,
        about={"service_id": service_id, "failure_mode_id": failure_mode_id, "owner_id": owner_id},
        check_days=check_days,
        version=version,
    )


def confirm_runbook(*, actor: Actor, runbook_id: int) -> Runbook:
    """Say that one has looked, and it still holds. Raises `NotFound`, `Forbidden`, `Conflict` for a retired one and for
    one that was never in force. Locks the runbook.
    """
    return keeping.confirm(actor=actor, kind=RUNBOOKS, text_id=runbook_id)


def share_runbook(*, actor: Actor, runbook_id: int, shared: bool) -> Runbook:
    """Let the whole enterprise read what is and was in force, and carry it out; or its unit alone again.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that was never in force. Locks the
    runbook.
    """
    return keeping.share(actor=actor, kind=RUNBOOKS, text_id=runbook_id, shared=shared)


def retire_runbook(*, actor: Actor, runbook_id: int, reason: str) -> Runbook:
    """Take it out of use, and say why: it stays to be read, and is offered no more.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is retired, `Invalid` without a
    reason. Locks the runbook.
    """
    return keeping.retire(actor=actor, kind=RUNBOOKS, text_id=runbook_id, reason=reason)


def restore_runbook(*, actor: Actor, runbook_id: int) -> Runbook:
    """Take it into use again. Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is in
    use, or whose title another one has taken meanwhile. Locks the runbook.
    """
    return keeping.restore(actor=actor, kind=RUNBOOKS, text_id=runbook_id)
