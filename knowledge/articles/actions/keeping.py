"""Keeping an article: what it is about, whose it is, who reads it, whether it still holds."""

from __future__ import annotations

from hub.lib import clock
from hub.lib.errors import Conflict, check_version
from hub.lib.identity import Actor, acting_as
from hub.lib.texts import checked_text
from hub.lib.unchanged import UNCHANGED, Unchanged
from knowledge.articles import access
from knowledge.articles.actions import facts
from knowledge.articles.models import Article


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
    with acting_as(actor):
        article = facts.article_for_writing(actor, article_id)
        facts.refuse_retired(article)
        if version is not None:
            check_version(version, article.version, f"“{article.title}”")
        before = _facts(article)
        if title is not None and title != article.title:
            article.title = facts.checked_title(title)
            facts.refuse_twin(actor, article)
        if not isinstance(service_id, Unchanged):
            article.service_id = facts.service_of(actor, service_id)
        if not isinstance(cause_id, Unchanged):
            article.cause_id = facts.cause_of(actor, article.unit_id, cause_id)
        if not isinstance(failure_mode_id, Unchanged):
            article.failure_mode_id = facts.failure_mode_of(actor, article.unit_id, failure_mode_id)
        if not isinstance(owner_id, Unchanged):
            article.owner_id = facts.owner_of(actor, owner_id)
        if check_days is not None:
            article.check_days = facts.checked_days(check_days)
            if article.checked_at is not None:
                article.check_due_at = access.check_due(article.checked_at, article.check_days)
        after = _facts(article)
        changed = [name for name in after if before[name] != after[name]]
        if changed:
            fields = [*changed, "check_due_at"] if "check_days" in changed else changed
            facts.save(actor, article, "edit_article", fields, {name: [before[name], after[name]] for name in changed})
        return article


def confirm_article(*, actor: Actor, article_id: int) -> Article:
    """Say that one has looked, and it still holds. Raises `NotFound`, `Forbidden`, `Conflict` for a retired one and for
    one that was never published. Locks the article.
    """
    with acting_as(actor):
        article = facts.article_for_writing(actor, article_id)
        facts.refuse_retired(article)
        if article.current_id is None:
            raise Conflict(f"“{article.title}” was never approved: there is nothing to confirm.")
        article.checked_at = clock.now()
        article.check_due_at = access.check_due(article.checked_at, article.check_days)
        change = {"checked_at": [None, article.checked_at.isoformat()]}
        facts.save(actor, article, "confirm_article", ["checked_at", "check_due_at"], change)
        return article


def share_article(*, actor: Actor, article_id: int, shared: bool) -> Article:
    """Let the whole enterprise read what is and was published; or its unit alone again.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that was never published. Locks the
    article.
    """
    with acting_as(actor):
        article = facts.article_for_writing(actor, article_id, publishing="Who reads an article outside its unit")
        if shared and article.current_id is None:
            raise Conflict(f"“{article.title}” was never approved: there is nothing to share yet.")
        if article.shared != shared:
            article.shared = shared
            facts.save(actor, article, "share_article", ["shared"], {"shared": [not shared, shared]})
        return article


def retire_article(*, actor: Actor, article_id: int, reason: str) -> Article:
    """Take it out of use, and say why: it stays to be read by who has its address, and is found no more.

    Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is retired, `Invalid` without a
    reason. Locks the article.
    """
    with acting_as(actor):
        article = facts.article_for_writing(actor, article_id, publishing="Retiring an article")
        why = checked_text(reason, "reason", longest=facts.LONGEST_REASON)
        if article.retired_at is not None:
            raise Conflict(f"“{article.title}” is retired already.")
        article.retired_at, article.retired_because = clock.now(), why
        facts.save(actor, article, "retire_article", ["retired_at", "retired_because"], {"reason": [None, why]})
        return article


def restore_article(*, actor: Actor, article_id: int) -> Article:
    """Take it into use again. Raises `NotFound`, `Forbidden` without knowledge.publish, `Conflict` for one that is in
    use, or whose title another one has taken meanwhile. Locks the article.
    """
    with acting_as(actor):
        article = facts.article_for_writing(actor, article_id, publishing="Restoring an article")
        if article.retired_at is None:
            raise Conflict(f"“{article.title}” is in use.")
        facts.refuse_twin(actor, article)
        former, article.retired_at, article.retired_because = article.retired_because, None, ""
        facts.save(actor, article, "restore_article", ["retired_at", "retired_because"], {"reason": [former, None]})
        return article


def _facts(article: Article) -> dict[str, object]:
    names = ("title", "service_id", "cause_id", "failure_mode_id", "owner_id", "check_days")
    return {name: getattr(article, name) for name in names}
