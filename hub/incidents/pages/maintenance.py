"""Maintenance: what is announced, goes on and is over; the form that announces it; a window's own page, its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django import forms
from django.db.models import Count, Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hub.catalog import access as catalog
from hub.catalog.models import Service
from hub.incidents import access, actions
from hub.incidents.models import Frequency, Incident, MaintenanceWindow, runs_at
from hub.incidents.repeating import LAST, Repeat, in_words
from hub.lib import clock
from hub.lib.errors import HubError
from hub.lib.identity import Actor
from hub.oncall.hours import DAYS
from hub.oncall.pages.forms import SpanForm
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.models import BusinessUnit
from tenants.permissions import Permission, units_with

LISTED = 50
HOUR = timedelta(hours=1)
LAST_WEEK = "last"
NAMES = {
    "startsAt": "starts_at",
    "endsAt": "ends_at",
    "serviceIds": "services",
    "frequency": "repeats",
    "week": "repeats",
    "timeZone": "repeats",
    "andFollowing": "and_following",
}
"""What the forms call the inputs of the actions, where they call them otherwise."""


class WindowForm(SpanForm):
    """Work on services."""

    services = forms.TypedMultipleChoiceField(
        label="Which services?",
        coerce=int,
        widget=forms.SelectMultiple(attrs={"size": 8}),
        help_text="Hold Ctrl or Cmd to choose several.",
    )
    reason = forms.CharField(label="What is done?", max_length=300, help_text="Everybody reads it.")
    field_order: Sequence[str] = ("services", "reason", "starts_at", "ends_at")

    def __init__(self, *args: Any, services: Iterable[Service], **options: Any) -> None:
        super().__init__(*args, **options)
        grouped: dict[str, list[tuple[int, str]]] = {}
        for each in services:
            grouped.setdefault(each.unit.name, []).append((each.pk, each.name))
        self.fields["services"].choices = list(grouped.items())  # type: ignore[attr-defined]

    def refuse(self, error: HubError) -> None:
        """Say beside the field what the action refused."""
        path = error.path[1:] if error.path[:1] == ("repeat",) else error.path
        name = NAMES.get(path[0], path[0]) if path else None
        self.add_error(name if name in self.fields else None, error.message)


class MaintenanceForm(WindowForm):
    """Work to announce. The unit follows from the services: the nearest of the reader's that all of them are in."""

    repeats = forms.ChoiceField(
        label="Does it repeat?",
        required=False,
        choices=[
            ("", "No, it comes once"),
            (Frequency.DAILY, "Every day"),
            (Frequency.WEEKLY, "Every week"),
            (Frequency.MONTHLY, "Every month, on the same weekday of its first to fourth week"),
            (LAST_WEEK, "Every month, on its last such weekday"),
        ],
        help_text="At the same hour of your time zone, before and after a change of the clock.",
    )
    weekdays = forms.TypedMultipleChoiceField(
        label="On which days of the week?",
        coerce=int,
        required=False,
        choices=list(enumerate(DAYS, 1)),
        widget=forms.SelectMultiple(attrs={"size": 7}),
        help_text="For every week; none for the day on which it begins.",
    )
    until = forms.DateField(
        label="Until which day?",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="The last on which it may begin, at most a year ahead.",
    )
    field_order = ("services", "reason", "starts_at", "ends_at", "repeats", "weekdays", "until")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("repeats") and not given.get("until") and "until" not in self.errors:
            self.add_error("until", "Say until when it repeats.")
        return given

    def repeat(self) -> Repeat | None:
        """How it repeats, by the clock of the reader; None for what comes once."""
        given = self.cleaned_data
        if not given["repeats"]:
            return None
        is_last = given["repeats"] == LAST_WEEK
        return Repeat(
            frequency=Frequency.MONTHLY if is_last else Frequency(given["repeats"]),
            time_zone=str(timezone.get_current_timezone()),
            until=given["until"],
            weekdays=given["weekdays"],
            week=LAST if is_last else None,
        )


class ChangeForm(WindowForm):
    """Work that is ahead or goes on, to change."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    and_following = forms.BooleanField(label="And all that follow", required=False)
    field_order = ("services", "reason", "starts_at", "ends_at", "and_following", "version")

    def __init__(self, *args: Any, repeats: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if not repeats:
            del self.fields["and_following"]


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
    stops = actions.cancel_maintenance if window.is_ahead(clock.now()) else actions.end_maintenance
    stops(actor=actor, window_id=window_id, and_following=request.POST.get("and") == "following")
    return redirect("maintenance")


@require_http_methods(["GET", "POST"])
@acting_page
def window(request: HttpRequest, actor: Actor, window_id: int) -> HttpResponse:
    """One window: its work, its incidents, when it comes again; and by POST, its change. Raises `NotFound`."""
    shown = access.maintenance_for(actor, window_id)
    now = clock.now()
    leads = units_with(actor, Permission.ONCALL_WRITE)
    may_change = shown.unit_id in leads and (shown.is_ahead(now) or shown.is_running(now))
    services = [
        each
        for each in catalog.services(actor).select_related("unit").order_by("unit__name", "name")
        if shown.unit_id in each.unit.lineage
    ]
    about: dict[str, Any] = {"services": services, "repeats": shown.series is not None}
    if request.method == "POST":
        form = ChangeForm(request.POST, auto_id="changeform_%s", **about)
        if form.is_valid() and _change(actor, form, shown):
            return redirect("maintenance-window", window_id)
    else:
        form = ChangeForm.showing(shown.starts_at, shown.ends_at, **about)
        form.initial |= {
            "services": [each.pk for each in shown.services.all()],
            "reason": shown.reason,
            "version": shown.version,
        }
    series = shown.series
    around = access.maintenance_windows(actor).filter(series=series).order_by("starts_at") if series else ()
    return render(
        request,
        "incidents/maintenance_window.html",
        {
            "window": shown,
            "is_ahead": shown.is_ahead(now),
            "is_running": shown.is_running(now),
            "incidents": list(access.incidents(actor).filter(maintenance=shown).order_by("severity", "-declared_at")),
            "series": series,
            "repeats": _repeats(shown),
            "around": around,
            "form": form if may_change else None,
            "may_change": may_change,
            "zone": str(timezone.get_current_timezone()),
        },
        status=422 if form.is_bound else 200,
    )


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
            repeat=form.repeat(),
        )
    except HubError as error:
        form.refuse(error)
        return False
    return True


def _change(actor: Actor, form: ChangeForm, shown: MaintenanceWindow) -> bool:
    """Whether it is changed; if not, the form says why. Times that read as before are as before, to the second."""
    given = form.cleaned_data
    moved = {
        name: given[name]
        for name in ("starts_at", "ends_at")
        if given[name] != getattr(shown, name).replace(second=0, microsecond=0)
    }
    try:
        actions.change_maintenance(
            actor=actor,
            window_id=shown.pk,
            version=given["version"],
            reason=given["reason"],
            service_ids=given["services"],
            and_following=given.get("and_following", False),
            **moved,
        )
    except HubError as error:
        form.refuse(error)
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
    ahead = found.filter(starts_at__gt=now, stopped_at=None)
    sooner = ahead.filter(series=OuterRef("series"), starts_at__lt=OuterRef("starts_at"))
    times = dict(ahead.exclude(series=None).order_by().values_list("series").annotate(Count("pk")))
    return {
        "unit": unit,
        "going_on": [{"window": window, "incidents": quiet.get(window.pk, [])} for window in going_on],
        "ahead": [
            {"window": window, "repeats": _repeats(window), "further": times.get(window.series_id, 1) - 1}
            for window in ahead.exclude(Exists(sooner)).order_by("starts_at")
        ],
        "past": list(found.exclude(stopped_at=None, ends_at__gt=now)[:LISTED]),
        "zone": str(timezone.get_current_timezone()),
    }


def _repeats(window: MaintenanceWindow) -> str:
    series = window.series
    return in_words(series.frequency, series.weekdays, series.week) if series else ""
