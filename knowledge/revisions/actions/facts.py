"""What the writers of revised texts share: who may, what a text is about, and how a change is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from hub.catalog import access as catalog
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, within
from hub.lib.identity import Actor
from hub.lib.texts import checked_line
from hub.live import outbox
from knowledge.revisions import access, rights
from knowledge.revisions.kinds import Kind, RevisionT, TextT
from knowledge.revisions.models import RevisedText
from tenants import access as tenants
from tenants import audit
from tenants.models import TermKind

LONGEST_TITLE: Final = 200
LONGEST_REASON: Final = 500
CHECK_DAYS: Final = range(7, 1096)
"""How often a text can be asked to be looked at: from every week to every three years."""


def text_for_writing(actor: Actor, kind: Kind[TextT, RevisionT], text_id: int, *, publishing: str = "") -> TextT:
    """The text, locked, for somebody who may write it.

    Args:
        publishing: what it takes somebody who publishes in the unit for, as the sentence's beginning.

    Raises `NotFound`, `Forbidden`.
    """
    seen = access.text_for(kind, text_id)
    if publishing and not rights.may_publish(actor, seen.unit_id):
        raise Forbidden(f"{publishing} is for a commander of its unit.")
    if not rights.may_write(actor, seen.unit_id):
        raise Forbidden(f"You can read “{seen.title}” but not change it: that needs a responder's role in its unit.")
    return access.text_for(kind, text_id, lock=True)


def refuse_retired(text: RevisedText) -> None:
    """Raises `Conflict` for a text that is retired."""
    if text.retired_at is not None:
        raise Conflict(f"“{text.title}” is retired: restore it first.")


def refuse_twin(kind: Kind[TextT, RevisionT], text: TextT) -> None:
    """Raises `Conflict` where another text of the unit has this title."""
    twin = access.named(kind, text.unit_id, text.title)
    if twin is not None and twin.pk != text.pk:
        raise Conflict(f"There is {kind.a_noun} called “{twin.title}” already: revise that.", path=["title"])


def checked_title(title: str) -> str:
    """The title as it is kept. Raises `Invalid`."""
    return checked_line(title, "title", longest=LONGEST_TITLE)


def checked_days(kind: Kind[TextT, RevisionT], days: int) -> int:
    """Raises `Invalid` for a rhythm that nobody keeps."""
    if days not in CHECK_DAYS:
        every = f"{CHECK_DAYS[0]} to {CHECK_DAYS[-1]} days"
        raise Invalid(f"{kind.a_noun.capitalize()} is checked every {every}.", path=["checkDays"])
    return days


def _service(actor: Actor, unit_id: int, key: int) -> int:
    return catalog.service_for(actor, key).pk


def _owner(actor: Actor, unit_id: int, key: int) -> int:
    return tenants.person_for(actor, key).pk


def _cause(actor: Actor, unit_id: int, key: int) -> int:
    return tenants.term_for(actor, TermKind.CAUSE, key, unit_id=unit_id).pk


def _failure_mode(actor: Actor, unit_id: int, key: int) -> int:
    return tenants.term_for(actor, TermKind.FAILURE_MODE, key, unit_id=unit_id).pk


_SEEN: Final[Mapping[str, tuple[str, Callable[[Actor, int, int], int]]]] = {
    "service_id": ("serviceId", _service),
    "cause_id": ("causeId", _cause),
    "failure_mode_id": ("failureModeId", _failure_mode),
    "owner_id": ("ownerId", _owner),
}


def seen(actor: Actor, unit_id: int, column: str, key: int | None) -> int | None:
    """What a text of the unit is about, by column, if the actor may name it; None for nothing. Raises `NotFound`."""
    path, look = _SEEN[column]
    with within(path):
        return None if key is None else look(actor, unit_id, key)


def save(
    actor: Actor,
    kind: Kind[TextT, RevisionT],
    text: TextT,
    *,
    verb: str,
    fields: Sequence[str],
    change: dict[str, Any],
) -> None:
    """Write these columns of a locked text, and tell of it."""
    text.version += 1
    text.edited_at = max(clock.now(), text.edited_at)
    text.save(update_fields=[*fields, "version", "edited_at"])
    outbox.record(actor=actor, event=kind.changed(text, tuple(fields)))
    audit.record(actor=actor, verb=verb, obj=text, unit_id=text.unit_id, change=change)
