"""The demonstration's maintenance: work that is over, and work that is announced for the nights to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hub.demo.organisation import Organisation
from hub.incidents.models import Frequency, MaintenanceSeries, MaintenanceService, MaintenanceWindow
from hub.incidents.repeating import Repeat, settled, times
from hub.lib import clock

# Unit, who, what is done, services, hours from the last midnight, for how long, and after how long it was stopped.
WORK: Final = (
    ("retail", "commander.retail", "Prices are loaded into the new engine", ("pricing",), -20 * 24 + 3, 2, None),
    ("cloud", "commander.cloud", "Nodes restart with the patched kernel", ("kubernetes",), -6 * 24 + 22, 4, 3),
    ("media", "commander.media", "The archive moves to cheaper disks", ("transcoder",), -2 * 24 + 4, 3, 0),
    ("logistics", "commander.logistics", "Trackers get new firmware", ("fleet-telemetry",), 9 * 24 + 1, 5, None),
)


REPEATED: Final = "Features older than a year are moved out"


def load_maintenance(organisation: Organisation) -> None:
    """Write the windows."""
    _load_repeated(organisation)
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for slug, username, reason, about, begins, hours, stopped in WORK:
        starts_at = midnight + timedelta(hours=begins)
        person = organisation.people[username]
        window = MaintenanceWindow.objects.create(
            unit=organisation.units[slug],
            reason=reason,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=hours),
            scheduled_at=starts_at - timedelta(days=4),
            scheduled_by=person,
            stopped_at=None if stopped is None else starts_at + timedelta(hours=stopped),
            stopped_by=None if stopped is None else person,
        )
        MaintenanceService.objects.bulk_create(
            MaintenanceService(window=window, service=organisation.services[each], unit=window.unit) for each in about
        )


def _load_repeated(organisation: Organisation) -> None:
    """Work of the Cloud Platform that comes once a week, in two days again, for nine weeks back and eleven ahead."""
    unit, person = organisation.units["cloud"], organisation.people["commander.cloud"]
    place = ZoneInfo(unit.time_zone)
    today = clock.now().astimezone(place).replace(hour=1, minute=30, second=0, microsecond=0)
    first = today - timedelta(days=7 * 9 - 2)
    until = (first + timedelta(weeks=20)).date()
    rule = settled(Repeat(frequency=Frequency.WEEKLY, time_zone=unit.time_zone, until=until), first)
    series = MaintenanceSeries.objects.create(
        unit=unit, frequency=rule.frequency, weekdays=list(rule.weekdays), time_zone=rule.time_zone, until=until
    )
    windows = MaintenanceWindow.objects.bulk_create(
        MaintenanceWindow(
            unit=unit,
            series=series,
            reason=REPEATED,
            starts_at=starts_at,
            ends_at=ends_at,
            scheduled_at=first - timedelta(days=4),
            scheduled_by=person,
        )
        for starts_at, ends_at in times(rule, first, first + timedelta(hours=1))
    )
    MaintenanceService.objects.bulk_create(
        MaintenanceService(window=window, service=organisation.services["feature-store"], unit=unit)
        for window in windows
    )
