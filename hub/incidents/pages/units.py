"""A unit's page: who commands, its people, when it works and what it works under; and the coverage map."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from hub.incidents import access, actions
from hub.incidents.models import OwnershipModel, Severity
from hub.lib import clock
from hub.lib.errors import Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.lib.zones import zone_names
from hub.oncall import access as oncall
from hub.oncall.coverage import UnitCoverage, coverage
from hub.web.components import Filter
from hub.web.signing_in import acting_page, reading_page
from tenants import access as tenants
from tenants import actions as administration
from tenants.calendars import WEEKDAYS, read_hours, said
from tenants.models import BusinessUnit
from tenants.permissions import Permission, units_with

AHEAD = 90
MOST_PEOPLE = 100


@reading_page
def units(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every unit, as the tree that they form."""
    found = list(tenants.units(actor).prefetch_related("regions").order_by("name"))
    ownership = access.ownerships(actor)
    by_lineage = sorted(found, key=lambda unit: [name_of(found, each) for each in reversed(unit.lineage)])
    rows = [
        {
            "unit": unit,
            "depth": len(unit.lineage) - 1,
            "ownership": ownership.get(unit.pk),
            "regions": unit.regions.all(),
        }
        for unit in by_lineage
    ]
    return render(request, "incidents/units.html", {"rows": rows})


def name_of(found: list[BusinessUnit], unit_id: int) -> str:
    """The name of one of these units."""
    return next(unit.name for unit in found if unit.pk == unit_id)


@reading_page
def unit(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """One unit. Raises `NotFound`."""
    found = tenants.unit_named(actor, slug)
    calendar = tenants.calendars(actor, [found.pk])[found.pk]
    may_administer = found.pk in units_with(actor, Permission.UNIT_ADMINISTER)
    today = clock.now().astimezone(timezone.get_current_timezone()).date()
    held = tenants.assignments(actor).filter(tenants.held_now(), unit=found).order_by("role__name", "person__name")
    days: list[dict[str, Any]] = [{"number": number, "name": name, "hours": []} for number, name in enumerate(WEEKDAYS)]
    for each in calendar.hours:
        days[each.weekday]["hours"].append(said(each))
    regulations = list(found.regulations.select_related("profile"))
    return render(
        request,
        "incidents/unit.html",
        {
            "unit": found,
            "parent": found.parent,
            "children": found.children.order_by("name"),
            "regions": found.regions.all(),
            "ownership": access.ownership_of(actor, found.pk),
            "criteria": access.criteria_of(actor, [found.pk]).get(found.pk),
            "own_schedules": oncall.schedules(actor).filter(unit=found).order_by("name") if may_administer else (),
            "models": OwnershipModel.choices,
            "severities": Severity.choices,
            "schedules": oncall.schedules(actor).exclude(unit=found).order_by("unit__name", "name")
            if may_administer
            else (),
            "held": held[:MOST_PEOPLE],
            "days": days,
            "calendar": calendar,
            "free_days": calendar.free_days(today, AHEAD),
            "policy": tenants.policy_of(actor, found.pk)
            if found.pk in units_with(actor, Permission.UNIT_VIEW)
            else None,
            "closures": found.closures.filter(ends_on__gte=today),
            "regulations": regulations,
            "profiles": tenants.regulation_profiles(actor) if may_administer else (),
            "under": {each.profile_id for each in regulations},
            "may_administer": may_administer,
            "may_administer_people": found.pk in units_with(actor, Permission.PEOPLE_ADMINISTER),
        },
    )


@require_POST
@acting_page
def set_ownership(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Say who commands. Raises `NotFound`, `Forbidden`, `Invalid`."""
    found = tenants.unit_named(actor, slug)
    model, severity = request.POST.get("model", ""), request.POST.get("central_from", "")
    chosen = whole_number(request.POST.get("schedule", ""))
    if model not in OwnershipModel.values:
        raise Invalid("A unit is centralized, decentralized or hybrid.", path=["model"])
    central = model != OwnershipModel.DECENTRALIZED
    schedule = oncall.schedule_for(actor, chosen) if central and chosen is not None else None
    actions.set_ownership(
        actor=actor,
        unit_id=found.pk,
        model=OwnershipModel(model),
        central_unit_id=schedule.unit_id if schedule else None,
        commander_schedule_id=schedule.pk if schedule else None,
        central_from=Severity(severity) if model == OwnershipModel.HYBRID and severity in Severity.values else None,
    )
    return redirect("unit", slug)


@require_POST
@acting_page
def set_criteria(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Say when incidents below become the unit's. Raises `NotFound`, `Forbidden`, `Invalid`."""
    found = tenants.unit_named(actor, slug)
    severity = request.POST.get("severity", "")
    considered_from = request.POST.get("considered_from", Severity.SEV2)
    if considered_from not in Severity.values or (severity and severity not in Severity.values):
        raise Invalid("Severities are SEV1 to SEV5.", path=["severity"])
    actions.set_criteria(
        actor=actor,
        unit_id=found.pk,
        units_hit=_number(request, "units_hit"),
        dependents=_number(request, "dependents"),
        severity=Severity(severity) if severity else None,
        open_minutes=_number(request, "open_minutes"),
        considered_from=Severity(considered_from),
        commander_schedule_id=whole_number(request.POST.get("schedule", "")),
        makes=bool(request.POST.get("makes")),
    )
    return redirect("unit", slug)


@require_POST
@acting_page
def set_calendar(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Say when the unit works. Raises `NotFound`, `Forbidden`, `Invalid`."""
    found = tenants.unit_named(actor, slug)
    administration.set_calendar(
        actor=actor,
        unit_id=found.pk,
        hours=[
            hours
            for number in range(len(WEEKDAYS))
            for hours in read_hours(number, request.POST.get(f"hours-{number}", ""))
        ],
        country=request.POST.get("country", ""),
        subdivision=request.POST.get("subdivision", ""),
        time_zone=request.POST.get("time_zone") or None,
    )
    return redirect("unit", slug)


@require_POST
@acting_page
def add_closure(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Add days on which the unit does not work. Raises `NotFound`, `Forbidden`, `Invalid`."""
    found = tenants.unit_named(actor, slug)
    starts_on = _day(request.POST.get("starts_on", ""))
    if starts_on is None:
        raise Invalid("Choose the first day of the closure.", path=["startsOn"])
    administration.add_closure(
        actor=actor,
        unit_id=found.pk,
        name=request.POST.get("name", ""),
        starts_on=starts_on,
        ends_on=_day(request.POST.get("ends_on", "")),
    )
    return redirect("unit", slug)


@require_POST
@acting_page
def remove_closure(request: HttpRequest, actor: Actor, slug: str, closure_id: int) -> HttpResponse:
    """Take a closure back. Raises `NotFound`, `Forbidden`."""
    administration.remove_closure(actor=actor, closure_id=closure_id)
    return redirect("unit", slug)


@require_POST
@acting_page
def set_regulations(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """Say what the unit works under. Raises `NotFound`, `Forbidden`."""
    found = tenants.unit_named(actor, slug)
    chosen = [key for each in request.POST.getlist("profile") if (key := whole_number(each)) is not None]
    administration.set_regulations(actor=actor, unit_id=found.pk, profile_ids=chosen)
    return redirect("unit", slug)


@reading_page
def coverage_map(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The hours of a day that somebody holds in each unit, and those that nobody does, in a zone that one chooses."""
    zone = request.GET.get("zone", "")
    if zone not in zone_names():
        zone = str(timezone.get_current_timezone())
    with timezone.override(zone):
        today = timezone.localtime(clock.now()).date()
        day = _day(request.GET.get("day", "")) or today
        regions = [(each.code, each.name) for each in tenants.regions(actor)]
        found = tenants.units(actor).order_by("name")
        chosen = [code for code in request.GET.getlist("region") if code]
        if chosen:
            found = found.filter(regions__code__in=chosen).distinct()
        rows = coverage(actor, list(found), day, zone)
        return render(
            request,
            "incidents/coverage.html",
            {
                "rows": [_row(each) for each in rows],
                "hours": [hour.starts_at for hour in rows[0].hours] if rows else [],
                "uncovered": sum(each.uncovered for each in rows),
                "day": day,
                "is_today": day == today,
                "before": day - timedelta(days=1),
                "after": day + timedelta(days=1),
                "zone": zone,
                "zones": sorted({zone, "UTC", *(each.unit.time_zone for each in rows)}),
                "region_filter": Filter.from_query(request.GET, name="region", label="Region", options=regions),
                "regions_chosen": chosen,
            },
        )


def _row(each: UnitCoverage) -> dict[str, Any]:
    cells = []
    for hour in each.hours:
        state = "nobody" if not hour.is_held else "night" if hour.is_covered and hour.is_night else "held"
        if not hour.is_covered and hour.is_working:
            state = "desk"
        who = ", ".join(person.name for person in hour.people) or "Nobody on call"
        cells.append(
            {
                "at": hour.starts_at,
                "state": state,
                "who": who,
                "free": hour.free,
                "words": {
                    "nobody": "nobody holds this hour",
                    "night": f"{who}, by night",
                    "desk": "working hours, nobody on call",
                    "held": who,
                }[state],
            }
        )
    return {
        "unit": each.unit,
        "cells": cells,
        "gaps": each.gaps,
        "free": next((h.free for h in each.hours if h.free), ""),
    }


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.POST.get(name, "").strip()
    if not text:
        return None
    if (number := whole_number(text, digits=8)) is None:
        raise Invalid(f"“{text[:20]}” is no whole number.", path=[name])
    return number


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
