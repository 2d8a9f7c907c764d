from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import Q

from hub.incidents.models.incident import Incident, IncidentScoped, Severity
from hub.incidents.models.roles import RoleKind


class Activity(models.TextChoices):
    """What somebody must do about an incident: the functions of the hub that need a person."""

    TRIAGE = "triage", "Triages alerts"
    COMMAND = "command", "Commands the incident"
    TECHNICAL = "technical", "Leads the technical work"
    REPAIR = "repair", "Finds and repairs what is wrong"
    INFORM = "inform", "Writes the updates to those affected"
    STATUS_PAGE = "status_page", "Keeps the status page up to date"
    RECORD = "record", "Keeps the timeline"
    REPORT = "report", "Reports to authorities"
    REVIEW = "review", "Leads the review afterwards"


ROLE_OF: Final = {
    Activity.COMMAND: RoleKind.COMMANDER,
    Activity.TECHNICAL: RoleKind.TECHNICAL_LEAD,
    Activity.TRIAGE: RoleKind.RESPONDER,
    Activity.REPAIR: RoleKind.RESPONDER,
    Activity.INFORM: RoleKind.COMMUNICATIONS_LEAD,
    Activity.STATUS_PAGE: RoleKind.COMMUNICATIONS_LEAD,
    Activity.RECORD: RoleKind.SCRIBE,
}
"""The role in an incident's room that whoever is responsible for an activity takes, where there is one."""


class Part(models.TextChoices):
    """Somebody's part in an activity, by the letters of a RACI matrix."""

    RESPONSIBLE = "r", "Responsible"
    ACCOUNTABLE = "a", "Accountable"
    CONSULTED = "c", "Consulted"
    INFORMED = "i", "Informed"


class RaciLine(models.Model):
    """Who has which part in an activity, for a unit's incidents of a type and severity, or of all of them.

    A cell is an activity with a type and a severity. It has exactly one line that is accountable: there is no second
    one by a constraint, and no other line without one by the actions.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="raci_lines")
    activity = models.CharField(max_length=12, choices=Activity)
    incident_type = models.ForeignKey(
        "tenants.Term", models.PROTECT, null=True, blank=True, related_name="+", help_text="None: of every type"
    )
    severity = models.CharField(
        max_length=4, choices=Severity, null=True, blank=True, help_text="This grave, or graver; none: every severity"
    )
    part = models.CharField(max_length=1, choices=Part)
    schedule = models.ForeignKey(
        "oncall.Schedule", models.CASCADE, null=True, blank=True, related_name="+", help_text="Whoever is on call"
    )
    person = models.ForeignKey("tenants.Person", models.CASCADE, null=True, blank=True, related_name="+")
    role_key = models.SlugField(
        "role", max_length=40, blank=True, help_text="Everybody with this role in the unit or above it: commander"
    )

    class Meta:
        verbose_name = "responsibility"
        verbose_name_plural = "responsibilities"
        ordering = ("unit", "activity", "incident_type", "severity", "part", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "activity", "incident_type", "severity"],
                condition=Q(part="a"),
                nulls_distinct=False,
                name="raci_one_is_accountable",
            ),
            models.UniqueConstraint(
                fields=["unit", "activity", "incident_type", "severity", "part", "schedule", "person", "role_key"],
                nulls_distinct=False,
                name="raci_line_once",
            ),
            models.CheckConstraint(
                name="raci_line_names_one",
                condition=Q(schedule__isnull=False, person__isnull=True, role_key="")
                | Q(schedule__isnull=True, person__isnull=False, role_key="")
                | (Q(schedule__isnull=True, person__isnull=True) & ~Q(role_key="")),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_part_display()}: {self.activity}"


class Duty(IncidentScoped):
    """Somebody's part in an activity of an incident, as the unit's matrix resolved when it was declared or got graver.

    Where the matrix led to nobody, there is no person, and `gap` says why.
    """

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="duties")
    activity = models.CharField(max_length=12, choices=Activity)
    part = models.CharField(max_length=1, choices=Part)
    person = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    source = models.CharField(max_length=200, help_text="By what: on call for Payments commanders")
    gap = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="When the incident got graver, and this was another's")

    class Meta(IncidentScoped.Meta):
        verbose_name_plural = "duties"
        ordering = ("activity", "part", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["incident", "activity", "part", "person", "source"],
                nulls_distinct=False,
                name="duty_once_in_an_incident",
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id or 'nobody'} for {self.activity} of {self.incident_id}"
