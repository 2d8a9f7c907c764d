"""What the tenant admin shows of the schedules. Layers and rotations are read here and changed on the schedule's page,
where an edit takes effect when it says.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from hub.lib import clock
from hub.oncall.models import Expertise, Layer, Override, Rotation, RotationMember, Schedule
from tenants.administration.pages import TenantAdmin, TenantInline, current_actor
from tenants.permissions import Permission


class MemberInline(TenantInline):
    model = RotationMember
    fields = ("position", "person")
    writes = None
    verbose_name_plural = "Turns, in order"


@admin.register(Schedule)
class ScheduleAdmin(TenantAdmin):
    """The unit's schedules."""

    writes = Permission.ONCALL_WRITE
    list_display = ("name", "unit", "time_zone", "needs_secondary", "when_nobody")
    list_select_related = ("unit",)
    list_filter = ("unit",)
    search_fields = ("name", "slug")
    fields = (
        "unit",
        "slug",
        "name",
        "time_zone",
        "needs_secondary",
        "when_nobody",
        "calendars_decide_at_once",
        "expertise",
    )
    # What is demanded may take somebody off call: `updateSchedule` says from when on.
    readonly_fields = ("expertise",)


@admin.register(Layer)
class LayerAdmin(TenantAdmin):
    """What schedules are made of."""

    writes = None
    list_display = ("name", "schedule", "unit", "duty", "priority")
    list_select_related = ("schedule", "unit")
    list_filter = ("unit", "duty")
    search_fields = ("name", "schedule__name", "unit__name")


@admin.register(Rotation)
class RotationAdmin(TenantAdmin):
    """Who takes turns in a layer, and since when."""

    writes = None
    list_display = ("layer", "unit", "effective_from", "starts_on", "hands_over_at", "length", "period")
    list_select_related = ("layer__schedule", "unit")
    list_filter = ("unit",)
    search_fields = ("layer__name", "layer__schedule__name", "members__person__name")
    inlines = (MemberInline,)


@admin.register(Expertise)
class ExpertiseAdmin(TenantAdmin):
    """Who is able to do what."""

    writes = Permission.ONCALL_WRITE
    list_display = ("person", "key", "unit", "valid_from", "valid_until")
    list_select_related = ("person", "unit")
    list_filter = ("unit",)
    search_fields = ("key", "person__name")
    fields = ("unit", "person", "key", "valid_from", "valid_until")
    autocomplete_fields = ("person",)


@admin.register(Override)
class OverrideAdmin(TenantAdmin):
    """Who stands in for whom, and when."""

    writes = Permission.ONCALL_WRITE
    own_choices = ("schedule",)
    list_display = ("schedule", "person", "starts_at", "ends_at")
    list_select_related = ("schedule", "person")
    list_filter = ("unit",)
    search_fields = ("schedule__name", "person__name", "person__username")
    fields = ("unit", "schedule", "person", "starts_at", "ends_at")
    autocomplete_fields = ("schedule", "person")

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        if isinstance(obj, Override) and not change:
            obj.created_by_id = current_actor().person_id or 0
            obj.created_at = clock.now()
        super().save_model(request, obj, form, change)
