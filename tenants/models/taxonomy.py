from __future__ import annotations

from django.db import models
from django.db.models import Q

from tenants.models.units import BusinessUnit


class TermKind(models.TextChoices):
    SEVERITY = "severity", "Severity"
    INCIDENT_TYPE = "incident_type", "Incident type"
    CAUSE = "cause", "Cause"
    IMPACT = "impact", "Impact"


class TermRelation(models.TextChoices):
    EQUAL = "equal", "Means the same"
    NARROWER = "narrower", "Is a part of it"
    BROADER = "broader", "Covers more than it"
    OVERLAPPING = "overlapping", "Overlaps it"


class Term(models.Model):
    """A word of the taxonomy: global when it has no unit, otherwise that unit's own."""

    kind = models.CharField(max_length=20, choices=TermKind)
    key = models.SlugField(max_length=60)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="terms")
    rank = models.SmallIntegerField(default=0, help_text="Orders terms of a kind; for severities, 1 is the gravest")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("kind", "rank", "name")
        constraints = (
            models.UniqueConstraint(fields=["unit", "kind", "key"], nulls_distinct=False, name="term_once_a_unit"),
        )

    def __str__(self) -> str:
        return self.name


class TermMapping(models.Model):
    """How a unit's term relates to a global one, from a moment on; a later row is a later version."""

    local = models.ForeignKey(Term, models.CASCADE, related_name="mappings")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, related_name="+")
    target = models.ForeignKey(Term, models.PROTECT, related_name="+")
    relation = models.CharField(max_length=12, choices=TermRelation)
    strength = models.DecimalField(max_digits=3, decimal_places=2, default=1)
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ("local", "-valid_from")
        constraints = (
            models.UniqueConstraint(fields=["local", "valid_from"], name="mapping_once_a_moment"),
            models.CheckConstraint(
                name="mapping_strength_is_a_share", condition=Q(strength__gt=0) & Q(strength__lte=1)
            ),
        )

    def __str__(self) -> str:
        return f"{self.local_id} {self.relation} {self.target_id}"
