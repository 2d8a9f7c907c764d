"""Who is on call now, and two weeks ahead by unit, in the reader's zone; time that nobody covers is hatched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall import access
from hub.oncall.models import Layer, Schedule
from hub.oncall.pages.clashes import clashes
from hub.oncall.pages.strips import DAYS, QUARTERS, Cell, strip_of
from hub.oncall.shifts import Duty, Stretch
from hub.web.components import Filter
from hub.web.signing_in import reading_page
from tenants import access as tenants
from tenants.models import BusinessUnit, Person
from tenants.scopes import units_in

AROUND: Final = timedelta(weeks=8)
"""Beyond the strip on both sides, so that its first and last turns say when they really begin and end."""


@dataclass(frozen=True)
class Now:
    """Who is on at this moment."""

    schedule: Schedule
    primary: list[Person]
    secondary: list[Person]
    until: datetime | None
    is_gap: bool


@dataclass(frozen=True)
class Row:
    """A duty of a schedule and its days ahead."""

    schedule: Schedule
    duty: Duty
    cells: list[Cell]


@dataclass(frozen=True)
class Group:
    """A unit's rows."""

    unit: BusinessUnit
    rows: list[Row]


@reading_page
def show(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every schedule that the reader may see, or those of the units that the address names."""
    now = clock.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    end = today + timedelta(days=DAYS)
    units = [(unit.slug, unit.name) for unit in tenants.units(actor)]
    found = access.schedules(actor).order_by("unit__name", "unit_id", "name", "pk")
    if chosen := [slug for slug in request.GET.getlist("unit") if slug]:
        found = found.filter(unit__slug__in=chosen)
    if (scope := units_in(actor, request.GET)) is not None:
        found = found.filter(unit__in=scope)
    schedules = list(found)
    finals = access.held_schedules(actor, {each.pk: each for each in schedules}, today - AROUND, end + AROUND)
    ids = {person for stretches in finals.values() for each in stretches for person in each.people}
    people = {person.pk: person for person in tenants.people(actor, ids)}
    seconded = set(
        Layer.objects.filter(schedule__in=schedules, duty=Duty.SECONDARY).values_list("schedule_id", flat=True)
    )

    colliding = clashes(actor, schedules, now, end)

    def rows_of(schedule: Schedule) -> list[Row]:
        duties = list(Duty) if schedule.pk in seconded or schedule.needs_secondary else [Duty.PRIMARY]
        stretches = finals.get(schedule.pk, ())
        return [
            Row(
                schedule,
                duty,
                strip_of(
                    schedule,
                    duty,
                    stretches,
                    people,
                    start=today,
                    person_id=actor.person_id,
                    clashes=colliding,
                ),
            )
            for duty in duties
        ]

    groups = [
        Group(unit, [row for each in of_unit for row in rows_of(each)])
        for unit, of_unit in groupby(schedules, key=lambda schedule: schedule.unit)
    ]
    ahead = [
        gap
        for schedule in schedules
        for gap in access.uncovered(schedule, finals.get(schedule.pk, ()))
        if gap.ends_at > now and gap.starts_at < end
    ]
    return render(
        request,
        "oncall/schedules.html",
        {
            "now": [_now(each, finals.get(each.pk, ()), people, now) for each in schedules],
            "groups": groups,
            "days": [today + timedelta(days=number) for number in range(DAYS)],
            "quarters": QUARTERS,
            "width": DAYS * QUARTERS,
            "gaps": len(ahead),
            "clashes": len(colliding),
            "unit_filter": Filter.from_query(request.GET, name="unit", label="Unit", options=units),
            "zone": str(timezone.get_current_timezone()),
        },
    )


def _now(schedule: Schedule, stretches: Sequence[Stretch], people: Mapping[int, Person], now: datetime) -> Now:
    stretch = next((each for each in stretches if each.starts_at <= now < each.ends_at), None)
    if stretch is None:
        return Now(schedule, [], [], None, is_gap=True)
    # Until somebody else is primary: that the secondary changes does not end a shift.
    until = next(
        (each.starts_at for each in stretches if each.starts_at > now and each.primary != stretch.primary), None
    )
    return Now(
        schedule,
        [people[each] for each in stretch.primary if each in people],
        [people[each] for each in stretch.secondary if each in people],
        until,
        stretch.is_uncovered,
    )
