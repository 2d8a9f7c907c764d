"""Keeping an article: what it is about, whose it is, who reads it, whether it still holds."""

from __future__ import annotations

from hub.lib.identity import Actor
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.articles.kind import ARTICLES
from knowledge.articles.models import Article
from knowledge.revisions.actions import keeping


def edit_article(
    *,
    actor: Actor,
    article_id: int,
    title: str | None = None,
    service_id: int | Unchanged | None = UNCHANGED,
    cause_id: int | Unchanged | None = UNCHANGED,
    failure_mode_id: int | Unchanged | None = UNCHANGED,
    owner_id: int | Unchanged | None = UNCHANGED,
    check_days: int | None = None,
    version: int | None = None,
) -> Article:
    """Change what an article is about, and who looks after it. What it says changes by revisions only.

    Args:
        check_days: after how many days somebody has to look whether it still holds, from the last time on.
        version: what the writer began from: an article that was changed since is left as it is.

    Raises `NotFound` for the article, a service, person or term, `Forbidden`, `Conflict` for a title that is taken, a
    retired one and another version, `Invalid`. Locks the article.
    """
    return keeping.edit(
        actor=actor,
        kind=ARTICLES,
        text_id=article_id,
        title=title,
        about={
            "service_id": service_id,
            "cause_id": cause_id,
            "failure_mode_id": failure_mode_id,
            "owner_id": owner_id,
        },
        check_days=check_days,
        version=version,
    )


def confirm_article(*, actor: Actor, article_id: int) -> Article:
    """Say that one has looked, and it still holds. Raises `NotFound`, `Forbidden`, `Conflict` for a retired one and for
    one that was never published. Locks the article.
    """
    return keeping.confirm(actor=actor, kind=ARTICLES, text_id=article_id)


def share_article(*, actor: Actor, article_id: int, shared: bool) -> Article:
    """Let the whole enterprise read what is and was published; or its unit alone again.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that was never published. Locks the
    article.
    """
    return keeping.share(actor=actor, kind=ARTICLES, text_id=article_id, shared=shared)


def retire_article(*, actor: Actor, article_id: int, reason: str) -> Article:
    """Take it out of use, and say why: it stays to be read by who has its address, and is found no more.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is retired, `Invalid` without a
    reason. Locks the article.
    """
    return keeping.retire(actor=actor, kind=ARTICLES, text_id=article_id, reason=reason)


def restore_article(*, actor: Actor, article_id: int) -> Article:
    """Take it into use again. Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is in
    use, or whose title another one has taken meanwhile. Locks the article.
    """
    return keeping.restore(actor=actor, kind=ARTICLES, text_id=article_id)
