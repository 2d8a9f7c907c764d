"""What people are told about training, in words."""

from __future__ import annotations

from django.urls import reverse

from hub.delivery.letters import Letter
from knowledge.articles.models import TrainingDuty


def training_letter(duty: TrainingDuty, *, is_late: bool) -> Letter:
    """Reminds somebody of a training whose day comes near, or has passed."""
    article, day = duty.training.article, f"{duty.due_on:%-d %b %Y}" if duty.due_on else ""
    again = " again" if duty.completed_at else ""
    return Letter(
        subject=f"{'Overdue' if is_late else 'Due soon'}: training “{article.title}”",
        path=reverse("training-go-through", args=[duty.pk]),
        lead=f"You {'were' if is_late else 'are'} to go through an article{again} by {day}.",
        headline=article.title,
        facts=[("Unit", duty.unit.name), ("Last gone through", _day_of(duty))],
        request="Open it, read it, answer what it asks, and confirm.",
        because="You are told because this training is asked of you.",
    )


def _day_of(duty: TrainingDuty) -> str:
    return f"{duty.completed_at:%-d %b %Y}" if duty.completed_at else ""
