from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.oncall.models.schedules import Layer, Schedule


class CalendarLink(models.Model):
    """A secret address under which calendar programs read a person's shifts, or those of a schedule.

    It shows what its owner may see. Only the SHA-256 of the secret is kept.
    """

    owner = models.ForeignKey("tenants.Person", models.CASCADE, related_name="calendar_links")
    schedule = models.ForeignKey(
        Schedule, models.CASCADE, null=True, related_name="calendar_links", help_text="None: the owner's own shifts"
    )
    digest = models.BinaryField(max_length=32, unique=True)
    hint = models.CharField(max_length=8, help_text="The secret's first characters, to tell links apart")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["owner", "schedule"],
                condition=Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="calendar_link_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.hint}…"


class CalendarSource(models.Model):
    """An iCalendar address or file whose events are the shifts of a layer."""

    layer = models.OneToOneField(Layer, models.CASCADE, related_name="calendar_source")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    address = models.CharField(max_length=2000, blank=True, help_text="Empty for a file that was given once")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When it was last read with success")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last reading failed; empty if it did not")
    held_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when what it says waits, so that who is on now finishes their shift"
    )
    created_by = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("layer",)

    def __str__(self) -> str:
        return self.address or "A file"
