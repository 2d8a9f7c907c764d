from __future__ import annotations

from django.db import models

from hub.incidents.models.incident import Incident, IncidentScoped


class IncidentSighting(IncidentScoped):
    """Somebody read a restricted incident, through something, in an hour: once for each of these, however often.

    Only restricted incidents have any. Nobody changes or deletes one.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="sightings")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    through = models.CharField(max_length=12, help_text="page, graphql, feed, job or command")
    hour = models.DateTimeField(help_text="The hour of the first reading, as it begins")
    at = models.DateTimeField(help_text="The first reading of the hour")

    class Meta(IncidentScoped.Meta):
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["incident", "person", "through", "hour"], name="sighting_once_an_hour"),
        )
        indexes = (models.Index(fields=["incident", "-at", "-id"], name="sighting_of_incident"),)

    def __str__(self) -> str:
        return f"{self.person_id} saw {self.incident_id} through {self.through}"
