"""Phone trees in an incident's room: each form is one action."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hub.incidents import access as incidents
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.reach import actions
from hub.web.signing_in import acting_page


@require_POST
@acting_page
def activate(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Call a phone tree. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = incidents.incident_referenced(actor, reference)
    tree_id = whole_number(request.POST.get("tree", ""))
    if tree_id is None:
        raise Invalid("Choose a phone tree.", path=["tree"])
    actions.activate_phone_tree(actor=actor, incident_id=incident.pk, tree_id=tree_id)
    return redirect("incident", reference)


@require_POST
@acting_page
def answer(request: HttpRequest, actor: Actor, reference: str, call_id: int) -> HttpResponse:
    """Say that one was reached, in the room and without a code. Raises `NotFound`, also for somebody else's call."""
    actions.acknowledge_call(actor=actor, call_id=call_id)
    return redirect("incident", reference)


@require_POST
@acting_page
def stop(request: HttpRequest, actor: Actor, reference: str, run_id: int) -> HttpResponse:
    """Call nobody any more. Raises `NotFound`, `Forbidden`, `Conflict`."""
    incidents.incident_referenced(actor, reference)
    actions.stop_phone_tree(actor=actor, run_id=run_id)
    return redirect("incident", reference)
