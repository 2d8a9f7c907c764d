"""What an article says: a revision is proposed, and another person publishes or declines it."""

from __future__ import annotations

from typing import Any

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden, Invalid, within
from hub.lib.identity import Actor, acting_as
from hub.lib.locks import hold
from hub.lib.texts import checked_text
from hub.live import outbox
from knowledge.articles import access
from knowledge.articles.actions import facts
from knowledge.articles.events import ArticleRevisionDecided, ArticleRevisionProposed
from knowledge.articles.models import USUAL_CHECK_DAYS, Article, ArticleRevision, ArticleState
from knowledge.articles.questions import as_rows
from knowledge.articles.wording import Wording, checked
from knowledge.postmortems import access as postmortems
from tenants import access as tenants
from tenants import audit


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
    with acting_as(actor):
        unit = tenants.unit_for(actor, unit_id)
        if not access.may_write(actor, unit.pk):
            raise Forbidden(f"Writing an article of {unit.name} needs a responder's role there.")
        now = clock.now()
        article = Article(
            unit=unit,
            title=facts.checked_title(title),
            service_id=facts.service_of(actor, service_id),
            cause_id=facts.cause_of(actor, unit.pk, cause_id),
            failure_mode_id=facts.failure_mode_of(actor, unit.pk, failure_mode_id),
            owner_id=facts.owner_of(actor, owner_id) or actor.person_id,
            check_days=facts.checked_days(check_days),
            written_at=now,
            written_by_id=actor.person_id,
            edited_at=now,
        )
        hold("articles_article", unit.pk)
        facts.refuse_twin(actor, article)
        article.number = access.next_number(actor, unit.pk)
        article.save(force_insert=True)
        audit.record(
            actor=actor, verb="write_article", obj=article, unit_id=unit.pk, change={"title": [None, article.title]}
        )
        _propose(actor, article, wording, reason=reason, postmortem_id=postmortem_id)
        return article


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
    with acting_as(actor):
        article = facts.article_for_writing(actor, article_id)
        facts.refuse_retired(article)
        waits = access.waiting(actor, article)
        if waits is not None:
            raise Conflict(f"Revision {waits.number} of “{article.title}” waits for approval: that comes first.")
        current = article.current
        if based_on is not None and current is not None and current.number != based_on:
            raise Conflict(
                f"Revision {current.number} was published while you wrote: begin from what it says.",
                path=["basedOn"],
            )
        return _propose(actor, article, wording, reason=reason, postmortem_id=postmortem_id)


def edit_article_revision(*, actor: Actor, article_revision_id: int, wording: Wording, reason: str) -> ArticleRevision:
    """Change a proposal before it is decided. Raises `NotFound`, `Forbidden` for anybody but its writer, `Conflict` for
    one that was decided, `Invalid`. Locks the article.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, article_revision_id)
        if revision.proposed_by_id != actor.person_id:
            raise Forbidden("A proposal is changed by whoever wrote it; decline it and say what is to be different.")
        _refuse_decided(revision)
        _say(revision, wording, reason)
        revision.save(update_fields=["summary", "text", "questions", "renews_training", "reason"])
        _audit(actor, revision, "edit_article_revision", {"reason": [None, revision.reason]})
        return revision


def approve_article_revision(*, actor: Actor, article_revision_id: int, note: str = "") -> ArticleRevision:
    """Publish a proposal: from now on it is what is read and found. Nobody approves their own.

    Raises `NotFound`, `Forbidden` without knowledge.publish and for whoever wrote it, `Conflict` for one that was
    decided and for a retired article. Locks the article.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, article_revision_id)
        if not access.may_decide(actor, revision):
            if access.may_publish(actor, revision.unit_id):
                raise Forbidden("You wrote it: somebody else has to approve it.")
            raise Forbidden("Approving a revision is for a commander of the article's unit.")
        _refuse_decided(revision)
        article = revision.article
        facts.refuse_retired(article)
        now = clock.now()
        article.revisions.filter(state=ArticleState.CURRENT).update(state=ArticleState.SUPERSEDED)
        _decide(actor, revision, ArticleState.CURRENT, note)
        article.current, article.checked_at = revision, now
        article.check_due_at = access.check_due(now, article.check_days)
        facts.save(
            actor,
            article,
            "approve_article_revision",
            ["current", "checked_at", "check_due_at"],
            {"revision": [None, revision.number]},
        )
        return revision


def decline_article_revision(*, actor: Actor, article_revision_id: int, reason: str) -> ArticleRevision:
    """Turn a proposal down, or take one's own back, and say why.

    Raises `NotFound`, `Forbidden` for who neither publishes in the unit nor wrote it, `Conflict` for one that was
    decided, `Invalid` without a reason. Locks the article.
    """
    with acting_as(actor):
        revision = _revision_for_writing(actor, article_revision_id)
        if revision.proposed_by_id != actor.person_id and not access.may_publish(actor, revision.unit_id):
            raise Forbidden("Declining a revision is for a commander of the article's unit, or whoever wrote it.")
        _refuse_decided(revision)
        _decide(actor, revision, ArticleState.DECLINED, checked_text(reason, "reason", longest=facts.LONGEST_REASON))
        change = {"state": ["proposed", "declined"], "reason": [None, reason]}
        _audit(actor, revision, "decline_article_revision", change)
        return revision


def _propose(
    actor: Actor, article: Article, wording: Wording, *, reason: str, postmortem_id: int | None
) -> ArticleRevision:
    latest, current = article.revisions.order_by("-number").first(), article.current
    revision = ArticleRevision(
        article=article,
        unit_id=article.unit_id,
        shared=article.shared,
        number=latest.number + 1 if latest else 1,
        postmortem_id=_finding(actor, postmortem_id),
        proposed_at=clock.now(),
        proposed_by_id=actor.person_id,
        questions=current.questions if current is not None else [],
    )
    _say(revision, wording, reason)
    if current is not None and _said(current) == _said(revision):
        raise Invalid("It says what is published already.", path=["text"])
    revision.save(force_insert=True)
    event = ArticleRevisionProposed(
        unit_id=article.unit_id, incident_id=None, article_id=article.pk, article_revision_id=revision.pk
    )
    outbox.record(actor=actor, event=event)
    _audit(actor, revision, "revise_article", {"reason": [None, revision.reason]})
    return revision


def _finding(actor: Actor, postmortem_id: int | None) -> int | None:
    if postmortem_id is None:
        return None
    with within("postmortemId"):
        review = postmortems.postmortem_for(actor, postmortem_id)
    if review.restricted:
        raise Invalid(
            "A restricted review stays in its room: propose the article without naming it.", path=["postmortemId"]
        )
    return review.pk


def _say(revision: ArticleRevision, wording: Wording, reason: str) -> None:
    says = checked(wording)
    revision.summary, revision.text = says.summary, says.text
    if says.questions is not None:
        revision.questions = as_rows(says.questions)
    revision.renews_training = says.renews_training
    revision.reason = checked_text(reason, "reason", longest=facts.LONGEST_REASON)


def _said(revision: ArticleRevision) -> tuple[object, ...]:
    return (revision.summary, revision.text, revision.questions)


def _revision_for_writing(actor: Actor, article_revision_id: int) -> ArticleRevision:
    seen = access.revision_for(actor, article_revision_id)
    article = facts.article_for_writing(actor, seen.article_id)
    revision = access.revision_for(actor, article_revision_id)
    revision.article = article
    return revision


def _refuse_decided(revision: ArticleRevision) -> None:
    if revision.state != ArticleState.PROPOSED:
        state = ArticleState(revision.state).label.lower()
        raise Conflict(f"Revision {revision.number} is {state} already.")


def _decide(actor: Actor, revision: ArticleRevision, state: ArticleState, said: str) -> None:
    revision.state = state
    revision.decided_at, revision.decided_by_id = clock.now(), actor.person_id
    revision.decision = checked_text(said, "note", longest=facts.LONGEST_REASON, required=False)
    revision.save(update_fields=["state", "decided_at", "decided_by", "decision"])
    event = ArticleRevisionDecided(
        unit_id=revision.unit_id,
        incident_id=None,
        article_id=revision.article_id,
        article_revision_id=revision.pk,
        state=str(state),
    )
    outbox.record(actor=actor, event=event)


def _audit(actor: Actor, revision: ArticleRevision, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=revision, unit_id=revision.unit_id, change=change)
