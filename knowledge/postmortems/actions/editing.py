"""Writing in a review: section by section, by several people at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from hub.lib.errors import Conflict, HubError, Invalid, InvalidMany, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from knowledge.postmortems.actions.writing import (
    announce_change,
    audit_change,
    postmortem_for_writing,
    save_change,
)
from knowledge.postmortems.models import WRITTEN, Postmortem, PostmortemRevision, Section
from tenants import access as tenants

LONGEST_TITLE: Final = 200
LONGEST_SECTION: Final = 50_000


class StaleEdit(Conflict):
    """Somebody else changed the same section since the editor read it.

    Attributes:
        section: the column.
        current: what it says now.
        version: the version to edit next.
        by: who changed it; empty for the hub itself.
        changed_at: when.
    """

    def __init__(
        self, *, section: str, current: str, version: int, by: str, changed_at: datetime, path: Sequence[str]
    ) -> None:
        name = "Title" if section == "title" else Section(section).label
        super().__init__(
            f"{by or 'The hub'} changed “{name}” at {changed_at.astimezone(UTC):%H:%M} UTC while you were writing."
            " Nothing of yours was saved: read what stands there now, and save again.",
            path=path,
        )
        self.section = section
        self.current = current
        self.version = version
        self.by = by
        self.changed_at = changed_at


def edit_postmortem(
    *, actor: Actor, postmortem_id: int, version: int, texts: Mapping[str, str], author_id: int | None = None
) -> Postmortem:
    """Change the title, sections, or who leads the review.

    Two people who write in different sections do not meet; in the same section the second is told who was faster,
    and decides what becomes of both texts. Nothing is merged by itself, since half of each is a text that nobody
    wrote.

    Args:
        version: the review's version that the editor read.
        texts: new texts by column: "title" or a `Section`'s value; Markdown. What is left out stays.
        author_id: who leads the review from now on.

    Raises `NotFound` for the review or person, `Forbidden`, `Invalid` for an empty title, an overlong text or a version
    to come, `StaleEdit` (several as `InvalidMany`) for sections that moved on. Locks the review.
    """
    with acting_as(actor):
        postmortem = postmortem_for_writing(actor, postmortem_id)
        changed = _changed(postmortem, texts)
        if version > postmortem.version:
            raise Invalid(f"The review is at version {postmortem.version}.", path=["version"])
        _refuse_stale(postmortem, changed, version)
        fields = list(changed)
        for name, text in changed.items():
            setattr(postmortem, name, text)
        change: dict[str, list[object]] = {name: [None, postmortem.version + 1] for name in changed}
        if author_id is not None and author_id != postmortem.author_id:
            change["author"] = [postmortem.author_id, _author(actor, author_id)]
            postmortem.author_id = author_id
            fields.append("author")
        if not fields:
            return postmortem
        save_change(actor, postmortem, fields)
        announce_change(actor, postmortem, *fields)
        # The former texts are in the revisions, under the version that replaced them.
        audit_change(actor, postmortem, "edit_postmortem", change)
        return postmortem


def _changed(postmortem: Postmortem, texts: Mapping[str, str]) -> dict[str, str]:
    changed = {}
    for name, text in texts.items():
        if name not in WRITTEN:
            raise Invalid(f"A review has no section called {name}.", path=[name])
        is_title = name == "title"
        what = "title" if is_title else f"section “{Section(name).label}”"
        longest = LONGEST_TITLE if is_title else LONGEST_SECTION
        new = checked_text(text.replace("\r\n", "\n"), camel(name), what=what, longest=longest, required=is_title)
        if new != getattr(postmortem, name):
            changed[name] = new
    return changed


def _refuse_stale(postmortem: Postmortem, changed: Mapping[str, str], version: int) -> None:
    latest: dict[str, PostmortemRevision] = {}
    moved_on = PostmortemRevision.objects.filter(
        postmortem=postmortem, version__gt=version, section__in=list(changed)
    ).select_related("replaced_by")
    for revision in moved_on.order_by("version"):
        latest[revision.section] = revision
    stale: list[HubError] = [
        StaleEdit(
            section=section,
            current=getattr(postmortem, section),
            version=postmortem.version,
            by=revision.replaced_by.name if revision.replaced_by else "",
            changed_at=revision.replaced_at,
            path=[camel(section)],
        )
        for section, revision in latest.items()
    ]
    if len(stale) == 1:
        raise stale[0]
    if stale:
        raise InvalidMany(stale)


def _author(actor: Actor, person_id: int) -> int:
    try:
        return tenants.person_for(actor, person_id).pk
    except NotFound as error:
        raise error.at("authorId") from None


def camel(name: str) -> str:
    """A column's name as clients spell it: root_cause is rootCause."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
