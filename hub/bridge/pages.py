"""What people do on the bridge, in an incident's room: each form is one action."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hub.bridge import actions
from hub.bridge.models import LinkState
from hub.incidents import access as incidents
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.web.signing_in import acting_page
from tenants import access as tenants


@require_POST
@acting_page
def suspect(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Ask security to look at the incident. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = incidents.incident_referenced(actor, reference)
    actions.suspect_breach(actor=actor, incident_id=incident.pk, reason=request.POST.get("reason", ""))
    return redirect("incident", reference)


@require_POST
@acting_page
def pass_on(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Pass something to the investigation. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = incidents.incident_referenced(actor, reference)
    actions.pass_to_security(
        actor=actor,
        incident_id=incident.pk,
        text=request.POST.get("text", ""),
        reason=request.POST.get("reason", ""),
    )
    return redirect("incident", reference)


@require_POST
@acting_page
def show(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Change what the IT side sees. Raises `NotFound`, `Forbidden`, `Invalid`."""
    incident = incidents.incident_referenced(actor, reference)
    state, contact = request.POST.get("state", ""), request.POST.get("contact", "").strip()
    if state not in LinkState.values:
        raise Invalid("Choose a state.", path=["state"])
    actions.show_to_it(
        actor=actor,
        incident_id=incident.pk,
        reason=request.POST.get("reason", ""),
        state=LinkState(state),
        contact_id=tenants.person_called(actor, contact).pk if contact else None,
        constraints=request.POST.get("constraints"),
        note=request.POST.get("note"),
    )
    return redirect("incident", reference)
