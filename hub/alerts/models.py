from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hub.incidents.models import Severity

if TYPE_CHECKING:
    from datetime import datetime


class SourceKind(models.TextChoices):
    """The protocol that a source speaks."""

    ALERTMANAGER = "alertmanager", "Prometheus Alertmanager"
    EVENTS_V2 = "events-v2", "PagerDuty Events API v2"


SERVICE_LABELS: Final = {
    SourceKind.ALERTMANAGER: ("service", "app", "job"),
    SourceKind.EVENTS_V2: ("service", "component", "source"),
}
"""Where a new source of each kind looks for the name of a service, the first one that is known counting."""


class AlertSource(models.Model):
    """A monitoring system that sends alerts on behalf of a unit.

    What it sends is written as its service account, under row-level security like any person's work. Everybody may
    read that a source exists, since its name stands beside what it reported; its keys are the administrators'.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="alert_sources")
    kind = models.CharField(max_length=20, choices=SourceKind)
    name = models.CharField(max_length=100)
    account = models.OneToOneField("tenants.Person", models.PROTECT, related_name="alert_source")
    resolves_incidents = models.BooleanField(
        default=True, help_text="Whether an incident is over once all of its alerts are resolved"
    )
    default_severity = models.CharField(max_length=4, choices=Severity, default=Severity.SEV3)
    default_service = models.ForeignKey(
        "catalog.Service", models.SET_NULL, null=True, blank=True, related_name="+", help_text="If no label names one"
    )
    service_labels = ArrayField(models.CharField(max_length=100), help_text="Labels that may name the service")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(fields=["unit", "name"], name="source_name_once_a_unit"),
            models.CheckConstraint(condition=~Q(name=""), name="source_has_a_name"),
        )

    def __str__(self) -> str:
        return self.name


class AlertSourceKey(models.Model):
    """What a source shows to be let in; only the SHA-256 of it is kept."""

    source = models.ForeignKey(AlertSource, models.CASCADE, related_name="keys")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=4, help_text="The key's first characters, to tell keys apart")
    created_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True, help_text="From when on it is refused")

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (models.Index(fields=["source", "-created_at"], name="key_of_source"),)

    def __str__(self) -> str:
        return f"{self.hint}…"

    def opens_at(self, moment: datetime) -> bool:
        """Whether the key is accepted at `moment` (aware)."""
        return self.ends_at is None or moment < self.ends_at


class SeverityRule(models.Model):
    """A unit's own word on how grave an alert is. The first rule, by position, whose matchers all match decides."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="severity_rules")
    position = models.PositiveSmallIntegerField(help_text="1 is asked first")
    matchers = ArrayField(models.CharField(max_length=500), help_text='Such as env="prod"; every one must match')
    severity = models.CharField(max_length=4, choices=Severity)
    explanation = models.CharField(max_length=200, help_text="Why: it stands in the incident")

    class Meta:
        ordering = ("unit", "position")
        constraints = (
            models.UniqueConstraint(fields=["unit", "position"], name="severity_rule_place_once"),
            models.CheckConstraint(condition=Q(position__gte=1), name="severity_rule_place_from_one"),
            models.CheckConstraint(condition=Q(matchers__len__gte=1), name="severity_rule_matches_something"),
        )

    def __str__(self) -> str:
        return f"{', '.join(self.matchers)}: {self.severity}"


class SeverityFloor(models.Model):
    """The enterprise's word on how grave an alert is at least, whatever its unit says. All that match count."""

    position = models.PositiveSmallIntegerField(unique=True, help_text="Orders them for readers")
    matchers = ArrayField(models.CharField(max_length=500), help_text='Such as env="prod"; every one must match')
    severity = models.CharField(max_length=4, choices=Severity)
    explanation = models.CharField(max_length=200, help_text="Why: it stands in the incident")
    set_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(condition=Q(matchers__len__gte=1), name="severity_floor_matches_something"),
        )

    def __str__(self) -> str:
        return f"{', '.join(self.matchers)}: {self.severity} at least"


class AlertGroup(models.Model):
    """What a source groups together, in one unit: the thread that alerts share, and the incident it led to last.

    Its row is the lock under which a request's alerts find or open their incident. Alertmanager names its groups; for
    the Events API each deduplication key is one. A group of several owners' services is one for each unit.
    """

    source = models.ForeignKey(AlertSource, models.PROTECT, related_name="groups")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    key = models.CharField(max_length=64, help_text="SHA-256 of the sender's own key, which can be long")
    incident = models.ForeignKey("incidents.Incident", models.PROTECT, null=True, related_name="+")
    last_seen_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "key", "unit"], name="group_once_a_unit"),)

    def __str__(self) -> str:
        return f"{self.key[:8]} of {self.source_id}"


class AlertStatus(models.TextChoices):
    FIRING = "firing", "Firing"
    RESOLVED = "resolved", "Resolved"


class Alert(models.Model):
    """Something that monitoring found, as part of one incident; firing again in a later incident makes another row.

    Rows follow the scope of their incident through a composite foreign key. Those of a resolution that arrives without
    anything having fired belong to no incident, and to whoever views the unit. Each constraint and index is paid for
    with every alert: sources, groups, units and services are never deleted, so their keys carry none, and no index
    holds a column that a repeat changes.
    """

    # Never null in the database; nullable for Django, so that joins are outer ones: an alert is seen without its source
    # by those who do not see that, such as another unit's people.
    source = models.ForeignKey(
        AlertSource, models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="alerts"
    )
    group = models.ForeignKey(AlertGroup, models.PROTECT, db_constraint=False, db_index=False, related_name="alerts")
    unit = models.ForeignKey(
        "tenants.BusinessUnit", models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    restricted = models.BooleanField(default=False)
    incident = models.ForeignKey(
        "incidents.Incident", models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="alerts"
    )
    service = models.ForeignKey(
        "catalog.Service", models.PROTECT, db_constraint=False, db_index=False, null=True, related_name="alerts"
    )
    fingerprint = models.CharField(max_length=255, help_text="What the sender knows it by")
    name = models.CharField(max_length=200)
    summary = models.TextField(blank=True)
    status = models.CharField(max_length=8, choices=AlertStatus)
    labels = models.JSONField(default=dict)
    annotations = models.JSONField(default=dict)
    link = models.TextField(blank=True, help_text="Where the sender shows it")
    starts_at = models.DateTimeField(help_text="When it began to fire, by the sender's clock")
    ends_at = models.DateTimeField(null=True, help_text="When it was over, by the sender's clock")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    changed_at = models.DateTimeField(help_text="When its status was last another one")
    count = models.PositiveIntegerField(default=1, help_text="How often it was received")

    class Meta:
        ordering = ("-id",)
        constraints = (
            # Also the index by which an incident finds its alerts.
            models.UniqueConstraint(
                fields=["incident", "group", "fingerprint"], nulls_distinct=False, name="alert_once_an_incident"
            ),
        )
        indexes = (
            models.Index(fields=["unit", "id"], name="alert_firing", condition=Q(status="firing")),
            models.Index(fields=["service", "id"], name="alert_of_service", condition=Q(service__isnull=False)),
        )

    def __str__(self) -> str:
        return self.name
