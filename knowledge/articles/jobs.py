"""Jobs of training: it follows who is there, reminds them, and gives what it gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub.delivery.actions import send_message
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.lib.jobs import job, periodic_job
from hub.oncall import access as oncall
from hub.oncall import actions as expertise
from knowledge.articles import actions, training
from knowledge.articles.letters import training_letter

SOON: Final = timedelta(days=7)
AGAIN: Final = timedelta(days=7)
"""How long before its day a training is recalled, and how often after it."""
FOR_GOOD: Final = datetime.max.replace(tzinfo=UTC)


@job
def follow_audience(*, training_id: int, **others: Any) -> None:
    """Ask the training of who belongs to its audience now."""
    actions.follow_audience(actor=SYSTEM, training_id=training_id)


@job
def renew_training(*, article_revision_id: int, **others: Any) -> None:
    """Ask it anew of who went through an earlier revision, if the published one says so."""
    actions.renew_training(actor=SYSTEM, article_revision_id=article_revision_id)


@job
def follow_readers(*, article_id: int, **others: Any) -> None:
    """The same for all training of an article, which others read by now, or nobody."""
    with acting_as(SYSTEM):
        ids = list(training.trainings(SYSTEM).filter(article=article_id, ended_at=None).values_list("pk", flat=True))
    for training_id in ids:
        actions.follow_audience(actor=SYSTEM, training_id=training_id)


@job
def grant_expertise(*, training_id: int, duty_id: int, **others: Any) -> None:
    """Give the expertise that a training gives, for as long as it holds; never shorten what somebody holds."""
    with acting_as(SYSTEM):
        asked, duty = training.training_for(SYSTEM, training_id), training.duty_for(SYSTEM, duty_id)
        until = training.holds_until(duty.due_on)
        if not asked.grants or duty.completed_at is None or (until is not None and until <= clock.now()):
            return
        if duty.person_id in oncall.holders(SYSTEM, asked.unit_id, asked.grants, until or FOR_GOOD):
            return
        expertise.certify_expertise(
            actor=SYSTEM,
            unit_id=asked.unit_id,
            person_id=duty.person_id,
            key=asked.grants,
            valid_until=until,
        )


@periodic_job("7 * * * *")
def follow_audiences(timestamp: int) -> None:
    """Ask every training of who has come, and no longer of who has gone."""
    with acting_as(SYSTEM):
        ids = list(training.active(SYSTEM).order_by("pk").values_list("pk", flat=True))
    for training_id in ids:
        actions.follow_audience(actor=SYSTEM, training_id=training_id)


@periodic_job("47 * * * *")
def remind_learners(timestamp: int) -> None:
    """Remind whoever has to go through an article a week before the day, and every week after it."""
    today = clock.now().date()
    with acting_as(SYSTEM):
        for duty in training.due_by(SYSTEM, today + SOON):
            if duty.due_on is None or not duty.person.is_active:
                continue
            is_late = duty.due_on < today
            stage = f"late{(today - duty.due_on) // AGAIN}" if is_late else "soon"
            send_message(
                actor=SYSTEM,
                person_id=duty.person_id,
                letter=training_letter(duty, is_late=is_late),
                dedupe_key=f"training:{duty.pk}:{stage}:{duty.due_on.isoformat()}:person:{duty.person_id}",
                unit_id=duty.unit_id,
            )
