from __future__ import annotations

from django.db import models

from tenants.models.people import Person
from tenants.models.units import BusinessUnit


class AuditEntry(models.Model):
    """Who did what to which object, when, and what changed. Appended with the change itself, never altered."""

    at = models.DateTimeField()
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", help_text="Nobody: the system")
    through = models.CharField(max_length=12, help_text="page, graphql, job, command or ingest")
    verb = models.CharField(max_length=60, help_text="The action's name: declare_incident")
    noun = models.CharField(max_length=40, help_text="The object's model: incident")
    object_id = models.BigIntegerField()
    unit = models.ForeignKey(BusinessUnit, models.PROTECT, null=True, related_name="+")
    incident_id = models.BigIntegerField(null=True)
    restricted = models.BooleanField(default=False)
    change = models.JSONField(default=dict, help_text='What changed: {"field": [before, after]}')

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ("-at", "-id")
        indexes = (
            models.Index(fields=["noun", "object_id", "-at"], name="audit_object"),
            models.Index(fields=["unit", "-at"], name="audit_unit"),
            models.Index(fields=["incident_id", "-at"], name="audit_incident"),
        )

    def __str__(self) -> str:
        return f"{self.verb} {self.noun} {self.object_id}"
