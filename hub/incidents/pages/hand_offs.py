"""Handing an incident to specialists, in its room: each form is one action."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from hub.incidents import access, actions
from hub.incidents.models import HandOffChecklist, HandOverState, Incident
from hub.incidents.rooms import Act
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.oncall import access as oncall
from hub.web.signing_in import acting_page

SHOWN = 5


@require_POST
@acting_page
def offer(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Hand the incident to specialists. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    schedule_id = whole_number(request.POST.get("schedule", ""))
    if schedule_id is None:
        raise Invalid("Choose whose specialists it is for.", path=["schedule"])
    checklist = HandOffChecklist.objects.filter(unit=incident.unit_id).first()
    actions.offer_hand_off(
        actor=actor,
        incident_id=incident.pk,
        schedule_id=schedule_id,
        reason=request.POST.get("reason", ""),
        answers={
            item: request.POST.get(f"item-{number}", "")
            for number, item in enumerate(checklist.items if checklist else ())
        },
    )
    return redirect("incident", reference)


@require_POST
@acting_page
def decide(request: HttpRequest, actor: Actor, reference: str, hand_off_id: int) -> HttpResponse:
    """Accept it, refuse it or take it back. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    access.incident_referenced(actor, reference)
    do = request.POST.get("do", "")
    if do == "accept":
        actions.accept_hand_off(actor=actor, hand_off_id=hand_off_id)
    elif do == "refuse":
        actions.refuse_hand_off(actor=actor, hand_off_id=hand_off_id, reason=request.POST.get("reason", ""))
    elif do == "withdraw":
        actions.withdraw_hand_off(actor=actor, hand_off_id=hand_off_id)
    else:
        raise Invalid("A hand-off is accepted, refused or withdrawn.", path=["do"])
    return redirect("incident", reference)


def hand_offs_context(actor: Actor, incident: Incident, rights: frozenset[Act]) -> dict[str, Any]:
    """The latest hand-offs, and what the form for the next one needs."""
    found = list(access.hand_offs(actor, incident)[:SHOWN])
    waiting = next((each for each in found if each.state == HandOverState.OFFERED), None)
    may_offer = Act.ASSIGN in rights and incident.is_open and not incident.restricted and waiting is None
    checklist = HandOffChecklist.objects.filter(unit=incident.unit_id).first() if may_offer else None
    return {
        "hand_offs": found,
        "waiting_hand_off": waiting,
        "may_answer_hand_off": waiting is not None and access.takes_turns(actor, waiting),
        "may_hand_off": may_offer,
        "hand_off_items": checklist.items if checklist else [],
        "hand_off_schedules": oncall.schedules(actor).order_by("unit__name", "name") if may_offer else (),
    }
