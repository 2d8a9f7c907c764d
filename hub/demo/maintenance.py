"""The demonstration's maintenance: work that is over, and work that is announced for the nights to come."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hub.demo.organisation import Organisation
from hub.incidents.models import MaintenanceService, MaintenanceWindow
from hub.lib import clock

# Unit, who, what is done, services, hours from the last midnight, for how long, and after how long it was stopped.
WORK: Final = (
    ("retail", "commander.retail", "Prices are loaded into the new engine", ("pricing",), -20 * 24 + 3, 2, None),
    ("cloud", "commander.cloud", "Nodes restart with the patched kernel", ("kubernetes",), -6 * 24 + 22, 4, 3),
    ("media", "commander.media", "The archive moves to cheaper disks", ("transcoder",), -2 * 24 + 4, 3, 0),
    ("logistics", "commander.logistics", "Trackers get new firmware", ("fleet-telemetry",), 9 * 24 + 1, 5, None),
)


def load_maintenance(organisation: Organisation) -> None:
    """Write the windows."""
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
