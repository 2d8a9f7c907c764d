"""Going through an article, and asking it of people: the hub follows who is there and what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, Q

from hub.lib import clock
from hub.lib.errors import Conflict, Forbidden
from hub.lib.identity import Actor, acting_as
from hub.live import outbox
from knowledge.articles import access, training
from knowledge.articles.events import TrainingCompleted
from knowledge.articles.models import ArticleState, TrainingCompletion, TrainingDuty
from knowledge.articles.questions import of_rows, wrong
from tenants import audit


@dataclass(frozen=True)
class Answered:
    """What became of somebody's answers.

    Attributes:
        wrong: the questions that were not answered rightly, from 0.
        completion: what is kept of having gone through it; None with a wrong answer.
    """

    duty: TrainingDuty
    wrong: tuple[int, ...]
    completion: TrainingCompletion | None


def confirm_training(*, actor: Actor, duty_id: int, revision_number: int, answers: Sequence[int] = ()) -> Answered:
    """Say that one has gone through an article, and answer what it asks. It counts only if all answers are right.

    Wrong answers are no error: they are counted, and may be given again.

    Args:
        revision_number: of the revision that was read: with another one published, it is refused.
        answers: the chosen one for each question, from 0.

    Raises `NotFound` for a duty or article that `actor` may not see, `Forbidden` for somebody else's, `Conflict` where
    it is not asked of them any longer, and for another revision, `Invalid` for answers that do not fit the questions.
    Locks the duty.
    """
    with acting_as(actor):
        seen = training.duty_for(actor, duty_id)
        if seen.person_id != actor.person_id:
            raise Forbidden("Everybody goes through a training themselves.")
        duty = training.duty_for(actor, duty_id, lock=True)
        asked = training.training_for(actor, duty.training_id)
        article = access.article_for(actor, asked.article_id)
        current = article.current
        if duty.ended_at is not None or asked.ended_at is not None or current is None or not article.is_published:
            raise Conflict(f"“{article.title}” is not asked of you any longer.")
        if current.number != revision_number:
            raise Conflict(f"Revision {current.number} was published meanwhile: read that.", path=["revisionNumber"])
        mistaken = tuple(wrong(of_rows(current.questions), answers))
        tries, now = duty.tries + 1, clock.now()
        if mistaken:
            TrainingDuty.objects.filter(pk=duty.pk).update(tries=F("tries") + 1)
            duty.tries = tries
            audit.record(
                actor=actor,
                verb="answer_wrongly",
                obj=duty,
                unit_id=duty.unit_id,
                change={"tries": [tries - 1, tries]},
            )
            return Answered(duty, mistaken, None)
        completion = TrainingCompletion.objects.create(
            duty=duty, unit_id=duty.unit_id, person_id=duty.person_id, revision=current, completed_at=now, tries=tries
        )
        before, duty.due_on = duty.due_on, training.next_due(asked, done_on=now.date())
        duty.completed_at, duty.tries = now, 0
        duty.save(update_fields=["completed_at", "tries", "due_on"])
        event = TrainingCompleted(
            unit_id=duty.unit_id,
            incident_id=None,
            training_id=asked.pk,
            duty_id=duty.pk,
            completion_id=completion.pk,
        )
        outbox.record(actor=actor, event=event)
        audit.record(
            actor=actor,
            verb="confirm_training",
            obj=duty,
            unit_id=duty.unit_id,
            change={"due_on": [str(before), str(duty.due_on)], "revision": [None, current.number]},
        )
        return Answered(duty, (), completion)


def follow_audience(*, actor: Actor, training_id: int) -> None:
    """Ask a training of who belongs to its audience now and may read it, and of nobody else any longer.

    May run twice, late, or beside another: the rows as they are now decide. Locks the training.
    """
    with acting_as(actor):
        asked = training.training_for(actor, training_id, lock=True)
        article = access.article_for(actor, asked.article_id)
        is_asked = asked.ended_at is None and article.is_published
        wanted = training.able(actor, article, training.audience(actor, asked)) if is_asked else set()
        now = clock.now()
        known = {duty.person_id: duty for duty in asked.duties.select_for_update().order_by("pk")}
        due_on = training.first_due(asked, today=now.date())
        TrainingDuty.objects.bulk_create(
            TrainingDuty(training=asked, unit_id=asked.unit_id, person_id=person_id, since=now, due_on=due_on)
            for person_id in sorted(wanted - known.keys())
        )
        for person_id, duty in known.items():
            if person_id not in wanted and duty.ended_at is None:
                duty.ended_at = now
                duty.save(update_fields=["ended_at"])
            elif person_id in wanted and duty.ended_at is not None:
                duty.ended_at, duty.since = None, now
                if duty.due_on is not None:
                    duty.due_on = max(duty.due_on, due_on)
                duty.save(update_fields=["ended_at", "since", "due_on"])


def renew_training(*, actor: Actor, article_revision_id: int) -> None:
    """Ask an article's training anew of who went through an earlier revision, if the published one says so.

    May run twice or late. Locks the duties.
    """
    with acting_as(actor):
        revision = access.revision_for(actor, article_revision_id)
        if revision.state != ArticleState.CURRENT or not revision.renews_training or revision.decided_at is None:
            return
        for asked in training.active(actor).filter(article=revision.article_id):
            due_on = revision.decided_at.date() + timedelta(days=asked.days)
            done = TrainingCompletion.objects.filter(revision=revision).values("duty_id")
            later = Q(due_on=None) | Q(due_on__gt=due_on)
            asked.duties.filter(later, ended_at=None, completed_at__isnull=False).exclude(pk__in=done).update(
                due_on=due_on
            )
