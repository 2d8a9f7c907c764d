"""How the doors to revised texts look for them. The database decides what is seen; missing and forbidden are the same.

The doors themselves are each kind's own (`knowledge.articles.access`, `knowledge.runbooks.access`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Q, QuerySet

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.revisions.kinds import Kind, RevisionT, TextT
from knowledge.revisions.models import State
from tenants.permissions import Permission, units_with

IN_USE: Final = Q(current__isnull=False, retired_at=None)


def in_use(found: QuerySet[TextT]) -> QuerySet[TextT]:
    """Those of `found` that say something which somebody approved, and are not retired."""
    return found.filter(IN_USE)


def stale(found: QuerySet[TextT]) -> QuerySet[TextT]:
    """Those of `found` that nobody has looked at for too long."""
    return found.filter(IN_USE, check_due_at__lt=clock.now())


def text_for(kind: Kind[TextT, RevisionT], text_id: int, *, lock: bool = False) -> TextT:
    """The text with this id; `lock` holds its row until the transaction ends. Raises `NotFound`."""
    rows = kind.text._default_manager.all()
    found = (rows.select_for_update(no_key=True, of=("self",)) if lock else rows).filter(pk=text_id).first()
    if found is None:
        raise NotFound(kind.noun)
    return found


def named(kind: Kind[TextT, RevisionT], unit_id: int, title: str) -> TextT | None:
    """The unit's text of this title that is not retired, if there is one."""
    return kind.text._default_manager.filter(unit_id=unit_id, title__iexact=title, retired_at=None).first()


def next_number(kind: Kind[TextT, RevisionT], unit_id: int) -> int:
    """The number of the unit's next text. The caller holds the unit's lock for numbers."""
    last: int | None = kind.text._default_manager.filter(unit_id=unit_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def revisions_of(kind: Kind[TextT, RevisionT], text: TextT) -> QuerySet[RevisionT]:
    """What it says and said, the latest first."""
    rows = _revisions(kind).filter(**{kind.noun: text})
    return rows.select_related("proposed_by", "decided_by", "postmortem").order_by("-number")


def revision_for(kind: Kind[TextT, RevisionT], revision_id: int) -> RevisionT:
    """The revision with this id, with its text. Its writers lock the text. Raises `NotFound`."""
    found = _revisions(kind).select_related(kind.noun).filter(pk=revision_id).first()
    if found is None:
        raise NotFound("revision")
    return found


def waiting(kind: Kind[TextT, RevisionT], text: TextT) -> RevisionT | None:
    """The revision that waits for approval, if the reader may see one."""
    return _revisions(kind).filter(**{kind.noun: text}, state=State.PROPOSED).first()


def waiting_for_decision(kind: Kind[TextT, RevisionT], actor: Actor) -> QuerySet[RevisionT]:
    """Proposals that `actor` may decide: of the units where they publish, and not their own. The oldest first."""
    units = units_with(actor, Permission.KNOWLEDGE_PUBLISH)
    rows = _revisions(kind).filter(state=State.PROPOSED, unit__in=units)
    return rows.exclude(proposed_by_id=actor.person_id or 0).order_by("proposed_at", "id")


def revisions_from(kind: Kind[TextT, RevisionT], postmortem_id: int) -> QuerySet[RevisionT]:
    """What a review's findings proposed, the latest first."""
    rows = _revisions(kind).filter(postmortem_id=postmortem_id).select_related(kind.noun, "proposed_by")
    return rows.order_by("-proposed_at", "-id")


def for_finding(kind: Kind[TextT, RevisionT], unit_id: int, alike: Q) -> QuerySet[TextT]:
    """The unit's texts that a review's finding may be about: those that are `alike`, then the others."""
    rows: QuerySet[TextT] = kind.text._default_manager.annotate(is_alike=alike)
    return rows.filter(unit_id=unit_id, retired_at=None).order_by("-is_alike", "title", "id")


def check_due(moment: datetime, days: int) -> datetime:
    """When somebody has to look again."""
    return moment + timedelta(days=days)


def _revisions(kind: Kind[TextT, RevisionT]) -> QuerySet[RevisionT]:
    return kind.revision._default_manager.all()
