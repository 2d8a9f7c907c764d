"""How grave what is in a unit, and what that engages: a page to read and to try; and what is known of an incident."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, TypeVar

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from hub.catalog import access as catalog
from hub.catalog.models import Sensitivity
from hub.incidents import access, actions
from hub.incidents.actions.knowing import facts_of
from hub.incidents.actions.thresholds import keeps_enterprise_thresholds
from hub.incidents.models import Engagement, Impact, Incident, Reach, RoleKind
from hub.incidents.thresholds import minutes_said, propose
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.unchanged import UNCHANGED
from hub.web.forms import chosen_key
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants.models import BusinessUnit, TermKind
from tenants.permissions import Permission, units_with

S = TypeVar("S", Impact, Reach, Sensitivity)
UNKNOWN = ("", "Not known")


class TryForm(forms.Form):
    """What would be known of an incident."""

    service = forms.ChoiceField(required=False, label="Service")
    impact = forms.ChoiceField(
        required=False, label="What does the business suffer?", choices=[UNKNOWN, *Impact.choices]
    )
    reach = forms.ChoiceField(
        required=False, label="How many suffer?", choices=[("", "As many as rely on the service"), *Reach.choices]
    )
    sensitivity = forms.ChoiceField(
        required=False,
        label="Which data is concerned?",
        choices=[("", "What the service holds"), *Sensitivity.choices],
    )

    def __init__(self, actor: Actor, unit: BusinessUnit, data: QueryDict) -> None:
        super().__init__(data)
        services = catalog.services_in_use(actor).filter(unit=unit).order_by("name")
        self.fields["service"].choices = [  # type: ignore[attr-defined]
            ("", "None in particular"),
            *((str(each.pk), each.name) for each in services),
        ]


@reading_page
def severity_of_unit(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """The unit's thresholds below the enterprise's, its plans, and what would follow from some facts.

    Raises `NotFound`.
    """
    unit = tenants.unit_named(actor, slug)
    form = TryForm(actor, unit, request.GET)
    given = form.cleaned_data if form.is_valid() else {}
    tried = _tried(actor, unit, given)
    if request.headers.get("HX-Request"):
        return render(request, "incidents/severity_proposal.html", tried)
    may_administer = unit.pk in units_with(actor, Permission.UNIT_ADMINISTER)
    plans = list(access.response_plans(actor).filter(Q(unit=None) | Q(unit=unit)))
    teams = [team for plan in plans for team in plan.teams.all()]
    tenants.call(actor, [(term, unit.pk) for team in teams for term in (team.domain, team.incident_type)])
    return render(
        request,
        "incidents/severity.html",
        {
            "unit": unit,
            "form": form,
            **tried,
            "thresholds": sorted(
                access.thresholds(actor, unit.pk), key=lambda each: (not each.is_floor, each.position)
            ),
            "plans": [_plan(each) for each in plans],
            "may_keep": may_administer or keeps_enterprise_thresholds(actor),
        },
    )


@require_POST
@acting_page
def assess(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Say what is known of an incident. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    actions.assess_incident(
        actor=actor,
        incident_id=incident.pk,
        impact=said_on(Impact, request.POST.get("impact", ""), "impact"),
        reach=said_on(Reach, request.POST.get("reach", ""), "reach"),
        sensitivity=said_on(Sensitivity, request.POST.get("sensitivity", ""), "sensitivity"),
    )
    return redirect("incident", reference)


@require_POST
@acting_page
def tags(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Say what an incident is about, a tag a line. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    actions.set_tags(actor=actor, incident_id=incident.pk, tags=request.POST.get("tags", "").splitlines())
    return redirect("incident", reference)


@require_POST
@acting_page
def describe(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Say an incident's impact, service and kind. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    incident = access.incident_referenced(actor, reference)
    said = request.POST
    actions.describe_incident(
        actor=actor,
        incident_id=incident.pk,
        summary=said.get("summary", UNCHANGED),
        service_id=chosen_key(said, "service"),
        incident_type_id=chosen_key(said, "type"),
    )
    return redirect("incident", reference)


def describing_context(actor: Actor, incident: Incident) -> dict[str, Any]:
    """What can be said of an incident's service and kind."""
    in_use = Q(unit=incident.unit_id, retired_at=None)
    services = catalog.services(actor).filter(in_use | Q(pk=incident.service_id or 0))
    return {
        "services": services.order_by("name"),
        "types": tenants.terms_in_use(actor, TermKind.INCIDENT_TYPE, incident.unit_id),
    }


def said_on(scale: type[S], word: str, name: str) -> S | None:
    """The member of a scale that a form says; None for nothing. Raises `Invalid` for anything else."""
    if not word:
        return None
    if word not in scale.values:
        raise Invalid("Choose one of the list, or nothing.", path=[name])
    return scale(word)


def engaged_context(actor: Actor, incident: Incident) -> dict[str, Any]:
    """What an incident has engaged, and what was last said of it."""
    last = access.last_assessment(actor, incident)
    latest = access.last_updates(actor, [incident.pk]).get(incident.pk)
    return {
        "engagements": [
            {
                "whose": each.plan_unit.name if each.plan_unit else "The enterprise",
                "severity": each.severity,
                "steps": each.protocol.splitlines(),
                "every": minutes_said(each.update_minutes) if each.update_minutes else "",
                "update_due_at": _due(each, latest) if incident.is_open else None,
                "roles": [RoleKind(kind).label for kind in each.roles],
            }
            for each in access.engagements(actor, incident)
        ],
        "assessment": last,
        "facts": _facts(last.impact, last.reach, last.sensitivity) if last else [],
    }


def _due(engagement: Engagement, latest: datetime | None) -> datetime | None:
    """When the next update is due; `latest` is when somebody wrote the last (aware)."""
    if engagement.update_due_at is None or engagement.update_minutes is None:
        return None
    return max(latest or engagement.at, engagement.at) + timedelta(minutes=engagement.update_minutes)


def scales_context() -> dict[str, Any]:
    """What can be said of an incident."""
    return {"impacts": Impact.choices, "reaches": Reach.choices, "sensitivities": Sensitivity.choices}


def _facts(impact: str | None, reach: str | None, sensitivity: str | None) -> list[tuple[str, str]]:
    return [
        (label, str(scale(value).label))
        for label, scale, value in (
            ("Impact", Impact, impact),
            ("Reach", Reach, reach),
            ("Data", Sensitivity, sensitivity),
        )
        if value
    ]


def _tried(actor: Actor, unit: BusinessUnit, given: dict[str, Any]) -> dict[str, Any]:
    service = catalog.service_for(actor, int(given["service"])) if given.get("service") else None
    known = facts_of(
        actor,
        service,
        impact=said_on(Impact, given.get("impact", ""), "impact"),
        reach=said_on(Reach, given.get("reach", ""), "reach"),
        sensitivity=said_on(Sensitivity, given.get("sensitivity", ""), "sensitivity"),
    )
    proposal = propose(known, access.thresholds(actor, unit.pk))
    return {
        "is_tried": any(given.values()),
        "proposal": proposal,
        "engaging": [
            _plan(each) for each in access.response_plans(actor).filter(access.plans_for(unit.pk, proposal.severity))
        ]
        if proposal.severity
        else [],
        "try_at": reverse("unit-severity", args=[unit.slug]),
    }


def _plan(plan: Any) -> dict[str, Any]:
    return {
        "plan": plan,
        "whose": plan.unit.name if plan.unit else "The enterprise",
        "teams": [
            {
                "name": str(each.schedule or "A schedule that you do not see"),
                "role": RoleKind(each.role).label,
                "only": ", ".join(
                    filter(
                        None,
                        [
                            f"domain {each.domain}" if each.domain else "",
                            f"tag {each.tag}" if each.tag else "",
                            str(each.incident_type or ""),
                            f"able in {each.expertise}" if each.expertise else "",
                        ],
                    )
                ),
            }
            for each in plan.teams.all()
        ],
        "roles": [RoleKind(kind).label for kind in plan.roles],
        "steps": plan.protocol.splitlines(),
        "every": minutes_said(plan.update_minutes) if plan.update_minutes else "",
    }
