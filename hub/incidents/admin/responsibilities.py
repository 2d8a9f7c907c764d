"""What the tenant admin shows of who does what about incidents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminSelectWidget,
)

from hub.incidents import access, actions
from hub.incidents.actions import Cell, NewLine
from hub.incidents.admin.command import unit_of_form
from hub.incidents.models import (
    Activity,
    Part,
    RaciLine,
    Severity,
)
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.pages import current_actor
from tenants.administration.site import administered_units
from tenants.models import Person, Role, Term, TermKind
from tenants.permissions import Permission


class RaciLineForm(ActionForm):
    """A line; its cell stays as it was made."""

    role_key = forms.ChoiceField(
        required=False, label="Or everybody with the role", widget=UnfoldAdminSelectWidget, choices=()
    )
    paths = {
        "unitId": "unit",
        "incidentTypeId": "incident_type",
        "scheduleId": "schedule",
        "personId": "person",
        "roleKey": "role_key",
        "lines": "part",
    }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        roles = Role.objects.filter(unit=None).order_by("name").values_list("key", "name")
        self.fields["role_key"].choices = [("", "---------"), *roles]  # type: ignore[attr-defined]

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        is_new = self.instance.pk is None
        of_type = given.get("incident_type") if is_new else self.instance.incident_type
        severity = given.get("severity") if is_new else self.instance.severity
        return actions.place_responsibility(
            actor=actor,
            unit_id=unit_of_form(self, given),
            cell=Cell(
                Activity(given["activity"] if is_new else self.instance.activity),
                of_type.pk if of_type else None,
                Severity(severity) if severity else None,
            ),
            line=NewLine(
                Part(given["part"]),
                given["schedule"].pk if given["schedule"] else None,
                given["person"].pk if given["person"] else None,
                given["role_key"],
            ),
            former_id=None if is_new else self.instance.pk,
        )

    def _get_validation_exclusions(self) -> set[str]:
        # Who is accountable is counted by the action, which says it in a sentence.
        return {*super()._get_validation_exclusions(), "part"}  # type: ignore[misc]  # the stubs lack it


@admin.register(RaciLine)
class RaciLineAdmin(ActionAdmin):
    """Who does what about the unit's incidents. A cell begins with who is accountable, and has exactly one of them."""

    form = RaciLineForm
    fixed = ("unit", "activity", "incident_type", "severity")
    list_display = ("activity", "part", "who", "incident_type", "severity", "unit")
    list_display_links = ("activity", "part")
    list_select_related = ("unit", "incident_type", "schedule", "person")
    list_filter = ("unit", "activity", "part")
    search_fields = ("person__name", "schedule__name", "role_key")
    ordering = ("unit__name", "activity", "severity", "part")
    fields = ("unit", "activity", "incident_type", "severity", "part", "schedule", "person", "role_key")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actions.withdraw_responsibility(actor=current_actor(), line_id=obj.pk)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "schedule":
            kwargs["queryset"] = oncall.schedules(current_actor()).order_by("unit__name", "name")
        elif field.name == "person":
            kwargs["queryset"] = Person.objects.filter(is_active=True, is_service=False).order_by("name")
        elif field.name == "incident_type":
            administered = administered_units(request, Permission.UNIT_ADMINISTER)
            kwargs["queryset"] = Term.objects.filter(
                Q(unit=None) | Q(unit__in=administered), kind=TermKind.INCIDENT_TYPE
            ).order_by("name")
        return super().formfield_for_foreignkey(field, request, **kwargs)

    @admin.display(description="Who")
    def who(self, row: RaciLine) -> str:
        return access.holder_of(row)
