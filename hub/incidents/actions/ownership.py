"""Who commands a unit's incidents: set for a unit, and followed when one is declared or changes its severity."""

from __future__ import annotations

from hub.incidents import access
from hub.incidents.actions.central import may
from hub.incidents.actions.roles import give_role
from hub.incidents.actions.writing import append_entry
from hub.incidents.models import EntryKind, Incident, Ownership, OwnershipModel, RoleKind, Severity
from hub.incidents.working import answering
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.oncall import access as oncall
from tenants import access as tenants
from tenants import audit
from tenants.models import Person
from tenants.permissions import Permission, require


def set_ownership(
    *,
    actor: Actor,
    unit_id: int,
    model: OwnershipModel,
    central_unit_id: int | None = None,
    commander_schedule_id: int | None = None,
    central_from: Severity | None = None,
) -> Ownership:
    """Say who commands a unit's incidents from now on. Those under way keep their commander.

    Args:
        central_unit_id: the unit that commands centrally, and alone may close what it commands.
        commander_schedule_id: that unit's schedule: who is on it commands and is paged.
        central_from: for a hybrid unit, the least grave severity that is commanded centrally.

    Raises `NotFound`, `Forbidden` without unit.administer in the unit, `Invalid` for a model that says too little or
    too much. Locks the unit's row.
    """
    with acting_as(actor):
        try:
            unit = tenants.unit_for(actor, unit_id)
        except NotFound as error:
            raise error.at("unitId") from None
        require(actor, Permission.UNIT_ADMINISTER, unit.pk, f"You cannot say who commands {unit.name}'s incidents.")
        central = model != OwnershipModel.DECENTRALIZED
        if central and (central_unit_id is None or commander_schedule_id is None):
            raise Invalid(
                "Central command needs the unit that commands and the schedule it commands with.",
                path=["centralUnitId" if central_unit_id is None else "commanderScheduleId"],
            )
        if not central and (central_unit_id is not None or commander_schedule_id is not None):
            raise Invalid("A decentralized unit commands itself: name no other.", path=["centralUnitId"])
        if (model == OwnershipModel.HYBRID) != (central_from is not None):
            raise Invalid("A hybrid unit, and no other, says from which severity on it is commanded centrally.",
                          path=["centralFrom"])  # fmt: skip
        if central_unit_id is not None and commander_schedule_id is not None:
            _check_central(actor, unit.pk, central_unit_id, commander_schedule_id)
        former = Ownership.objects.select_for_update().filter(unit=unit).first()
        after = {
            "model": str(model),
            "central_unit_id": central_unit_id,
            "commander_schedule_id": commander_schedule_id,
            "central_from": str(central_from) if central_from else None,
        }
        before = {field: getattr(former, field) for field in after} if former else dict.fromkeys(after)
        ownership, _ = Ownership.objects.update_or_create(unit=unit, defaults={**after, "updated_at": clock.now()})
        audit.record(
            actor=actor,
            verb="set_ownership",
            obj=ownership,
            unit_id=unit.pk,
            change={field: [before[field], value] for field, value in after.items() if before[field] != value},
        )
        return ownership


def put_commander(actor: Actor, incident: Incident, *, own_schedule_id: int | None) -> bool:
    """Put whoever commands this incident by its unit's ownership on it: in the caller's transaction and under its lock.

    Where nobody is on call centrally who may command in the unit, the unit's own commander stands in, and the timeline
    says so. Returns whether somebody was on call for either.
    """
    ownership = access.central_ownership(actor, incident.unit_id, incident.severity)
    if ownership is not None:
        schedule = ownership.commander_schedule
        assert schedule is not None
        assert ownership.central_unit is not None
        person = oncall.who_answers(actor, [schedule.pk], clock.now()).get(schedule.pk)
        if person is not None and may(person.pk, Permission.INCIDENT_COMMAND, incident.unit_id):
            _hand_command(actor, incident, person, f"on call for {schedule.name}, which commands centrally")
            return True
        problem = (
            f"{person.name}, who is on call for {schedule.name}, may not command here"
            if person
            else f"Nobody is on call for {schedule.name}"
        )
        append_entry(
            actor=actor,
            incident=incident,
            kind=EntryKind.SYSTEM,
            body=f"{problem}: {incident.unit.name}'s own commander stands in for {ownership.central_unit.name}",
        )
    if own_schedule_id is None:
        return False
    person = answering(actor, [own_schedule_id], incident.unit_id, clock.now()).people.get(own_schedule_id)
    if person is None:
        return False
    name = oncall.schedule_for(actor, own_schedule_id).name
    _hand_command(actor, incident, person, f"on call for {name}")
    return True


def _check_central(actor: Actor, unit_id: int, central_unit_id: int, schedule_id: int) -> None:
    if central_unit_id == unit_id:
        raise Invalid("A unit that commands itself is decentralized.", path=["centralUnitId"])
    try:
        tenants.unit_for(actor, central_unit_id)
    except NotFound as error:
        raise error.at("centralUnitId") from None
    try:
        schedule = oncall.schedule_for(actor, schedule_id)
    except NotFound as error:
        raise error.at("commanderScheduleId") from None
    if schedule.unit_id != central_unit_id:
        raise Invalid("The schedule belongs to another unit than the one that commands.", path=["commanderScheduleId"])


def _hand_command(actor: Actor, incident: Incident, person: Person, reason: str) -> None:
    if incident.commander_id != person.pk:
        give_role(actor=actor, incident=incident, role=RoleKind.COMMANDER, person=person, reason=reason)
