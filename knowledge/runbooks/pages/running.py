"""Carrying runbooks out, in an incident's room."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hub.incidents import access as incidents
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page
from knowledge.runbooks import actions
from knowledge.runbooks.models import StepState
from knowledge.runbooks.panels import runbooks_panel

STATES = {"done": StepState.DONE, "skip": StepState.SKIPPED, "undo": StepState.OPEN}


@require_POST
@acting_page
def run(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Begin, tick or end: `do` says what. Answers htmx with the panel anew.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`.
    """
    incident = incidents.incident_referenced(actor, reference)
    said = request.POST
    key, text = whole_number(said.get("key", "")) or 0, said.get("text", "")
    match said.get("do"):
        case "start":
            actions.start_runbook(actor=actor, incident_id=incident.pk, runbook_id=key)
        case "done" | "skip" | "undo":
            actions.settle_step(actor=actor, step_id=key, state=STATES[said["do"]], note=text)
        case "end":
            actions.end_runbook(actor=actor, run_id=key, outcome=text)
        case _:
            raise Invalid("The form does not say what to do with the runbook.", path=["do"])
    if request.headers.get("HX-Target") != "room-runbooks":
        return redirect("incident", reference)
    panel = runbooks_panel(actor, incident)
    return render(request, "runbooks/panel.html", {"panel": panel.context if panel else None})
