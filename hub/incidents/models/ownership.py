from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from hub.incidents.models.incident import Severity


class OwnershipModel(models.TextChoices):
    DECENTRALIZED = "decentralized", "Decentralized"
    CENTRALIZED = "centralized", "Centralized"
    HYBRID = "hybrid", "Hybrid by severity"


class Ownership(models.Model):
    """Who commands a unit's incidents: the unit itself, another unit centrally, or that one from a severity on.

    A unit without a row is decentralized. A central unit commands with a schedule of its own; whoever commands for
    it holds incident.command in it, and only such a person may close what is commanded centrally.
    """

    unit = models.OneToOneField("tenants.BusinessUnit", models.CASCADE, primary_key=True, related_name="ownership")
    model = models.CharField(max_length=16, choices=OwnershipModel)
    central_from = models.CharField(
        max_length=4,
        choices=Severity,
        null=True,
        blank=True,
        help_text="For a hybrid unit: what is as grave as this, or graver, is commanded centrally",
    )
    central_unit = models.ForeignKey(
        "tenants.BusinessUnit", models.PROTECT, null=True, blank=True, related_name="commands_for"
    )
    commander_schedule = models.ForeignKey(
        "oncall.Schedule", models.PROTECT, null=True, blank=True, related_name="+", help_text="Who commands centrally"
    )
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "ownership"
        ordering = ("unit_id",)
        constraints = (
            models.CheckConstraint(
                name="ownership_says_who",
                condition=Q(
                    model="decentralized",
                    central_from__isnull=True,
                    central_unit__isnull=True,
                    commander_schedule__isnull=True,
                )
                | Q(
                    model="centralized",
                    central_from__isnull=True,
                    central_unit__isnull=False,
                    commander_schedule__isnull=False,
                )
                | Q(
                    model="hybrid",
                    central_from__isnull=False,
                    central_unit__isnull=False,
                    commander_schedule__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="ownership_by_another",
                condition=Q(central_unit__isnull=True) | ~Q(central_unit=F("unit")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.model}"

    def is_central(self, severity: str) -> bool:
        """Whether an incident of this severity is commanded centrally."""
        if self.model == OwnershipModel.HYBRID:
            # SEV1 is the gravest: its name sorts first.
            return self.central_from is not None and severity <= self.central_from
        return self.model == OwnershipModel.CENTRALIZED
