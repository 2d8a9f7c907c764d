"""The responsibility matrix at work: it resolves to people, who are put on an incident or told.

That is so when the incident is declared, and again when it gets graver or turns out to be of another kind: others may
answer for it then.
"""

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
        return _given(incident, _resolved(incident), once="duties")


def reassign_duties(*, incident_id: int) -> list[Duty]:
    """Resolve the unit's matrix anew for an incident that has got graver, or is of another kind than was thought;
    returns what is somebody's from now on.

    An activity is others' where the matrix says so for incidents like this one. Where it says the same of both,
    it stays whose it was, whoever is on call by now. Who is not responsible any more keeps the role they have in the
    room: no matrix takes somebody away from the work. The system's own; a restricted incident stays nobody's. Locks
    the incident.
    """
    with acting_as(SYSTEM):
        incident = access.incident_for(SYSTEM, incident_id, lock=True)
        if incident.restricted or not incident.is_open:
            return []
        resolved, known = _resolved(incident), {_whose(duty): duty for duty in Duty.objects.filter(incident=incident)}
        held = [duty for duty in known.values() if duty.ended_at is None]
        changed = {each for each in Activity if _lines(resolved, each) != _lines(held, each)}
        wanted = {_whose(duty): duty for duty in resolved if duty.activity in changed}
        former = [duty.pk for duty in held if duty.activity in changed and _whose(duty) not in wanted]
        Duty.objects.filter(pk__in=former).update(ended_at=clock.now())
        again = [known[whose] for whose in wanted if whose in known and known[whose].ended_at is not None]
        Duty.objects.filter(pk__in=[duty.pk for duty in again]).update(ended_at=None)
        made = [duty for whose, duty in wanted.items() if whose not in known]
        if changed:
            append_entry(
                actor=SYSTEM, incident=incident, kind=EntryKind.SYSTEM, body=_said(incident, list(wanted.values()))
            )
        kind = f":{incident.incident_type_id}" if incident.incident_type_id else ""
        _given(incident, made, once=f"duties:{incident.severity}{kind}")
        return [*made, *again]


def _resolved(incident: Incident) -> list[Duty]:
    """What the matrix says of the incident now, not yet kept."""
    moment = clock.now()
    scope = {"incident": incident, "unit_id": incident.unit_id, "restricted": False, "at": moment}
    found: list[Duty] = []
    for resolved in resolved_matrix(
        SYSTEM, incident.unit_id, severity=incident.severity, incident_type=incident.incident_type_id, moment=moment
    ):
        line = resolved.line
        known = {"activity": line.activity, "part": line.part, "source": line.holder[:200]}
        people, gap = _who_may_see(incident, resolved.people, resolved.gap)
        found += [Duty(**scope, **known, person=person) for person in people]
        if not people:
            found.append(Duty(**scope, **known, gap=gap[:300]))
    return found


def _whose(duty: Duty) -> tuple[str, str, str, int | None]:
    return duty.activity, duty.part, duty.source, duty.person_id


def _lines(duties: Sequence[Duty], activity: Activity) -> set[tuple[str, str]]:
    """What a matrix says of an activity, whoever that is at the moment."""
    return {(duty.part, duty.source) for duty in duties if duty.activity == activity}


def _said(incident: Incident, duties: Sequence[Duty]) -> str:
    parts: dict[str, list[str]] = {}
    for duty in duties:
        if duty.person is not None:
            label = f"{duty.person.name} ({Part(duty.part).label.lower()})"
            parts.setdefault(Activity(duty.activity).label, []).append(label)
    people = "; ".join(f"{activity}: {', '.join(names)}" for activity, names in parts.items())
    kind = f" of the type {incident.incident_type}" if incident.incident_type else ""
    return f"Other responsibilities hold for {incident.severity.upper()}{kind}. {people}".strip()


def _given(incident: Incident, made: list[Duty], *, once: str) -> list[Duty]:
    """Keep these duties, put their people on the incident or tell them, and say in the timeline what is nobody's."""
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
    _tell(incident, made, once)
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


def _tell(incident: Incident, duties: Sequence[Duty], once: str) -> None:
    """One message to each person, with all that is theirs; a role that they took tells of itself."""
    theirs: dict[Person, list[Duty]] = {}
    for duty in duties:
        by_role = duty.part == Part.RESPONSIBLE and Activity(duty.activity) in ROLE_OF
        if duty.person is not None and duty.person.is_active and not by_role:
            theirs.setdefault(duty.person, []).append(duty)
    words = access.words_of(SYSTEM, [incident])
    send_messages(
        actor=SYSTEM,
        drafts=[
            Draft(
                person_id=person.pk,
                letter=duty_letter(incident, held, person, words),
                dedupe_key=f"incident:{incident.pk}:{once}:person:{person.pk}",
                unit_id=incident.unit_id,
                incident_id=incident.pk,
                restricted=incident.restricted,
                severity=incident.severity,
            )
            for person, held in theirs.items()
        ],
    )
