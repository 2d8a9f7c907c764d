"""The person's own page: what I am on, when next, who is with me, what I am offered and what I can take."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from hub.lib import clock
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.oncall import access, actions
from hub.oncall.models import Schedule, Swap, SwapState
from hub.oncall.pages.clashes import change_url
from hub.oncall.pages.forms import SpanForm
from hub.oncall.shifts import Duty, Shift, Stretch
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission, units_with

AHEAD: Final = timedelta(days=56)
BEHIND: Final = timedelta(days=28)
MOST: Final = 20


@dataclass(frozen=True)
class Mine:
    """A shift of mine, and who else is on in it."""

    schedule: Schedule
    shift: Shift
    together: list[Person]
    is_on: bool
    url: str


@require_http_methods(["GET", "POST"])
@acting_page
def mine(request: HttpRequest, actor: Actor) -> HttpResponse:
    """My shifts. By POST: leave that I take or give up, and the secret address of my calendar."""
    context = _context(actor)
    if request.method == "POST":
        match request.POST.get("do"):
            case "leave":
                form = SpanForm(request.POST, auto_id="leave_%s")
                context["leave_form"] = form
                if form.is_valid():
                    try:
                        actions.add_leave(actor=actor, **form.cleaned_data)
                    except HubError as error:
                        form.add_error(None, error.message)
                if not form.is_valid():
                    return render(request, "oncall/mine.html", context, status=422)
            case "remove-leave":
                actions.remove_leave(actor=actor, leave_id=_key(request))
            case "link":
                # Shown once, in the answer itself: nothing can show it again.
                link = actions.create_calendar_link(actor=actor)
                return render(request, "oncall/mine.html", {**_context(actor), "new_address": link.address})
            case "revoke-link":
                actions.revoke_calendar_link(actor=actor, calendar_link_id=_key(request))
            case _:
                raise Invalid("Leave can be taken and given up here, and a calendar's address made and revoked.")
        return redirect("my-shifts")
    return render(request, "oncall/mine.html", context)


@require_POST
@acting_page
def answer(request: HttpRequest, actor: Actor, swap_id: int) -> HttpResponse:
    """Accept, refuse or withdraw a swap. Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid`."""
    match request.POST.get("do"):
        case "accept":
            actions.accept_swap(actor=actor, swap_id=swap_id)
        case "refuse":
            actions.refuse_swap(actor=actor, swap_id=swap_id)
        case "withdraw":
            actions.withdraw_swap(actor=actor, swap_id=swap_id)
        case _:
            raise Invalid("An offer is accepted, refused or withdrawn.", path=["do"])
    return redirect("my-shifts")


def _context(actor: Actor) -> dict[str, object]:
    now = clock.now()
    me = actor.person_id or 0
    schedules = {each.pk: each for each in access.schedules_of(actor, me)}
    responds = units_with(actor, Permission.INCIDENT_RESPOND)
    around = {each.pk: each for each in access.schedules(actor).filter(unit__in=responds)} | schedules
    finals = access.held_schedules(actor, around, now - BEHIND, now + AHEAD)
    people = {
        person.pk: person
        for person in tenants.people(actor, {key for each in finals.values() for one in each for key in one.people})
    }
    shifts = [
        Mine(
            schedule=schedules[key],
            shift=shift,
            together=_together(finals[key], shift, people),
            is_on=shift.starts_at <= now,
            url=change_url(key, shift.duty, shift.starts_at, shift.ends_at),
        )
        for key, every in access.shifts_of_person(actor, me, now - BEHIND, now + AHEAD).items()
        for shift in every
        if shift.ends_at > now
    ]
    gaps = [
        (gap, change_url(gap.schedule.pk, gap.lacks, gap.starts_at, gap.ends_at))
        for key, schedule in around.items()
        for gap in access.uncovered(schedule, [each for each in finals.get(key, ()) if each.ends_at > now])
        if gap.starts_at < now + timedelta(days=14)
    ]
    offers = [each for each in access.swaps_waiting_for(actor, now)[:MOST] if _is_for(each, actor, set(around))]
    return {
        "shifts": sorted(shifts, key=lambda each: each.shift.starts_at)[:MOST],
        "gaps": sorted(gaps, key=lambda each: each[0].starts_at)[:MOST],
        "offers": offers,
        "offered": list(access.swaps(actor).filter(offered_by=me, state=SwapState.OFFERED, starts_at__gt=now)[:MOST]),
        "leave": list(access.leave(actor).filter(person=me, ends_at__gt=now)),
        "leave_form": SpanForm.showing(*_week(now)),
        "links": list(access.calendar_links(actor).filter(schedule=None)),
        "zone": str(timezone.get_current_timezone()),
        "secondary": Duty.SECONDARY,
    }


def _together(stretches: list[Stretch], shift: Shift, people: dict[int, Person]) -> list[Person]:
    """Everybody else who is on for a part of the shift, in either duty."""
    during = [each for each in stretches if each.starts_at < shift.ends_at and each.ends_at > shift.starts_at]
    others = dict.fromkeys(person for each in during for person in each.people if person != shift.person)
    return [people[each] for each in others if each in people]


def _is_for(swap: Swap, actor: Actor, around: set[int]) -> bool:
    return swap.offered_to_id == actor.person_id or swap.schedule_id in around


def _week(now: datetime) -> tuple[datetime, datetime]:
    """Next Monday to the Monday after it, where the reader is."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today + timedelta(days=7 - today.weekday())
    return monday, monday + timedelta(days=7)


def _key(request: HttpRequest) -> int:
    return whole_number(request.POST.get("id", "")) or 0
