"""Calendars for programs that cannot sign in: whoever knows the secret address reads what its owner may see."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from hub.lib import clock
from hub.lib.errors import NotFound
from hub.lib.identity import acting_as, person
from hub.oncall import access, keys
from hub.oncall.calendars import NamedShift, calendar_of
from hub.web.secret_addresses import kept_secret
from tenants import access as tenants

BEHIND: Final = timedelta(days=365)
AHEAD: Final = timedelta(days=366)
FRESH: Final = 300
"""Seconds that a program may keep what it has read."""


@require_safe
def calendar(request: HttpRequest, key: str) -> HttpResponse:
    """The calendar of a secret address; one that is unknown, malformed or revoked is simply not there."""
    found = keys.calendar_of(key)
    if found is None:
        return HttpResponse("There is no such calendar.\n", status=404, content_type="text/plain; charset=utf-8")
    owner_id, schedule_id = found
    try:
        body = calendar_for(owner_id, schedule_id)
    except NotFound:
        return HttpResponse("There is no such calendar.\n", status=404, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = f"private, max-age={FRESH}"
    answer["Content-Disposition"] = 'inline; filename="on-call.ics"'
    return kept_secret(answer)


calendar.manages_identity = True  # type: ignore[attr-defined]


def calendar_for(owner_id: int, schedule_id: int | None) -> bytes:
    """The shifts of a year behind and a year ahead, as the owner sees them. Raises `NotFound`."""
    actor = person(owner_id, through="feed")
    now = clock.now()
    with acting_as(actor):
        owner = tenants.person_for(actor, owner_id)
        if schedule_id is None:
            shifts = access.shifts_of_person(actor, owner_id, now - BEHIND, now + AHEAD)
            title = f"On call: {owner.name}"
        else:
            schedule = access.schedule_for(actor, schedule_id)
            shifts = access.shifts(actor, [schedule_id], now - BEHIND, now + AHEAD)
            title = f"On call: {schedule.name}"
        names = {each.pk: each.name for each in access.schedules(actor).filter(pk__in=shifts)}
        ids = {shift.person for every in shifts.values() for shift in every}
        people = {each.pk: each for each in tenants.people(actor, ids)}
        named = [
            NamedShift(key, names[key], shift, people[shift.person].name, people[shift.person].username)
            for key, every in shifts.items()
            for shift in every
        ]
        named.sort(key=lambda each: (each.shift.starts_at, each.schedule_id, each.username))
        return calendar_of(title, named, stamp=now, about_person=schedule_id is None)
