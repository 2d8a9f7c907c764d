from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models


class Region(models.Model):
    """A part of the world; regions cross the tree of units."""

    code = models.SlugField(max_length=16, unique=True)
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class BusinessUnit(models.Model):
    """A tenant. Its rows carry its id, and row-level security compares that with the reader's units."""

    slug = models.SlugField(max_length=40, unique=True)
    prefix = models.CharField(max_length=8, unique=True, help_text="Starts its incidents' references: PAY in PAY-142")
    name = models.CharField(max_length=100)
    mission = models.TextField(blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    # The unit itself and every unit above it, so that a role held above reaches it without a recursive query.
    lineage = ArrayField(models.BigIntegerField(), default=list, editable=False)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="IANA name, such as Europe/Berlin")
    regions: models.ManyToManyField[Region, UnitRegion] = models.ManyToManyField(
        Region, through="UnitRegion", related_name="units"
    )

    class Meta:
        ordering = ("name",)
        indexes = (GinIndex(fields=["lineage"], name="unit_lineage"),)

    def __str__(self) -> str:
        return self.name


class UnitRegion(models.Model):
    """A unit works in a region."""

    unit = models.ForeignKey(BusinessUnit, models.CASCADE)
    region = models.ForeignKey(Region, models.PROTECT)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["unit", "region"], name="unit_once_a_region"),)

    def __str__(self) -> str:
        return f"{self.unit_id} in {self.region_id}"
