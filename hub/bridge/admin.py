"""What the tenant admin shows of the bridge: the rules that make an incident a suspected breach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.forms import CharField, IntegerField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from hub.bridge import access, actions
from hub.bridge.actions import NewBridgeRule
from hub.bridge.models import BridgeRule
from hub.lib.identity import Actor
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.fields import Lines
from tenants.administration.pages import current_actor
from tenants.administration.site import administered_units, asked_once
from tenants.models import BusinessUnit
from tenants.permissions import Permission

EVERYWHERE = "Every unit"


def _is_keeper(request: HttpRequest) -> bool:
    """Whether whoever acts now sets the rules of every unit."""
    return asked_once(request, access.keeps_enterprise_rules, current_actor())


class BridgeRuleForm(ActionForm):
    """A rule; its place moves the others."""

    position = IntegerField(
        min_value=1,
        label="Place",
        help_text="The rule at 1 is asked first; the others make room.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    matchers = Lines(
        help_text=(
            'One a line, such as tag="credentials"; every one must match. There are the labels of its alerts,'
            " and what an incident is about: severity, incident_type, service, asset_class, criticality and tag."
        )
    )
    explanation = CharField(
        max_length=200, help_text="Why: the IT side reads it in its incident.", widget=UnfoldAdminTextInputWidget
    )
    paths = {"unitId": "unit", "rules": "position"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        is_new = self.instance.pk is None
        chosen = given.get("unit")
        return actions.place_bridge_rule(
            actor=actor,
            unit_id=(chosen.pk if chosen else None) if is_new else self.instance.unit_id,
            rule=NewBridgeRule(given["matchers"], given["explanation"]),
            position=given["position"],
            former_id=None if is_new else self.instance.pk,
        )

    def _get_validation_exclusions(self) -> set[str]:
        # A place is never taken: the rules behind it move.
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]  # the stubs lack it


@admin.register(BridgeRule)
class BridgeRuleAdmin(ActionAdmin):
    """What makes an incident a suspected breach, in the unit and in every unit. The first rule that matches speaks.

    Nothing of what a rule opened is shown here: whoever keeps the rules is not admitted to the investigations.
    """

    writes = Permission.SOURCE_ADMINISTER
    form = BridgeRuleForm
    list_display = ("place", "rule", "explanation", "holds_for")
    list_display_links = ("place", "rule")
    list_select_related = ("unit",)
    list_filter = ("unit",)
    search_fields = ("explanation", "matchers")
    ordering = ("unit__name", "position")
    fields = ("unit", "position", "matchers", "explanation")

    def get_queryset(self, request: HttpRequest) -> QuerySet[BridgeRule]:
        administered = administered_units(request, Permission.UNIT_ADMINISTER)
        return BridgeRule.objects.filter(Q(unit=None) | Q(unit__in=administered))

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or _is_keeper(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request, obj) or _is_keeper(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if isinstance(obj, BridgeRule) and obj.unit_id is not None:
            return super().has_change_permission(request, obj)
        return _is_keeper(request) or (obj is None and super().has_change_permission(request))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"position": 1, **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "unit":
            kwargs["queryset"] = BusinessUnit.objects.filter(
                pk__in=administered_units(request, Permission.SOURCE_ADMINISTER)
            )
            if _is_keeper(request):
                kwargs["empty_label"] = EVERYWHERE
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "unit" in form.base_fields:
            form.base_fields["unit"].required = not _is_keeper(request)
        return form

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actions.withdraw_bridge_rule(actor=current_actor(), rule_id=obj.pk)

    @admin.display(description="Place", ordering="position")
    def place(self, rule: BridgeRule) -> int:
        return rule.position

    @admin.display(description="Matchers")
    def rule(self, rule: BridgeRule) -> str:
        return ", ".join(rule.matchers)

    @admin.display(description="Holds for", ordering="unit__name")
    def holds_for(self, rule: BridgeRule) -> str:
        return rule.unit.name if rule.unit else EVERYWHERE
