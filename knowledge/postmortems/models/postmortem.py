from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, Q

from hub.incidents.models import Severity
from hub.lib import clock

if TYPE_CHECKING:
    from tenants.models import Term


class PostmortemStatus(models.TextChoices):
    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"


class Audience(models.TextChoices):
    """Who reads a review once it is published; a draft is its unit's alone."""

    UNIT = "unit", "The unit"
    ENTERPRISE = "enterprise", "The whole enterprise"


class DueCounted(models.TextChoices):
    """How the time was counted within which a review is due."""

    HOURS = "hours", "Plain hours"
    WORKING_TIME = "working_time", "Hours that its unit works"
    HOURS_INSTEAD = "hours_instead", "Plain hours, since its unit worked too little"


class Section(models.TextChoices):
    """The parts of a review's text, in reading order. The values are the columns that hold them."""

    SUMMARY = "summary", "Summary"
    IMPACT = "impact", "Impact"
    DETECTION = "detection", "Detection"
    ROOT_CAUSE = "root_cause", "Root cause"
    WENT_WELL = "went_well", "What went well"
    WENT_BADLY = "went_badly", "What went badly"
    LESSONS = "lessons", "Lessons"


WRITTEN: Final = ("title", *Section.values)
"""The columns that people write; the database keeps what stood in them before."""


class Postmortem(models.Model):
    """What an incident taught: its story in seven sections, its cause, and what is done about it.

    Everybody in the unit reads it from its first draft, and the enterprise once it is published to it. Such a reader
    may not see the incident, so the facts that the text refers to (reference, severity, times, figures, moments) are
    copies. The text is Markdown.

    Several people write at once: `version` counts the changes, each change keeps the text it replaced under the
    version it made (`PostmortemRevision`), and so a change is stale only when its own section has moved on.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="postmortems")
    restricted = models.BooleanField(default=False)
    # Computed by the database, so that children can carry it and no statement can forget it.
    shared = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(status="published", audience="enterprise", restricted=False), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
        help_text="Published to the enterprise and open",
    )
    # Nullable, so that joins to an incident are outer ones: whoever may not see it still reads the review.
    incident = models.OneToOneField(
        "incidents.Incident", models.PROTECT, null=True, blank=True, related_name="postmortem"
    )
    reference = models.CharField(max_length=24, help_text="The incident's: PAY-142; PAY-R7 without an incident here")
    external_id = models.CharField(max_length=200, blank=True, help_text="What it is called where it was imported from")
    external_digest = models.CharField(max_length=32, blank=True, help_text="Of its source, to tell a change there")
    tags = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="postmortems")
    severity = models.CharField(max_length=4, choices=Severity, null=True, blank=True)
    occurred_at = models.DateTimeField(help_text="When the incident was declared")
    resolved_at = models.DateTimeField(null=True, blank=True)
    minutes_to_acknowledge = models.PositiveIntegerField(null=True, blank=True)
    minutes_to_mitigate = models.PositiveIntegerField(null=True, blank=True)
    minutes_to_resolve = models.PositiveIntegerField(null=True, blank=True)

    status = models.CharField(max_length=10, choices=PostmortemStatus, default=PostmortemStatus.DRAFT)
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.UNIT)
    author = models.ForeignKey(
        "tenants.Person", models.PROTECT, null=True, blank=True, related_name="postmortems", help_text="Who leads it"
    )
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    due_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Within how many hours of the resolution; empty where that was not kept"
    )
    due_counted = models.CharField(
        max_length=13, choices=DueCounted, default=DueCounted.HOURS, db_default=DueCounted.HOURS
    )
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")

    title = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    impact = models.TextField(blank=True)
    detection = models.TextField(blank=True)
    root_cause = models.TextField(blank=True)
    went_well = models.TextField(blank=True)
    went_badly = models.TextField(blank=True)
    lessons = models.TextField(blank=True)
    drafted = models.JSONField(default=dict, blank=True, help_text="What the hub itself wrote into which section")
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField()
    edited_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")

    cause = models.ForeignKey(
        "tenants.Term", models.PROTECT, null=True, blank=True, related_name="+", help_text="The root cause"
    )
    failure_mode = models.ForeignKey(
        "tenants.Term", models.PROTECT, null=True, blank=True, related_name="+", help_text="How it failed, as seen"
    )
    contributing: models.ManyToManyField[Term, Any] = models.ManyToManyField(
        "tenants.Term", through="ContributingCause", related_name="+"
    )

    class Meta:
        ordering = ("-opened_at", "-id")
        indexes = (
            models.Index(F("published_at").desc(), F("id").desc(), name="postmortem_newest"),
            models.Index(F("opened_at").desc(), F("id").desc(), name="postmortem_opened"),
            models.Index("unit", F("opened_at").desc(), F("id").desc(), name="postmortem_of_unit"),
            models.Index(fields=["due_at", "id"], name="postmortem_due", condition=Q(status="draft")),
            models.Index(fields=["reference"], name="postmortem_reference"),
            models.Index("service", F("occurred_at").desc(), name="postmortem_of_service"),
            models.Index("cause", F("occurred_at").desc(), name="postmortem_of_cause"),
            models.Index("failure_mode", F("occurred_at").desc(), name="postmortem_of_failure_mode"),
        )
        constraints = (
            # What children's composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "restricted", "shared"], name="postmortem_scope"),
            models.UniqueConstraint(fields=["id", "incident"], name="postmortem_incident"),
            models.UniqueConstraint(
                fields=["unit", "external_id"], name="postmortem_once_a_source", condition=~Q(external_id="")
            ),
            models.CheckConstraint(name="postmortem_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="postmortem_restricted_by_incident", condition=Q(restricted=False) | Q(incident__isnull=False)
            ),
            models.CheckConstraint(
                name="postmortem_published_has_its_time",
                condition=Q(status="draft", published_at__isnull=True)
                | Q(status="published", published_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def is_published(self) -> bool:
        return self.status == PostmortemStatus.PUBLISHED

    @property
    def is_overdue(self) -> bool:
        """Whether it should have been published by now."""
        return not self.is_published and self.due_at < clock.now()

    def text_of(self, section: Section) -> str:
        text: str = getattr(self, section.value)
        return text

    def is_written(self, section: Section) -> bool:
        """Whether somebody wrote in the section: it is neither empty nor still what the hub drafted."""
        text = self.text_of(section).strip()
        return bool(text) and text != str(self.drafted.get(section.value, "")).strip()
