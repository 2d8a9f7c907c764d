from __future__ import annotations

from django.db import models

from hub.incidents.models.incident import Incident, IncidentScoped


class EntryKind(models.TextChoices):
    NOTE = "note", "Note"
    DECISION = "decision", "Decision"
    STATUS = "status", "Status change"
    SEVERITY = "severity", "Severity change"
    ROLE = "role", "Role change"
    ALERT = "alert", "Alert"
    SYSTEM = "system", "System"


class TimelineEntry(IncidentScoped):
    """What happened, in the order in which it was written. Nothing is deleted, and an edit keeps what stood before.

    A trigger in the database holds that promise: only the text of an entry can change, and the former text goes to
    `TimelineRevision` in the same statement.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="timeline")
    kind = models.CharField(max_length=12, choices=EntryKind, default=EntryKind.NOTE)
    body = models.TextField()
    rationale = models.TextField(blank=True, help_text="Why a decision was taken")
    author = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="timeline_entries")
    at = models.DateTimeField(help_text="When it happened, or was written")
    edited_at = models.DateTimeField(null=True, blank=True)

    class Meta(IncidentScoped.Meta):
        verbose_name_plural = "timeline entries"
        ordering = ("at", "id")
        indexes = (
            models.Index(fields=["incident", "at", "id"], name="timeline_in_order"),
            models.Index(fields=["author", "-at"], name="timeline_of_author"),
        )

    def __str__(self) -> str:
        return self.body[:80]


class TimelineRevision(IncidentScoped):
    """What an entry said before an edit."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="revisions")
    entry = models.ForeignKey(TimelineEntry, models.CASCADE, related_name="revisions")
    body = models.TextField()
    rationale = models.TextField(blank=True)
    replaced_at = models.DateTimeField()
    replaced_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")

    class Meta(IncidentScoped.Meta):
        ordering = ("replaced_at", "id")
        indexes = (models.Index(fields=["entry", "replaced_at"], name="revision_of_entry"),)

    def __str__(self) -> str:
        return f"revision of {self.entry_id}"
