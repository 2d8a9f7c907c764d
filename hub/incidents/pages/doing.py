"""What people do on the incident's pages: each form is one action, and htmx gets back what it changed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from hub.incidents import access, actions
from hub.incidents.models import Incident, RoleKind, Severity, Status
from hub.incidents.pages.room import family_context, head_context, side_context, timeline_context
from hub.lib import clock
from hub.lib.errors import Forbidden, Invalid
from hub.lib.identity import Actor
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.permissions import Permission, units_with

COMMAND = re.compile(r"/(\w+)(?:\s+(.*))?\Z", re.DOTALL)


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
