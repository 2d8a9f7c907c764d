from django.apps import AppConfig

from hub.incidents.sightings import record_sightings
from hub.lib import sight


class IncidentsConfig(AppConfig):
    name = "hub.incidents"

    def ready(self) -> None:
        """Take over the record of who reads restricted incidents."""
        sight.record_with(record_sightings)
