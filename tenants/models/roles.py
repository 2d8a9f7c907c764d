from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from tenants.models.people import Person
from tenants.models.units import BusinessUnit, Region


class Role(models.Model):
    """A named set of permissions (`tenants.permissions.Permission`); a unit may add its own."""

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="own_roles")
    permissions = ArrayField(models.CharField(max_length=40), default=list)

    class Meta:
        ordering = ("name",)
        constraints = (
            models.UniqueConstraint(fields=["key", "unit"], nulls_distinct=False, name="role_key_once_a_unit"),
        )

    def __str__(self) -> str:
        return self.name


class RoleAssignment(models.Model):
    """A person holds a role in one unit (and those below it), in one region's units, or in the whole enterprise."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="role_assignments")
    role = models.ForeignKey(Role, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="role_assignments")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="role_assignments")
    is_enterprise = models.BooleanField(default=False)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="assignment_has_one_scope",
                condition=Q(unit__isnull=False, region__isnull=True, is_enterprise=False)
                | Q(unit__isnull=True, region__isnull=False, is_enterprise=False)
                | Q(unit__isnull=True, region__isnull=True, is_enterprise=True),
            ),
            models.CheckConstraint(
                name="assignment_ends_after_it_starts",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=models.F("valid_from")),
            ),
            models.UniqueConstraint(
                fields=["person", "role", "unit", "region", "is_enterprise"],
                nulls_distinct=False,
                name="role_held_once_a_scope",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role_id} for {self.person_id}"
