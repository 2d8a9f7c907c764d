"""What the tenant admin shows of the catalog."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest

from hub.catalog.models import Dependency, Service
from tenants.administration.pages import TenantAdmin, TenantInline
from tenants.administration.site import administered_units
from tenants.models import Term, TermKind
from tenants.permissions import Permission


class DependencyInline(TenantInline):
    model = Dependency
    fk_name = "service"
    fields = ("needs",)
    autocomplete_fields = ("needs",)
    writes = Permission.CATALOG_WRITE
    verbose_name_plural = "What it needs to work"


@admin.register(Service)
class ServiceAdmin(TenantAdmin):
    """The unit's services. They stay: incidents name them, and a refusal that came only then would tell of incidents
    that whoever administers the unit does not see.
    """

    writes = Permission.CATALOG_WRITE
    own_choices = ("commander_schedule", "responder_schedule")
    list_display = ("name", "slug", "unit", "criticality", "commander_schedule", "responder_schedule", "retired_at")
    export_also = ("description", "recovery_minutes", "asset_class", "sensitivity", "tags", "domain")
    list_select_related = ("unit", "commander_schedule", "responder_schedule", "domain")
    list_filter = ("unit", "criticality")
    search_fields = ("name", "slug")
    fields = (
        "unit",
        "slug",
        "name",
        "description",
        "criticality",
        "recovery_minutes",
        "asset_class",
        "sensitivity",
        "tags",
        "domain",
        "commander_schedule",
        "responder_schedule",
    )
    inlines = (DependencyInline,)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "domain":
            theirs = Q(unit=None) | Q(unit__in=administered_units(request, Permission.CATALOG_WRITE))
            kwargs["queryset"] = Term.objects.filter(theirs, kind=TermKind.DOMAIN, retired_at=None).order_by("name")
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return obj is None and super().has_delete_permission(request, obj)
