from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.incidents.models.incident import Incident, IncidentScoped


class RoleKind(models.TextChoices):
    COMMANDER = "commander", "Incident commander"
    RESPONDER = "responder", "Responder"
    COMMUNICATIONS_LEAD = "communications_lead", "Communications lead"
    TECHNICAL_LEAD = "technical_lead", "Technical lead"
    SCRIBE = "scribe", "Scribe"
    OBSERVER = "observer", "Observer"


class Route(models.TextChoices):
    """What led to somebody, from what is asked first on. The order of the members is that of the questions."""

    OWNER = "owner", "The owner of the system"
    DOMAIN = "domain", "Its domain"
    SEVERITY = "severity", "Its severity"
    TAG = "tag", "A tag or its type"
    EXPERTISE = "expertise", "What must be known"


class IncidentRole(IncidentScoped):
    """A person holds a role in an incident from one moment to another; ended ones stay as history."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=RoleKind)
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="incident_roles")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True, help_text="On call for Payments commanders, by hand, …")
    route = models.CharField(
        max_length=9, choices=Route, null=True, blank=True, help_text="What led to them; none for people's choice"
    )
    is_succession = models.BooleanField(
        default=False, db_default=False, help_text="Passed on to who is next in line, since nobody acknowledged"
    )

    class Meta(IncidentScoped.Meta):
        ordering = ("assigned_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["incident", "kind"],
                condition=Q(ended_at__isnull=True) & ~Q(kind__in=["responder", "observer"]),
                name="incident_role_held_by_one",
            ),
            models.UniqueConstraint(
                fields=["incident", "kind", "person"],
                condition=Q(ended_at__isnull=True),
                name="incident_role_held_once",
            ),
        )
        indexes = (
            models.Index(fields=["incident", "assigned_at"], name="role_of_incident"),
            models.Index(fields=["person"], name="role_of_person", condition=Q(ended_at__isnull=True)),
        )

    def __str__(self) -> str:
        return f"{self.person_id} as {self.kind}"
