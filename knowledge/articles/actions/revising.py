"""What an article says: a revision is proposed, and another person publishes or declines it."""

from __future__ import annotations

from functools import partial

from hub.lib.identity import Actor
from knowledge.articles.kind import ARTICLES
from knowledge.articles.models import USUAL_CHECK_DAYS, Article, ArticleRevision
from knowledge.articles.questions import as_rows
from knowledge.articles.wording import Wording, checked
from knowledge.revisions.actions import revising


def write_article(
    *,
    actor: Actor,
    unit_id: int,
    title: str,
    wording: Wording,
    reason: str = "The first one",
    service_id: int | None = None,
    cause_id: int | None = None,
    failure_mode_id: int | None = None,
    owner_id: int | None = None,
    check_days: int = USUAL_CHECK_DAYS,
    postmortem_id: int | None = None,
) -> Article:
    """Write an article of a unit; its first revision waits for somebody else's approval.

    Args:
        reason: why it is written.
        service_id, cause_id, failure_mode_id: what it is about, each if it is about one.
        owner_id: who looks after it; whoever writes it, when left out.
        check_days: after how many days somebody has to look whether it still holds.
        postmortem_id: the review whose finding asks for it.

    Raises `NotFound` for the unit, a service, person, term or review, `Forbidden` without knowledge.write there,
    `Invalid` for its wording, `Conflict` for a title that one of the unit's articles has. Locks the unit's numbers.
    """
    return revising.write(
        actor=actor,
        kind=ARTICLES,
        unit_id=unit_id,
        title=title,
        about={
            "service_id": service_id,
            "cause_id": cause_id,
            "failure_mode_id": failure_mode_id,
            "owner_id": owner_id,
        },
        check_days=check_days,
        say=partial(_say, wording),
        reason=reason,
        postmortem_id=postmortem_id,
    )


def revise_article(
    *,
    actor: Actor,
    article_id: int,
    wording: Wording,
    reason: str,
    postmortem_id: int | None = None,
    based_on: int | None = None,
) -> ArticleRevision:
    """Propose what an article shall say instead; what is published stays so until somebody else approves.

    Args:
        reason: what it changes and why.
        postmortem_id: the review whose finding proposes it.
        based_on: the number of the revision that the writer began from: with another one published, it is refused.

    Raises `NotFound` for the article or the review, `Forbidden`, `Invalid` for its wording, or where nothing changes,
    `Conflict` while another one waits, for a retired article, and for another base. Locks the article.
    """
    return revising.revise(
        actor=actor,
        kind=ARTICLES,
        text_id=article_id,
        say=partial(_say, wording),
        reason=reason,
        postmortem_id=postmortem_id,
        based_on=based_on,
    )


def edit_article_revision(*, actor: Actor, article_revision_id: int, wording: Wording, reason: str) -> ArticleRevision:
    """Change a proposal before it is decided. Raises `NotFound`, `Forbidden` for anybody but its writer, `Conflict` for
    one that was decided, `Invalid`. Locks the article.
    """
    return revising.edit_proposal(
        actor=actor,
        kind=ARTICLES,
        revision_id=article_revision_id,
        say=partial(_say, wording),
        columns=("summary", "text", "questions", "renews_training"),
        reason=reason,
    )


def approve_article_revision(*, actor: Actor, article_revision_id: int, note: str = "") -> ArticleRevision:
    """Publish a proposal: from now on it is what is read and found. Nobody approves their own.

    Raises `NotFound`, `Forbidden` without knowledge.publish and for whoever wrote it, `Conflict` for one that was
    decided and for a retired article. Locks the article.
    """
    return revising.approve(actor=actor, kind=ARTICLES, revision_id=article_revision_id, note=note)


def decline_article_revision(*, actor: Actor, article_revision_id: int, reason: str) -> ArticleRevision:
    """Turn a proposal down, or take one's own back, and say why.

    Raises `NotFound`, `Forbidden` for who neither publishes in the unit nor wrote it, `Conflict` for one that was
    decided, `Invalid` without a reason. Locks the article.
    """
    return revising.decline(actor=actor, kind=ARTICLES, revision_id=article_revision_id, reason=reason)


def _say(wording: Wording, revision: ArticleRevision) -> None:
    says = checked(wording)
    revision.summary, revision.text = says.summary, says.text
    if says.questions is not None:
        revision.questions = as_rows(says.questions)
    elif revision.pk is None and (current := revision.article.current) is not None:
        revision.questions = current.questions
    revision.renews_training = says.renews_training
