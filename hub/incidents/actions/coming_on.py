"""Whoever comes on call is told what is open there: a hand-over loses nothing between two shifts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from hub.delivery.actions import Draft, send_messages
from hub.incidents import access
from hub.incidents.letters import coming_on_letter
from hub.incidents.models import Incident
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from hub.oncall import access as oncall
from hub.oncall.shifts import Stretch
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission

LATE: Final = timedelta(minutes=30)
"""So long after a change of shift it is still told, for when no worker ran at that moment."""


def tell_who_comes_on() -> int:
    """Tell those whose shift began within the last `LATE` what is open of the services that it is for; how many.

    Once a shift for each person, however many schedules they come on for at that moment. Whoever was on before is not
    told, nor whoever may not see an incident; restricted ones are nobody's by a schedule. The system's own.
    """
    with acting_as(SYSTEM):
        now = clock.now()
        open_on: dict[int, list[Incident]] = defaultdict(list)
        for incident in access.open_incidents(SYSTEM):
            for schedule_id in access.schedules_of(incident):
                open_on[schedule_id].append(incident)
        finals = oncall.final_schedules(SYSTEM, open_on, now - LATE, now + timedelta(seconds=1))
        coming: dict[tuple[int, datetime], dict[int, Incident]] = defaultdict(dict)
        for schedule_id, stretches in finals.items():
            for person_id, since in _came_on(list(stretches)):
                coming[person_id, since].update({each.pk: each for each in open_on[schedule_id]})
        people = Person.objects.filter(is_active=True).in_bulk({person_id for person_id, _ in coming})
        drafts = [
            Draft(
                person_id=person_id,
                letter=coming_on_letter(people[person_id], seen, now),
                dedupe_key=f"coming-on:{since.isoformat()}:person:{person_id}",
            )
            for (person_id, since), incidents in coming.items()
            if person_id in people and (seen := _seen(person_id, incidents.values()))
        ]
        send_messages(actor=SYSTEM, drafts=drafts)
        return len(drafts)


def _came_on(stretches: list[Stretch]) -> Iterable[tuple[int, datetime]]:
    """Who is on in the last stretch and was not in the one before, and since when."""
    if len(stretches) < 2:
        return []
    before, last = stretches[-2:]
    return [(person, last.starts_at) for person in last.people if person not in before.people]


def _seen(person_id: int, incidents: Iterable[Incident]) -> list[Incident]:
    """Those of them that somebody may see, the gravest first."""
    may: dict[int, bool] = {}
    for incident in incidents:
        if incident.unit_id not in may:
            may[incident.unit_id] = tenants.holds(SYSTEM, person_id, Permission.INCIDENT_VIEW, incident.unit)
    return sorted(
        (each for each in incidents if may[each.unit_id]), key=lambda each: (each.severity, each.declared_at, each.pk)
    )
