"""What the pages of revised texts have in common. Each kind's own pages are thin over it, its door and its actions."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db.models import QuerySet
from django.http import QueryDict

from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import Postmortem
from knowledge.revisions import access
from knowledge.revisions.kinds import RevisionT, TextT
from knowledge.revisions.models import State

_HEAD_OF_DIFFERENCE: Final = 2


@dataclass(frozen=True)
class Line:
    """A line of what a revision says against another: `sign` is "+", "-" or empty."""

    sign: str
    text: str


def difference(before: str, after: str) -> list[Line]:
    """What `after` says otherwise than `before`, line by line with some around it; nothing where they say the same."""
    compared = list(difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm=""))[_HEAD_OF_DIFFERENCE:]
    return [Line(line[0].strip(), line[1:]) for line in compared if not line.startswith("@@")]


def shown_of(revisions: Sequence[RevisionT], number: str, current: RevisionT | None) -> RevisionT | None:
    """The revision that the address names, or else the current one, or else the one that waits."""
    named = next((each for each in revisions if str(each.number) == number), None)
    return named or current or waiting_of(revisions)


def waiting_of(revisions: Sequence[RevisionT]) -> RevisionT | None:
    """The one that waits for approval."""
    return next((each for each in revisions if each.state == State.PROPOSED), None)


def compared_with(revisions: Sequence[RevisionT], shown: RevisionT, current: RevisionT | None) -> RevisionT | None:
    """What a revision is compared with: what it shall replace, or what it replaced."""
    if shown.state == State.PROPOSED:
        return current
    known = (State.CURRENT, State.SUPERSEDED)
    return next((each for each in revisions if each.number < shown.number and each.state in known), None)


def in_view(actor: Actor, rows: QuerySet[TextT], view: str) -> QuerySet[TextT]:
    """Those of `rows` that a view of the list shows; those in use for a view that is not one of all kinds."""
    match view:
        case "waiting":
            return rows.filter(revisions__state=State.PROPOSED).order_by("revisions__proposed_at", "id")
        case "stale":
            return access.stale(rows).order_by("check_due_at", "id")
        case "mine":
            return rows.filter(owner_id=actor.person_id or 0, retired_at=None)
        case "retired":
            return rows.filter(retired_at__isnull=False).order_by("-retired_at", "-id")
    return access.in_use(rows)


def review_named(actor: Actor, said: QueryDict) -> Postmortem | None:
    """The review whose finding asks for what is written, where the form names one. Raises `NotFound`."""
    key = whole_number(said.get("review", ""))
    return postmortems.postmortem_for(actor, key) if key else None
