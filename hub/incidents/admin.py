"""What the tenant admin shows of incidents: who commands them, and when they become the enterprise's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from hub.incidents import actions
from hub.incidents.models import EscalationCriteria, Ownership, OwnershipModel, Severity
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.pages import current_actor


def _unit_of(form: ActionForm, given: Mapping[str, Any]) -> int:
    unit_id: int = given["unit"].pk if given.get("unit") else form.instance.unit_id
    return unit_id


class OwnershipForm(ActionForm):
    paths = {"centralUnitId": "commander_schedule", "commanderScheduleId": "commander_schedule",
             "centralFrom": "central_from"}  # fmt: skip

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        schedule = given["commander_schedule"]
        return actions.set_ownership(
            actor=actor,
            unit_id=_unit_of(self, given),
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
            unit_id=_unit_of(self, given),
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
