"""What the tenant admin shows of severity: thresholds, and what a severity engages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
)

from hub.catalog.models import Sensitivity
from hub.incidents import access, actions
from hub.incidents.actions import NewTeam, NewThreshold
from hub.incidents.actions.thresholds import keeps_enterprise_thresholds
from hub.incidents.models import (
    Impact,
    Reach,
    ResponsePlan,
    ResponseTeam,
    RoleKind,
    Route,
    Severity,
    SeverityThreshold,
)
from hub.incidents.routing import route_of
from hub.lib.errors import HubError
from hub.lib.identity import Actor
from hub.oncall import access as oncall
from hub.oncall.models import Schedule
from tenants.administration.acting import ActionAdmin, ActionForm
from tenants.administration.pages import current_actor
from tenants.administration.site import administered_units, asked_once
from tenants.models import BusinessUnit, Term
from tenants.permissions import Permission

EVERYWHERE = "Every unit"
_LEADS = ("commander", "communications_lead", "technical_lead", "scribe")


def _is_keeper(request: HttpRequest) -> bool:
    """Whether whoever acts now sets what holds for every unit."""
    return asked_once(request, keeps_enterprise_thresholds, current_actor())


class SharedAdmin(ActionAdmin):
    """Rows of units and, without a unit, of the enterprise: those are read by every administrator."""

    list_select_related: tuple[str, ...] = ("unit",)
    list_filter: tuple[str, ...] = ("unit", "severity")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        administered = administered_units(request, Permission.UNIT_ADMINISTER)
        found: QuerySet[Any] = self.model._default_manager.filter(Q(unit=None) | Q(unit__in=administered))
        return found

    def has_module_permission(self, request: HttpRequest) -> bool:
        return super().has_module_permission(request) or _is_keeper(request)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return super().has_add_permission(request, obj) or _is_keeper(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if obj is not None and obj.unit_id is not None:  # type: ignore[attr-defined]
            return super().has_change_permission(request, obj)
        return _is_keeper(request) or (obj is None and super().has_change_permission(request))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if field.name == "unit":
            kwargs["queryset"] = BusinessUnit.objects.filter(
                pk__in=administered_units(request, Permission.UNIT_ADMINISTER)
            )
            if _is_keeper(request):
                kwargs["empty_label"] = EVERYWHERE
        return super().formfield_for_foreignkey(field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if "unit" in form.base_fields:
            form.base_fields["unit"].required = not _is_keeper(request)
        return form

    @admin.display(description="Holds for", ordering="unit__name")
    def holds_for(self, row: Any) -> str:
        return row.unit.name if row.unit else EVERYWHERE


class ThresholdForm(ActionForm):
    """A threshold; its place moves the others."""

    position = forms.IntegerField(
        min_value=1,
        label="Place",
        help_text="Orders them for readers; the others make room.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    paths = {"unitId": "unit", "thresholds": "position", "recoveryMinutes": "recovery_minutes"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        is_new = self.instance.pk is None
        chosen = given.get("unit")
        return actions.place_severity_threshold(
            actor=actor,
            unit_id=(chosen.pk if chosen else None) if is_new else self.instance.unit_id,
            threshold=NewThreshold(
                Severity(given["severity"]),
                given["explanation"],
                Impact(given["impact"]) if given["impact"] else None,
                given["criticality"],
                given["recovery_minutes"],
                Reach(given["reach"]) if given["reach"] else None,
                Sensitivity(given["sensitivity"]) if given["sensitivity"] else None,
            ),
            position=given["position"],
            former_id=None if is_new else self.instance.pk,
        )

    def _get_validation_exclusions(self) -> set[str]:
        # A place is never taken: the thresholds behind it move.
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]  # the stubs lack it


@admin.register(SeverityThreshold)
class SeverityThresholdAdmin(SharedAdmin):
    """From which facts on an incident is how grave. Of all that hold, every unit's and the own, the gravest counts."""

    form = ThresholdForm
    list_display = ("place", "asks", "severity", "explanation", "holds_for")
    list_display_links = ("place", "asks")
    search_fields = ("explanation",)
    ordering = ("unit__name", "position")
    fields = (
        "unit",
        "position",
        "impact",
        "criticality",
        "recovery_minutes",
        "reach",
        "sensitivity",
        "severity",
        "explanation",
    )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"position": 1, **super().get_changeform_initial_data(request)}

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actions.withdraw_severity_threshold(actor=current_actor(), threshold_id=obj.pk)

    @admin.display(description="Place", ordering="position")
    def place(self, row: SeverityThreshold) -> int:
        return row.position

    @admin.display(description="From")
    def asks(self, row: SeverityThreshold) -> str:
        return access.asked(row).conditions


class PlanForm(ActionForm):
    """A plan, with one field of schedules for the responders and one for each role that a single person holds."""

    roles = forms.TypedMultipleChoiceField(
        choices=[each for each in RoleKind.choices if each[0] != RoleKind.OBSERVER],
        coerce=RoleKind,
        required=False,
        label="Roles that somebody must hold",
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    responders = forms.ModelMultipleChoiceField(
        Schedule.objects.none(),
        required=False,
        label="Teams that respond",
        help_text="Whoever is on call for these schedules is put on the incident, and paged.",
        widget=UnfoldAdminSelectMultipleWidget,
    )
    commander = forms.ModelChoiceField(
        Schedule.objects.none(), required=False, label="Commander from", widget=UnfoldAdminSelectWidget
    )
    communications_lead = forms.ModelChoiceField(
        Schedule.objects.none(), required=False, label="Communications lead from", widget=UnfoldAdminSelectWidget
    )
    technical_lead = forms.ModelChoiceField(
        Schedule.objects.none(), required=False, label="Technical lead from", widget=UnfoldAdminSelectWidget
    )
    scribe = forms.ModelChoiceField(
        Schedule.objects.none(), required=False, label="Scribe from", widget=UnfoldAdminSelectWidget
    )
    paths = {"unitId": "unit", "teams": "responders", "updateMinutes": "update_minutes"}

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        teams = [
            team for team in (self.instance.teams.all() if self.instance.pk else ()) if route_of(team) is Route.SEVERITY
        ]
        self.fields["roles"].initial = self.instance.roles
        for name in ("responders", *_LEADS):
            if name not in self.fields:
                continue
            self.fields[name].queryset = oncall.schedules(current_actor()).order_by("unit__name", "name")  # type: ignore[attr-defined]
            role = RoleKind.RESPONDER if name == "responders" else RoleKind(name)
            chosen = [team.schedule_id for team in teams if team.role == role]
            self.fields[name].initial = chosen if name == "responders" else next(iter(chosen), None)

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        is_new = self.instance.pk is None
        chosen = given.get("unit")
        # Specialists have a page of their own, and stay.
        teams = [] if is_new else [each for each in actions.teams_of(self.instance.pk) if each.is_for_some]
        teams += [NewTeam(each.pk) for each in given["responders"]]
        teams += [NewTeam(given[name].pk, RoleKind(name)) for name in _LEADS if given[name]]
        return actions.set_response_plan(
            actor=actor,
            unit_id=(chosen.pk if chosen else None) if is_new else self.instance.unit_id,
            severity=Severity(given["severity"] if is_new else self.instance.severity),
            teams=teams,
            roles=given["roles"],
            protocol=given["protocol"],
            update_minutes=given["update_minutes"],
        )


@admin.register(ResponsePlan)
class ResponsePlanAdmin(SharedAdmin):
    """What an incident of a severity, or a graver one, engages: teams, roles that must be held, and a protocol."""

    form = PlanForm
    fixed = ("unit", "severity")
    list_display = ("severity", "engages", "must_be_held", "update_minutes", "holds_for")
    search_fields = ("protocol",)
    ordering = ("unit__name", "severity")
    fields = (
        "unit",
        "severity",
        "responders",
        "commander",
        "communications_lead",
        "technical_lead",
        "scribe",
        "roles",
        "protocol",
        "update_minutes",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("teams__schedule")

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actions.withdraw_response_plan(actor=current_actor(), plan_id=obj.pk)

    @admin.display(description="Teams")
    def engages(self, row: ResponsePlan) -> str:
        return ", ".join(str(team.schedule or "a schedule that you do not see") for team in row.teams.all()) or "–"

    @admin.display(description="Must be held")
    def must_be_held(self, row: ResponsePlan) -> str:
        return ", ".join(RoleKind(kind).label for kind in row.roles) or "–"


class TeamForm(ActionForm):
    """A team of a plan; it stays in its plan."""

    paths = {"teams": "schedule", "scheduleId": "schedule", "incidentTypeId": "incident_type", "domainId": "domain"}

    def perform(self, actor: Actor, given: Mapping[str, Any]) -> Model:
        is_new = self.instance.pk is None
        of_type, domain = given["incident_type"], given["domain"]
        return actions.place_response_team(
            actor=actor,
            plan_id=given["plan"].pk if is_new else self.instance.plan_id,
            team=NewTeam(
                given["schedule"].pk if given["schedule"] else 0,
                RoleKind(given["role"]),
                of_type.pk if of_type else None,
                given["tag"],
                given["expertise"],
                domain.pk if domain else None,
            ),
            former_id=None if is_new else self.instance.pk,
        )

    def _explain(self, error: HubError) -> None:
        # A team's own field is the last part of its path: teams, its number, the field.
        error.path = error.path[-1:]
        super()._explain(error)


@admin.register(ResponseTeam)
class ResponseTeamAdmin(SharedAdmin):
    """Specialists: who is put on an incident by its domain, its tags, its type and what must be known, once a plan is
    engaged.
    """

    form = TeamForm
    fixed = ("plan",)
    list_display = ("schedule", "role", "domain", "tag", "incident_type", "expertise", "plan", "holds_for")
    list_select_related = ("unit", "schedule", "domain", "incident_type", "plan")
    list_filter = ("unit", "role")
    search_fields = ("schedule__name", "tag", "expertise")
    ordering = ("unit__name", "plan__severity", "id")
    fields = ("plan", "schedule", "role", "domain", "tag", "incident_type", "expertise")

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        actions.withdraw_response_team(actor=current_actor(), team_id=obj.pk)

    def formfield_for_foreignkey(self, field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        administered = administered_units(request, Permission.UNIT_ADMINISTER)
        if field.name == "plan":
            mine = Q(unit__in=administered) | (Q(unit=None) if _is_keeper(request) else Q(pk__in=()))
            kwargs["queryset"] = ResponsePlan.objects.filter(mine).select_related("unit")
        elif field.name == "schedule":
            kwargs["queryset"] = oncall.schedules(current_actor()).order_by("unit__name", "name")
        elif field.name in ("incident_type", "domain"):
            of_mine = Q(unit=None) | Q(unit__in=administered)
            kwargs["queryset"] = Term.objects.filter(of_mine, kind=field.name).order_by("name")
        return super().formfield_for_foreignkey(field, request, **kwargs)
