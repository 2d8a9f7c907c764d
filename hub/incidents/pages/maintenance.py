"""Maintenance: what is announced, goes on and is over; the form that announces it; and its end."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalog import access as catalog
from hub.catalog.models import Service
from hub.incidents import access, actions
from hub.incidents.models import Incident, runs_at
from hub.lib import clock
from hub.lib.errors import HubError
from hub.lib.identity import Actor
from hub.oncall.pages.forms import SpanForm
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.models import BusinessUnit
from tenants.permissions import Permission, units_with

LISTED = 50
HOUR = timedelta(hours=1)


class MaintenanceForm(SpanForm):
    """Work to announce. The unit follows from the services: the nearest of the reader's that all of them are in."""

    services = forms.TypedMultipleChoiceField(
        label="Which services?",
        coerce=int,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Hold Ctrl or Cmd to choose several.",
    )
    reason = forms.CharField(label="What is done?", max_length=300, help_text="Everybody reads it.")
    field_order = ("services", "reason", "starts_at", "ends_at")

    def __init__(self, *args: Any, services: Iterable[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        grouped: dict[str, list[tuple[int, str]]] = {}
        for each in services:
            grouped.setdefault(each.unit.name, []).append((each.pk, each.name))
        self.fields["services"].choices = list(grouped.items())  # type: ignore[attr-defined]


@require_http_methods(["GET", "POST"])
@acting_page
def maintenance(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every window, those that go on first; and by POST, a new one."""
    leads = units_with(actor, Permission.ONCALL_WRITE)
    now = clock.now().replace(second=0, microsecond=0)
    services = list(catalog.services(actor).filter(unit_id__in=leads).order_by("unit__name", "name"))
    form = MaintenanceForm.showing(now, now + HOUR, services=services)
    if request.method == "POST":
        form = MaintenanceForm(request.POST, auto_id="maintenanceform_%s", services=services)
        if form.is_valid() and _schedule(actor, form, services, leads):
            return redirect("maintenance")
    return render(
        request,
        "incidents/maintenance.html",
        {**_listed(actor, request.GET.get("unit", "")), "form": form if services else None, "leads": leads},
        status=422 if form.is_bound else 200,
    )


@require_POST
@acting_page
def stop(request: HttpRequest, actor: Actor, window_id: int) -> HttpResponse:
    """Cancel what has not begun, end what goes on. Raises `NotFound`, `Forbidden`, `Conflict`."""
    window = access.maintenance_for(actor, window_id)
    if window.is_ahead(clock.now()):
        actions.cancel_maintenance(actor=actor, window_id=window_id)
    else:
        actions.end_maintenance(actor=actor, window_id=window_id)
    return redirect("maintenance")


@require_POST
@acting_page
def page_anyway(request: HttpRequest, actor: Actor, reference: str) -> HttpResponse:
    """Let an incident page although maintenance goes on. Raises `NotFound`, `Forbidden`, `Conflict`."""
    incident = access.incident_referenced(actor, reference)
    actions.page_anyway(actor=actor, incident_id=incident.pk)
    return redirect("incident", reference)


def _schedule(actor: Actor, form: MaintenanceForm, services: list[Service], leads: frozenset[int]) -> bool:
    """Whether it is announced; if not, the form says why."""
    given = form.cleaned_data
    chosen = [each.unit for each in services if each.pk in set(given["services"])]
    unit_id = _unit_of(chosen, leads)
    if unit_id is None:
        form.add_error("services", "You lead no unit that all of these belong to: announce them one unit at a time.")
        return False
    try:
        actions.schedule_maintenance(
            actor=actor,
            unit_id=unit_id,
            service_ids=given["services"],
            starts_at=given["starts_at"],
            ends_at=given["ends_at"],
            reason=given["reason"],
        )
    except HubError as error:
        names = {"startsAt": "starts_at", "endsAt": "ends_at", "reason": "reason", "serviceIds": "services"}
        form.add_error(names.get(error.path[0]) if error.path else None, error.message)
        return False
    return True


def _unit_of(chosen: list[BusinessUnit], leads: frozenset[int]) -> int | None:
    """The nearest unit of `leads` that all of these are in."""
    first, *others = chosen
    return next(
        (each for each in first.lineage if each in leads and all(each in other.lineage for other in others)), None
    )


def _listed(actor: Actor, slug: str) -> dict[str, Any]:
    now = clock.now()
    found = access.maintenance_windows(actor)
    unit = tenants.units(actor).filter(slug=slug).first()
    if unit is not None:
        found = found.filter(unit=unit)
    going_on = list(found.filter(runs_at(now)).order_by("ends_at"))
    quiet: dict[int, list[Incident]] = {}
    for incident in access.incidents(actor).filter(maintenance__in=going_on).order_by("severity", "-declared_at"):
        quiet.setdefault(incident.maintenance_id or 0, []).append(incident)
    return {
        "unit": unit,
        "going_on": [{"window": window, "incidents": quiet.get(window.pk, [])} for window in going_on],
        "ahead": list(found.filter(starts_at__gt=now, stopped_at=None).order_by("starts_at")),
        "past": list(found.exclude(stopped_at=None, ends_at__gt=now)[:LISTED]),
        "zone": str(timezone.get_current_timezone()),
    }
