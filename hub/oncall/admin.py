"""What the tenant admin shows of the schedules."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from hub.lib import clock
from hub.oncall.models import Override, Rotation, RotationMember, Schedule
from tenants.administration.pages import TenantAdmin, TenantInline, current_actor
from tenants.models import Person
from tenants.permissions import Permission


class MemberInline(TenantInline):
    model = RotationMember
    fields = ("position", "person")
    writes = Permission.ONCALL_WRITE
    verbose_name_plural = "Turns, in order"

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "person":
            kwargs["queryset"] = Person.objects.filter(is_active=True, is_service=False)
        return super().formfield_for_foreignkey(field, request, **kwargs)


@admin.register(Schedule)
class ScheduleAdmin(TenantAdmin):
    """The unit's schedules."""

    writes = Permission.ONCALL_WRITE
    list_display = ("name", "unit", "time_zone")
    list_select_related = ("unit",)
    list_filter = ("unit",)
    search_fields = ("name", "slug")
    fields = ("unit", "slug", "name", "time_zone")


@admin.register(Rotation)
class RotationAdmin(TenantAdmin):
    """Who takes turns on a schedule."""

    writes = Permission.ONCALL_WRITE
    own_choices = ("schedule",)
    list_display = ("schedule", "unit", "starts_on", "hands_over_at", "weeks")
    list_select_related = ("schedule", "unit")
    fields = ("unit", "schedule", "starts_on", "hands_over_at", "weeks")
    inlines = (MemberInline,)


@admin.register(Override)
class OverrideAdmin(TenantAdmin):
    """Who stands in for whom, and when."""

    writes = Permission.ONCALL_WRITE
    own_choices = ("schedule",)
    list_display = ("schedule", "person", "starts_at", "ends_at")
    list_select_related = ("schedule", "person")
    list_filter = ("unit",)
    fields = ("unit", "schedule", "person", "starts_at", "ends_at")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if isinstance(obj, Override) and not change:
            obj.created_by_id = current_actor().person_id or 0
            obj.created_at = clock.now()
        super().save_model(request, obj, form, change)
