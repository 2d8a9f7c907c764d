from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import BigIntegerField, F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from tenants.models.people import Person
from tenants.models.units import BusinessUnit, Region


class Role(models.Model):
    """A named set of permissions (`tenants.permissions.Permission`); a unit may add its own.

    Nobody gives what they do not hold, with one exception that keeps doing and administering apart: a built-in role
    may let its holders give others what they may not do themselves (`grants`). Triggers hold both
    (`tenants/migrations/0004_roles_and_keys.py`).
    """

    key = models.SlugField(max_length=40)
    name = models.CharField(max_length=100)
    description = models.TextField(blank=True)
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="own_roles")
    permissions = ArrayField(models.CharField(max_length=40), default=list)
    grants = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        help_text="What holders who administer people may give others beside their own permissions",
    )

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(name="only_built_in_roles_grant", condition=Q(unit__isnull=True) | Q(grants=[])),
            models.UniqueConstraint(fields=["key", "unit"], nulls_distinct=False, name="role_key_once_a_unit"),
        )

    def __str__(self) -> str:
        return self.name


class Period(Func):
    """The time for which a role is held, as PostgreSQL understands it."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _scope(column: str) -> Coalesce:
    return Coalesce(F(column), Value(0), output_field=BigIntegerField())


class RoleAssignment(models.Model):
    """A person holds a role in one unit (and those below it), in one region's units, or in the whole enterprise.

    A row that is over stays, and says who held what and when; the same role can be given again.
    """

    person = models.ForeignKey(Person, models.CASCADE, related_name="role_assignments")
    role = models.ForeignKey(Role, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(BusinessUnit, models.CASCADE, null=True, blank=True, related_name="role_assignments")
    region = models.ForeignKey(Region, models.CASCADE, null=True, blank=True, related_name="role_assignments")
    is_enterprise = models.BooleanField(default=False)
    valid_from = models.DateTimeField(default=timezone.now)
    valid_until = models.DateTimeField(null=True, blank=True)
    granted_by = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("person", "id")
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
            ExclusionConstraint(
                name="role_held_once_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (_scope("unit"), RangeOperators.EQUAL),
                    (_scope("region"), RangeOperators.EQUAL),
                    (Period(F("valid_from"), F("valid_until")), RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.role_id} for {self.person_id}"
