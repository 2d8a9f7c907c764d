from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from hub.lib import clock

USUAL_CHECK_DAYS: Final = 365


class ArticleState(models.TextChoices):
    PROPOSED = "proposed", "Waits for approval"
    CURRENT = "current", "Published"
    SUPERSEDED = "superseded", "Superseded"
    DECLINED = "declined", "Declined"


class Article(models.Model):
    """What somebody wrote down so that others know it.

    What it says is in its revisions, one of which is published. Its unit reads all of them; of a `shared` one the whole
    enterprise reads what is or was published.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="articles")
    number = models.PositiveIntegerField(help_text="Counts the unit's articles: PAY-A3")
    shared = models.BooleanField(default=False, help_text="Whether the whole enterprise reads it")
    title = models.CharField(max_length=200)
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="articles")
    cause = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    failure_mode = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="articles")
    current = models.OneToOneField("articles.ArticleRevision", models.PROTECT, null=True, blank=True, related_name="+")
    check_days = models.PositiveSmallIntegerField(
        default=USUAL_CHECK_DAYS, help_text="After how many days somebody has to look whether it still holds"
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last approved or confirmed")
    check_due_at = models.DateTimeField(null=True, blank=True, help_text="From when on it is stale")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.CharField(max_length=500, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("title", "id")
        constraints = (
            models.UniqueConstraint(fields=["unit", "number"], name="article_number"),
            # What revisions' composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "shared"], name="article_scope"),
            models.UniqueConstraint(
                F("unit"), Lower("title"), name="article_once", condition=Q(retired_at__isnull=True)
            ),
            models.CheckConstraint(name="article_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="article_published_is_checked",
                condition=Q(current__isnull=True) | Q(checked_at__isnull=False, check_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="article_shared_is_published", condition=Q(shared=False) | Q(current__isnull=False)
            ),
            models.CheckConstraint(
                name="article_retired_says_why", condition=Q(retired_at__isnull=True) | ~Q(retired_because="")
            ),
        )
        indexes = (
            models.Index("unit", "title", name="article_of_unit"),
            models.Index("failure_mode", name="article_of_failure_mode"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_published(self) -> bool:
        """Whether a revision was approved, and it is not retired."""
        return self.current_id is not None and self.retired_at is None

    @property
    def is_stale(self) -> bool:
        """Whether it is published and nobody has looked for too long whether it still holds."""
        return self.is_published and self.check_due_at is not None and self.check_due_at < clock.now()


class ArticleRevision(models.Model):
    """What an article says, or is proposed to say: never changed once it was decided."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    shared = models.BooleanField(default=False, help_text="The article's")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=ArticleState, default=ArticleState.PROPOSED)
    summary = models.CharField(max_length=500, help_text="What it tells, in a sentence or two")
    text = models.TextField(help_text="Markdown")
    questions = models.JSONField(
        default=list, blank=True, help_text="What tells whether it was understood: choices, and which one is right"
    )
    renews_training = models.BooleanField(
        default=False, help_text="Whether who went through an earlier one has to go through it again"
    )
    reason = models.CharField(max_length=500, help_text="What it changes and why")
    postmortem = models.ForeignKey(
        "postmortems.Postmortem", models.SET_NULL, null=True, blank=True, related_name="article_revisions"
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.CharField(max_length=500, blank=True, help_text="What the decider said")

    class Meta:
        ordering = ("-number", "-id")
        constraints = (
            models.UniqueConstraint(fields=["article", "number"], name="article_revision_number"),
            models.UniqueConstraint(fields=["article"], name="article_one_waits", condition=Q(state="proposed")),
            models.UniqueConstraint(fields=["article"], name="article_one_published", condition=Q(state="current")),
            models.CheckConstraint(
                name="article_revision_says_why", condition=~Q(reason="") & ~Q(summary="") & ~Q(text="")
            ),
            models.CheckConstraint(
                name="article_decided_has_its_time",
                condition=Q(state="proposed", decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="article_approved_by_another",
                condition=~Q(state__in=["current", "superseded"])
                | Q(proposed_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("proposed_by")),
            ),
        )

    def __str__(self) -> str:
        return f"revision {self.number} of {self.article_id}"
