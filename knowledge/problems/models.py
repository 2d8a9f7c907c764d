from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower


class ProblemState(models.TextChoices):
    OPEN = "open", "Being investigated"
    KNOWN_ERROR = "known_error", "Known error"
    RESOLVED = "resolved", "Resolved"
    DROPPED = "dropped", "Dropped"


GOING_ON: Final = (ProblemState.OPEN, ProblemState.KNOWN_ERROR)
"""A problem in one of these states is somebody's to work on."""


class Problem(models.Model):
    """What several incidents have behind them, worked on beside them and after them.

    It becomes a known error with its workaround, which is offered to whoever has an incident that looks like it. Its
    unit reads it; `shared` ones are read by the whole enterprise, so nothing of a restricted incident belongs in it.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="problems")
    number = models.PositiveIntegerField(help_text="Counts the unit's problems: PAY-P3")
    shared = models.BooleanField(default=False, help_text="Whether the whole enterprise reads it")
    title = models.CharField(max_length=200)
    symptoms = models.TextField(blank=True, help_text="By what an incident of it is recognised")
    root_cause = models.TextField(blank=True, help_text="What is known of why it happens")
    workaround = models.TextField(blank=True, help_text="How to live with it until it is gone")
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="problems")
    cause = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    failure_mode = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="problems")
    state = models.CharField(max_length=12, choices=ProblemState, default=ProblemState.OPEN)
    outcome = models.CharField(max_length=500, blank=True, help_text="What removed it, or why it was dropped")
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    known_at = models.DateTimeField(null=True, blank=True, help_text="Since when there is a workaround")
    ended_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["unit", "number"], name="problem_number"),
            # What links' composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "shared"], name="problem_scope"),
            models.UniqueConstraint(
                F("unit"), Lower("title"), name="problem_once", condition=Q(state__in=["open", "known_error"])
            ),
            models.CheckConstraint(name="problem_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="problem_known_has_workaround",
                condition=~Q(state="known_error") | (~Q(workaround="") & Q(known_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="problem_over_says_how",
                condition=Q(state__in=["open", "known_error"], ended_at__isnull=True)
                | (Q(state__in=["resolved", "dropped"], ended_at__isnull=False) & ~Q(outcome="")),
            ),
        )
        indexes = (
            models.Index("unit", F("opened_at").desc(), F("id").desc(), name="problem_of_unit"),
            models.Index(F("known_at").desc(), name="problem_known", condition=Q(state="known_error")),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_over(self) -> bool:
        return self.state not in GOING_ON


class ProblemIncident(models.Model):
    """An incident that a problem explains. Whoever may not see the incident, or the problem, does not see this."""

    problem = models.ForeignKey(Problem, models.CASCADE, related_name="links")
    problem_unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    shared = models.BooleanField(default=False, help_text="The problem's")
    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="problem_links")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+", help_text="The incident's")
    restricted = models.BooleanField(default=False, help_text="The incident's")
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ("-linked_at", "-id")
        constraints = (models.UniqueConstraint(fields=["problem", "incident"], name="problem_incident_once"),)

    def __str__(self) -> str:
        return f"{self.problem_id} is behind {self.incident_id}"
