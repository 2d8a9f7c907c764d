"""Escalation policies as people read them: a unit's list, and one with its steps in words and whom it reaches now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hub.catalog import access as catalog
from hub.escalation import access, actions
from hub.escalation.forecasting import foresee_by, foresee_incident
from hub.escalation.models import Outcome
from hub.escalation.wording import repeats_in_words, steps_in_words, triggers_in_words
from hub.incidents import access as incidents
from hub.incidents.models import Severity
from hub.lib import clock
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.permissions import Permission, units_with

MOST_AHEAD = 12
FURTHEST: Final = timedelta(days=366)
"""How far from now somebody may ask what would happen."""


@reading_page
def policies(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every policy that the reader may see, by unit; or one unit's. Raises `NotFound` for an unknown unit."""
    slug = request.GET.get("unit", "")
    unit = tenants.unit_named(actor, slug) if slug else None
    found = access.whole_policies(actor).order_by("unit__name", "unit_id", "-is_default", "name")
    if unit is not None:
        found = found.filter(unit=unit)
    writes = units_with(actor, Permission.ONCALL_WRITE)
    groups = [
        (
            owner,
            [{"policy": each, "triggers": triggers_in_words(each), "steps": len(each.steps.all())} for each in of_unit],
        )
        for owner, of_unit in groupby(found, key=lambda each: each.unit)
    ]
    return render(
        request,
        "escalation/policies.html",
        {
            "unit": unit,
            "groups": groups,
            "may_write": unit is not None and unit.pk in writes,
            "own_units": tenants.units(actor).filter(pk__in=writes).order_by("name") if unit is None else (),
        },
    )


@reading_page
def policy(request: HttpRequest, actor: Actor, policy_id: int) -> HttpResponse:
    """One policy: its steps, and whom it would reach from a moment on, now if the address names none.

    For a severity and a service; or for an incident, which is shown by the policy that stands for it: from here on, or
    as though it were declared at that moment. Raises `NotFound`, also for an incident that is named and not seen.
    """
    found = access.whole_policy_for(actor, policy_id)
    severity = request.GET.get("severity", "")
    chosen = Severity(severity) if severity in Severity.values else Severity.SEV1
    followers = [each.service for each in found.service_policies.all()]
    if found.is_default:
        others = catalog.services_in_use(actor).filter(unit=found.unit, escalation=None).order_by("name")
        followers += list(others)
    key = whole_number(request.GET.get("service", ""))
    service_id = next((each.pk for each in followers if each.pk == key), followers[0].pk if followers else None)
    service = catalog.service_for(actor, service_id) if service_id is not None else None
    at, problem = _moment(request.GET.get("at", ""))
    reference = request.GET.get("incident", "").strip().upper()
    incident = incidents.incident_referenced(actor, reference) if reference else None
    if incident is not None:
        forecast = foresee_incident(actor, incident, at)
    else:
        forecast = foresee_by(actor, found, service, chosen, at or clock.now())
    ahead = [step for step in forecast.steps if step.outcome is not Outcome.PASSED_OVER]
    return render(
        request,
        "escalation/policy.html",
        {
            "policy": found,
            "steps": steps_in_words(found),
            "triggers": triggers_in_words(found),
            "repeats": repeats_in_words(found),
            "services": [each.service for each in found.service_policies.all()],
            "followers": followers,
            "service": service,
            "severity": chosen,
            "severities": Severity.choices,
            "at": at,
            "problem": problem,
            "incident": incident,
            "by": [name for name in forecast.policies if name != found.name],
            "zone": str(timezone.get_current_timezone()),
            "quiet_until": forecast.quiet_until,
            "ahead": ahead[:MOST_AHEAD],
            "more": max(len(ahead) - MOST_AHEAD, 0),
            "may_write": found.unit_id in units_with(actor, Permission.ONCALL_WRITE),
        },
    )


def _moment(written: str) -> tuple[datetime | None, str]:
    """The moment of a local time in the reader's zone, and what is wrong with it.

    As shifts begin and end on the days on which the clocks change: a time that is left out comes as much later, and
    one that is there twice is its first.
    """
    if not written:
        return None, ""
    try:
        local = datetime.fromisoformat(written)
        at = (local if local.tzinfo else local.replace(tzinfo=timezone.get_current_timezone())).astimezone(UTC)
    except (ValueError, OverflowError):
        return None, "That is no date and time; what follows is from now on."
    if abs(at - clock.now()) > FURTHEST:
        return None, "That is more than a year away; what follows is from now on."
    return at, ""


@require_POST
@acting_page
def retire(request: HttpRequest, actor: Actor, policy_id: int) -> HttpResponse:
    """Let nothing begin by it any more. Raises `NotFound`, `Forbidden`."""
    retired = actions.retire_policy(actor=actor, policy_id=policy_id)
    unit = tenants.unit_for(actor, retired.unit_id)
    answer = redirect("escalation-policies")
    answer["Location"] += f"?unit={unit.slug}"
    return answer
