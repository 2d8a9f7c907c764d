"""Keeping a runbook: what it is about, whose it is, who reads it, whether it still holds."""

from __future__ import annotations

from hub.lib import clock
from hub.lib.errors import Conflict, check_version
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.runbooks import access
from knowledge.runbooks.actions import facts
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
    with acting_as(actor):
        runbook = facts.runbook_for_writing(actor, runbook_id)
        facts.refuse_retired(runbook)
        if version is not None:
            check_version(version, runbook.version, f"“{runbook.title}”")
        before = _facts(runbook)
        if title is not None and title != runbook.title:
            runbook.title = facts.checked_title(title)
            facts.refuse_twin(actor, runbook)
        if not isinstance(service_id, Unchanged):
            runbook.service_id = facts.service_of(actor, service_id)
        if not isinstance(failure_mode_id, Unchanged):
            runbook.failure_mode_id = facts.failure_mode_of(actor, runbook.unit_id, failure_mode_id)
        if not isinstance(owner_id, Unchanged):
            runbook.owner_id = facts.owner_of(actor, owner_id)
        if check_days is not None:
            runbook.check_days = facts.checked_days(check_days)
            if runbook.checked_at is not None:
                runbook.check_due_at = access.check_due(runbook.checked_at, runbook.check_days)
        after = _facts(runbook)
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            fields = [*changed, "check_due_at"] if "check_days" in changed else changed
            facts.save(actor, runbook, "edit_runbook", fields, {name: [before[name], after[name]] for name in changed})
        return runbook


def confirm_runbook(*, actor: Actor, runbook_id: int) -> Runbook:
    """Say that one has looked, and it still holds. Raises `NotFound`, `Forbidden`, `Conflict` for a retired one and for
    one that was never in force. Locks the runbook.
    """
    with acting_as(actor):
        runbook = facts.runbook_for_writing(actor, runbook_id)
        facts.refuse_retired(runbook)
        if runbook.current_id is None:
            raise Conflict(f"“{runbook.title}” was never approved: there is nothing to confirm.")
        runbook.checked_at = clock.now()
        runbook.check_due_at = access.check_due(runbook.checked_at, runbook.check_days)
        change = {"checked_at": [None, runbook.checked_at.isoformat()]}
        facts.save(actor, runbook, "confirm_runbook", ["checked_at", "check_due_at"], change)
        return runbook


def share_runbook(*, actor: Actor, runbook_id: int, shared: bool) -> Runbook:
    """Let the whole enterprise read what is and was in force, and carry it out; or its unit alone again.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that was never in force. Locks the
    runbook.
    """
    with acting_as(actor):
        runbook = facts.runbook_for_writing(actor, runbook_id, publishing="Who reads a runbook outside its unit")
        if shared and runbook.current_id is None:
            raise Conflict(f"“{runbook.title}” was never approved: there is nothing to share yet.")
        if runbook.shared != shared:
            runbook.shared = shared
            facts.save(actor, runbook, "share_runbook", ["shared"], {"shared": [not shared, shared]})
        return runbook


def retire_runbook(*, actor: Actor, runbook_id: int, reason: str) -> Runbook:
    """Take it out of use, and say why: it stays to be read, and is offered no more.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is retired, `Invalid` without a
    reason. Locks the runbook.
    """
    with acting_as(actor):
        runbook = facts.runbook_for_writing(actor, runbook_id, publishing="Retiring a runbook")
        why = checked_text(reason, "reason", longest=facts.LONGEST_REASON)
        if runbook.retired_at is not None:
            raise Conflict(f"“{runbook.title}” is retired already.")
        runbook.retired_at, runbook.retired_because = clock.now(), why
        facts.save(actor, runbook, "retire_runbook", ["retired_at", "retired_because"], {"reason": [None, why]})
        return runbook


def restore_runbook(*, actor: Actor, runbook_id: int) -> Runbook:
    """Take it into use again. Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is in
    use, or whose title another one has taken meanwhile. Locks the runbook.
    """
    with acting_as(actor):
        runbook = facts.runbook_for_writing(actor, runbook_id, publishing="Restoring a runbook")
        if runbook.retired_at is None:
            raise Conflict(f"“{runbook.title}” is in use.")
        facts.refuse_twin(actor, runbook)
        former, runbook.retired_at, runbook.retired_because = runbook.retired_because, None, ""
        facts.save(actor, runbook, "restore_runbook", ["retired_at", "retired_because"], {"reason": [former, None]})
        return runbook


def _facts(runbook: Runbook) -> dict[str, object]:
    names = ("title", "service_id", "failure_mode_id", "owner_id", "check_days")
    return {name: getattr(runbook, name) for name in names}
