from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hub.lib.witnessed import Witnessed


class BridgeRule(models.Model):
    """What makes an incident a suspected breach: a unit's word, or the enterprise's for every unit (no unit).

    One rule whose matchers all match is enough. They see the labels of each alert and, under these names, what the
    incident is about: `severity`, `incident_type`, `service`, `asset_class`, `criticality` and `tag`.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, null=True, blank=True, related_name="bridge_rules")
    position = models.PositiveSmallIntegerField(help_text="1 is asked first")
    matchers = ArrayField(models.CharField(max_length=500), help_text='Such as tag="credentials"; every one must match')
    explanation = models.CharField(max_length=200, help_text="Why: the IT side reads it in its incident")

    class Meta:
        verbose_name = "rule for suspected breaches"
        verbose_name_plural = "rules for suspected breaches"
        ordering = ("unit", "position")
        constraints = (
            models.UniqueConstraint(fields=["unit", "position"], nulls_distinct=False, name="bridge_rule_place_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="bridge_rule_place_from_one"),
            models.CheckConstraint(condition=Q(matchers__len__gte=1), name="bridge_rule_matches_something"),
        )

    def __str__(self) -> str:
        return f"{', '.join(self.matchers)}: {self.explanation}"


class LinkState(models.TextChoices):
    ASKED = "asked", "Security was asked to look"
    INVESTIGATING = "investigating", "Security investigates"
    CONTAINED = "contained", "Security has contained it"
    DISMISSED = "dismissed", "Security found no breach"
    OVER = "over", "Security is done"


PROJECTION = ("state", "contact", "constraints", "note")
"""All that the IT side sees of the investigation. It is copied here; the investigation itself it cannot reach."""


class SecurityLink(Witnessed):
    """The IT side of a bridge: it belongs to the incident that may be a breach, and carries the projection."""

    incident = models.OneToOneField("incidents.Incident", models.CASCADE, related_name="security_link")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, help_text="The rule's explanation or a person's word")
    asked_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=14, choices=LinkState, default=LinkState.ASKED)
    contact = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    constraints = models.TextField(blank=True, help_text="What the IT side must not do: do not reboot the host")
    note = models.TextField(blank=True, help_text="What else the IT side shall know")
    shown_at = models.DateTimeField(null=True, help_text="When security last showed something")

    class Meta(Witnessed.Meta):
        ordering = ("id",)

    def __str__(self) -> str:
        return f"link of {self.incident_id}"


class Investigation(Witnessed):
    """The security side of a bridge: which restricted incident looks into which suspicion."""

    link = models.OneToOneField(SecurityLink, models.CASCADE, related_name="investigation")
    incident = models.OneToOneField("incidents.Incident", models.CASCADE, related_name="investigation")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=True)

    class Meta(Witnessed.Meta):
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.incident_id} investigates {self.link_id}"


class Direction(models.TextChoices):
    TO_IT = "to_it", "Shown to the IT side"
    TO_SECURITY = "to_security", "Passed to security"


class Crossing(Witnessed):
    """What crossed the bridge: which words, in which direction, by whom and why. The security side keeps the log."""

    investigation = models.ForeignKey(Investigation, models.CASCADE, related_name="crossings")
    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="crossings")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=True)
    direction = models.CharField(max_length=12, choices=Direction)
    content = models.JSONField(help_text='What crossed: {"constraints": "do not reboot"}')
    person = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    dedupe_key = models.CharField(max_length=80, unique=True, help_text="What it follows from: written only once")

    class Meta(Witnessed.Meta):
        ordering = ("at", "id")
        indexes = (models.Index(fields=["investigation", "at"], name="crossing_of_investigation"),)

    def __str__(self) -> str:
        return f"{self.direction} of {self.investigation_id}"
