"""When incidents of the units below a unit become one of its own: set for a unit."""

from __future__ import annotations

from hub.incidents.models import EscalationCriteria, Severity
from hub.lib import clock
from hub.lib.errors import Invalid, NotFound
from hub.lib.identity import Actor, acting_as
from hub.oncall import access as oncall
from tenants import access as tenants
from tenants import audit
from tenants.permissions import Permission, require


def set_criteria(
    *,
    actor: Actor,
    unit_id: int,
    units_hit: int | None = None,
    dependents: int | None = None,
    severity: Severity | None = None,
    open_minutes: int | None = None,
    considered_from: Severity = Severity.SEV2,
    commander_schedule_id: int | None = None,
    makes: bool = False,
) -> EscalationCriteria:
    """Say when incidents below a unit become one of that unit. Each criterion given is enough; without any, none do.

    Raises `NotFound`, `Forbidden` without unit.administer in the unit, `Invalid` for numbers out of range or a schedule
    of another unit.
    """
    with acting_as(actor):
        try:
            unit = tenants.unit_for(actor, unit_id)
        except NotFound as error:
            raise error.at("unitId") from None
        require(actor, Permission.UNIT_ADMINISTER, unit.pk, f"You cannot set the criteria of {unit.name}.")
        for name, number, least in (
            ("unitsHit", units_hit, 2),
            ("dependents", dependents, 2),
            ("openMinutes", open_minutes, 1),
        ):
            if number is not None and not least <= number <= 32_767:
                raise Invalid(f"{name} is {least} or more, or left out.", path=[name])
        if commander_schedule_id is not None:
            try:
                schedule = oncall.schedule_for(actor, commander_schedule_id)
            except NotFound as error:
                raise error.at("commanderScheduleId") from None
            if schedule.unit_id != unit.pk:
                raise Invalid(f"The schedule is none of {unit.name}'s.", path=["commanderScheduleId"])
        after = {
            "units_hit": units_hit,
            "dependents": dependents,
            "severity": str(severity) if severity else None,
            "open_minutes": open_minutes,
            "considered_from": str(considered_from),
            "commander_schedule_id": commander_schedule_id,
            "makes": makes,
        }
        former = EscalationCriteria.objects.select_for_update().filter(unit=unit).first()
        before = {field: getattr(former, field) for field in after} if former else dict.fromkeys(after)
        criteria, _ = EscalationCriteria.objects.update_or_create(
            unit=unit, defaults={**after, "updated_at": clock.now()}
        )
        audit.record(
            actor=actor,
            verb="set_criteria",
            obj=criteria,
            unit_id=unit.pk,
            change={field: [before[field], value] for field, value in after.items() if before[field] != value},
        )
        return criteria
