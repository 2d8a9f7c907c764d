from __future__ import annotations

from django.db import models


class QuarterRelease(models.Model):
    """What was told of a quarter's restricted incidents (`hub.metrics.disclosure`). Written once, never changed."""

    starts_on = models.DateField(unique=True, help_text="The quarter's first day, in UTC")
    released_at = models.DateTimeField()
    minimum = models.PositiveSmallIntegerField(help_text="Figures below it are not told")
    total = models.PositiveIntegerField(null=True)
    by_unit = models.JSONField(null=True, help_text="By the unit's id")

    class Meta:
        ordering = ("-starts_on",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """Such as 2026-Q3."""
        return f"{self.starts_on.year}-Q{(self.starts_on.month + 2) // 3}"
