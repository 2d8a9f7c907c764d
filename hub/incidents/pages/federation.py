"""What goes from unit to unit: offers of incidents, and incidents of several units that may be one."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from hub.incidents import access, actions
from hub.incidents.models import HandOverState, Severity
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.permissions import Permission, units_with

LISTED = 50


@reading_page
def hand_overs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Offers to the reader's units and from them, and what is proposed to be gathered."""
    commands = units_with(actor, Permission.INCIDENT_COMMAND)
    offers = list(access.hand_overs(actor)[:LISTED])
    waiting = [offer for offer in offers if offer.state == HandOverState.OFFERED]
    proposals = [
        {
            "proposal": proposal,
            "incidents": list(
                access.incidents(actor).filter(pk__in=proposal.incident_ids).select_related("unit").order_by("severity")
            ),
        }
        for proposal in access.proposals_for_decision(actor)[:LISTED]
    ]
    return render(
        request,
        "incidents/hand_overs.html",
        {
            "to_us": [offer for offer in waiting if offer.to_unit_id in commands],
            "from_us": [offer for offer in waiting if offer.to_unit_id not in commands],
            "decided": [offer for offer in offers if offer.state != HandOverState.OFFERED],
            "proposals": proposals,
            "severities": Severity.choices,
            "may_gather": tenants.units(actor).filter(pk__in=commands, children__isnull=False).exists(),
        },
    )


@require_POST
@acting_page
def offer(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Offer the incident to another unit. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    minutes = whole_number(request.POST.get("minutes", "120"), digits=5)
    if minutes is None:
        raise Invalid("An offer stands for five minutes to seven days.", path=["minutes"])
    actions.offer_hand_over(
        actor=actor,
        incident_id=incident.pk,
        to_unit_id=tenants.unit_named(actor, request.POST.get("unit", "")).pk,
        reason=request.POST.get("reason", ""),
        patience=timedelta(minutes=minutes),
    )
    return redirect("incident", reference)


@require_POST
@acting_page
def accept(request: HttpRequest, actor: Actor, hand_over_id: int) -> HttpResponse:
    """Take the incident over. Raises `NotFound`, `Forbidden`, `Conflict`."""
    incident = actions.accept_hand_over(actor=actor, hand_over_id=hand_over_id)
    return redirect("incident", incident.reference)


@require_POST
@acting_page
def refuse(request: HttpRequest, actor: Actor, hand_over_id: int) -> HttpResponse:
    """Refuse the offer. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid` without a reason."""
    actions.refuse_hand_over(actor=actor, hand_over_id=hand_over_id, reason=request.POST.get("reason", ""))
    return redirect("hand-overs")


@require_POST
@acting_page
def withdraw(request: HttpRequest, actor: Actor, hand_over_id: int) -> HttpResponse:
    """Take the offer back. Raises `NotFound`, `Forbidden`, `Conflict`."""
    taken_back = actions.withdraw_hand_over(actor=actor, hand_over_id=hand_over_id)
    return redirect("incident", taken_back.reference)


@require_POST
@acting_page
def release(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Take the incident out of the one that gathers it. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    actions.release_incident(actor=actor, incident_id=incident.pk, reason=request.POST.get("reason", ""))
    return redirect("incident", reference)


@require_POST
@acting_page
def gather(request: HttpRequest, actor: Actor, proposal_id: int) -> HttpResponse:
    """Make what was proposed. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    chosen = request.POST.get("severity", "")
    if chosen and chosen not in Severity.values:
        raise Invalid("Severities are SEV1 to SEV5.", path=["severity"])
    parent = actions.accept_escalation(
        actor=actor,
        proposal_id=proposal_id,
        title=request.POST.get("title", "").strip(),
        severity=Severity(chosen) if chosen else None,
    )
    return redirect("incident", parent.reference)


@require_POST
@acting_page
def gather_by_hand(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Declare one incident above those whose references are given. Raises as `gather_incidents` does."""
    severity = request.POST.get("severity", "")
    if severity not in Severity.values:
        raise Invalid("Severities are SEV1 to SEV5.", path=["severity"])
    wanted = []
    for reference in request.POST.get("references", "").replace(",", " ").split():
        try:
            wanted.append(access.incident_referenced(actor, reference.upper()).pk)
        except NotFound as error:
            raise Invalid(f"{reference[:24]}: {error.message}", path=["references"]) from None
    parent = actions.gather_incidents(
        actor=actor,
        incident_ids=wanted,
        title=request.POST.get("title", ""),
        severity=Severity(severity),
        reason=request.POST.get("reason", ""),
    )
    return redirect("incident", parent.reference)


@require_POST
@acting_page
def dismiss(request: HttpRequest, actor: Actor, proposal_id: int) -> HttpResponse:
    """Leave the incidents their units' own. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    actions.dismiss_escalation(actor=actor, proposal_id=proposal_id, reason=request.POST.get("reason", ""))
    return redirect("hand-overs")
