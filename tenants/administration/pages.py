"""The base of every page of the tenant admin: what it lists, and what it lets through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey, Model, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from unfold.admin import ModelAdmin, TabularInline

from hub.lib import identity
from hub.lib.errors import HubError
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from tenants.administration.exporting import ExportedList
from tenants.administration.history import AuditedHistory
from tenants.administration.narrowing import narrowed
from tenants.administration.saving import delete_configuration, save_configuration, unit_of
from tenants.administration.site import administered_units
from tenants.models import BusinessUnit, Person
from tenants.permissions import Permission

M = TypeVar("M", bound=Model)


def current_actor() -> Actor:
    """Whoever acts now. Raises `PermissionDenied` for nobody."""
    actor = identity.current()
    if actor is None:
        raise PermissionDenied
    return actor


class Scoped:
    """Lists and choices narrowed to the units that the person administers; the database narrows them once more.

    Attributes:
        unit_path: the lookup from the model to its unit.
        writes: what somebody must hold in the unit to change a row; None for what is only read.
    """

    unit_path: ClassVar[str] = "unit"
    writes: ClassVar[Permission | None] = Permission.UNIT_ADMINISTER

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)  # type: ignore[misc]
        return found.filter(
            **{f"{self.unit_path}__in": administered_units(request, Permission.UNIT_ADMINISTER)}
        ).distinct()

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(administered_units(request, Permission.UNIT_ADMINISTER))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.writes is not None and bool(administered_units(request, self.writes))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.writes is None:
            return False
        units = administered_units(request, self.writes)
        return bool(units) if obj is None or not hasattr(obj, "unit_id") else unit_of(obj) in units

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the address says a new row begins with, without what is no row's key: Django would look for it."""
        given: dict[str, Any] = super().get_changeform_initial_data(request)  # type: ignore[misc]
        related = {field.name for field in self.model._meta.get_fields() if field.is_relation}  # type: ignore[attr-defined]
        return {name: value for name, value in given.items() if name not in related or _are_keys(value)}

    def formfield_for_foreignkey(
        self, field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer only units, and rows of units, that the person administers."""
        units = administered_units(request, Permission.UNIT_ADMINISTER)
        related = field.related_model
        if isinstance(related, type) and "queryset" not in kwargs:
            if related is BusinessUnit:
                kwargs["queryset"] = BusinessUnit.objects.filter(pk__in=units)
            elif related is Person:
                kwargs["queryset"] = Person.objects.filter(is_active=True, is_service=False)
            elif field.name in getattr(self, "own_choices", ()):
                kwargs["queryset"] = related._default_manager.filter(unit__in=units)
        chosen: ModelChoiceField[Any] | None = super().formfield_for_foreignkey(field, request, **kwargs)  # type: ignore[misc]
        return chosen


def _are_keys(value: str | list[str]) -> bool:
    return all(whole_number(each) for each in ([value] if isinstance(value, str) else value))


class TenantAdmin(Scoped, ExportedList, AuditedHistory, ModelAdmin):  # type: ignore[misc]  # unfold ships no types
    """A model of one unit's configuration. Saving goes through `tenants.administration`, which audits it."""

    list_per_page = 50
    show_full_result_count = False
    actions: Sequence[str] | None = None

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        """The filters beside the list, which offer what its rows refer to and nothing of another unit."""
        return narrowed(self.model, super().get_list_filter(request))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """A filter in an address asks for what the list or its file shows: all else of its rows, such as a password's
        hash, could be found out letter by letter.
        """
        filters = (
            each if isinstance(each, str) else each[0] for each in self.list_filter if not isinstance(each, type)
        )
        shown = {"id", "pk", self.date_hierarchy, *filters, *self.list_display, *self.export_also}
        allowed: bool = super().lookup_allowed(lookup, value, request)
        return allowed and lookup.partition("__")[0] in {str(each).partition("__")[0] for each in shown}

    def changeform_view(self, request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        """The form; what an action refuses comes back to it as a sentence, and nothing is saved."""
        try:
            answer: HttpResponse = super().changeform_view(request, *arguments, **named)
        except HubError as refusal:
            messages.error(request, refusal.message)
            return redirect(request.get_full_path())
        return answer

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The confirmation, and the deletion; what is refused is told as a sentence, and everything stays."""
        try:
            answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        except HubError as refusal:
            messages.error(request, refusal.message)
            return redirect("..")
        return answer

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        save_configuration(actor=current_actor(), obj=obj, permission=self.writes or Permission.UNIT_ADMINISTER)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        delete_configuration(actor=current_actor(), obj=obj, permission=self.writes or Permission.UNIT_ADMINISTER)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Rows below an object belong to its unit, and are audited like it."""
        permission = self.writes or Permission.UNIT_ADMINISTER
        for obj in formset.save(commit=False):
            if (
                hasattr(obj, "unit_id")
                and formset.model._meta.get_field("unit").editable
                and "unit" not in formset.form.base_fields
            ):
                obj.unit_id = unit_of(form.instance)
            save_configuration(actor=current_actor(), obj=obj, permission=permission)
        for obj in formset.deleted_objects:
            delete_configuration(actor=current_actor(), obj=obj, permission=permission)

    # The hub's audit trail stands in for Django's log, which keeps no former values and knows no scope.
    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:
        return None

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        return None


class TenantInline(Scoped, TabularInline):  # type: ignore[misc]  # unfold ships no types
    """Rows below an object, of the same unit."""

    extra = 0
    hide_title = True
