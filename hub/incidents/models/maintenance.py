from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

if TYPE_CHECKING:
    from datetime import datetime


def runs_at(moment: datetime, prefix: str = "") -> Q:
    """That a window runs at `moment` (aware); `prefix` leads to it, as in "window__"."""
    return Q(**{f"{prefix}starts_at__lte": moment, f"{prefix}ends_at__gt": moment, f"{prefix}stopped_at__isnull": True})


class Frequency(models.TextChoices):
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"


class MaintenanceSeries(models.Model):
    """How work repeats that was announced for a time, and nothing else: each time of it is a window, made with it.

    Windows are rows and are not worked out from the rule: whoever asks whether work runs asks one table, in the
    statement that declares an incident, and one time is changed, ended and cancelled, and has its incidents, like work
    that comes once. A year of days is the most, which no table minds.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    frequency = models.CharField(max_length=8, choices=Frequency)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="1 for Monday to 7 for Sunday")
    week = models.SmallIntegerField(null=True, help_text="Of the month: 1 to 4, or -1 for the last")
    time_zone = models.CharField(max_length=64, help_text="By whose clock, as an IANA name")
    until = models.DateField(help_text="The last day there on which it may begin")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["id", "unit"], name="maintenance_series_scope"),)

    def __str__(self) -> str:
        return f"{self.frequency} until {self.until}"


class MaintenanceWindow(models.Model):
    """Work on services that was announced: what breaks meanwhile is an incident, and pages nobody before the end.

    It runs from `starts_at` up to `ends_at`, or up to `stopped_at` where it was ended early; one that was stopped
    before it began was cancelled. Like the catalog, everybody reads it: whoever needs a service may know of work on it.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="maintenance_windows")
    services: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "catalog.Service", through="MaintenanceService", related_name="maintenance_windows"
    )
    reason = models.CharField(max_length=300)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    scheduled_at = models.DateTimeField()
    scheduled_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    series = models.ForeignKey(
        MaintenanceSeries,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="windows",
        help_text="What it is one time of",
    )
    version = models.PositiveIntegerField(default=1, db_default=1, help_text="Counts its changes")

    class Meta:
        ordering = ("-starts_at", "-id")
        indexes = (models.Index(fields=["ends_at"], name="maintenance_by_end"),)
        constraints = (
            models.CheckConstraint(name="maintenance_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
            models.CheckConstraint(name="maintenance_has_a_reason", condition=~Q(reason="")),
            # What children's composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit"], name="maintenance_scope"),
        )

    def __str__(self) -> str:
        return self.reason

    @property
    def is_cancelled(self) -> bool:
        return self.stopped_at is not None and self.stopped_at <= self.starts_at

    @property
    def over_at(self) -> datetime:
        """When it is over, or was."""
        return self.ends_at if self.stopped_at is None else self.stopped_at

    def is_running(self, moment: datetime) -> bool:
        """Whether it runs at `moment` (aware)."""
        return self.starts_at <= moment < self.over_at

    def is_ahead(self, moment: datetime) -> bool:
        """Whether it has yet to begin."""
        return self.stopped_at is None and moment < self.starts_at


class MaintenanceService(models.Model):
    """A service that a window is about."""

    window = models.ForeignKey(MaintenanceWindow, models.CASCADE, related_name="covered")
    service = models.ForeignKey("catalog.Service", models.CASCADE, related_name="+")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["window", "service"], name="maintenance_names_a_service_once"),)

    def __str__(self) -> str:
        return f"{self.service_id} in {self.window_id}"
