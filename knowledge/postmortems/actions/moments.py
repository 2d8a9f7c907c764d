"""The review's own timeline: what was drafted from the incident's, mended."""

from __future__ import annotations

from datetime import datetime

from hub.incidents.models import EntryKind
from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from knowledge.postmortems import access
from knowledge.postmortems.actions.writing import (
    part_changed,
    part_for_writing,
    postmortem_for_writing,
    scope_of,
)
from knowledge.postmortems.drafting import LONGEST_MOMENT
from knowledge.postmortems.models import Postmortem, PostmortemMoment


def add_moment(
    *, actor: Actor, postmortem_id: int, at: datetime, text: str, kind: EntryKind = EntryKind.NOTE
) -> PostmortemMoment:
    """Add a moment that the incident's timeline does not have.

    Raises `NotFound`, `Forbidden`, `Invalid` for an empty or overlong text or a time to come. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_writing(actor, postmortem_id)
        moment = PostmortemMoment.objects.create(**scope_of(postmortem), at=_past(at), kind=kind, text=_text(text))
        part_changed(actor, postmortem, moment, "add_moment", {"text": [None, moment.text]}, of="moments")
        return moment


def edit_moment(
    *, actor: Actor, moment_id: int, text: str | None = None, at: datetime | None = None
) -> PostmortemMoment:
    """Mend a moment's text or time; what is None stays. The incident's own timeline keeps what it says.

    Raises `NotFound`, `Forbidden`, `Invalid` for an empty or overlong text or a time to come. Locks the review and the
    moment.
    """
    with acting_as(actor):
        postmortem, moment = part_for_writing(access.moment_for, actor, moment_id, lock=True)
        before = [moment.text, moment.at.isoformat()]
        if text is not None:
            moment.text = _text(text)
        if at is not None:
            moment.at = _past(at)
        after = [moment.text, moment.at.isoformat()]
        if before == after:
            return moment
        moment.save(update_fields=["text", "at"])
        part_changed(actor, postmortem, moment, "edit_moment", {"moment": [before, after]}, of="moments")
        return moment


def remove_moment(*, actor: Actor, moment_id: int) -> Postmortem:
    """Leave a moment out of the review. The audit trail and the incident's timeline keep it.

    Raises `NotFound`, `Forbidden`. Locks the review and the moment.
    """
    with acting_as(actor):
        postmortem, moment = part_for_writing(access.moment_for, actor, moment_id, lock=True)
        part_changed(actor, postmortem, moment, "remove_moment", {"text": [moment.text, None]}, of="moments")
        moment.delete()
        return postmortem


def _text(text: str) -> str:
    return checked_text(text, "text", what="moment", longest=LONGEST_MOMENT)


def _past(at: datetime) -> datetime:
    if at > clock.now():
        raise Invalid("A moment of a review cannot lie in the future.", path=["at"])
    return at
