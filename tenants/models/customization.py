from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tenants.models.people import Person
from tenants.models.units import BusinessUnit


class FieldKind(models.TextChoices):
    """What a local field holds."""

    TEXT = "text", "Text"
    NUMBER = "number", "Number"
    CHOICE = "choice", "Choice"
    DATE = "date", "Date"
    BOOLEAN = "boolean", "Yes or no"
    PERSON = "person", "Person"
    LINK = "link", "Link"


class Stage(models.TextChoices):
    """The stages of an incident, as the incidents area names them, in their order."""

    DECLARED = "declared", "Declared"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    MITIGATED = "mitigated", "Mitigated"
    RESOLVED = "resolved", "Resolved"
    CLOSED = "closed", "Closed"

    @property
    def place(self) -> int:
        return list(Stage).index(self)


class LocalField(models.Model):
    """Something that a unit wants to know of each of its incidents. What it holds is fixed once it is made."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="fields")
    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    hint = models.CharField(max_length=200, blank=True, help_text="Stands below the field in forms")
    kind = models.CharField(max_length=10, choices=FieldKind)
    choices = ArrayField(models.CharField(max_length=100), default=list, blank=True, help_text="Of a choice")
    required_from = models.CharField(
        max_length=12, choices=Stage, null=True, blank=True, help_text="The first stage that is refused without it"
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Orders fields in forms")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("unit", "position", "id")
        constraints = (
            models.UniqueConstraint(fields=["unit", "key"], name="field_once_a_unit"),
            # What values refer to, so that each stands in the column of its kind.
            models.UniqueConstraint(fields=["id", "kind"], name="field_of_kind"),
            models.CheckConstraint(
                name="field_choices_belong_to_a_choice",
                condition=Q(kind="choice", choices__len__gte=1) | (~Q(kind="choice") & Q(choices__len=0)),
            ),
        )

    def __str__(self) -> str:
        return self.name


class TemplatePurpose(models.TextChoices):
    DECLARATION = "declaration", "Declaring an incident"
    UPDATE = "update", "An update on the timeline"
    REVIEW = "review", "The sections of a review"


class LocalTemplate(models.Model):
    """Wording that a unit has ready: what it begins with, and never what it is bound to.

    Placeholders such as {reference} stand for facts (`tenants.templates`). A template for reviews has a text for each
    section, of which at most one is in use in a unit.
    """

    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="templates")
    purpose = models.CharField(max_length=12, choices=TemplatePurpose)
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=200, blank=True, help_text="Of an incident that is declared with it")
    body = models.TextField(blank=True, help_text="The update's text, or the summary of an incident")
    severity = models.CharField(max_length=4, blank=True, help_text="Of an incident that is declared with it")
    sections = models.JSONField(default=dict, blank=True, help_text='Of a review: {"lessons": "…"}')
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("unit", "purpose", "position", "name")
        constraints = (
            models.UniqueConstraint(fields=["unit", "purpose", "name"], name="template_once_a_purpose"),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(purpose="review", retired_at__isnull=True),
                name="one_review_template_a_unit",
            ),
        )

    def __str__(self) -> str:
        return self.name


class ReviewSigner(models.TextChoices):
    """In which roles a review can be signed before it is published."""

    COMMANDER = "commander", "Incident commander"
    SERVICE_OWNER = "service_owner", "Service owner"
    FACILITATOR = "facilitator", "Facilitator of the review meeting"
    OTHER_TEAM = "other_team", "Somebody of another team"


class ReviewClock(models.TextChoices):
    """What the hours are within which a review is due."""

    HOURS = "hours", "Plain hours"
    WORKING_TIME = "working_time", "The unit's working time"


class UnitPolicy(models.Model):
    """What a unit demands of itself beyond what the enterprise demands: stricter, never laxer."""

    unit = models.OneToOneField(BusinessUnit, models.CASCADE, related_name="policy")
    review_due_hours = models.PositiveSmallIntegerField(
        default=48, help_text="Within how many hours of the resolution a review is published; 48 is the enterprise's"
    )
    review_clock = models.CharField(
        max_length=12,
        choices=ReviewClock,
        default=ReviewClock.HOURS,
        db_default=ReviewClock.HOURS,
        help_text="Whether these are plain hours or hours that the unit works",
    )
    requirements = models.JSONField(
        default=dict, blank=True, help_text='What every incident needs from a stage on: {"summary": "mitigated"}'
    )
    review_signers = ArrayField(
        models.CharField(max_length=13, choices=ReviewSigner),
        default=list,
        db_default=[],
        blank=True,
        help_text="In which roles a review has to be signed before it is published; none by default",
    )
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "unit policies"
        constraints = (
            models.CheckConstraint(
                name="policy_review_is_no_laxer", condition=Q(review_due_hours__gte=1, review_due_hours__lte=48)
            ),
        )

    def __str__(self) -> str:
        return f"Policy of {self.unit_id}"
