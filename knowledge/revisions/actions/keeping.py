"""Keeping a revised text: what it is about, whose it is, who reads it, whether it still holds."""

from __future__ import annotations

from collections.abc import Mapping

from hub.lib import clock
from hub.lib.errors import Conflict, check_version
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.lib.unchanged import Unchanged
from knowledge.revisions import access
from knowledge.revisions.actions import facts
from knowledge.revisions.kinds import Kind, RevisionT, TextT


def edit(
    *,
    actor: Actor,
    kind: Kind[TextT, RevisionT],
    text_id: int,
    title: str | None,
    about: Mapping[str, int | Unchanged | None],
    check_days: int | None,
    version: int | None,
) -> TextT:
    """Change what a text is about, and who looks after it. What it says changes by revisions only.

    Args:
        about: what it is about and who looks after it, by column.
        check_days: after how many days somebody has to look whether it still holds, from the last time on.
        version: what the writer began from: a text that was changed since is left as it is.

    Raises `NotFound` for the text, and for what it is about, `Forbidden`, `Conflict` for a title that is taken, a
    retired one and another version, `Invalid`. Locks the text.
    """
    with acting_as(actor):
        text = facts.text_for_writing(actor, kind, text_id)
        facts.refuse_retired(text)
        if version is not None:
            check_version(version, text.version, f"“{text.title}”")
        names = ("title", *about, "check_days")
        before = {name: getattr(text, name) for name in names}
        if title is not None and title != text.title:
            text.title = facts.checked_title(title)
            facts.refuse_twin(kind, text)
        for column, key in about.items():
            if not isinstance(key, Unchanged):
                setattr(text, column, facts.seen(actor, text.unit_id, column, key))
        if check_days is not None:
            text.check_days = facts.checked_days(kind, check_days)
            if text.checked_at is not None:
                text.check_due_at = access.check_due(text.checked_at, text.check_days)
        change = {name: [before[name], getattr(text, name)] for name in names if before[name] != getattr(text, name)}
        if change:
            fields = [*change, "check_due_at"] if "check_days" in change else [*change]
            facts.save(actor, kind, text, verb=f"edit_{kind.noun}", fields=fields, change=change)
        return text


def confirm(*, actor: Actor, kind: Kind[TextT, RevisionT], text_id: int) -> TextT:
    """Say that one has looked, and it still holds. Raises `NotFound`, `Forbidden`, `Conflict` for a retired one and for
    one that was never approved. Locks the text.
    """
    with acting_as(actor):
        text = facts.text_for_writing(actor, kind, text_id)
        facts.refuse_retired(text)
        if text.current_id is None:
            raise Conflict(f"“{text.title}” was never approved: there is nothing to confirm.")
        text.checked_at = clock.now()
        text.check_due_at = access.check_due(text.checked_at, text.check_days)
        change = {"checked_at": [None, text.checked_at.isoformat()]}
        facts.save(actor, kind, text, verb=f"confirm_{kind.noun}", fields=["checked_at", "check_due_at"], change=change)
        return text


def share(*, actor: Actor, kind: Kind[TextT, RevisionT], text_id: int, shared: bool) -> TextT:
    """Let the whole enterprise read what is and was current; or its unit alone again.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that was never approved. Locks the
    text.
    """
    with acting_as(actor):
        text = facts.text_for_writing(actor, kind, text_id, publishing=f"Who reads {kind.a_noun} outside its unit")
        if shared and text.current_id is None:
            raise Conflict(f"“{text.title}” was never approved: there is nothing to share yet.")
        if text.shared != shared:
            text.shared = shared
            facts.save(
                actor, kind, text, verb=f"share_{kind.noun}", fields=["shared"], change={"shared": [not shared, shared]}
            )
        return text


RETIRING = ("retired_at", "retired_because")


def retire(*, actor: Actor, kind: Kind[TextT, RevisionT], text_id: int, reason: str) -> TextT:
    """Take it out of use, and say why: it stays to be read, and is offered no more.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is retired, `Invalid` without a
    reason. Locks the text.
    """
    with acting_as(actor):
        text = facts.text_for_writing(actor, kind, text_id, publishing=f"Retiring {kind.a_noun}")
        why = checked_text(reason, "reason", longest=facts.LONGEST_REASON)
        if text.retired_at is not None:
            raise Conflict(f"“{text.title}” is retired already.")
        text.retired_at, text.retired_because = clock.now(), why
        facts.save(actor, kind, text, verb=f"retire_{kind.noun}", fields=RETIRING, change={"reason": [None, why]})
        return text


def restore(*, actor: Actor, kind: Kind[TextT, RevisionT], text_id: int) -> TextT:
    """Take it into use again. Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is in
    use, or whose title another one has taken meanwhile. Locks the text.
    """
    with acting_as(actor):
        text = facts.text_for_writing(actor, kind, text_id, publishing=f"Restoring {kind.a_noun}")
        if text.retired_at is None:
            raise Conflict(f"“{text.title}” is in use.")
        facts.refuse_twin(kind, text)
        former, text.retired_at, text.retired_because = text.retired_because, None, ""
        facts.save(actor, kind, text, verb=f"restore_{kind.noun}", fields=RETIRING, change={"reason": [former, None]})
        return text
