"""How an incident begins: by hand or from an alert, with its people on it from the first second."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from hub.catalog.models import Sensitivity, Service
from hub.incidents import access
from hub.incidents.actions.fields import require_fields, write_fields
from hub.incidents.actions.knowing import facts_of, keep_assessment
from hub.incidents.actions.maintenance import quiet_words
from hub.incidents.actions.ownership import put_commander
from hub.incidents.actions.rating import rated
from hub.incidents.actions.restriction import give_grant
from hub.incidents.actions.roles import assigned, give_role, new_role, said_of, trail_of
from hub.incidents.actions.tagging import checked_tags
from hub.incidents.actions.writing import new_entry, service_named, type_named
from hub.incidents.events import IncidentDeclared
from hub.incidents.fields import Given
from hub.incidents.models import (
    MOST_TAGS,
    EntryKind,
    Impact,
    Incident,
    IncidentRole,
    Reach,
    RoleKind,
    Route,
    Severity,
    Status,
    TimelineEntry,
)
from hub.incidents.thresholds import Facts, Proposal, propose
from hub.incidents.working import answering
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.lib.jobs import defer
from hub.lib.keys import key_for
from hub.lib.texts import checked_text
from hub.live import outbox
from hub.oncall import access as oncall
from hub.oncall.models import WhenNobody
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit, Person, Stage
from tenants.permissions import Permission, require

ASSIGN: Final = "hub.incidents.jobs.assign_waiting_role"


@dataclass(frozen=True)
class _Holder:
    """Who has a role from the first second on, and why."""

    role: RoleKind
    person: Person
    reason: str


def declare_incident(
    *,
    actor: Actor,
    title: str,
    severity: Severity | None = None,
    unit_id: int | None = None,
    service_id: int | None = None,
    summary: str = "",
    severity_reason: str = "",
    incident_type_id: int | None = None,
    restricted: bool = False,
    opening: str = "",
    fields: Sequence[Given] = (),
    local_severity_id: int | None = None,
    page_anyway: bool = False,
    impact: Impact | None = None,
    reach: Reach | None = None,
    sensitivity: Sensitivity | None = None,
    tags: Sequence[str] = (),
    assessed: tuple[Facts, Proposal] | None = None,
    least_severity: Severity | None = None,
    least_reason: str = "",
) -> Incident:
    """Declare an incident and put whoever is on call for its service on it.

    Args:
        unit_id: the unit it belongs to; may be left out with a service, whose owner it then is.
        severity_reason: why this severity: a rule's words or the person's.
        restricted: open to explicit grants alone from the start; the declarer gets the first, and nobody is
            assigned or told by rotation.
        opening: the first timeline entry's text, if it is not the plain fact of the declaration.
        fields: what it says in its unit's fields.
        local_severity_id: the unit's own word for how grave it is; the severity follows from what it means, and may
            be left out then.
        impact, reach, sensitivity: what is known of it. With the service they propose a severity (`thresholds`), which
            it has if none is said; and it is never laxer than the enterprise's thresholds let it be.
        tags: what it is about, beside the tags of its service.
        assessed: what a source says is known of it, and what follows from that; it is kept with the incident.
        least_severity, least_reason: what the enterprise's rules hold its alerts to, and why: nobody makes it laxer.
        page_anyway: whether it pages although maintenance of its service runs; it waits for the end of that otherwise.

    A source cannot fill in a form: what is missing in what it declares is asked for before the next stage.

    Raises `Invalid` for an empty title, neither unit nor service or no severity, `MissingFields` for what the unit
    demands and is not said, `NotFound` for what is named but not there, `Forbidden` without incident.declare in the
    unit. Locks the unit's counter.
    """
    with acting_as(actor):
        title = checked_text(title, "title", longest=200)
        service = service_named(actor, service_id)
        unit = _unit(actor, unit_id, service)
        require(
            actor,
            Permission.INCIDENT_DECLARE,
            unit.pk,
            f"You cannot declare incidents in {unit.name}: that needs a responder's role there.",
        )
        type_named(actor, unit.pk, incident_type_id)
        judged = assessed
        if actor.through != "ingest":
            known = facts_of(actor, service, impact=impact, reach=reach, sensitivity=sensitivity)
            judged = known, propose(known, access.thresholds(actor, unit.pk))
        severity, word, severity_reason = rated(
            actor,
            unit,
            severity,
            local_severity_id,
            said=severity_reason,
            proposal=judged[1] if judged is not None else None,
        )
        moment = clock.now()
        reference, central, window_id = (
            _restricted_reference(unit) if restricted else _next_reference(unit, severity, service_id, moment)
        )
        roles = {RoleKind.RESPONDER} if central else {RoleKind.COMMANDER, RoleKind.RESPONDER}
        holders, open_roles, passed = ([], [], []) if restricted else _on_call(actor, unit, service, moment, roles)
        maintenance = None if window_id is None else access.maintenance_for(actor, window_id)
        incident = Incident(
            # A restricted incident's key is known first: its grant must stand before its row can be read.
            pk=key_for(restricted=restricted),
            reference=reference,
            unit=unit,
            title=title,
            summary=checked_text(summary, "summary", required=False),
            severity=severity,
            severity_reason=severity_reason[:300],
            local_severity=word,
            least_severity=least_severity or "",
            least_reason=least_reason[:300],
            incident_type_id=incident_type_id,
            status=Status.DECLARED,
            restricted=restricted,
            service=service,
            maintenance=maintenance,
            tags=checked_tags([*(service.tags if service else ()), *tags][: 2 * MOST_TAGS]),
            is_quiet=maintenance is not None and not page_anyway,
            commander=next((each.person for each in holders if each.role == RoleKind.COMMANDER), None),
            declared_by_id=actor.person_id,
            declared_at=moment,
            updated_at=moment,
        )
        if restricted and actor.person_id is not None:
            give_grant(
                actor=actor, incident_id=incident.pk, person_id=actor.person_id, reason="Declared it", is_owner=True
            )
        incident.save(force_insert=True)
        if judged is not None and (judged[1].thresholds or impact or reach or sensitivity):
            keep_assessment(actor, incident, *judged)
        said = write_fields(actor, incident, fields)
        if actor.through != "ingest":
            require_fields(actor, incident, Stage.DECLARED)
        _write_beginning(actor, incident, opening or f"Declared as {severity.upper()}: {title}", holders, passed)
        own_schedule_id = service.commander_schedule_id if service else None
        if central and not put_commander(actor, incident, own_schedule_id=own_schedule_id) and own_schedule_id:
            open_roles.append((RoleKind.COMMANDER, own_schedule_id))
        for role, schedule_id in open_roles:
            _wait_for_next(actor, incident, role, schedule_id)
        if said:
            audit.record(
                actor=actor,
                verb="set_fields",
                obj=incident,
                unit_id=unit.pk,
                incident_id=incident.pk,
                restricted=restricted,
                change=said,
            )
        return incident


def _write_beginning(
    actor: Actor, incident: Incident, opening: str, holders: Sequence[_Holder], passed: Sequence[str]
) -> None:
    """The declaration and the first roles: timeline, events and audit trail by one statement each."""
    moment = incident.declared_at
    roles = IncidentRole.objects.bulk_create(
        new_role(actor, incident, each.role, each.person, reason=each.reason, moment=moment, route=Route.OWNER)
        for each in holders
    )
    quiet = [quiet_words(incident.maintenance)] if incident.is_quiet and incident.maintenance else []
    entries = TimelineEntry.objects.bulk_create(
        [
            new_entry(actor, incident, EntryKind.STATUS, opening, moment),
            *(new_entry(actor, incident, EntryKind.ROLE, said_of(held), moment) for held in roles),
            *(new_entry(actor, incident, EntryKind.SYSTEM, said, moment) for said in (*passed, *quiet)),
        ]
    )
    declared = IncidentDeclared(
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        severity=Severity(incident.severity),
    )
    taken = [assigned(held, entry) for held, entry in zip(roles, entries[1 : len(roles) + 1], strict=True)]
    outbox.record_all(actor=actor, events=[declared, *taken])
    trail = audit.entry(
        actor=actor,
        verb="declare_incident",
        obj=incident,
        unit_id=incident.unit_id,
        incident_id=incident.pk,
        restricted=incident.restricted,
        change={"severity": [None, incident.severity], "status": [None, Status.DECLARED]},
    )
    audit.record_all([trail, *(trail_of(actor, held) for held in roles)])


def _unit(actor: Actor, unit_id: int | None, service: Service | None) -> BusinessUnit:
    if service is not None and unit_id in (None, service.unit_id):
        return service.unit
    if unit_id is None:
        raise Invalid("An incident needs a unit, or a service whose owner it belongs to.", path=["unitId"])
    try:
        return tenants.unit_for(actor, unit_id)
    except NotFound as error:
        raise error.at("unitId") from None


def _restricted_reference(unit: BusinessUnit) -> tuple[str, bool, None]:
    # A number from the unit's sequence would leave a gap that tells of it. Whoever is admitted commands it, and nobody
    # is paged by rotation: no maintenance could keep it quieter.
    return f"{unit.prefix}-R{secrets.token_hex(4).upper()}", False, None


def _next_reference(
    unit: BusinessUnit, severity: Severity, service_id: int | None, moment: datetime
) -> tuple[str, bool, int | None]:
    """In one statement: the unit's next number, whether another unit commands what is as grave as this, and the
    maintenance of the service that runs, by its id (`access.maintenance_at`)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO incidents_incidentnumber (unit_id, last) VALUES (%s, 1)"
            " ON CONFLICT (unit_id) DO UPDATE SET last = incidents_incidentnumber.last + 1"
            " RETURNING last, app.central_command(unit_id, %s) IS NOT NULL,"
            " (SELECT w.id FROM incidents_maintenanceservice s JOIN incidents_maintenancewindow w ON w.id = s.window_id"
            "   WHERE s.service_id = %s AND w.starts_at <= %s AND w.ends_at > %s AND w.stopped_at IS NULL"
            "   ORDER BY w.ends_at DESC, w.id LIMIT 1)",
            [unit.pk, severity, service_id, moment, moment],
        )
        row: tuple[int, bool, int | None] = cursor.fetchone()
        return f"{unit.prefix}-{row[0]}", row[1], row[2]


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
        person = answering(actor, [schedule_id], incident.unit_id, clock.now()).people.get(schedule_id)
        if person is None:
            _wait_for_next(actor, incident, role, schedule_id)
            return
        name = oncall.schedule_for(actor, schedule_id).name
        reason = f"came on call for {name}"
        give_role(actor=actor, incident=incident, role=role, person=person, reason=reason, route=Route.OWNER)


def _wait_for_next(actor: Actor, incident: Incident, role: RoleKind, schedule_id: int) -> None:
    """With nobody on, the schedule says whether the role waits for who comes on next or just stays open."""
    if not oncall.schedules(actor).filter(pk=schedule_id, when_nobody=WhenNobody.DEFER).exists():
        return
    coming = oncall.next_on(actor, [schedule_id], clock.now()).get(schedule_id)
    if coming is not None:
        defer(ASSIGN, at=coming.starts_at, incident_id=incident.pk, role=str(role), schedule_id=schedule_id)


def _on_call(
    actor: Actor, unit: BusinessUnit, service: Service | None, moment: datetime, roles: Collection[RoleKind]
) -> tuple[list[_Holder], list[tuple[RoleKind, int]], list[str]]:
    """Who has these roles by the service's schedules, the roles whose schedules have nobody on who may work in the
    unit, and who was passed over, in words."""
    if service is None:
        return [], [], []
    wanted = [
        (role, schedule)
        for role, schedule in (
            (RoleKind.COMMANDER, service.commander_schedule),
            (RoleKind.RESPONDER, service.responder_schedule),
        )
        if schedule is not None and role in roles
    ]
    found = answering(actor, [schedule.pk for _, schedule in wanted], unit.pk, moment)
    holders, open_roles = [], []
    for role, schedule in wanted:
        person = found.people.get(schedule.pk)
        if person is None:
            open_roles.append((role, schedule.pk))
            continue
        holders.append(_Holder(role, person, f"on call for {schedule.name}"))
    passed = (found.why(schedule.pk, schedule.name, unit.name) for _, schedule in wanted)
    return holders, open_roles, list(dict.fromkeys(filter(None, passed)))
