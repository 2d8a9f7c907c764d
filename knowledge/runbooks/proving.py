"""Revisions that show that an action item was done: those that are in force, or were."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final

from django.urls import reverse

from hub.lib.errors import Conflict
from hub.lib.identity import Actor
from knowledge.postmortems.proofs import Thing
from knowledge.runbooks import access
from knowledge.runbooks.models import Revision, RevisionState

IN_FORCE_ONCE: Final = (RevisionState.CURRENT, RevisionState.SUPERSEDED)


def check(actor: Actor, key: int, since: datetime) -> None:
    """Whether the revision is or was in force, since `since` or later. Raises `NotFound`, `Conflict`."""
    revision = access.revision_for(actor, key)
    called = f"Revision {revision.number} of “{revision.runbook.title}”"
    if revision.state not in IN_FORCE_ONCE or revision.decided_at is None:
        why = "was declined" if revision.state == RevisionState.DECLINED else "waits for approval"
        raise Conflict(f"{called} {why}: a revision shows what was done once it is in force.")
    if revision.decided_at < since:
        raise Conflict(f"{called} was in force before this: it shows nothing that came of it.")


def seen(actor: Actor, keys: Collection[int]) -> Sequence[Thing]:
    """Those of these revisions that `actor` may see."""
    return [_thing(revision) for revision in access.all_revisions(actor).filter(pk__in=keys)]


def offered(actor: Actor, since: datetime, *, most: int) -> Sequence[Thing]:
    """Revisions that came in force since then, the latest first."""
    rows = access.all_revisions(actor).filter(state__in=IN_FORCE_ONCE, decided_at__gte=since)
    return [_thing(revision) for revision in rows.order_by("-decided_at", "-id")[:most]]


def _thing(revision: Revision) -> Thing:
    runbook = revision.runbook
    label = f"{runbook.unit.prefix}-B{runbook.number} {runbook.title}, revision {revision.number}"
    url = f"{reverse('runbook', args=[runbook.pk])}?revision={revision.number}"
    return Thing(revision.pk, label, url, revision.decided_at or revision.proposed_at)
