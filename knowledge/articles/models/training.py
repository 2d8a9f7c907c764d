from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from hub.lib import clock
from knowledge.articles.models.article import Article

USUAL_DAYS: Final = 30


class Audience(models.TextChoices):
    EVERYBODY = "everybody", "Everybody with a role in the unit"
    ROLE = "role", "Who holds a role in the unit"
    SCHEDULE = "schedule", "Who takes turns in a schedule"
    EXPERTISE = "expertise", "Who holds an expertise"


class Training(models.Model):
    """That people have to have gone through an article: who, until when, and how often."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="trainings")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+", help_text="The article's")
    shared = models.BooleanField(default=False, help_text="The article's")
    audience = models.CharField(max_length=10, choices=Audience)
    role = models.ForeignKey("tenants.Role", models.PROTECT, null=True, blank=True, related_name="+")
    schedule = models.ForeignKey("oncall.Schedule", models.PROTECT, null=True, blank=True, related_name="+")
    expertise = models.SlugField(max_length=60, blank=True, help_text="What who has to go through it holds")
    due_on = models.DateField(help_text="Until when, for who is there from the beginning")
    days = models.PositiveSmallIntegerField(
        default=USUAL_DAYS,
        help_text="How long who comes later has, and all after a revision that asks for it anew",
    )
    repeat_months = models.PositiveSmallIntegerField(null=True, blank=True, help_text="How long it holds, or for good")
    grants = models.SlugField(max_length=60, blank=True, help_text="The expertise that it gives while it holds")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("due_on", "id")
        constraints = (
            # What duties' composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit"], name="training_scope"),
            models.CheckConstraint(
                name="training_is_for_somebody",
                condition=Q(audience="everybody", role=None, schedule=None, expertise="")
                | Q(audience="role", role__isnull=False, schedule=None, expertise="")
                | Q(audience="schedule", role=None, schedule__isnull=False, expertise="")
                | (Q(audience="expertise", role=None, schedule=None) & ~Q(expertise="")),
            ),
            models.CheckConstraint(
                name="training_repeats_after_months", condition=Q(repeat_months=None) | Q(repeat_months__gt=0)
            ),
        )

    def __str__(self) -> str:
        return f"training {self.pk} in {self.article_id}"


class TrainingDuty(models.Model):
    """That a person has to go through it, until when, and how far they have come."""

    training = models.ForeignKey(Training, models.PROTECT, related_name="duties")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+", help_text="The training's")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="training_duties")
    since = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True, help_text="Until when; empty once it is done for good")
    completed_at = models.DateTimeField(null=True, blank=True, help_text="When they last went through it")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Wrong answers since then, each time counted as one")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="Since when it is not asked of them any longer")

    class Meta:
        verbose_name_plural = "training duties"
        ordering = ("due_on", "id")
        constraints = (
            models.UniqueConstraint(fields=["training", "person"], name="training_once_a_person"),
            # What completions' composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "person"], name="duty_scope"),
            models.CheckConstraint(
                name="duty_is_due_until_it_is_done", condition=Q(due_on__isnull=False) | Q(completed_at__isnull=False)
            ),
        )
        indexes = (models.Index("person", "due_on", name="duty_of_person", condition=Q(ended_at=None)),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.training_id}"

    @property
    def is_late(self) -> bool:
        """Whether it is asked of them, and its day, counted in UTC, is over."""
        return self.ended_at is None and self.due_on is not None and self.due_on < clock.now().date()


class TrainingCompletion(models.Model):
    """A person went through an article as it then read, and answered what it asks. It stays."""

    duty = models.ForeignKey(TrainingDuty, models.PROTECT, related_name="completions")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+", help_text="The duty's")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+", help_text="The duty's")
    # Never null (a constraint says so); nullable for Django, so that joins to the revision are outer ones: whoever went
    # through it may not read it any longer.
    revision = models.ForeignKey("articles.ArticleRevision", models.PROTECT, null=True, related_name="completions")
    completed_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(help_text="How often they answered, the last time rightly")

    class Meta:
        ordering = ("-completed_at", "-id")
        constraints = (
            models.CheckConstraint(name="completion_is_of_a_revision", condition=Q(revision__isnull=False)),
            models.CheckConstraint(name="completion_has_a_try", condition=Q(tries__gt=0)),
        )

    def __str__(self) -> str:
        return f"{self.person_id} at {self.completed_at:%Y-%m-%d}"
