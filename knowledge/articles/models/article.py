from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from knowledge.revisions.models import (
    APPROVED_BY_ANOTHER,
    CURRENT_IS_CHECKED,
    DECIDED_HAS_ITS_TIME,
    OF_A_TEXT,
    SHARED_IS_CURRENT,
    RevisedText,
    State,
    TextRevision,
)

USUAL_CHECK_DAYS: Final = 365


class ArticleState(models.TextChoices):
    PROPOSED = State.PROPOSED.value, "Waits for approval"
    CURRENT = State.CURRENT.value, "Published"
    SUPERSEDED = State.SUPERSEDED.value, "Superseded"
    DECLINED = State.DECLINED.value, "Declined"


class Article(RevisedText):
    """What somebody wrote down so that others know it: what its published revision says."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="articles")
    number = models.PositiveIntegerField(help_text="Counts the unit's articles: PAY-A3")
    cause = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="articles")
    owner = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="articles")
    current = models.OneToOneField("articles.ArticleRevision", models.PROTECT, null=True, blank=True, related_name="+")
    check_days = models.PositiveSmallIntegerField(
        default=USUAL_CHECK_DAYS, help_text="After how many days somebody has to look whether it still holds"
    )

    class Meta(RevisedText.Meta):
        constraints = (
            *OF_A_TEXT,
            models.CheckConstraint(name="article_published_is_checked", condition=CURRENT_IS_CHECKED),
            models.CheckConstraint(name="article_shared_is_published", condition=SHARED_IS_CURRENT),
        )

    @property
    def is_published(self) -> bool:
        """Whether a revision was approved, and it is not retired."""
        return self.is_in_use


class ArticleRevision(TextRevision):
    """What an article says, or is proposed to say: never changed once it was decided."""

    article = models.ForeignKey(Article, models.CASCADE, related_name="revisions")
    shared = models.BooleanField(default=False, help_text="The article's")
    state = models.CharField(max_length=10, choices=ArticleState, default=ArticleState.PROPOSED)
    summary = models.CharField(max_length=500, help_text="What it tells, in a sentence or two")
    text = models.TextField(help_text="Markdown")
    questions = models.JSONField(
        default=list, blank=True, help_text="What tells whether it was understood: choices, and which one is right"
    )
    renews_training = models.BooleanField(
        default=False, help_text="Whether who went through an earlier one has to go through it again"
    )
    postmortem = models.ForeignKey(
        "postmortems.Postmortem", models.SET_NULL, null=True, blank=True, related_name="article_revisions"
    )

    class Meta(TextRevision.Meta):
        constraints = (
            models.UniqueConstraint(fields=["article", "number"], name="article_revision_number"),
            models.UniqueConstraint(fields=["article"], name="article_one_waits", condition=Q(state="proposed")),
            models.UniqueConstraint(fields=["article"], name="article_one_published", condition=Q(state="current")),
            models.CheckConstraint(
                name="article_revision_says_why", condition=~Q(reason="") & ~Q(summary="") & ~Q(text="")
            ),
            models.CheckConstraint(name="article_decided_has_its_time", condition=DECIDED_HAS_ITS_TIME),
            models.CheckConstraint(name="article_approved_by_another", condition=APPROVED_BY_ANOTHER),
        )

    def __str__(self) -> str:
        return f"revision {self.number} of {self.article_id}"
