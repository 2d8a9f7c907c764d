"""What the tenant admin shows of command: who has it, when incidents are the enterprise's, what was handed on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from hub.incidents import access, actions
from hub.incidents.models import (
    EscalationCriteria,
    HandOffChecklist,
    HandOver,
    Ownership,
    OwnershipModel,
    Severity,
)
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.fields import Lines
from tenants.administration.pages import TenantAdmin, current_actor
from tenants.administration.site import administered_units
from tenants.permissions import Permission


def unit_of_form(form: ActionForm, given: Mapping[str, Any]) -> int:
    unit_id: int = given["unit"].pk if given.get("unit") else form.instance.unit_id
    return unit_id


class OwnershipForm(ActionForm):
    paths = {"centralUnitId": "commander_schedule", "commanderScheduleId": "commander_schedule",
             "centralFrom": "central_from"}  # fmt: skip

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        schedule = given["commander_schedule"]
        return actions.set_ownership(
            actor=actor,
            unit_id=unit_of_form(self, given),
            model=OwnershipModel(given["model"]),
            central_unit_id=schedule.unit_id if schedule else None,
            commander_schedule_id=schedule.pk if schedule else None,
            central_from=Severity(given["central_from"]) if given["central_from"] else None,
        )


@admin.register(Ownership)
class OwnershipAdmin(ActionAdmin):
    """Who commands the unit's incidents: itself, another unit, or that one from a severity on."""

    form = OwnershipForm
    list_display = ("unit", "model", "central_from", "central_unit", "commander_schedule")
    list_select_related = ("unit", "central_unit", "commander_schedule")
    list_filter = ("model",)
    search_fields = ("unit__name", "central_unit__name")
    fields = ("unit", "model", "commander_schedule", "central_from")

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "commander_schedule":
            kwargs["queryset"] = oncall.schedules(current_actor()).order_by("unit__name", "name")
        return super().formfield_for_foreignkey(field, request, **kwargs)


class EscalationCriteriaForm(ActionForm):
    paths = {
        "unitsHit": "units_hit",
        "openMinutes": "open_minutes",
        "commanderScheduleId": "commander_schedule",
    }

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        schedule = given["commander_schedule"]
        return actions.set_criteria(
            actor=actor,
            unit_id=unit_of_form(self, given),
            units_hit=given["units_hit"],
            dependents=given["dependents"],
            severity=Severity(given["severity"]) if given["severity"] else None,
            open_minutes=given["open_minutes"],
            considered_from=Severity(given["considered_from"]),
            commander_schedule_id=schedule.pk if schedule else None,
            makes=given["makes"],
        )


@admin.register(EscalationCriteria)
class EscalationCriteriaAdmin(ActionAdmin):
    """When incidents of the units below become one of the unit. Each criterion given is enough."""

    form = EscalationCriteriaForm
    own_choices = ("commander_schedule",)
    list_display = ("unit", "units_hit", "dependents", "severity", "open_minutes", "makes")
    list_select_related = ("unit",)
    search_fields = ("unit__name",)
    fields = (
        "unit",
        "units_hit",
        "dependents",
        "severity",
        "open_minutes",
        "considered_from",
        "commander_schedule",
        "makes",
    )


@admin.register(HandOver)
class HandOverAdmin(TenantAdmin):
    """What the unit offered to others and was offered by them: by whom, when, and what became of it. Read only.

    Offers are answered where they wait, by those who command, and stay as they were made.
    """

    writes = None
    list_display = (
        "reference",
        "title",
        "severity",
        "from_unit",
        "to_unit",
        "state",
        "offered_by",
        "offered_at",
        "decided_by",
        "decided_at",
    )
    export_also = ("reason", "answer", "expires_at")
    export_units = ("from_unit", "to_unit")
    list_select_related = ("from_unit", "to_unit", "offered_by", "decided_by")
    list_filter = ("state", "severity", "from_unit", "to_unit")
    search_fields = ("reference", "title", "reason", "answer", "offered_by__name", "from_unit__name", "to_unit__name")
    date_hierarchy = "offered_at"
    ordering = ("-offered_at", "-id")
    fields = (
        "reference",
        "title",
        "severity",
        "from_unit",
        "to_unit",
        "reason",
        "offered_by",
        "offered_at",
        "expires_at",
        "state",
        "decided_by",
        "decided_at",
        "answer",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[HandOver]:
        administered = administered_units(request, Permission.UNIT_ADMINISTER)
        own = Q(from_unit__in=administered) | Q(to_unit__in=administered)
        return access.hand_overs(current_actor()).filter(own)


class ChecklistForm(ActionForm):
    items = Lines(label="What must be answered", help_text="One a line, in this order.")
    paths = {"unitId": "unit"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        made = actions.set_hand_off_checklist(
            actor=actor, unit_id=unit_of_form(self, given), items=given["items"], minutes=given["minutes"]
        )
        if made is None:
            raise Invalid("A checklist asks something.", path=["items"])
        return made


@admin.register(HandOffChecklist)
class HandOffChecklistAdmin(ActionAdmin):
    """What must be said when an incident of the unit is handed to specialists, and how long they have for an answer."""

    form = ChecklistForm
    list_display = ("unit", "items", "minutes")
    list_select_related = ("unit",)
    search_fields = ("unit__name",)
    fields = ("unit", "items", "minutes")
