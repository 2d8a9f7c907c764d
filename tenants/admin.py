"""The tenant admin: units, their people and roles, their terms, and what was done to them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest

from hub.lib import clock
from hub.lib.errors import HubError
from tenants.actions import change_role, create_role, delete_role, end_role_assignment
from tenants.actions.roles import check_gift
from tenants.administration.accounts import AccessKeyAdmin, PersonAdmin, roles_of
from tenants.administration.calendars import (
    ClosureAdmin,
    RegulationProfileAdmin,
    UnitCalendarAdmin,
    UnitRegulationAdmin,
)
from tenants.administration.pages import TenantAdmin, TenantInline, current_actor
from tenants.administration.site import administered_units
from tenants.administration.ways import LocalFieldAdmin, LocalTemplateAdmin, UnitPolicyAdmin
from tenants.administration.words import (
    TaxonomyVersionAdmin,
    TermAdmin,
    TermMappingAdmin,
    TermNameAdmin,
    TermProposalAdmin,
)
from tenants.models import (
    AccessToken,
    AuditEntry,
    BusinessUnit,
    Closure,
    LocalField,
    LocalTemplate,
    Person,
    RegulationProfile,
    Role,
    RoleAssignment,
    TaxonomyVersion,
    Term,
    TermMapping,
    TermName,
    TermProposal,
    UnitCalendar,
    UnitPolicy,
    UnitRegulation,
)
from tenants.permissions import Permission, Scope, require_ceiling


@admin.register(BusinessUnit)
class BusinessUnitAdmin(TenantAdmin):
    """A unit's name and ways. Units are founded and dissolved by the enterprise, not here."""

    unit_path = "id"
    list_display = ("name", "slug", "prefix", "time_zone")
    export_also = ("mission",)
    search_fields = ("name", "slug")
    fields = ("name", "mission", "time_zone")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def _roles_to_give(request: HttpRequest) -> QuerySet[Role]:
    return roles_of(administered_units(request, Permission.PEOPLE_ADMINISTER))


class RoleAssignmentForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable when the program runs
    """What somebody shall hold; refused in the form's own words where the giver may not give it."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        held = self.instance
        for field in ("person", "role", "unit"):
            if cleaned.get(field) is not None:
                setattr(held, field, cleaned[field])
        if held.person_id is None or held.role_id is None or held.unit_id is None:
            return cleaned
        try:
            check_gift(
                actor=current_actor(), person=held.person, role=held.role, scope=Scope(held.unit_id), unit=held.unit
            )
        except HubError as error:
            raise ValidationError(error.message) from error
        return cleaned


class RoleAssignmentInline(TenantInline):
    model = RoleAssignment
    fk_name = "person"
    form = RoleAssignmentForm
    fields = ("role", "unit", "valid_from", "valid_until")
    verbose_name_plural = "Roles in the units that you administer"

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "role":
            kwargs["queryset"] = _roles_to_give(request)
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is held is ended among the role assignments, where the last administrator is minded."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RoleAssignment)
class RoleAssignmentAdmin(TenantAdmin):
    """Who holds which role in the unit. What is over stays, so nothing is deleted: it is ended."""

    writes = Permission.PEOPLE_ADMINISTER
    form = RoleAssignmentForm
    list_display = ("person", "role", "unit", "valid_from", "valid_until")
    list_select_related = ("person", "role", "unit")
    list_filter = ("unit", "role")
    search_fields = ("person__name", "person__username", "role__name")
    fields = ("person", "role", "unit", "valid_from", "valid_until")
    autocomplete_fields = ("person",)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "role":
            kwargs["queryset"] = _roles_to_give(request)
        elif field.name == "person":
            kwargs["queryset"] = Person.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("person", "role", "unit", "valid_from") if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if not change:
            obj.granted_by_id = current_actor().person_id
            super().save_model(request, obj, form, change)
        elif obj.valid_until is not None:
            end_role_assignment(actor=current_actor(), assignment_id=obj.pk, at=max(obj.valid_until, clock.now()))


class RoleForm(ModelForm):  # type: ignore[type-arg]  # not subscriptable when the program runs
    """A unit's own role."""

    permissions = MultipleChoiceField(
        choices=[(permission.value, permission.value) for permission in Permission],
        widget=CheckboxSelectMultiple,
        help_text="Nothing that you may not give in the unit.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        unit = cleaned.get("unit") or (self.instance.unit if self.instance.pk else None)
        if unit is not None:
            try:
                wanted = set(cleaned.get("permissions") or ())
                require_ceiling(current_actor(), wanted, Scope(unit.pk), where=unit.name)
            except HubError as error:
                raise ValidationError(error.message) from error
        return cleaned


@admin.register(Role)
class RoleAdmin(TenantAdmin):
    """The unit's own roles, beside the built-in ones."""

    writes = Permission.PEOPLE_ADMINISTER
    form = RoleForm
    list_display = ("name", "unit", "description")
    export_also = ("key", "permissions")
    list_select_related = ("unit",)
    list_filter = ("unit",)
    search_fields = ("name", "key")
    fields = ("unit", "name", "description", "permissions")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("unit",) if obj else ()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        given = {
            "actor": current_actor(),
            "name": form.cleaned_data["name"],
            "description": form.cleaned_data["description"],
            "permissions": [Permission(each) for each in form.cleaned_data["permissions"]],
        }
        saved = change_role(role_id=obj.pk, **given) if change else create_role(unit_id=obj.unit_id, **given)
        obj.pk, obj.key = saved.pk, saved.key

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        delete_role(actor=current_actor(), role_id=obj.pk)


class PersonWithRolesAdmin(PersonAdmin):
    """The people, with what they hold in the units that whoever reads administers."""

    inlines = (RoleAssignmentInline,)


admin.site.register(Person, PersonWithRolesAdmin)
admin.site.register(AccessToken, AccessKeyAdmin)
admin.site.register(Term, TermAdmin)
admin.site.register(TermMapping, TermMappingAdmin)
admin.site.register(TermName, TermNameAdmin)
admin.site.register(TermProposal, TermProposalAdmin)
admin.site.register(TaxonomyVersion, TaxonomyVersionAdmin)
admin.site.register(LocalField, LocalFieldAdmin)
admin.site.register(LocalTemplate, LocalTemplateAdmin)
admin.site.register(UnitPolicy, UnitPolicyAdmin)
admin.site.register(UnitCalendar, UnitCalendarAdmin)
admin.site.register(Closure, ClosureAdmin)
admin.site.register(RegulationProfile, RegulationProfileAdmin)
admin.site.register(UnitRegulation, UnitRegulationAdmin)


@admin.register(AuditEntry)
class AuditEntryAdmin(TenantAdmin):
    """What was done, by whom. Nothing here can be changed."""

    writes = None
    list_display = ("at", "person", "verb", "noun", "object_id", "unit")
    export_also = ("through", "change")
    list_select_related = ("person", "unit")
    list_filter = ("verb", "unit")
    search_fields = ("person__name", "verb", "noun")
    date_hierarchy = "at"
    readonly_fields = ("at", "person", "through", "verb", "noun", "object_id", "unit", "change")
    fields = readonly_fields

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(administered_units(request, Permission.AUDIT_VIEW))
