"""What people do on the incident's pages: each form is one action, and htmx gets back what it changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalog import access as catalog
from hub.catalog.models import Sensitivity, Service
from hub.incidents import access, actions
from hub.incidents.models import Impact, Incident, Reach, RoleKind, Severity, Status
from hub.incidents.pages.fields import PREFIX, control, given_in, template_named
from hub.incidents.pages.room import family_context, head_context, side_context, timeline_context
from hub.incidents.pages.thresholds import UNKNOWN
from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid, InvalidMany
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.models import Stage, TemplatePurpose
from tenants.permissions import Permission, units_with

KNOWN = ("impact", "reach", "sensitivity")
COMMAND = re.compile(r"/(\w+)(?:\s+(.*))?\Z", re.DOTALL)


class DeclareForm(forms.Form):
    """A new incident, in the order in which people know things at three in the morning."""

    title = forms.CharField(
        max_length=200, label="What is wrong?", help_text="In one line, for somebody just woken up."
    )
    severity = forms.ChoiceField(
        required=False,
        choices=[*Severity.choices, ("", "As follows from what is known of it")],
        initial=Severity.SEV3,
        label="How bad is it?",
        help_text="The enterprise's thresholds may make it graver.",
    )
    service = forms.ChoiceField(required=False, label="Which service?")
    unit = forms.ChoiceField(required=False, label="Or which unit, if no service fits")
    summary = forms.CharField(
        required=False,
        label="Who suffers, and how?",
        widget=forms.Textarea(attrs={"rows": 3, "data-submit": ""}),
    )
    impact = forms.ChoiceField(
        required=False, label="What does the business suffer?", choices=[UNKNOWN, *Impact.choices]
    )
    reach = forms.ChoiceField(
        required=False, label="How many suffer?", choices=[("", "As many as rely on the service"), *Reach.choices]
    )
    sensitivity = forms.ChoiceField(
        required=False, label="Which data is concerned?", choices=[("", "What the service holds"), *Sensitivity.choices]
    )
    restricted = forms.BooleanField(
        required=False,
        label="Restricted: only people with a grant may know",
        help_text="Nobody is paged; you admit people one by one.",
    )

    def __init__(self, actor: Actor, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        allowed = units_with(actor, Permission.INCIDENT_DECLARE)
        services = catalog.services(actor).filter(unit_id__in=allowed).order_by("unit__name", "name")
        grouped: dict[str, list[tuple[str, str]]] = {}
        for service in services:
            grouped.setdefault(service.unit.name, []).append((str(service.pk), service.name))
        self.fields["service"].choices = [("", "I do not know yet"), *grouped.items()]  # type: ignore[attr-defined]
        units = tenants.units(actor).filter(pk__in=allowed)
        self.fields["unit"].choices = [  # type: ignore[attr-defined]
            ("", "The service's owner"),
            *((str(unit.pk), unit.name) for unit in units),
        ]
        for name in ("service", "unit"):
            self.fields[name].widget.attrs |= {
                "hx-get": reverse("declare-fields"),
                "hx-trigger": "change",
                "hx-target": "#declare-local",
                "hx-include": "closest form",
            }
        chosen = _unit_chosen(services, data if data is not None else QueryDict(), initial or {})
        for field in tenants.fields_of(actor, chosen) if chosen in allowed else ():
            if field.required_from == Stage.DECLARED:
                self.fields[f"{PREFIX}{field.key}"] = control(field)

    @property
    def local(self) -> list[forms.BoundField]:
        """What the unit demands of every declaration."""
        return [bound for bound in self if bound.name.startswith(PREFIX)]

    @property
    def own(self) -> list[forms.BoundField]:
        """What every declaration asks for."""
        return [bound for bound in self if not bound.name.startswith(PREFIX) and bound.name not in KNOWN]

    @property
    def known(self) -> list[forms.BoundField]:
        """What a severity follows from."""
        return [self[name] for name in KNOWN]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("service") and not cleaned.get("unit"):
            self.add_error("service", "Choose a service, or below it a unit, so that the right people are told.")
        return cleaned


@require_http_methods(["GET", "POST"])
@acting_page
def declare(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form to declare an incident, and its sending. `template` in the address begins it with a unit's wording."""
    chosen = template_named(actor, request.GET.get("template", ""), TemplatePurpose.DECLARATION)
    begun = {"title": chosen.title, "summary": chosen.body, "unit": str(chosen.unit_id)} if chosen else {}
    if chosen and chosen.severity:
        begun["severity"] = chosen.severity
    form = DeclareForm(actor, request.POST if request.method == "POST" else None, begun)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            incident = actions.declare_incident(
                actor=actor,
                title=data["title"],
                severity=Severity(data["severity"]) if data["severity"] else None,
                impact=Impact(data["impact"]) if data["impact"] else None,
                reach=Reach(data["reach"]) if data["reach"] else None,
                sensitivity=Sensitivity(data["sensitivity"]) if data["sensitivity"] else None,
                service_id=int(data["service"]) if data["service"] else None,
                unit_id=int(data["unit"]) if data["unit"] else None,
                summary=data["summary"],
                restricted=data["restricted"],
                fields=given_in(request.POST),
            )
            return redirect("incident", incident.reference)
        except Invalid as refusal:
            _explain(form, refusal)
    templates = tenants.templates_of(
        actor, units_with(actor, Permission.INCIDENT_DECLARE), TemplatePurpose.DECLARATION
    ).select_related("unit")
    context = {"form": form, "templates": templates, "chosen": chosen}
    return render(request, "incidents/declare.html", context, status=422 if form.is_bound else 200)


@reading_page
def declare_fields(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the unit that is chosen demands of a declaration, for the form."""
    form = DeclareForm(actor, request.GET)
    return render(request, "incidents/declare_fields.html", {"fields": [form[bound.name] for bound in form.local]})


def _explain(form: DeclareForm, refusal: Invalid) -> None:
    """Put each reason beside the field that it is about."""
    for error in refusal.errors if isinstance(refusal, InvalidMany) else [refusal]:
        name = {"incidentTypeId": "type", "serviceId": "service"}.get(error.path[0] if error.path else "", "")
        if len(error.path) == 2 and error.path[0] == "fields":
            name = f"{PREFIX}{error.path[1]}"
        elif error.path and error.path[0] in form.fields:
            name = error.path[0]
        form.add_error(name if name in form.fields else None, error.message)


def _unit_chosen(services: Iterable[Service], data: QueryDict, initial: Mapping[str, Any]) -> int:
    """The unit that a declaration will belong to, as far as the form says; 0 while it does not."""
    said = whole_number(str(data.get("unit") or initial.get("unit") or ""))
    if said is not None:
        return said
    return next((each.unit_id for each in services if str(each.pk) == data.get("service")), 0)


@require_POST
@acting_page
def write(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The composer: a note, or a command such as `/decision Roll back: it is the only change`. Raises `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    text = request.POST.get("text", "").strip()
    command = COMMAND.match(text)
    if request.POST.get("kind") == "decision" and not command:
        command = COMMAND.match(f"/decision {text}")
    if command is None:
        actions.add_timeline_entry(actor=actor, incident_id=incident.pk, body=text)
    else:
        _obey(actor, incident, command[1].lower(), (command[2] or "").strip())
    if not _is_htmx(request):
        return redirect("incident", reference)
    incident = access.incident_referenced(actor, reference)
    context = {**timeline_context(actor, incident), **_around(actor, incident)}
    return render(request, "incidents/written.html", context)


def _obey(actor: Actor, incident: Incident, command: str, words: str) -> None:
    match command:
        case "decision":
            decision, _, rationale = words.partition(" because ")
            actions.record_decision(
                actor=actor, incident_id=incident.pk, decision=decision, rationale=rationale.strip()
            )
        case "role":
            name, _, username = words.partition(" ")
            kinds = {kind.value: kind for kind in RoleKind} | {kind.label.lower(): kind for kind in RoleKind}
            if name.lower() not in kinds:
                raise Invalid(f"There is no role “{name}”. Roles are {', '.join(kind.value for kind in RoleKind)}.")
            person = tenants.person_called(actor, username)
            actions.assign_role(actor=actor, incident_id=incident.pk, role=kinds[name.lower()], person_id=person.pk)
        case "page":
            person = tenants.person_called(actor, words)
            actions.assign_role(
                actor=actor, incident_id=incident.pk, role=RoleKind.RESPONDER, person_id=person.pk, reason="Paged"
            )
        case _:
            raise Invalid(
                f"There is no command “/{command}”. Write /decision, /role or /page, or a note without a slash."
            )


@require_POST
@acting_page
def edit(request: HttpRequest, actor: Actor, reference: str, entry_id: int) -> HttpResponse:
    """Correct one's own entry. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    actions.edit_timeline_entry(actor=actor, entry_id=entry_id, body=request.POST.get("text", ""))
    if not _is_htmx(request):
        return redirect("incident", reference)
    return render(request, "incidents/timeline.html", timeline_context(actor, incident))


@require_POST
@acting_page
def move(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Move the incident to another stage. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    note = request.POST.get("note", "")
    match request.POST.get("status"):
        case Status.ACKNOWLEDGED if incident.status == Status.DECLARED:
            actions.acknowledge_incident(actor=actor, incident_id=incident.pk)
        case Status.ACKNOWLEDGED:
            actions.reopen_incident(actor=actor, incident_id=incident.pk, note=note)
        case Status.MITIGATED:
            actions.mitigate_incident(actor=actor, incident_id=incident.pk, note=note)
        case Status.RESOLVED:
            actions.resolve_incident(actor=actor, incident_id=incident.pk, note=note)
        case Status.CLOSED:
            actions.close_incident(actor=actor, incident_id=incident.pk)
        case _:
            raise Invalid("An incident can be acknowledged, mitigated, resolved or closed.", path=["status"])
    return _room_again(request, actor, reference)


@require_POST
@acting_page
def severity(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Change the severity. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    chosen = request.POST.get("severity", "")
    if chosen not in Severity.values:
        raise Invalid("Severities are SEV1 to SEV5.", path=["severity"])
    word = request.POST.get("word", "")
    actions.change_severity(
        actor=actor,
        incident_id=incident.pk,
        severity=Severity(chosen),
        reason=request.POST.get("reason", ""),
        local_severity_id=int(word) if word.isdecimal() else None,
    )
    return _room_again(request, actor, reference)


@require_POST
@acting_page
def roles(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Give somebody a role. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    person = tenants.person_called(actor, request.POST.get("person", ""))
    actions.assign_role(actor=actor, incident_id=incident.pk, role=_role(request), person_id=person.pk)
    return _room_again(request, actor, reference)


@require_POST
@acting_page
def release(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Release somebody from a role. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    person = tenants.person_called(actor, request.POST.get("person", ""))
    actions.end_role(actor=actor, incident_id=incident.pk, role=_role(request), person_id=person.pk)
    return _room_again(request, actor, reference)


@require_POST
@acting_page
def grant(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Admit somebody to a restricted incident. Raises `NotFound`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    person = tenants.person_called(actor, request.POST.get("person", ""))
    hours = request.POST.get("hours", "")
    actions.grant_access(
        actor=actor,
        incident_id=incident.pk,
        person_id=person.pk,
        reason=request.POST.get("reason", ""),
        valid_until=clock.now() + timedelta(hours=int(hours)) if hours in ("4", "24", "168") else None,
        is_owner=request.POST.get("owner") == "1",
    )
    return _room_again(request, actor, reference)


@require_POST
@acting_page
def end_access(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """End somebody's sight of a restricted incident. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    person = tenants.person_called(actor, request.POST.get("person", ""))
    actions.end_access(actor=actor, incident_id=incident.pk, person_id=person.pk, reason=request.POST.get("reason", ""))
    # Whoever gave up their own sight has no room to go back to.
    return redirect("incidents") if person.pk == actor.person_id else redirect("incident", reference)


class BreakGlassForm(forms.Form):
    """Which incident, and why somebody must see it who was not admitted."""

    reference = forms.CharField(
        max_length=24, label="Reference", help_text="As somebody told it to you, for example PAY-R1A2B3C4D."
    )
    reason = forms.CharField(
        max_length=300,
        label="Why must you see it now?",
        help_text="Its owners are paged with these words at once. You see it for an hour.",
        widget=forms.Textarea(attrs={"rows": 3, "data-submit": ""}),
    )


@require_http_methods(["GET", "POST"])
@acting_page
def break_glass(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form to see a restricted incident in an emergency, and its sending. Raises `NotFound`, `Forbidden`."""
    if not units_with(actor, Permission.INCIDENT_BREAK_GLASS):
        raise Forbidden("Breaking the glass takes a regional lead, a coordinator or a security responder.")
    form = BreakGlassForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        incident = actions.break_glass(
            actor=actor, reference=form.cleaned_data["reference"], reason=form.cleaned_data["reason"]
        )
        return redirect("incident", incident.reference)
    return render(request, "incidents/break_glass.html", {"form": form}, status=422 if form.is_bound else 200)


@require_POST
@acting_page
def restrict(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Close the incident to everybody but explicit grants. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    actions.restrict_incident(actor=actor, incident_id=incident.pk, reason=request.POST.get("reason", ""))
    return _room_again(request, actor, reference)


def _role(request: HttpRequest) -> RoleKind:
    chosen = request.POST.get("role", "")
    if chosen not in RoleKind.values:
        raise Invalid("Choose a role.", path=["role"])
    return RoleKind(chosen)


def _is_htmx(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _room_again(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """The renewed parts for htmx; without JavaScript, the page."""
    if not _is_htmx(request):
        return redirect("incident", reference)
    incident = access.incident_referenced(actor, reference)
    context = {**timeline_context(actor, incident), **_around(actor, incident)}
    return render(request, "incidents/moved.html", context)


def _around(actor: Actor, incident: Incident) -> dict[str, Any]:
    return {
        **head_context(actor, incident),
        **side_context(actor, incident),
        **family_context(actor, incident),
    }
