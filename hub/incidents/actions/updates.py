"""The protocol's interval at work: whoever tells those affected is reminded when an update is due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.delivery.actions import Draft, send_messages
from hub.incidents import access
from hub.incidents.letters import update_letter
from hub.incidents.models import Engagement, Incident, RoleKind
from hub.lib import clock, identity
from hub.lib.identity import SYSTEM, acting_as
from tenants.models import Person


def remind_of_updates() -> int:
    """Remind the holders of every open incident whose plan wants an update by now; how many incidents. The system's.

    The count begins anew with what a person writes, and with each reminder. The communications lead is reminded, or
    without one the commander. An incident that is kept quiet by maintenance is left alone. Locks each incident.
    """
    with acting_as(SYSTEM):
        due = list(access.overdue_updates(SYSTEM, clock.now()).values_list("incident", flat=True))
    return sum(_reminded(incident_id) for incident_id in sorted(set(due)))


def _reminded(incident_id: int) -> bool:
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        moment = clock.now()
        due = list(access.overdue_updates(SYSTEM, moment).filter(incident=incident))
        latest = access.last_updates(SYSTEM, [incident.pk]).get(incident.pk)
        silent = [each for each in due if latest is None or latest + _interval(each) <= moment]
        for each in due:
            begins = moment if each in silent or latest is None else latest
            Engagement.objects.filter(pk=each.pk).update(update_due_at=begins + _interval(each))
        if silent:
            _remind(incident, min(map(_interval, silent)), latest or incident.declared_at, moment)
        return bool(silent)


def _interval(engagement: Engagement) -> timedelta:
    return timedelta(minutes=engagement.update_minutes or 0)


def _remind(incident: Incident, interval: timedelta, latest: datetime, moment: datetime) -> None:
    words = access.words_of(SYSTEM, [incident])
    send_messages(
        actor=SYSTEM,
        drafts=[
            Draft(
                person_id=person.pk,
                letter=update_letter(incident, person, interval, latest, words),
                dedupe_key=f"incident:{incident.pk}:update:{moment.isoformat()}:person:{person.pk}",
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                severity=incident.severity,
            )
            for person in _informing(incident)
        ],
    )


def _informing(incident: Incident) -> Sequence[Person]:
    """Whoever leads communication, or else commands, of those who still see the incident."""
    held = list(access.roles(SYSTEM, incident))
    for role in (RoleKind.COMMUNICATIONS_LEAD, RoleKind.COMMANDER):
        people = [each.person for each in held if each.kind == role and _sees(each.person, incident)]
        if people:
            return people
    return ()


def _sees(person: Person, incident: Incident) -> bool:
    """A grant that has ended, or a role in the unit, leaves the role in the incident: its holder sees nothing more."""
    reader = identity.person(person.pk, through="job")
    with acting_as(reader):
        return access.incidents(reader).filter(pk=incident.pk).exists()
