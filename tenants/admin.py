"""The tenant admin: units, their people and roles, their terms, and what was done to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from tenants.administration.pages import TenantAdmin, TenantInline
from tenants.administration.site import administered_units
from tenants.models import AuditEntry, BusinessUnit, Person, Role, RoleAssignment, Term, TermMapping
from tenants.permissions import Permission


@admin.register(BusinessUnit)
class BusinessUnitAdmin(TenantAdmin):
    """A unit's name and ways. Units are founded and dissolved by the enterprise, not here."""

    unit_path = "id"
    list_display = ("name", "slug", "prefix", "time_zone")
    search_fields = ("name", "slug")
    fields = ("name", "mission", "time_zone")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RoleAssignmentInline(TenantInline):
    model = RoleAssignment
    fk_name = "person"
    fields = ("role", "unit", "valid_from", "valid_until")
    verbose_name_plural = "Roles in the units that you administer"

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "role":
            kwargs["queryset"] = Role.objects.filter(
                unit=None, key__in=["observer", "responder", "commander", "unit_admin"]
            )
        return super().formfield_for_foreignkey(field, request, **kwargs)


@admin.register(Person)
class PersonAdmin(TenantAdmin):
    """The people who hold a role in the unit, and their roles there. A person's own data is their own."""

    unit_path = "role_assignments__unit"
    writes = Permission.PEOPLE_ADMINISTER
    list_display = ("name", "username", "time_zone", "is_active")
    search_fields = ("name", "username")
    readonly_fields = ("username", "name", "email", "time_zone", "is_active")
    fields = readonly_fields
    inlines = (RoleAssignmentInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Person]:
        return super().get_queryset(request).filter(is_service=False)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing of the person is written here: only the roles below."""


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(TenantAdmin):
    """Who holds which role in the unit."""

    writes = Permission.PEOPLE_ADMINISTER
    list_display = ("person", "role", "unit", "valid_from", "valid_until")
    list_select_related = ("person", "role", "unit")
    list_filter = ("unit", "role")
    search_fields = ("person__name", "person__username", "role__name")
    fields = ("person", "role", "unit", "valid_from", "valid_until")
    autocomplete_fields = ()

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "role":
            kwargs["queryset"] = Role.objects.filter(
                unit=None, key__in=["observer", "responder", "commander", "unit_admin"]
            )
        elif field.name == "person":
            kwargs["queryset"] = Person.objects.filter(is_active=True, is_service=False)
        return super().formfield_for_foreignkey(field, request, **kwargs)


class TermMappingInline(TenantInline):
    model = TermMapping
    fk_name = "local"
    fields = ("relation", "target", "strength", "valid_from")
    verbose_name_plural = "What it means in global terms; a later line is a later version"

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "target":
            kwargs["queryset"] = Term.objects.filter(unit=None)
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Term)
class TermAdmin(TenantAdmin):
    """The unit's own words, and what each means in global terms."""

    writes = Permission.TAXONOMY_WRITE
    list_display = ("name", "kind", "unit", "rank", "retired_at")
    list_select_related = ("unit",)
    list_filter = ("kind", "unit")
    search_fields = ("name", "key")
    fields = ("unit", "kind", "key", "name", "description", "rank", "retired_at")
    inlines = (TermMappingInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(TenantAdmin):
    """What was done, by whom. Nothing here can be changed."""

    writes = None
    list_display = ("at", "person", "verb", "noun", "object_id", "unit")
    list_select_related = ("person", "unit")
    list_filter = ("verb", "unit")
    search_fields = ("person__name", "verb", "noun")
    date_hierarchy = "at"
    readonly_fields = ("at", "person", "through", "verb", "noun", "object_id", "unit", "change")
    fields = readonly_fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(administered_units(Permission.AUDIT_VIEW))
