"""A part of a schedule: who is on in it, and what the reader can do about that. Works without a script and a mouse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from hub.lib import clock
from hub.lib.errors import HubError, Invalid
from hub.lib.identity import Actor
from hub.lib.numbers import whole_number
from hub.oncall import access, actions
from hub.oncall.models import Override, PlannedGap, Schedule
from hub.oncall.pages.forms import GapForm, OfferForm, PersonForm, SpanForm
from hub.oncall.shifts import Duty
from hub.web.signing_in import acting_page
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission, can

LONGEST = timedelta(days=62)


@require_http_methods(["GET", "POST"])
@acting_page
def change(request: HttpRequest, actor: Actor, schedule_id: int) -> HttpResponse:
    """The part of a schedule that the address names, and what can be done with it. Raises `NotFound`, `Invalid`."""
    schedule = access.schedule_for(actor, schedule_id)
    duty, since, until = _asked(request)
    context = _context(actor, schedule, duty, since, until)
    if request.method == "POST":
        try:
            if _do(request, actor, schedule, duty, context["forms"]):
                return redirect("on-call")
        except HubError as error:
            context["refusal"] = error.message
        return render(request, "oncall/change.html", context, status=422)
    return render(request, "oncall/change.html", context)


def _asked(request: HttpRequest) -> tuple[Duty, datetime, datetime]:
    """The duty and the span of the address, at most two months from now on."""
    now = clock.now().replace(second=0, microsecond=0)
    try:
        duty = Duty(request.GET.get("duty", Duty.PRIMARY))
        since = datetime.fromisoformat(request.GET.get("since", now.isoformat()))
        until = datetime.fromisoformat(request.GET.get("until", (now + timedelta(days=1)).isoformat()))
        since, until = (each if each.tzinfo else timezone.make_aware(each) for each in (since, until))
        since = max(since.astimezone(UTC), now)
        until = min(until.astimezone(UTC), since + LONGEST)
    except (ValueError, OverflowError):
        raise Invalid("The address names no time of a schedule.") from None
    return duty, since, max(until, since + timedelta(minutes=1))


def _context(actor: Actor, schedule: Schedule, duty: Duty, since: datetime, until: datetime) -> dict[str, Any]:
    stretches = access.held_schedules(actor, {schedule.pk: schedule}, since, until)[schedule.pk]
    on = list(dict.fromkeys(person for each in stretches for person in each.on(duty)))
    writes = can(actor, Permission.ONCALL_WRITE, schedule.unit_id)
    around = _people(actor, schedule)
    people = {person.pk: person for person in (*around, *tenants.people(actor, on))}
    named = [people[key] for key in on if key in people]
    forms: dict[str, SpanForm] = {}
    if writes:
        forms["override"] = PersonForm.showing(since, until, people=around, on=named)
        forms["gap"] = GapForm.showing(since, until)
    if actor.person_id in on:
        others = [person for person in around if person.pk != actor.person_id]
        forms["offer"] = OfferForm.showing(since, until, people=others)
    if not on:
        forms["take"] = SpanForm.showing(since, until)
    touching = Q(starts_at__lt=until, ends_at__gt=since)
    return {
        "schedule": schedule,
        "duty": duty,
        "since": since,
        "until": until,
        "parts": [(each, [people[key] for key in each.on(duty) if key in people]) for each in stretches],
        "forms": forms,
        "overrides": list(Override.objects.filter(touching, schedule=schedule, duty=duty).select_related("person"))
        if writes
        else [],
        "planned_gaps": list(PlannedGap.objects.filter(touching, schedule=schedule)),
        "writes": writes,
        "zone": str(timezone.get_current_timezone()),
    }


def _people(actor: Actor, schedule: Schedule) -> list[Person]:
    """Whoever can be put on: those who work in the unit, and those who have a place in the schedule."""
    places = Q(rotations__rotation__layer__schedule=schedule) | Q(overrides__schedule=schedule)
    within = set(Person.objects.filter(places, is_active=True).values_list("pk", flat=True))
    within |= set(tenants.people_around(actor, schedule.unit_id).values_list("pk", flat=True))
    return list(tenants.people(actor, within).order_by("name", "pk"))


def _do(request: HttpRequest, actor: Actor, schedule: Schedule, duty: Duty, forms: dict[str, Any]) -> bool:
    """Do what the form asks. Says whether it was well-formed; if not, the form tells what is wrong."""
    asked = request.POST.get("do", "")
    if asked in ("remove-override", "remove-gap"):
        key = whole_number(request.POST.get("id", "")) or 0
        if asked == "remove-override":
            actions.remove_override(actor=actor, override_id=key)
        else:
            actions.remove_planned_gap(actor=actor, planned_gap_id=key)
        return True
    if asked not in forms:
        raise Invalid("That cannot be done here any more: look at the schedule again.")
    form = forms[asked] = _bound(forms[asked], request)
    if not form.is_valid():
        return False
    given = form.cleaned_data
    span = {"schedule_id": schedule.pk, "starts_at": given["starts_at"], "ends_at": given["ends_at"]}
    doing: dict[str, Callable[[], object]] = {
        "override": lambda: actions.add_override(
            actor=actor, duty=duty, person_id=given["person"], replaces_id=given["replaces"], **span
        ),
        "gap": lambda: actions.plan_gap(actor=actor, reason=given["reason"], **span),
        "offer": lambda: actions.offer_swap(
            actor=actor, duty=duty, offered_to_id=given["offered_to"], note=given["note"], **span
        ),
        "take": lambda: actions.take_shift(actor=actor, duty=duty, **span),
    }
    doing[asked]()
    return True


def _bound(form: Form, request: HttpRequest) -> Form:
    form.data, form.is_bound = request.POST, True
    return form
