"""The start page, the command palette's results, and the health check."""

from __future__ import annotations

from datetime import timedelta

from django.db import OperationalError, connection
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import trigger_client_event

from hub.catalog import access as catalog
from hub.delivery import access as delivery
from hub.incidents import access as incidents
from hub.incidents import actions
from hub.incidents.models import HandOverState, Status
from hub.lib import clock
from hub.lib.identity import Actor
from hub.live.access import cursor_now
from hub.now.frame import waiting_for
from hub.oncall import access as oncall
from hub.oncall.shifts import Duty
from hub.web.signing_in import acting_page, reading_page
from knowledge.articles import training
from knowledge.postmortems import access as postmortems
from knowledge.postmortems.models import PostmortemStatus
from tenants.permissions import Permission, units_with

AHEAD = timedelta(weeks=6)
TURN = timedelta(weeks=8)
"""More than a turn lasts: shifts are asked for that far around, so that none is cut off."""
MOST_RESULTS = 8
MOST_LISTED = 6


@reading_page
def now(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What needs this person, in the order in which it needs them."""
    fragment = request.headers.get("HX-Target") == "now"
    answer = render(request, "now/body.html" if fragment else "now/now.html", _context(actor))
    patch_vary_headers(answer, ["HX-Target"])
    return answer


@require_POST
@acting_page
def acknowledge(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Acknowledge an incident where it is listed. Raises `NotFound`, `Forbidden`, `Conflict`."""
    incident = incidents.incident_referenced(actor, reference)
    actions.acknowledge_incident(actor=actor, incident_id=incident.pk)
    if request.headers.get("HX-Request") != "true":
        return redirect("now")
    answer = render(request, "now/body.html", _context(actor))
    said = {"message": f"{incident.reference} is acknowledged. Everybody in its room sees that.", "level": "good"}
    return trigger_client_event(answer, "hub:toast", said)


def _context(actor: Actor) -> dict[str, object]:
    cursor = cursor_now(actor)
    waiting = list(
        waiting_for(actor)
        .select_related("unit", "service", "commander", "maintenance")
        .order_by("severity", "declared_at")
    )
    mine = list(
        incidents.incidents(actor)
        .filter(
            Q(commander_id=actor.person_id) | Q(roles__person_id=actor.person_id, roles__ended_at=None),
            status__in=[Status.DECLARED, Status.ACKNOWLEDGED, Status.MITIGATED],
        )
        .exclude(pk__in=[each.pk for each in waiting])
        .distinct()
        .select_related("unit", "service", "commander", "maintenance")
        .order_by("severity", "-declared_at")
    )
    units = units_with(actor, Permission.INCIDENT_RESPOND)
    unclaimed = (
        incidents.incidents(actor)
        .filter(status=Status.DECLARED, unit_id__in=units)
        .exclude(pk__in=[each.pk for each in (*waiting, *mine)])
        .select_related("unit", "service", "commander", "maintenance")
        .order_by("severity", "declared_at")[:20]
    )
    drafts = (
        postmortems.postmortems(actor)
        .filter(status=PostmortemStatus.DRAFT, author_id=actor.person_id)
        .select_related("unit")
        .order_by("due_at", "id")
    )
    return {
        "waiting": waiting,
        "cursor": cursor,
        "mine": mine,
        "unclaimed": list(unclaimed),
        "drafts": list(drafts[:MOST_LISTED]),
        "items": list(postmortems.my_action_items(actor)[:MOST_LISTED]),
        "training": list(training.to_do(actor)[:MOST_LISTED]),
        "today": timezone.localdate(),
        "messages_unseen": list(delivery.messages_for(actor).filter(seen_at=None)[:MOST_LISTED]),
        "shifts": _next_shifts(actor),
        "offers": list(
            incidents.hand_overs(actor).filter(
                state=HandOverState.OFFERED,
                expires_at__gt=clock.now(),
                to_unit_id__in=units_with(actor, Permission.INCIDENT_COMMAND),
            )[:MOST_LISTED]
        ),
        "proposals": list(incidents.proposals_for_decision(actor)[:MOST_LISTED]),
    }


@reading_page
def palette(request: HttpRequest, actor: Actor) -> JsonResponse:
    """What the command palette finds: incidents by reference or title, services by name."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    if not words:
        return JsonResponse({"results": []})
    found = (
        incidents.incidents(actor)
        .filter(Q(reference__istartswith=words) | Q(title__icontains=words))
        .select_related("unit")
        .order_by("-declared_at")[:MOST_RESULTS]
    )
    results = [
        {
            "kind": "incident",
            "title": f"{incident.reference} {incident.title}",
            "detail": f"{incident.unit} · {incident.get_status_display()}",
            "url": reverse("incident", args=[incident.reference]),
        }
        for incident in found
    ]
    results += [
        {
            "kind": "service",
            "title": service.name,
            "detail": service.unit.name,
            "url": f"{reverse('incidents')}?view=all&service={service.slug}",
        }
        for service in catalog.services(actor).filter(name__icontains=words).order_by("name")[:5]
    ]
    return JsonResponse({"results": results})


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Whether this process serves and reaches its database: 200 or 503, for supervisors and load balancers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except OperationalError:
        return HttpResponse("The database does not answer.\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _next_shifts(actor: Actor) -> list[dict[str, object]]:
    """The person's shifts that go on or come within six weeks, soonest first."""
    if actor.person_id is None:
        return []
    start = clock.now()
    names = dict(oncall.schedules_of(actor, actor.person_id).values_list("pk", "name"))
    coming = [
        {
            "schedule": names[key] if shift.duty is Duty.PRIMARY else f"{names[key]}, secondary",
            "starts_at": shift.starts_at,
            "ends_at": shift.ends_at,
            "is_on": shift.starts_at <= start,
        }
        for key, shifts in oncall.shifts_of_person(actor, actor.person_id, start - TURN, start + AHEAD + TURN).items()
        for shift in shifts
        if shift.ends_at > start and shift.starts_at < start + AHEAD
    ]
    return sorted(coming, key=lambda each: str(each["starts_at"]))[:5]
