from __future__ import annotations

from datetime import time

from django.db import models
from django.db.models import F, Q


class Schedule(models.Model):
    """A question that always has one answer: who is on call for this, now."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="schedules")
    slug = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    time_zone = models.CharField(max_length=64, help_text="IANA name; hand-overs happen at this zone's local time")

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=["unit", "slug"], name="schedule_slug_once_a_unit"),)

    def __str__(self) -> str:
        return self.name


class Rotation(models.Model):
    """People who take turns of whole weeks, handing over at a local time on a weekday."""

    schedule = models.OneToOneField(Schedule, models.CASCADE, related_name="rotation")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    starts_on = models.DateField(help_text="The local date of the first hand-over; its weekday is the hand-over day")
    hands_over_at = models.TimeField(default=time(9), help_text="Local time")
    weeks = models.PositiveSmallIntegerField(default=1, help_text="Weeks a turn")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(weeks__gte=1), name="rotation_turn_is_a_week_or_more"),)

    def __str__(self) -> str:
        return f"Rotation of {self.schedule_id}"


class RotationMember(models.Model):
    """A person's place in a rotation."""

    rotation = models.ForeignKey(Rotation, models.CASCADE, related_name="members")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="rotations")

    class Meta:
        ordering = ("rotation", "position")
        constraints = (
            models.UniqueConstraint(
                fields=["rotation", "position"],
                name="rotation_place_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id} at {self.position}"


class Override(models.Model):
    """One person stands in for whoever the rotation names, from `starts_at` up to `ends_at`."""

    schedule = models.ForeignKey(Schedule, models.CASCADE, related_name="overrides")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    person = models.ForeignKey("tenants.Person", models.CASCADE, related_name="overrides")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_it_starts"),
        )
        indexes = (models.Index(fields=["schedule", "starts_at", "ends_at"], name="override_when"),)

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_at:%Y-%m-%d %H:%M}"
