"""The only door to articles. Missing and forbidden are the same error."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from hub.lib.identity import Actor
from knowledge.articles.kind import ARTICLES
from knowledge.articles.models import Article, ArticleRevision
from knowledge.revisions import access as revised
from tenants import access as tenants


def articles(actor: Actor) -> QuerySet[Article]:
    """Every article that `actor` may read: the database decides, the query only asks."""
    return Article.objects.all()


def published(actor: Actor) -> QuerySet[Article]:
    """Those that say something which somebody approved, and are not retired."""
    return revised.in_use(articles(actor))


def stale(found: QuerySet[Article]) -> QuerySet[Article]:
    """Those of `found` that nobody has looked at for too long."""
    return revised.stale(found)


def article_for(actor: Actor, article_id: int) -> Article:
    """The article with this id. Raises `NotFound`."""
    return revised.text_for(ARTICLES, article_id)


def revisions(actor: Actor, article: Article) -> QuerySet[ArticleRevision]:
    """What it says and said, the latest first."""
    return revised.revisions_of(ARTICLES, article)


def revision_for(actor: Actor, article_revision_id: int) -> ArticleRevision:
    """The revision with this id, with its article. Raises `NotFound`."""
    return revised.revision_for(ARTICLES, article_revision_id)


def waiting(actor: Actor, article: Article) -> ArticleRevision | None:
    """The revision that waits for approval, if `actor` may see one."""
    return revised.waiting(ARTICLES, article)


def waiting_for_decision(actor: Actor) -> QuerySet[ArticleRevision]:
    """Proposals that `actor` may decide: of the units where they publish, and not their own. The oldest first."""
    return revised.waiting_for_decision(ARTICLES, actor)


def revisions_from(actor: Actor, postmortem_id: int) -> QuerySet[ArticleRevision]:
    """What a review's findings proposed, the latest first."""
    return revised.revisions_from(ARTICLES, postmortem_id)


def for_review(
    actor: Actor, *, unit_id: int, service_id: int | None, cause_id: int | None, failure_mode_id: int | None
) -> QuerySet[Article]:
    """The unit's articles that a review's finding may be about: of what failed and why, then the others."""
    modes, causes = (tenants.with_meaning(actor, each) for each in (failure_mode_id, cause_id))
    alike = Q(failure_mode__in=modes) | Q(cause__in=causes) | Q(service=service_id or 0)
    return revised.for_finding(ARTICLES, unit_id, alike)
