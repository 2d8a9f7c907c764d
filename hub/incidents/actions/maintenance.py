"""Maintenance that was announced: what breaks meanwhile is an incident as ever, and pages nobody before the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef

from hub.catalog import access as catalog
from hub.incidents import access
from hub.incidents.actions.writing import announce_entry, append_entry, incident_for_work
from hub.incidents.events import MaintenanceChanged, QuietEnded
from hub.incidents.models import (
    EntryKind,
    Incident,
    MaintenanceSeries,
    MaintenanceService,
    MaintenanceWindow,
    runs_at,
)
from hub.incidents.repeating import Repeat, at_local, settled, times
from hub.incidents.rooms import Act
from hub.lib import clock
from hub.lib.errors import Conflict, Invalid, NotFound, check_version, within
from hub.lib.identity import SYSTEM, Actor, acting_as
from hub.lib.jobs import defer
from hub.lib.texts import checked_line
from hub.live import outbox
from tenants import access as tenants
from tenants import audit
from tenants.models import BusinessUnit
from tenants.permissions import Permission, can, require_keeper

LONGEST: Final = timedelta(days=14)
MOST_SERVICES: Final = 100
LONGEST_REASON: Final = 300
END_QUIET: Final = "hub.incidents.jobs.end_quiet"


def schedule_maintenance(
    *,
    actor: Actor,
    unit_id: int,
    service_ids: Sequence[int],
    starts_at: datetime,
    ends_at: datetime,
    reason: str,
    repeat: Repeat | None = None,
) -> MaintenanceWindow:
    """Announce work on services: incidents that are declared of them meanwhile page nobody before it is over.

    Args:
        service_ids: services of the unit or of units below it, 1 to 100.
        starts_at: may have passed, for work that has begun (aware).
        ends_at: in the future, and at most 14 days after the start (aware).
        repeat: how the work comes again; a window is made for every time, and the first one returned.

    What is open already goes on as it was. Raises `NotFound`, `Forbidden` without oncall.write in the unit, `Invalid`.
    """
    with acting_as(actor):
        with within("unitId"):
            unit = tenants.unit_for(actor, unit_id)
        _require(actor, unit)
        why = checked_line(reason, "reason", longest=LONGEST_REASON)
        _check_times(starts_at, ends_at)
        services = _services(actor, unit, service_ids)
        series, spans = None, [(starts_at, ends_at)]
        if repeat is not None:
            with within("repeat"):
                rule = settled(repeat, starts_at)
                spans = times(rule, starts_at, ends_at)
            series = MaintenanceSeries.objects.create(unit=unit, **{**vars(rule), "weekdays": list(rule.weekdays)})
        moment = clock.now()
        windows = MaintenanceWindow.objects.bulk_create(
            MaintenanceWindow(
                unit=unit,
                series=series,
                reason=why,
                starts_at=begins,
                ends_at=ends,
                scheduled_at=moment,
                scheduled_by_id=actor.person_id,
            )
            for begins, ends in spans
        )
        _cover(windows, services)
        change = {"starts_at": _new(starts_at), "ends_at": _new(ends_at), "reason": [None, why]}
        if repeat is not None:
            change["repeats"] = [None, f"{len(windows)} times, the last one {spans[-1][0].isoformat()}"]
        _changed(actor, windows[0], "schedule_maintenance", {**change, "services": [[], services]})
        defer(END_QUIET, at=ends_at)  # of those that follow, the clock notices the end
        return windows[0]


def change_maintenance(
    *,
    actor: Actor,
    window_id: int,
    version: int,
    reason: str | None = None,
    service_ids: Sequence[int] | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    and_following: bool = False,
) -> MaintenanceWindow:
    """Change work that is ahead or goes on. None leaves a value as it is.

    Args:
        version: what the writer began from: a window that was changed since is left as it is.
        starts_at: only before it has begun (aware).
        ends_at: in the future (aware); what the window kept quiet pages when it is over.
        and_following: whether what is given holds for all that follow in its series, too: these begin on their days
            at the same hour of the series' time zone, and last as long.

    What a service that is no longer worked on was kept quiet for pages now; what is open of one that is added goes on
    as it was. Raises `NotFound`, `Forbidden`, `Invalid`, and `Conflict` for another version and for what is over. Locks
    the windows.
    """
    with acting_as(actor):
        window, *following = _for_writing(actor, window_id, and_following=and_following)
        if not (window.is_ahead(clock.now()) or window.is_running(clock.now())):
            raise Conflict("It is over already: what was stays as it was.")
        check_version(version, window.version)
        before = {"reason": window.reason, "starts_at": window.starts_at, "ends_at": window.ends_at}
        if reason is not None:
            window.reason = checked_line(reason, "reason", longest=LONGEST_REASON)
        _move(window, following, starts_at or window.starts_at, ends_at or window.ends_at)
        change: dict[str, list[Any]] = {
            name: [_plain(was), _plain(getattr(window, name))] for name, was in before.items()
        }
        services = sorted(each.pk for each in window.services.all())
        if service_ids is not None:
            wanted = sorted(_services(actor, window.unit, service_ids))
            change["services"], services = [services, wanted], wanted
        change = {name: values for name, values in change.items() if values[0] != values[1]}
        if not change:
            return window
        for each in (window, *following):
            each.reason = window.reason if "reason" in change else each.reason
            each.version += 1
        every = [window, *following]
        MaintenanceWindow.objects.bulk_update(every, ["reason", "starts_at", "ends_at", "version"])
        if "services" in change:
            MaintenanceService.objects.filter(window__in=every).exclude(service__in=services).delete()
            _cover(every, services)
        _changed(actor, window, "change_maintenance", {**change, **_with(following)})
        defer(END_QUIET)
        defer(END_QUIET, at=window.ends_at)
        return window


def cancel_maintenance(*, actor: Actor, window_id: int, and_following: bool = False) -> MaintenanceWindow:
    """Take back work that has not begun; that of its series that follows only if it is asked for.

    Raises `NotFound`, `Forbidden`, `Conflict`, `Invalid` for following what does not repeat. Locks the windows.
    """
    with acting_as(actor):
        window, *following = _for_writing(actor, window_id, and_following=and_following)
        moment = clock.now()
        if not window.is_ahead(moment):
            raise Conflict("It has begun: end it instead." if window.is_running(moment) else "It is over already.")
        _stop(actor, window, following, window.starts_at, "cancel_maintenance")
        return window


def end_maintenance(*, actor: Actor, window_id: int, and_following: bool = False) -> MaintenanceWindow:
    """End work before its time. What it kept quiet and nobody has taken pages at once, unless other work goes on.

    What follows in its series comes nevertheless, unless it is asked that it does not. Raises `NotFound`, `Forbidden`,
    `Invalid` for following what does not repeat, `Conflict` for what does not run. Locks the windows.
    """
    with acting_as(actor):
        window, *following = _for_writing(actor, window_id, and_following=and_following)
        moment = clock.now()
        if not window.is_running(moment):
            raise Conflict("It has not begun: cancel it instead." if window.is_ahead(moment) else "It is over already.")
        ended = max(moment, window.starts_at + timedelta(microseconds=1))
        _stop(actor, window, following, ended, "end_maintenance")
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


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _with(following: Sequence[MaintenanceWindow]) -> dict[str, Any]:
    """What the audit trail of a window says of those that follow it and went the same way."""
    return {"following": [None, [each.pk for each in following]]} if following else {}


def _cover(windows: Sequence[MaintenanceWindow], services: Sequence[int]) -> None:
    MaintenanceService.objects.bulk_create(
        (
            MaintenanceService(window=window, service_id=key, unit_id=window.unit_id)
            for window in windows
            for key in services
        ),
        ignore_conflicts=True,
    )


def _stop(
    actor: Actor, window: MaintenanceWindow, following: Sequence[MaintenanceWindow], moment: datetime, verb: str
) -> None:
    window.stopped_at, window.stopped_by_id = moment, actor.person_id
    window.save(update_fields=["stopped_at", "stopped_by"])
    cancelled = MaintenanceWindow.objects.filter(pk__in=[each.pk for each in following])
    cancelled.update(stopped_at=F("starts_at"), stopped_by=actor.person_id)
    _changed(actor, window, verb, {"stopped_at": _new(moment), **_with(following)})


def _move(
    window: MaintenanceWindow, following: Sequence[MaintenanceWindow], starts_at: datetime, ends_at: datetime
) -> None:
    """Give the window these times, and those that follow it the same hour of their days and the same length."""
    if (starts_at, ends_at) == (window.starts_at, window.ends_at):
        return
    _check_times(starts_at, ends_at)
    if starts_at != window.starts_at and not window.is_ahead(clock.now()):
        raise Invalid("It has begun: when that was stays as it was.", path=["startsAt"])
    if window.series is not None and following:
        place = ZoneInfo(window.series.time_zone)
        local = starts_at.astimezone(place)
        if local.date() != window.starts_at.astimezone(place).date():
            raise Invalid(
                "All that follow can begin at another hour of their days, not on other days: cancel them, and announce"
                " the work anew.",
                path=["startsAt"],
            )
        for each in following:
            if starts_at != window.starts_at:
                each.starts_at = at_local(each.starts_at.astimezone(place).date(), local, place)
            each.ends_at = each.starts_at + (ends_at - starts_at)
    window.starts_at, window.ends_at = starts_at, ends_at
    if any(former.ends_at > latter.starts_at for former, latter in pairwise([window, *following])):
        raise Invalid("It would begin again before it ends.", path=["endsAt"])


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


def _for_writing(actor: Actor, window_id: int, *, and_following: bool) -> list[MaintenanceWindow]:
    """The window, and those of its series that are to follow it if they are asked for, locked."""
    seen = access.maintenance_for(actor, window_id)
    _require(actor, seen.unit)
    if not and_following:
        return [access.maintenance_for(actor, window_id, lock=True)]
    if seen.series is None:
        raise Invalid("It does not repeat: nothing follows it.", path=["andFollowing"])
    locked = access.maintenance_from(actor, seen, lock=True)
    return sorted(locked, key=lambda each: (each.pk != window_id, each.starts_at))


def _require(actor: Actor, unit: BusinessUnit) -> None:
    require_keeper(actor, unit.pk, f"Only people who lead or administer {unit} can say when it pages nobody.")


def _changed(actor: Actor, window: MaintenanceWindow, verb: str, change: dict[str, Any]) -> None:
    audit.record(actor=actor, verb=verb, obj=window, unit_id=window.unit_id, change=change)
    if can(actor, Permission.INCIDENT_VIEW, window.unit_id):
        outbox.record(actor=actor, event=MaintenanceChanged(unit_id=window.unit_id, window_id=window.pk, what=verb))
