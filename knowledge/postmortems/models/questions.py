from __future__ import annotations

from django.db import models
from django.db.models import Q

from knowledge.postmortems.models.parts import PostmortemScoped
from knowledge.postmortems.models.postmortem import Postmortem


class Verdict(models.TextChoices):
    """What the people of a review say of its action items after the same failure was seen again."""

    WORKED = "worked", "They worked: this is another failure"
    PARTLY = "partly", "They helped in part"
    FAILED = "failed", "They did not work"


class ActionsQuestion(PostmortemScoped):
    """Did the action items work? Asked when what they were to prevent fails again, anywhere.

    It is its unit's own, also where the enterprise reads the review. When it happened again is known to the month:
    those who ask may read nothing of where.
    """

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="questions")
    failure_mode = models.ForeignKey("tenants.Term", models.PROTECT, related_name="+", help_text="The global term")
    opened_at = models.DateTimeField(help_text="For reminders; never shown, as it tells when others published")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict, null=True, blank=True)
    answer = models.CharField(max_length=1000, blank=True, help_text="Why, and what is done now")

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(fields=["postmortem"], name="question_one_open", condition=Q(answered_at=None)),
            models.UniqueConstraint(fields=["id", "postmortem"], name="question_of_postmortem"),
            models.CheckConstraint(
                name="question_answered_says_what",
                condition=Q(answered_at__isnull=True, verdict__isnull=True)
                | (Q(answered_at__isnull=False, verdict__isnull=False) & ~Q(answer="")),
            ),
        )

    def __str__(self) -> str:
        return f"whether the actions of {self.postmortem_id} worked"

    @property
    def is_open(self) -> bool:
        return self.answered_at is None


class SeenAgain(PostmortemScoped):
    """That the failure was seen again: in which month, and in which review, for those who may read that one."""

    postmortem = models.ForeignKey(Postmortem, models.CASCADE, related_name="+")
    question = models.ForeignKey(ActionsQuestion, models.CASCADE, related_name="seen")
    month = models.DateField(help_text="Its first day")
    # Null once that review is gone; and joins to it are outer ones: most who read the question may not read it.
    later = models.ForeignKey(Postmortem, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ("month", "id")
        verbose_name_plural = "seen again"
        constraints = (models.UniqueConstraint(fields=["postmortem", "later"], name="seen_again_once"),)

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
