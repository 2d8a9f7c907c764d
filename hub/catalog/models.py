from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from tenants.models import TermKind


class Sensitivity(models.TextChoices):
    """How much harm is done when data gets out, from none on. The order of the members is that of the scale."""

    PUBLIC = "public", "Public"
    INTERNAL = "internal", "Internal"
    CONFIDENTIAL = "confidential", "Confidential"
    SECRET = "secret", "Secret: law or contract protects it"


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
    recovery_minutes = models.PositiveIntegerField(
        "recovery time objective", null=True, blank=True, help_text="In minutes: how soon it must work again"
    )
    sensitivity = models.CharField(
        "data sensitivity",
        max_length=12,
        choices=Sensitivity,
        null=True,
        blank=True,
        help_text="Of the data that it holds",
    )
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    domain = models.ForeignKey(
        "tenants.Term",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="The field of technology it belongs to: whoever is on call for that comes before other specialists",
    )
    commander_schedule = models.ForeignKey(
        "oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="commands"
    )
    responder_schedule = models.ForeignKey(
        "oncall.Schedule", models.SET_NULL, null=True, blank=True, related_name="responds"
    )
    retired_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when it takes no new incidents; what was stays"
    )
    successor = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replaces",
        help_text="Of a retired one: what alerts that name it are about from then on",
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(condition=Q(criticality__range=(1, 4)), name="service_criticality_1_to_4"),
            models.CheckConstraint(
                condition=Q(recovery_minutes=None) | Q(recovery_minutes__gte=1), name="service_recovers_in_a_minute"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | Q(retired_at__isnull=False), name="service_is_replaced_once_retired"
            ),
            models.CheckConstraint(
                condition=Q(successor=None) | ~Q(successor=F("id")), name="service_is_replaced_by_another"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises `ValidationError` for a domain that is another unit's word, or no domain."""
        if self.domain is not None and (
            self.domain.kind != TermKind.DOMAIN or self.domain.unit_id not in (None, self.unit_id)
        ):
            raise ValidationError({"domain": "A service is in a domain of everybody's, or of its own unit's."})


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
