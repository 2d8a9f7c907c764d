from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from hub.incidents.models.incident import IncidentScoped
from knowledge.revisions.models import (
    APPROVED_BY_ANOTHER,
    CURRENT_IS_CHECKED,
    DECIDED_HAS_ITS_TIME,
    OF_A_TEXT,
    SHARED_IS_CURRENT,
    RevisedText,
    State,
    TextRevision,
)

USUAL_CHECK_DAYS: Final = 180


class RevisionState(models.TextChoices):
    PROPOSED = State.PROPOSED.value, "Waits for approval"
    CURRENT = State.CURRENT.value, "In force"
    SUPERSEDED = State.SUPERSEDED.value, "Superseded"
    DECLINED = State.DECLINED.value, "Declined"


class StepState(models.TextChoices):
    OPEN = "open", "To do"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"


class Runbook(RevisedText):
    """What to do when something fails in a known way: what its revision in force says."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="runbooks")
    number = models.PositiveIntegerField(help_text="Counts the unit's runbooks: PAY-B3")
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="runbooks")
    owner = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="runbooks")
    current = models.OneToOneField("runbooks.Revision", models.PROTECT, null=True, blank=True, related_name="+")
    check_days = models.PositiveSmallIntegerField(
        default=USUAL_CHECK_DAYS, help_text="After how many days somebody has to look whether it still holds"
    )

    class Meta(RevisedText.Meta):
        constraints = (
            *OF_A_TEXT,
            models.CheckConstraint(name="runbook_in_force_is_checked", condition=CURRENT_IS_CHECKED),
            models.CheckConstraint(name="runbook_shared_is_in_force", condition=SHARED_IS_CURRENT),
        )

    @property
    def is_usable(self) -> bool:
        """Whether it can be carried out: a revision is in force, and it is not retired."""
        return self.is_in_use


class Revision(TextRevision):
    """What a runbook says, or is proposed to say: never changed once it was decided."""

    runbook = models.ForeignKey(Runbook, models.CASCADE, related_name="revisions")
    shared = models.BooleanField(default=False, help_text="The runbook's")
    state = models.CharField(max_length=10, choices=RevisionState, default=RevisionState.PROPOSED)
    purpose = models.TextField(help_text="When it is for, and by what one sees that")
    steps = models.JSONField(help_text="In order: each a title and perhaps a detail")
    postmortem = models.ForeignKey(
        "postmortems.Postmortem", models.SET_NULL, null=True, blank=True, related_name="runbook_revisions"
    )

    class Meta(TextRevision.Meta):
        constraints = (
            models.UniqueConstraint(fields=["runbook", "number"], name="revision_number"),
            models.UniqueConstraint(fields=["runbook"], name="revision_one_waits", condition=Q(state="proposed")),
            models.UniqueConstraint(fields=["runbook"], name="revision_one_in_force", condition=Q(state="current")),
            models.CheckConstraint(name="revision_says_why", condition=~Q(reason="") & ~Q(purpose="")),
            models.CheckConstraint(name="revision_decided_has_its_time", condition=DECIDED_HAS_ITS_TIME),
            models.CheckConstraint(name="revision_approved_by_another", condition=APPROVED_BY_ANOTHER),
        )

    def __str__(self) -> str:
        return f"revision {self.number} of {self.runbook_id}"


class RunbookRun(IncidentScoped):
    """A runbook carried out in an incident's room, as it read when it was started: it stays with the incident."""

    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="runbook_runs")
    # Never null (a constraint says so); nullable for Django, so that joins to the runbook are outer ones: whoever sees
    # the incident may not read the runbook any longer.
    runbook = models.ForeignKey(Runbook, models.PROTECT, null=True, related_name="runs")
    revision_number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=500, blank=True, help_text="Whether it helped, and what it lacked")

    class Meta(IncidentScoped.Meta):
        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(name="run_has_a_runbook", condition=Q(runbook__isnull=False)),
            models.UniqueConstraint(
                fields=["incident", "runbook"], name="run_once_at_a_time", condition=Q(ended_at__isnull=True)
            ),
            models.UniqueConstraint(fields=["id", "incident"], name="run_of_incident"),
        )
        indexes = (models.Index("runbook", F("started_at").desc(), name="run_of_runbook"),)

    def __str__(self) -> str:
        return f"{self.title} in {self.incident_id}"


class RunbookRunStep(IncidentScoped):
    """A step of a runbook that is carried out: ticked by whom, and when."""

    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="runbook_steps")
    run = models.ForeignKey(RunbookRun, models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(help_text="From 1")
    title = models.CharField(max_length=300)
    detail = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=StepState, default=StepState.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=500, blank=True, help_text="What was seen, or why it was skipped")

    class Meta(IncidentScoped.Meta):
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=["run", "position"], name="run_step_position"),
            models.CheckConstraint(
                name="run_step_settled_has_its_time",
                condition=Q(state="open", settled_at__isnull=True) | (~Q(state="open") & Q(settled_at__isnull=False)),
            ),
            models.CheckConstraint(name="run_step_skipped_says_why", condition=~Q(state="skipped") | ~Q(note="")),
        )

    def __str__(self) -> str:
        return self.title
