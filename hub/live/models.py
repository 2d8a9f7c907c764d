from __future__ import annotations

from django.db import models


class Stream(models.Model):
    """A gapless sequence of events. Stream 1 carries everything open to units; each restricted incident has its own."""

    MAIN = 1

    incident_id = models.BigIntegerField(null=True, unique=True, help_text="The restricted incident, if it is one's")
    last_position = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"stream {self.pk}"


class EventFields(models.Model):
    """What an event carries on its way: facts as ids, and the scope that decides who receives it."""

    event_id = models.UUIDField(unique=True)
    type = models.CharField(max_length=60)
    at = models.DateTimeField()
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    incident_id = models.BigIntegerField(null=True)
    restricted = models.BooleanField(default=False)
    person_id = models.BigIntegerField(null=True, help_text="Who caused it; nobody for the system")
    payload = models.JSONField(default=dict)

    class Meta:
        abstract = True


class OutboxEntry(EventFields):
    """An event that its action has recorded and the sequencer has not yet placed. Written without any ordering lock."""

    class Meta:
        verbose_name_plural = "outbox entries"

    def __str__(self) -> str:
        return f"{self.type} (waiting)"


class FeedEvent(EventFields):
    """An event at its place: positions of a stream run 1, 2, 3 … without a gap."""

    stream = models.ForeignKey(Stream, models.PROTECT, related_name="events")
    position = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["stream", "position"], name="event_place_once"),)
        indexes = (models.Index(fields=["incident_id", "stream", "position"], name="event_of_incident"),)

    def __str__(self) -> str:
        return f"{self.type} at {self.stream_id}:{self.position}"
