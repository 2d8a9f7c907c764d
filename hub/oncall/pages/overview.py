"""Who is on call now, and two weeks ahead, in the reader's zone; time that nobody covers is hatched."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from hub.lib import clock
from hub.lib.identity import Actor
from hub.oncall import access
from hub.oncall.models import Schedule
from hub.oncall.shifts import Duty, Shift, Stretch
from hub.web.components import Filter
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.models import Person

DAYS = 14
BEYOND = timedelta(weeks=8)


@dataclass(frozen=True)
class Turn:
    """Part of a schedule's strip, in whole columns of the days ahead; nobody is on in a gap."""

    person: Person | None
    starts_at: datetime
    ends_at: datetime
    days: int
    is_mine: bool


@dataclass(frozen=True)
class Row:
    """A schedule: who is on now until when, and its turns of the days ahead."""

    schedule: Schedule
    now: Stretch | None
    person: Person | None
    turns: list[Turn]


@acting_page
def show(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every schedule that the reader may see, or those of the units that the address names."""
    now = clock.now()
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    end = today + timedelta(days=DAYS)
    units = [(unit.slug, unit.name) for unit in tenants.units(actor)]
    found = access.schedules(actor).order_by("unit__name", "name")
    if chosen := [slug for slug in request.GET.getlist("unit") if slug]:
        found = found.filter(unit__slug__in=chosen)
    schedules = {schedule.pk: schedule for schedule in found}
    on_now = access.on_call(actor, schedules, now)
    # Beyond the strip, so that its last turns say when they really end.
    ahead = access.shifts(actor, schedules, today, end + BEYOND)
    everybody = {shift.person for shifts in ahead.values() for shift in shifts}
    everybody |= {person for stretch in on_now.values() for person in stretch.people}
    people = {person.pk: person for person in tenants.people(actor, everybody)}
    rows = [
        Row(
            schedule=schedule,
            now=on_now.get(key),
            person=people.get(on_now[key].people[0]) if key in on_now else None,
            turns=_turns([each for each in ahead.get(key, ()) if each.duty is Duty.PRIMARY], people, today, end, actor),
        )
        for key, schedule in schedules.items()
    ]
    return render(
        request,
        "oncall/schedules.html",
        {
            "rows": rows,
            "days": [today + timedelta(days=number) for number in range(DAYS)],
            "gaps": sum(1 for row in rows for turn in row.turns if turn.person is None),
            "unit_filter": Filter.from_query(request.GET, name="unit", label="Unit", options=units),
            "zone": str(timezone.get_current_timezone()),
        },
    )


def _turns(
    shifts: Iterable[Shift], people: dict[int, Person], start: datetime, end: datetime, actor: Actor
) -> list[Turn]:
    """The strip from `start` up to `end`, gaps included. A turn stands in the columns of the days that it begins in."""
    turns: list[Turn] = []
    reached, column = start, 0
    cuts: list[tuple[datetime, datetime, int | None]] = []
    for shift in shifts:
        if shift.starts_at >= end:
            break
        if shift.starts_at > reached:
            cuts.append((reached, shift.starts_at, None))
        cuts.append((shift.starts_at, shift.ends_at, shift.person))
        reached = shift.ends_at
    if reached < end:
        cuts.append((reached, end, None))
    for begins, ends, person_id in cuts:
        last = DAYS if ends >= end else (timezone.localtime(ends).date() - start.date()).days
        turns.append(
            Turn(
                person=people.get(person_id) if person_id else None,
                starts_at=begins,
                ends_at=ends,
                days=max(0, last - column),
                is_mine=person_id == actor.person_id,
            )
        )
        column = max(column, last)
    return [turn for turn in turns if turn.days]
