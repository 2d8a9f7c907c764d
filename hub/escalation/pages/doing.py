"""What people do about an escalation in an incident's room: each form is one action."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hub.escalation import actions
from hub.incidents import access as incidents
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page


@require_POST
@acting_page
def pause(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Page nobody for a while. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    minutes = whole_number(request.POST.get("minutes", ""), digits=5)
    if minutes is None:
        raise Invalid("Say for how many minutes.", path=["minutes"])
    incident = incidents.incident_referenced(actor, reference)
    actions.snooze_escalation(
        actor=actor, incident_id=incident.pk, minutes=minutes, reason=request.POST.get("reason", "")
    )
    return redirect("incident", reference)


@require_POST
@acting_page
def resume(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """End the pause. Raises `NotFound`, `Forbidden`, `Conflict`."""
    incident = incidents.incident_referenced(actor, reference)
    actions.resume_escalation(actor=actor, incident_id=incident.pk)
    return redirect("incident", reference)


@require_POST
@acting_page
def escalate(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Page by the policy from its first step on. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = incidents.incident_referenced(actor, reference)
    actions.escalate_incident(actor=actor, incident_id=incident.pk, reason=request.POST.get("reason", ""))
    return redirect("incident", reference)
