"""What the tenant admin shows of a unit's ways: fields, templates, its policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.forms import BooleanField, CheckboxSelectMultiple, ChoiceField, MultipleChoiceField
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.unchanged import UNCHANGED
from tenants import actions
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.models import FieldKind, ReviewClock, ReviewSigner, Stage, TemplatePurpose


class LocalFieldForm(ActionForm):
    retire = BooleanField(
        required=False,
        label="Retire it",
        help_text="It is not asked for any more; what incidents said in it stays.",
        widget=UnfoldBooleanSwitchWidget,
    )
    paths = {"requiredFrom": "required_from"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        stage = Stage(given["required_from"]) if given["required_from"] else None
        common = {"name": given["name"], "hint": given["hint"], "position": given["position"]}
        if self.instance.pk is None:
            return actions.add_field(
                actor=actor,
                unit_id=given["unit"].pk,
                key=given["key"],
                kind=FieldKind(given["kind"]),
                choices=given["choices"],
                required_from=stage,
                **common,
            )
        changed = actions.change_field(
            actor=actor,
            field_id=self.instance.pk,
            choices=given["choices"],
            required_from=stage,
            is_optional=stage is None,
            **common,
        )
        return actions.retire_field(actor=actor, field_id=changed.pk) if given["retire"] else changed


class LocalFieldAdmin(ActionAdmin):
    """What the unit wants to know of each of its incidents."""

    form = LocalFieldForm
    fixed = ("unit", "key", "kind", "retired_at")
    list_display = ("name", "kind", "required_from", "unit", "position", "retired_at")
    export_also = ("key", "choices", "hint")
    list_select_related = ("unit",)
    list_filter = ("kind", "unit")
    search_fields = ("name", "key")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        base = ("unit", "key", "name", "kind", "choices", "hint", "required_from", "position")
        return (*base, "retired_at", "retire") if obj is not None else base


class LocalTemplateForm(ActionForm):
    retire = BooleanField(
        required=False, label="Retire it", help_text="It is not offered any more.", widget=UnfoldBooleanSwitchWidget
    )

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        sections = given["sections"] or {}
        if not isinstance(sections, dict) or not all(isinstance(text, str) for text in sections.values()):
            raise Invalid('Sections are written as {"lessons": "…"}.', path=["sections"])
        own = self.instance if self.instance.pk is not None else None
        saved = actions.save_template(
            actor=actor,
            unit_id=own.unit_id if own else given["unit"].pk,
            purpose=TemplatePurpose(own.purpose if own else given["purpose"]),
            name=own.name if own else given["name"],
            title=given["title"],
            body=given["body"],
            severity=given["severity"],
            sections=sections,
            position=given["position"],
        )
        return actions.retire_template(actor=actor, template_id=saved.pk) if given["retire"] else saved


class LocalTemplateAdmin(ActionAdmin):
    """The wording that the unit has ready."""

    form = LocalTemplateForm
    fixed = ("unit", "purpose", "name", "retired_at")
    list_display = ("name", "purpose", "unit", "position", "retired_at")
    export_also = ("title", "severity", "body", "sections")
    list_select_related = ("unit",)
    list_filter = ("purpose", "unit")
    search_fields = ("name", "title", "body")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        base = ("unit", "purpose", "name", "title", "severity", "body", "sections", "position")
        return (*base, "retired_at", "retire") if obj is not None else base


class UnitPolicyForm(ActionForm):
    paths = {"reviewDueHours": "review_due_hours", "reviewClock": "review_clock"}
    review_clock = ChoiceField(
        choices=ReviewClock.choices,
        required=False,
        label="These hours are",
        widget=UnfoldAdminSelectWidget,
        help_text="Working time is the unit's working hours, in its time zone, without its closures and holidays.",
    )
    review_signers = MultipleChoiceField(
        choices=ReviewSigner.choices,
        required=False,
        label="Reviews are signed by",
        widget=CheckboxSelectMultiple,
        help_text="Before one is published; each stands for itself, and a change of the text asks for it again.",
    )

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        demanded = given["requirements"] or {}
        if not isinstance(demanded, dict) or not all(stage in Stage.values for stage in demanded.values()):
            raise Invalid(
                f'Demands are written as {{"summary": "mitigated"}}; stages are {", ".join(Stage.values)}.',
                path=["requirements"],
            )
        return actions.set_policy(
            actor=actor,
            unit_id=given["unit"].pk if given.get("unit") else self.instance.unit_id,
            review_due_hours=given["review_due_hours"],
            requirements={str(part): Stage(stage) for part, stage in demanded.items()},
            review_signers=[ReviewSigner(each) for each in given["review_signers"]],
            review_clock=ReviewClock(given["review_clock"]) if given["review_clock"] else UNCHANGED,
        )


class UnitPolicyAdmin(ActionAdmin):
    """What the unit demands of itself: stricter than the enterprise, never laxer."""

    form = UnitPolicyForm
    list_display = ("unit", "review_due_hours", "review_clock", "changed_at", "changed_by")
    export_also = ("requirements", "review_signers")
    list_select_related = ("unit", "changed_by")
    search_fields = ("unit__name",)
    fields = ("unit", "review_due_hours", "review_clock", "requirements", "review_signers")
