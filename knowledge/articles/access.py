"""The only door to articles. Missing and forbidden are the same error."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, Q, QuerySet

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import Actor
from knowledge.articles.models import Article, ArticleRevision, ArticleState
from tenants import access as tenants
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, units_with

PUBLISHED: Final = Q(current__isnull=False, retired_at=None)


def articles(actor: Actor) -> QuerySet[Article]:
    """Every article that `actor` may read: the database decides, the query only asks."""
    return Article.objects.all()


def published(actor: Actor) -> QuerySet[Article]:
    """Those that say something which somebody approved, and are not retired."""
    return articles(actor).filter(PUBLISHED)


def stale(found: QuerySet[Article]) -> QuerySet[Article]:
    """Those of `found` that nobody has looked at for too long."""
    return found.filter(PUBLISHED, check_due_at__lt=clock.now())


def article_for(actor: Actor, article_id: int, *, lock: bool = False) -> Article:
    """The article with this id; `lock` holds its row until the transaction ends. Raises `NotFound`."""
    queryset = Article.objects.select_for_update(no_key=True, of=("self",)) if lock else Article.objects.all()
    try:
        return queryset.get(pk=article_id)
    except Article.DoesNotExist:
        raise NotFound("article") from None


def named(actor: Actor, unit_id: int, title: str) -> Article | None:
    """The unit's article of this title that is not retired, if there is one."""
    return articles(actor).filter(unit_id=unit_id, title__iexact=title, retired_at=None).first()


def next_number(actor: Actor, unit_id: int) -> int:
    """The number of the unit's next article. The caller holds the unit's lock for numbers."""
    last: int | None = Article.objects.filter(unit_id=unit_id).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1


def revisions(actor: Actor, article: Article) -> QuerySet[ArticleRevision]:
    """What it says and said, the latest first."""
    return article.revisions.select_related("proposed_by", "decided_by", "postmortem").order_by("-number")


def revision_for(actor: Actor, article_revision_id: int) -> ArticleRevision:
    """The revision with this id. Its writers lock the article. Raises `NotFound`."""
    try:
        return ArticleRevision.objects.select_related("article").get(pk=article_revision_id)
    except ArticleRevision.DoesNotExist:
        raise NotFound("revision") from None


def waiting(actor: Actor, article: Article) -> ArticleRevision | None:
    """The revision that waits for approval, if `actor` may see one."""
    return article.revisions.filter(state=ArticleState.PROPOSED).first()


def waiting_for_decision(actor: Actor) -> QuerySet[ArticleRevision]:
    """Proposals that `actor` may decide: of the units where they publish, and not their own. The oldest first."""
    units = units_with(actor, Permission.KNOWLEDGE_PUBLISH)
    rows = ArticleRevision.objects.filter(state=ArticleState.PROPOSED, unit__in=units)
    return rows.exclude(proposed_by_id=actor.person_id or 0).order_by("proposed_at", "id")


def revisions_from(actor: Actor, postmortem_id: int) -> QuerySet[ArticleRevision]:
    """What a review's findings proposed, the latest first."""
    rows = ArticleRevision.objects.filter(postmortem_id=postmortem_id).select_related("article", "proposed_by")
    return rows.order_by("-proposed_at", "-id")


def for_review(
    actor: Actor, *, unit_id: int, service_id: int | None, cause_id: int | None, failure_mode_id: int | None
) -> QuerySet[Article]:
    """The unit's articles that a review's finding may be about: of what failed and why, then the others."""
    alike = Q(failure_mode=failure_mode_id or 0) | Q(cause=cause_id or 0) | Q(service=service_id or 0)
    rows = articles(actor).filter(unit_id=unit_id, retired_at=None).annotate(is_alike=alike)
    return rows.order_by("-is_alike", "title", "id")


def may_write(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may write articles of the unit and propose revisions."""
    return can(actor, Permission.KNOWLEDGE_WRITE, unit_id)


def may_publish(actor: Actor, unit_id: int) -> bool:
    """Whether `actor` may approve revisions of the unit's articles, share and retire them."""
    return can(actor, Permission.KNOWLEDGE_PUBLISH, unit_id)


def may_decide(actor: Actor, revision: ArticleRevision) -> bool:
    """Whether `actor` may publish a proposal: somebody who publishes in the unit, and did not write it."""
    is_own = revision.proposed_by_id is not None and revision.proposed_by_id == actor.person_id
    return may_publish(actor, revision.unit_id) and not is_own


def units_to_write_in(actor: Actor) -> QuerySet[BusinessUnit]:
    """The units whose articles `actor` may write."""
    return tenants.units(actor).filter(pk__in=units_with(actor, Permission.KNOWLEDGE_WRITE))


def check_due(moment: datetime, days: int) -> datetime:
    """When somebody has to look again."""
    return moment + timedelta(days=days)
