"""How an incident begins: by hand or from an alert, with its people on it from the first second."""

from __future__ import annotations

import secrets
from typing import Final

from django.db import connection

from hub.catalog import access as catalog
from hub.catalog.models import Service
from hub.incidents import access
from hub.incidents.actions.restriction import give_grant
from hub.incidents.actions.roles import give_role
from hub.incidents.actions.writing import append_entry, checked_text
from hub.incidents.events import IncidentDeclared
from hub.incidents.models import EntryKind, Incident, RoleKind, Severity, Status
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.lib.keys import hidden_key
from hub.live import outbox
from hub.oncall import access as oncall
from hub.oncall.models import WhenNobody
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit, Person, TermKind
from tenants.permissions import Permission, require

ASSIGN: Final = "hub.incidents.jobs.assign_waiting_role"


def declare_incident(
    *,
    actor: Actor,
    title: str,
    severity: Severity,
    unit_id: int | None = None,
    service_id: int | None = None,
    summary: str = "",
    severity_reason: str = "",
    incident_type_id: int | None = None,
    restricted: bool = False,
    opening: str = "",
) -> Incident:
    """Declare an incident and put whoever is on call for its service on it.

    Args:
        unit_id: the unit it belongs to; may be left out with a service, whose owner it then is.
        severity_reason: why this severity: a rule's words or the person's.
        restricted: open to explicit grants alone from the start; the declarer gets the first, and nobody is
            assigned or told by rotation.
        opening: the first timeline entry's text, if it is not the plain fact of the declaration.

    Raises `Invalid` for an empty title or neither unit nor service, `NotFound` for what is named but not there,
    `Forbidden` without incident.declare in the unit. Locks the unit's counter.
    """
    with acting_as(actor):
        title = checked_text(title, "title", longest=200)
        service = _service(actor, service_id)
        unit = _unit(actor, unit_id, service)
        require(
            actor,
            Permission.INCIDENT_DECLARE,
            unit.pk,
            f"You cannot declare incidents in {unit.name}: that needs a responder's role there.",
        )
        if incident_type_id is not None:
            try:
                tenants.term_for(actor, TermKind.INCIDENT_TYPE, incident_type_id, unit_id=unit.pk)
            except NotFound as error:
                raise error.at("incidentTypeId") from None
        moment = clock.now()
        incident = Incident(
            pk=hidden_key() if restricted else _next_id(),
            unit=unit,
            title=title,
            summary=checked_text(summary, "summary", required=False),
            severity=severity,
            severity_reason=severity_reason.strip()[:300],
            incident_type_id=incident_type_id,
            status=Status.DECLARED,
            restricted=restricted,
            service=service,
            declared_by_id=actor.person_id,
            declared_at=moment,
            updated_at=moment,
        )
        if restricted and actor.person_id is not None:
            give_grant(
                actor=actor, incident_id=incident.pk, person_id=actor.person_id, reason="Declared it", is_owner=True
            )
        incident.reference = _next_reference(unit, restricted=restricted)
        incident.save(force_insert=True)
        append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.STATUS,
            body=opening or f"Declared as {severity.upper()}: {title}",
        )
        outbox.record(
            actor=actor,
            event=IncidentDeclared(unit_id=unit.pk, incident_id=incident.pk, restricted=restricted, severity=severity),
        )
        audit.record(
            actor=actor,
            verb="declare_incident",
            obj=incident,
            unit_id=unit.pk,
            incident_id=incident.pk,
            restricted=restricted,
            change={"severity": [None, severity], "status": [None, Status.DECLARED]},
        )
        if not restricted:
            _assign_on_call(actor, incident, service)
        return incident


def _service(actor: Actor, service_id: int | None) -> Service | None:
    if service_id is None:
        return None
    try:
        return catalog.service_for(actor, service_id)
    except NotFound as error:
        raise error.at("serviceId") from None


def _unit(actor: Actor, unit_id: int | None, service: Service | None) -> BusinessUnit:
    if unit_id is None:
        if service is None:
            raise Invalid("An incident needs a unit, or a service whose owner it belongs to.", path=["unitId"])
        return service.unit
    try:
        return tenants.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None


def _next_id() -> int:
    # The id is drawn first, because a restricted incident's grant must stand before its row can be read.
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('incidents_incident', 'id'))")
        row: tuple[int] = cursor.fetchone()
        return row[0]


def _next_reference(unit: BusinessUnit, *, restricted: bool) -> str:
    if restricted:
        # A number from the unit's sequence would leave a gap that tells of it.
        return f"{unit.prefix}-R{secrets.token_hex(4).upper()}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_incidentnumber (unit_id, last) VALUES (%s, 1)"
            " ON CONFLICT (unit_id) DO UPDATE SET last = incidents_incidentnumber.last + 1 RETURNING last",
            [unit.pk],
        )
        row: tuple[int] = cursor.fetchone()
        return f"{unit.prefix}-{row[0]}"


def assign_waiting_role(*, actor: Actor, incident_id: int, role: RoleKind, schedule_id: int) -> None:
    """Put whoever has come on call on an incident that waited for them, unless it is over or somebody is on it by now.

    Args:
        actor: `SYSTEM`.

    Where nobody is on after all, it waits once more. Locks the incident.
    """
    with acting_as(actor):
        incident = access.incident_for(actor, incident_id, lock=True)
        held = access.roles(actor, incident).filter(kind=role).exists()
        if not incident.is_open or incident.restricted or held:
            return
        shift = oncall.on_call(actor, [schedule_id], clock.now()).get(schedule_id)
        people = Person.objects.filter(is_active=True).in_bulk(shift.people if shift else [])
        person = next((people[each] for each in shift.people if each in people), None) if shift else None
        if person is None:
            _wait_for_next(actor, incident, role, schedule_id)
            return
        name = oncall.schedule_for(actor, schedule_id).name
        give_role(actor=actor, incident=incident, role=role, person=person, reason=f"came on call for {name}")


def _wait_for_next(actor: Actor, incident: Incident, role: RoleKind, schedule_id: int) -> None:
    """With nobody on, the schedule says whether the role waits for who comes on next or just stays open."""
    if not oncall.schedules(actor).filter(pk=schedule_id, when_nobody=WhenNobody.DEFER).exists():
        return
    coming = oncall.next_on(actor, [schedule_id], clock.now()).get(schedule_id)
    if coming is not None:
        defer(ASSIGN, at=coming.starts_at, incident_id=incident.pk, role=str(role), schedule_id=schedule_id)


def _assign_on_call(actor: Actor, incident: Incident, service: Service | None) -> None:
    """Commander and responder from the service's schedules; a schedule with nobody on leaves its role open."""
    if service is None:
        return
    wanted = [
        (RoleKind.COMMANDER, service.commander_schedule_id),
        (RoleKind.RESPONDER, service.responder_schedule_id),
    ]
    shifts = oncall.on_call(actor, [each for _, each in wanted if each is not None], incident.declared_at)
    people = Person.objects.filter(is_active=True).in_bulk([each for shift in shifts.values() for each in shift.people])
    names = {each.pk: each.name for each in oncall.schedules(actor).filter(pk__in=shifts)}
    for role, schedule_id in wanted:
        shift = shifts.get(schedule_id) if schedule_id is not None else None
        # Where no primary is on, whoever is secondary answers.
        person = next((people[each] for each in shift.people if each in people), None) if shift else None
        if schedule_id is None:
            continue
        if person is None:
            _wait_for_next(actor, incident, role, schedule_id)
            continue
        give_role(actor=actor, incident=incident, role=role, person=person, reason=f"on call for {names[schedule_id]}")
