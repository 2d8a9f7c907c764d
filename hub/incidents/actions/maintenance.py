"""Maintenance that was announced: what breaks meanwhile is an incident as ever, and pages nobody before the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Exists, OuterRef

from hub.catalog import access as catalog
from hub.incidents import access
from hub.incidents.actions.writing import announce_entry, append_entry, incident_for_work
from hub.incidents.events import MaintenanceChanged, QuietEnded
from hub.incidents.models import EntryKind, Incident, MaintenanceService, MaintenanceWindow, runs_at
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.jobs import defer
from hub.lib.texts import checked_text
from hub.live import outbox
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, require

LONGEST: Final = timedelta(days=14)
MOST_SERVICES: Final = 100
END_QUIET: Final = "hub.incidents.jobs.end_quiet"


def schedule_maintenance(
    *,
    actor: Actor,
    unit_id: int,
    service_ids: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
) -> MaintenanceWindow:
    """Announce work on services: incidents that are declared of them meanwhile page nobody before it is over.

    Args:
        service_ids: services of the unit or of units below it, 1 to 100.
        starts_at: may have passed, for work that has begun (aware).
        ends_at: in the future, and at most 14 days after the start (aware).

    What is open already goes on as it was. Raises `NotFound`, `Forbidden` without oncall.write in the unit, `Invalid`.
    """
    with acting_as(actor):
        try:
            unit = tenants.unit_for(actor, unit_id)
        except NotFound as error:
            raise error.at("unitId") from None
        _require(actor, unit)
        why = checked_text(" ".join(reason.split()), "reason", longest=300)
        _check_times(starts_at, ends_at)
        services = _services(actor, unit, service_ids)
        window = MaintenanceWindow.objects.create(
            unit=unit,
            reason=why,
            starts_at=starts_at,
            ends_at=ends_at,
            scheduled_at=clock.now(),
            scheduled_by_id=actor.person_id,
        )
        MaintenanceService.objects.bulk_create(
            MaintenanceService(window=window, service_id=key, unit_id=unit.pk) for key in services
        )
        change = {"starts_at": _new(starts_at), "ends_at": _new(ends_at), "reason": [None, why]}
        _changed(actor, window, "schedule_maintenance", {**change, "services": [[], services]})
        defer(END_QUIET, at=ends_at)
        return window


def cancel_maintenance(*, actor: Actor, window_id: int) -> MaintenanceWindow:
    """Take back work that has not begun. Raises `NotFound`, `Forbidden`, `Conflict`. Locks the window."""
    with acting_as(actor):
        window = _for_writing(actor, window_id)
        moment = clock.now()
        if not window.is_ahead(moment):
            raise Conflict("It has begun: end it instead." if window.is_running(moment) else "It is over already.")
        _stop(actor, window, window.starts_at, "cancel_maintenance")
        return window


def end_maintenance(*, actor: Actor, window_id: int) -> MaintenanceWindow:
    """End work before its time. What it kept quiet and nobody has taken pages at once, unless other work goes on.

    Raises `NotFound`, `Forbidden`, `Conflict` for what does not run. Locks the window.
    """
    with acting_as(actor):
        window = _for_writing(actor, window_id)
        moment = clock.now()
        if not window.is_running(moment):
            raise Conflict("It has not begun: cancel it instead." if window.is_ahead(moment) else "It is over already.")
        _stop(actor, window, max(moment, window.starts_at + timedelta(microseconds=1)), "end_maintenance")
        defer(END_QUIET)
        return window


def page_anyway(*, actor: Actor, incident_id: int) -> Incident:
    """Let an incident page now, although the maintenance goes on in which it was declared.

    Raises `NotFound`, `Forbidden`, `Conflict` for one that is not kept quiet. Locks the incident.
    """
    with acting_as(actor):
        incident = incident_for_work(actor, incident_id, Act.MOVE, lock=True)
        if not incident.is_quiet or not incident.is_open:
            raise Conflict(f"{incident.reference} is not kept quiet by a maintenance.")
        _end_quiet(actor, incident, "Pages from now on, although the maintenance goes on")
        audit.record(
            actor=actor,
            verb="page_anyway",
            obj=incident,
            unit_id=incident.unit_id,
            incident_id=incident.pk,
            restricted=incident.restricted,
            change={"is_quiet": [True, False]},
        )
        return incident


def end_quiet() -> int:
    """Let every incident page whose maintenance is over, by the time that this is. The system's own.

    Returns how many. An incident whose service is worked on further stays quiet. Locks one incident at a time.
    """
    moment = clock.now()
    with acting_as(SYSTEM):
        running = MaintenanceService.objects.filter(runs_at(moment, "window__"), service=OuterRef("service"))
        due = list(access.quiet_incidents(SYSTEM).exclude(Exists(running)).order_by("pk").values_list("pk", flat=True))
    for incident_id in due:
        with acting_as(SYSTEM):
            incident = access.incident_for(SYSTEM, incident_id, lock=True)
            if not incident.is_quiet or access.maintenance_at(SYSTEM, incident.service_id, moment) is not None:
                continue
            if incident.is_open:
                _end_quiet(SYSTEM, incident, "The maintenance is over: pages from now on")
            else:
                Incident.objects.filter(pk=incident_id).update(is_quiet=False)
    return len(due)


def quiet_words(window: MaintenanceWindow) -> str:
    """What the timeline of an incident says that was declared during the maintenance."""
    until = f"{window.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"Declared during maintenance of {window.unit.name}, “{window.reason}”: pages nobody before {until}"


def _new(moment: datetime) -> list[str | None]:
    """A time that was not there before, as the audit trail keeps it."""
    return [None, moment.isoformat()]


def _end_quiet(actor: Actor, incident: Incident, body: str) -> None:
    Incident.objects.filter(pk=incident.pk).update(is_quiet=False)
    incident.is_quiet = False
    entry = append_entry(actor=actor, incident=incident, kind=EntryKind.SYSTEM, body=body)
    announce_entry(actor, incident, entry)
    outbox.record(
        actor=actor,
        event=QuietEnded(
            unit_id=incident.unit_id, incident_id=incident.pk, restricted=incident.restricted, entry_id=entry.pk
        ),
    )


def _stop(actor: Actor, window: MaintenanceWindow, moment: datetime, verb: str) -> None:
    window.stopped_at, window.stopped_by_id = moment, actor.person_id
    window.save(update_fields=["stopped_at", "stopped_by"])
    _changed(actor, window, verb, {"stopped_at": _new(moment)})


def _check_times(starts_at: datetime, ends_at: datetime) -> None:
    for name, moment in (("startsAt", starts_at), ("endsAt", ends_at)):
        if moment.tzinfo is None:
            raise Invalid("A moment needs its zone: 2026-11-26T03:00:00Z.", path=[name])
    if ends_at <= starts_at:
        raise Invalid("It ends before it begins.", path=["endsAt"])
    if ends_at <= clock.now():
        raise Invalid("It would be over already.", path=["endsAt"])
    if ends_at - starts_at > LONGEST:
        raise Invalid(f"At most {LONGEST.days} days: what is quiet for longer is forgotten.", path=["endsAt"])


def _services(actor: Actor, unit: BusinessUnit, service_ids: Sequence[int]) -> list[int]:
    keys = list(dict.fromkeys(service_ids))
    if not 1 <= len(keys) <= MOST_SERVICES:
        raise Invalid(f"It is about 1 to {MOST_SERVICES} services.", path=["serviceIds"])
    found = catalog.services(actor).in_bulk(keys)
    for place, key in enumerate(keys):
        if key not in found:
            raise NotFound("service", path=["serviceIds", str(place)])
        if unit.pk not in found[key].unit.lineage:
            raise Invalid(f"{found[key].name} belongs to {found[key].unit}.", path=["serviceIds", str(place)])
    return keys


def _for_writing(actor: Actor, window_id: int) -> MaintenanceWindow:
    _require(actor, access.maintenance_for(actor, window_id).unit)
    return access.maintenance_for(actor, window_id, lock=True)


def _require(actor: Actor, unit: BusinessUnit) -> None:
    require(
        actor,
        Permission.ONCALL_WRITE,
        unit.pk,
        f"Only people who lead or administer {unit} can say when it pages nobody.",
    )


def _changed(actor: Actor, window: MaintenanceWindow, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=window, unit_id=window.unit_id, change=change)
    if can(actor, Permission.INCIDENT_VIEW, window.unit_id):
        outbox.record(actor=actor, event=MaintenanceChanged(unit_id=window.unit_id, window_id=window.pk, what=verb))
