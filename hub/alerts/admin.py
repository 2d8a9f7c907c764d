"""What the tenant admin shows of alert sources and severity rules; everything is written by their actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from hub.alerts import actions
from hub.alerts.actions import NewKey, NewRule
from hub.alerts.matchers import parse_matcher
from hub.alerts.models import AlertSource, SeverityRule, SourceKind
from hub.incidents.models import Severity
from hub.lib.errors import Invalid
from tenants.administration.fields import Lines
from tenants.administration.pages import TenantAdmin, current_actor
from tenants.permissions import Permission

OVERLAP = timedelta(hours=24)
"""How long a former key is still accepted, so that senders can be changed over without a gap."""


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A source, new or known; the protocol and the unit stay as they were made."""

    service_labels = Lines(
        required=False,
        label="Labels that name the service",
        help_text="One a line; the first that names a known service counts. Empty: what is usual for the protocol.",
    )

    class Meta:
        model = AlertSource
        fields: ClassVar[list[str]] = [
            "unit",
            "kind",
            "name",
            "resolves_incidents",
            "default_severity",
            "default_service",
            "service_labels",
        ]

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        unit = self.cleaned_data.get("unit") or (self.instance.unit if self.instance.pk else None)
        if unit and AlertSource.objects.filter(unit=unit, name=name).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(f"{unit.name} has a source called {name} already.")
        return name


@admin.register(AlertSource)
class AlertSourceAdmin(TenantAdmin):
    """Where the unit's alerts come from. A key is shown once, when it is made."""

    writes = Permission.SOURCE_ADMINISTER
    own_choices = ("default_service",)
    form = SourceForm
    list_display = ("name", "unit", "kind", "resolves_incidents", "default_severity", "state")
    list_select_related = ("unit",)
    list_filter = ("unit", "kind")
    search_fields = ("name",)
    actions_detail = ("new_key", "revoke")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return [*SourceForm.Meta.fields, *(["keys", "state"] if obj else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["unit", "kind", "keys", "state"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    @admin.display(description="State")
    def state(self, source: AlertSource) -> str:
        if source.revoked_at is None:
            return "Accepted"
        return f"Revoked {timezone.localtime(source.revoked_at):%-d %b %Y, %H:%M}"

    @admin.display(description="Keys that are accepted")
    def keys(self, source: AlertSource) -> str:
        moment = timezone.now()
        open_keys = [key for key in source.keys.all() if key.opens_at(moment)]
        return (
            "; ".join(
                f"{key.hint}…, made {timezone.localtime(key.created_at):%-d %b %Y}"
                + (f", until {timezone.localtime(key.ends_at):%-d %b, %H:%M}" if key.ends_at else "")
                for key in open_keys
            )
            or "None"
        )

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        data = form.cleaned_data
        assert isinstance(obj, AlertSource)
        settings = {
            "name": data["name"],
            "resolves_incidents": data["resolves_incidents"],
            "default_severity": Severity(data["default_severity"]),
            "default_service_id": data["default_service"].pk if data["default_service"] else None,
            "service_labels": data["service_labels"] or None,
        }
        if change:
            actions.change_alert_source(actor=current_actor(), source_id=obj.pk, **settings)
            return
        made = actions.create_alert_source(
            actor=current_actor(), unit_id=data["unit"].pk, kind=SourceKind(data["kind"]), **settings
        )
        obj.pk = made.source.pk
        request.new_key = made  # type: ignore[attr-defined]  # shown in the answer, and kept nowhere

    def response_add(self, request: HttpRequest, obj: Model, post_url_continue: str | None = None) -> HttpResponse:
        made: NewKey = request.new_key  # type: ignore[attr-defined]
        return self._key_page(request, made)

    @action(description="Make a new key", url_path="new-key", icon="key")  # type: ignore[untyped-decorator]
    def new_key(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, and then make it and show it once."""
        source = self._source(request, object_id)
        question = (
            f"Senders that show the former key of {source.name} are accepted for {OVERLAP // timedelta(hours=1)} more"
            " hours: change them over until then."
        )
        if request.method != "POST":
            return self._question(request, source, title="Make a new key", question=question, verb="Make the key")
        made = actions.rotate_alert_source_key(actor=current_actor(), source_id=source.pk, overlap=OVERLAP)
        return self._key_page(request, made)

    @action(  # type: ignore[untyped-decorator]  # unfold ships no types
        description="Revoke", url_path="revoke", icon="block", variant=ActionVariant.DANGER
    )
    def revoke(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Ask, and then refuse all that the source sends."""
        source = self._source(request, object_id)
        question = f"Everything that {source.name} sends is refused from then on. What it sent stays."
        if request.method != "POST":
            return self._question(request, source, title="Revoke the source", question=question, verb="Revoke")
        actions.revoke_alert_source(actor=current_actor(), source_id=source.pk)
        self.message_user(request, f"{source.name} is revoked.")
        return redirect(reverse("admin:alerts_alertsource_changelist"))

    def _source(self, request: HttpRequest, object_id: int) -> AlertSource:
        found: AlertSource = get_object_or_404(self.get_queryset(request), pk=object_id)
        return found

    def _question(self, request: HttpRequest, source: AlertSource, **words: str) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "source": source, **words}
        return render(request, "alerts/admin/question.html", context)

    def _key_page(self, request: HttpRequest, made: NewKey) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, "made": made, "title": made.source.name}
        answer = render(request, "alerts/admin/key.html", context)
        answer["Cache-Control"] = "no-store"
        return answer


class RuleForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A rule; its place moves the others."""

    position = forms.IntegerField(
        min_value=1,
        label="Place",
        help_text="The rule at 1 is asked first; the others make room.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    matchers = Lines(help_text='One a line, such as env="prod" or path=~"/card.*"; every one must match.')
    explanation = forms.CharField(
        max_length=200, help_text="Why: it stands in the incident.", widget=UnfoldAdminTextInputWidget
    )

    class Meta:
        model = SeverityRule
        fields: ClassVar[list[str]] = ["unit", "position", "matchers", "severity", "explanation"]

    def clean_matchers(self) -> list[str]:
        faults = []
        for line in self.cleaned_data["matchers"]:
            try:
                parse_matcher(line)
            except Invalid as fault:
                faults.append(f"{line}: {fault.message}")
        if faults:
            raise forms.ValidationError(faults)
        return list(self.cleaned_data["matchers"])

    def _get_validation_exclusions(self) -> set[str]:
        # A place is never taken: the rules behind it move.
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]  # the stubs lack it


@admin.register(SeverityRule)
class SeverityRuleAdmin(TenantAdmin):
    """How grave the unit's alerts are: the first rule whose matchers all match decides."""

    writes = Permission.SOURCE_ADMINISTER
    form = RuleForm
    list_display = ("place", "rule", "severity", "explanation", "unit")
    list_display_links = ("place", "rule")
    list_select_related = ("unit",)
    list_filter = ("unit", "severity")
    search_fields = ("explanation",)
    ordering = ("unit__name", "position")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        return ["unit"] if obj else []

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"position": 1, **super().get_changeform_initial_data(request)}

    @admin.display(description="Place", ordering="position")
    def place(self, rule: SeverityRule) -> int:
        return rule.position

    @admin.display(description="Matchers")
    def rule(self, rule: SeverityRule) -> str:
        return ", ".join(rule.matchers)

    def save_model(self, request: HttpRequest, obj: Model, form: Any, change: bool) -> None:
        assert isinstance(obj, SeverityRule)
        data = form.cleaned_data
        placed = actions.place_severity_rule(
            actor=current_actor(),
            unit_id=obj.unit_id,
            rule=NewRule(data["matchers"], Severity(data["severity"]), data["explanation"]),
            position=data["position"],
            former_id=obj.pk if change else None,
        )
        obj.pk = placed.pk

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actions.remove_severity_rule(actor=current_actor(), rule_id=obj.pk)
