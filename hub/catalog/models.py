from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class Service(models.Model):
    """Something a unit runs and others rely on. The catalog is the enterprise's shared map: everyone reads it."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="services")
    slug = models.SlugField(max_length=60, unique=True, help_text="What alerts name: the `service` label")
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    criticality = models.PositiveSmallIntegerField(default=3, help_text="1 is the highest, 4 the lowest")
    asset_class = models.CharField(
        max_length=40, blank=True, help_text="What it holds: personal data, payment data, credentials"
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    commander_schedule = models.ForeignKey(
        "oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="commands"
    )
    responder_schedule = models.ForeignKey(
        "oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="responds"
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(criticality__range=(1, 4)), name="service_criticality_1_to_4"),
        )

    def __str__(self) -> str:
        return self.name


class Dependency(models.Model):
    """`service` needs `needs` to work."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="dependencies")
    needs = models.ForeignKey(Service, models.CASCADE, related_name="dependents")
    # The dependent's unit: it is the one that states the dependency.
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "dependencies"
        constraints = (
            models.UniqueConstraint(fields=["service", "needs"], name="dependency_stated_once"),
            models.CheckConstraint(condition=~Q(service=F("needs")), name="dependency_on_another"),
        )

    def __str__(self) -> str:
        return f"{self.service_id} needs {self.needs_id}"
