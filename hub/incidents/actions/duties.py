"""The responsibility matrix at work: when an incident is declared, it resolves to people, who are put on it or told."""

from __future__ import annotations

from collections.abc import Sequence

from hub.delivery.actions import Draft, send_messages
from hub.incidents import access
from hub.incidents.actions.central import is_commanded_centrally
from hub.incidents.actions.roles import SHARED_ROLES, give_role
from hub.incidents.actions.writing import append_entry
from hub.incidents.letters import duty_letter
from hub.incidents.models import ROLE_OF, Activity, Duty, EntryKind, Incident, Part, RoleKind
from hub.incidents.resolution import resolved_matrix
from hub.lib import clock
from hub.lib.identity import SYSTEM, acting_as
from tenants import access as tenants
from tenants.models import Person
from tenants.permissions import Permission


def assign_duties(*, incident_id: int) -> list[Duty]:
    """Resolve the unit's matrix to people, once for an incident. The system's own.

    Who is responsible takes the activity's role in the room, where it has one and nobody holds it yet; who is
    accountable, consulted or informed, and who is responsible for what has no role, is told. Where the matrix leads to
    nobody, or to somebody who may not see the unit's incidents, the timeline says so. A restricted incident is nobody's
    by a matrix: it is open to grants alone. Locks the incident.
    """
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if incident.restricted or not incident.is_open or Duty.objects.filter(incident=incident).exists():
            return []
        moment = clock.now()
        scope = {"incident": incident, "unit_id": incident.unit_id, "restricted": False, "at": moment}
        made: list[Duty] = []
        for resolved in resolved_matrix(
            SYSTEM,
            incident.unit_id,
            severity=incident.severity,
            incident_type=incident.incident_type_id,
            moment=moment,
        ):
            line = resolved.line
            known = {"activity": line.activity, "part": line.part, "source": line.holder[:200]}
            people, gap = _who_may_see(incident, resolved.people, resolved.gap)
            made += [Duty(**scope, **known, person=person) for person in people]
            if not people:
                made.append(Duty(**scope, **known, gap=gap[:300]))
        if not made:
            return []
        Duty.objects.bulk_create(made)
        for duty in made:
            _take(incident, duty)
        gaps = [
            f"{Activity(duty.activity).label}, {Part(duty.part).label.lower()}: {duty.gap}" for duty in made if duty.gap
        ]
        if gaps:
            append_entry(
                actor=SYSTEM,
                incident=incident,
                kind=EntryKind.SYSTEM,
                body="The responsibility matrix leads to nobody. " + "; ".join(gaps),
            )
        _tell(incident, made)
        return made


def _who_may_see(incident: Incident, people: Sequence[Person], gap: str) -> tuple[list[Person], str]:
    """Those of them who may see the incident; with none, why."""
    seeing = [each for each in people if tenants.holds(SYSTEM, each.pk, Permission.INCIDENT_VIEW, incident.unit)]
    if people and not seeing:
        gap = f"{people[0].name} may not see incidents of {incident.unit.name}"
    return seeing, gap


def _take(incident: Incident, duty: Duty) -> None:
    role = ROLE_OF.get(Activity(duty.activity))
    if duty.person is None or duty.part != Part.RESPONSIBLE or role is None:
        return
    held = list(access.roles(SYSTEM, incident).filter(kind=role))
    if any(each.person_id == duty.person_id for each in held) or (held and role not in SHARED_ROLES):
        return
    if role == RoleKind.COMMANDER and is_commanded_centrally(SYSTEM, incident.unit_id, incident.severity):
        return
    label = Activity(duty.activity).label.lower()
    give_role(actor=SYSTEM, incident=incident, role=role, person=duty.person, reason=f"{label}, by {duty.source}")


def _tell(incident: Incident, duties: Sequence[Duty]) -> None:
    """One message to each person, with all that is theirs; a role that they took tells of itself."""
    theirs: dict[int, list[Duty]] = {}
    for duty in duties:
        by_role = duty.part == Part.RESPONSIBLE and Activity(duty.activity) in ROLE_OF
        if duty.person is not None and duty.person.is_active and not by_role:
            theirs.setdefault(duty.person.pk, []).append(duty)
    send_messages(
        actor=SYSTEM,
        drafts=[
            Draft(
                person_id=person_id,
                letter=duty_letter(incident, held),
                dedupe_key=f"incident:{incident.pk}:duties:person:{person_id}",
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                severity=incident.severity,
            )
            for person_id, held in theirs.items()
        ],
    )
