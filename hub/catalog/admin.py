"""What the tenant admin shows of the catalog."""

from __future__ import annotations

from django.contrib import admin

from hub.catalog.models import Dependency, Service
from tenants.administration.pages import TenantAdmin, TenantInline
from tenants.permissions import Permission


class DependencyInline(TenantInline):
    model = Dependency
    fk_name = "service"
    fields = ("needs",)
    writes = Permission.CATALOG_WRITE
    verbose_name_plural = "What it needs to work"


@admin.register(Service)
class ServiceAdmin(TenantAdmin):
    """The unit's services."""

    writes = Permission.CATALOG_WRITE
    own_choices = ("commander_schedule", "responder_schedule")
    list_display = ("name", "slug", "unit", "criticality", "commander_schedule", "responder_schedule")
    export_also = ("description", "asset_class", "tags")
    list_select_related = ("unit", "commander_schedule", "responder_schedule")
    list_filter = ("unit", "criticality")
    search_fields = ("name", "slug")
    fields = (
        "unit",
        "slug",
        "name",
        "description",
        "criticality",
        "asset_class",
        "tags",
        "commander_schedule",
        "responder_schedule",
    )
    inlines = (DependencyInline,)
