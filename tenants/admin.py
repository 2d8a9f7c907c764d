"""The tenant admin: units, their people and roles, their terms, and what was done to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.forms import CheckboxSelectMultiple, ModelForm, MultipleChoiceField
from django.http import HttpRequest

from hub.lib import clock
from hub.lib.errors import HubError
from hub.lib.identity import Actor
from tenants.actions import change_role, create_role, delete_role, end_role_assignment, give_role
from tenants.actions.roles import check_gift
from tenants.administration.accounts import AccessKeyAdmin, PersonAdmin, roles_of
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.calendars import (
    ClosureAdmin,
    RegulationProfileAdmin,
    UnitCalendarAdmin,
    UnitRegulationAdmin,
)
from tenants.administration.pages import Scoped, TenantAdmin, TenantInline, current_actor
from tenants.administration.site import administered_units, asked_once
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
    Region,
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
from tenants.permissions import Permission, Scope, holds_for_enterprise, regions_with, require_ceiling


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


def _regions(request: HttpRequest) -> frozenset[int]:
    return asked_once(request, regions_with, current_actor(), Permission.PEOPLE_ADMINISTER)


def _gives_everywhere(request: HttpRequest) -> bool:
    return asked_once(request, holds_for_enterprise, current_actor(), Permission.PEOPLE_ADMINISTER)


def _roles_to_give(request: HttpRequest) -> QuerySet[Role]:
    """The roles of units; those of regions and of the enterprise for whoever administers people there."""
    found = roles_of(administered_units(request, Permission.PEOPLE_ADMINISTER))
    if _gives_everywhere(request):
        return found | Role.objects.filter(unit=None)
    return found | Role.objects.filter(unit=None, key="regional_lead") if _regions(request) else found


class RoleAssignmentForm(ActionForm):
    """What somebody shall hold, and where; what they hold already can be ended."""

    paths = {
        "personId": "person",
        "roleId": "role",
        "unitId": "unit",
        "regionId": "region",
        "validUntil": "valid_until",
        "at": "valid_until",
        "leaveWithoutAdministrator": "valid_until",
    }

    def clean(self) -> dict[str, Any]:
        # Below a person stands what they hold already, which is shown and not said again.
        return super().clean() if self.instance.pk is None or self.has_changed() else self.cleaned_data

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        until = given["valid_until"]
        held: RoleAssignment = self.instance
        if held.pk is not None:
            # Everybody may lay down their own, but not here, where a click too many would shut them out.
            scope = Scope(held.unit_id, held.region_id)
            check_gift(actor=actor, person=held.person, role=held.role, scope=scope, unit=held.unit)
            if until is None:
                return held
            return end_role_assignment(actor=actor, assignment_id=held.pk, at=max(until, clock.now()))
        unit, region, person = (given.get(each) for each in ("unit", "region", "person"))
        return give_role(
            actor=actor,
            person_id=person.pk if person else held.person_id,
            role_id=given["role"].pk,
            unit_id=unit.pk if unit else None,
            region_id=region.pk if region else None,
            enterprise=bool(given.get("is_enterprise")),
            valid_from=given["valid_from"],
            valid_until=until,
        )

    def _get_validation_exclusions(self) -> set[str]:
        # The action says the same in sentences.
        said = {"person", "role", "unit", "region", "is_enterprise", "valid_from", "valid_until"}
        return {*super()._get_validation_exclusions(), *said}  # type: ignore[misc]  # the stubs lack it


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
class RoleAssignmentAdmin(ActionAdmin):
    """Who holds which role in the unit; in the region and in the enterprise, for whoever administers people there.

    What is over stays, so nothing is deleted: it is ended.
    """

    writes = Permission.PEOPLE_ADMINISTER
    form = RoleAssignmentForm
    fixed = ("person", "role", "unit", "region", "is_enterprise", "valid_from")
    list_display = (
        "person",
        "role",
        "unit",
        "region",
        "is_enterprise",
        "valid_from",
        "valid_until",
        "decides_about_schedules",
    )
    list_select_related = ("person", "role", "unit", "region")
    list_filter = ("unit", "role")
    search_fields = ("person__name", "person__username", "role__name")
    autocomplete_fields = ("person",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[RoleAssignment]:
        held = Q(unit__in=administered_units(request, Permission.UNIT_ADMINISTER)) | Q(region__in=_regions(request))
        if _gives_everywhere(request):
            held |= Q(is_enterprise=True)
        return RoleAssignment.objects.filter(held)

    @admin.display(description="Decides about schedules")
    def decides_about_schedules(self, held: RoleAssignment) -> str:
        """What it says about schedules and policies where nothing nearer does."""
        if Permission.ONCALL_WRITE in held.role.permissions:
            return "May change them"
        return "May not change them" if Permission.ONCALL_VIEW in held.role.permissions else "Says nothing"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        wider = (("region", bool(_regions(request))), ("is_enterprise", _gives_everywhere(request)))
        places = [name for name, is_theirs in wider if is_theirs or obj is not None]
        return ("person", "role", "unit", *places, "valid_from", "valid_until")

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "role":
            kwargs["queryset"] = _roles_to_give(request)
        elif field.name == "person":
            kwargs["queryset"] = Person.objects.filter(is_active=True)
        elif field.name == "region":
            kwargs["queryset"] = Region.objects.filter(pk__in=_regions(request))
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is None or obj.unit_id is not None:
            return super().has_change_permission(request, obj)
        return _gives_everywhere(request) if obj.is_enterprise else obj.region_id in _regions(request)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        # What is taken back before it began is gone, and there is nothing to read again.
        obj.pk = form.perform(current_actor(), form.cleaned_data).pk


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

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Roles are given, and not saved."""
        formset.save(commit=False)
        for each in formset.extra_forms:
            if each.has_changed():
                each.perform(current_actor(), each.cleaned_data)


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
    """What was done, by whom, for whoever may read that: auditors administer nothing. Nothing here can be changed."""

    writes = None
    list_display = ("at", "person", "verb", "noun", "object_id", "unit")
    export_also = ("through", "change")
    list_select_related = ("person", "unit")
    list_filter = ("verb", "unit")
    search_fields = ("person__name", "verb", "noun")
    date_hierarchy = "at"
    readonly_fields = ("at", "person", "through", "verb", "noun", "object_id", "unit", "change")
    fields = readonly_fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        """What was done in the units whose trail they read; what was done in none, for who reads the enterprise's."""
        found: QuerySet[AuditEntry] = super(Scoped, self).get_queryset(request)
        seen = Q(unit__in=administered_units(request, Permission.AUDIT_VIEW))
        if asked_once(request, holds_for_enterprise, current_actor(), Permission.AUDIT_VIEW):
            seen |= Q(unit=None)
        return found.filter(seen)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(administered_units(request, Permission.AUDIT_VIEW))
