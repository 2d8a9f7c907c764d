"""What the writers of articles share: who may, what an article is about, and how a change is told."""

from __future__ import annotations

from typing import Any, Final

from hub.catalog import access as catalog
from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, within
from hub.lib.identity import Actor
from hub.lib.texts import checked_line
from hub.live import outbox
from knowledge.articles import access
from knowledge.articles.events import ArticleChanged
from knowledge.articles.models import Article
from tenants import access as tenants
from tenants import audit
from tenants.models import TermKind

LONGEST_TITLE: Final = 200
LONGEST_REASON: Final = 500
CHECK_DAYS: Final = range(7, 1096)
"""How often an article can be asked to be looked at: from every week to every three years."""


def article_for_writing(actor: Actor, article_id: int, *, publishing: str = "") -> Article:
    """The article, locked, for somebody who may write it.

    Args:
        publishing: what it takes somebody who publishes in the unit for, as the sentence's beginning.

    Raises `NotFound`, `Forbidden`.
    """
    seen = access.article_for(actor, article_id)
    if publishing and not access.may_publish(actor, seen.unit_id):
        raise Forbidden(f"{publishing} is for a commander of its unit.")
    if not access.may_write(actor, seen.unit_id):
        raise Forbidden(f"You can read “{seen.title}” but not change it: that needs a responder's role in its unit.")
    return access.article_for(actor, article_id, lock=True)


def refuse_retired(article: Article) -> None:
    if article.retired_at is not None:
        raise Conflict(f"“{article.title}” is retired: restore it first.")


def refuse_twin(actor: Actor, article: Article) -> None:
    twin = access.named(actor, article.unit_id, article.title)
    if twin is not None and twin.pk != article.pk:
        raise Conflict(f"There is an article called “{twin.title}” already: revise that.", path=["title"])


def checked_title(title: str) -> str:
    return checked_line(title, "title", longest=LONGEST_TITLE)


def checked_days(days: int) -> int:
    if days not in CHECK_DAYS:
        raise Invalid(f"An article is looked at every {CHECK_DAYS[0]} to {CHECK_DAYS[-1]} days.", path=["checkDays"])
    return days


def service_of(actor: Actor, service_id: int | None) -> int | None:
    with within("serviceId"):
        return None if service_id is None else catalog.service_for(actor, service_id).pk


def cause_of(actor: Actor, unit_id: int, term_id: int | None) -> int | None:
    with within("causeId"):
        return None if term_id is None else tenants.term_for(actor, TermKind.CAUSE, term_id, unit_id=unit_id).pk


def owner_of(actor: Actor, person_id: int | None) -> int | None:
    with within("ownerId"):
        return None if person_id is None else tenants.person_for(actor, person_id).pk


def failure_mode_of(actor: Actor, unit_id: int, term_id: int | None) -> int | None:
    with within("failureModeId"):
        if term_id is None:
            return None
        return tenants.term_for(actor, TermKind.FAILURE_MODE, term_id, unit_id=unit_id).pk


def save(actor: Actor, article: Article, verb: str, fields: list[str], change: dict[str, Any]) -> None:
    """Write these columns of a locked article, and tell of it."""
    article.version += 1
    article.edited_at = max(clock.now(), article.edited_at)
    article.save(update_fields=[*fields, "version", "edited_at"])
    event = ArticleChanged(unit_id=article.unit_id, incident_id=None, article_id=article.pk, changed=tuple(fields))
    outbox.record(actor=actor, event=event)
    audit.record(actor=actor, verb=verb, obj=article, unit_id=article.unit_id, change=change)
