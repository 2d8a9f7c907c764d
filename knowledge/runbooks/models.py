from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from hub.incidents.models.incident import IncidentScoped
from hub.lib import clock

USUAL_CHECK_DAYS: Final = 180


class RevisionState(models.TextChoices):
    PROPOSED = "proposed", "Waits for approval"
    CURRENT = "current", "In force"
    SUPERSEDED = "superseded", "Superseded"
    DECLINED = "declined", "Declined"


class StepState(models.TextChoices):
    OPEN = "open", "To do"
    DONE = "done", "Done"
    SKIPPED = "skipped", "Skipped"


class Runbook(models.Model):
    """What to do when something fails in a known way.

    What it says is in its revisions, one of which is in force. Its unit reads all of them; of a `shared` one the whole
    enterprise reads what is or was in force.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="runbooks")
    number = models.PositiveIntegerField(help_text="Counts the unit's runbooks: PAY-B3")
    shared = models.BooleanField(default=False, help_text="Whether the whole enterprise reads it")
    title = models.CharField(max_length=200)
    service = models.ForeignKey("catalog.Service", models.PROTECT, null=True, blank=True, related_name="runbooks")
    failure_mode = models.ForeignKey("tenants.Term", models.PROTECT, null=True, blank=True, related_name="+")
    owner = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="runbooks")
    current = models.OneToOneField("runbooks.Revision", models.PROTECT, null=True, blank=True, related_name="+")
    check_days = models.PositiveSmallIntegerField(
        default=USUAL_CHECK_DAYS, help_text="After how many days somebody has to look whether it still holds"
    )
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last approved or confirmed")
    check_due_at = models.DateTimeField(null=True, blank=True, help_text="From when on it is stale")
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.CharField(max_length=500, blank=True)
    written_at = models.DateTimeField()
    written_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    edited_at = models.DateTimeField()

    class Meta:
        ordering = ("title", "id")
        constraints = (
            models.UniqueConstraint(fields=["unit", "number"], name="runbook_number"),
            # What revisions' composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "shared"], name="runbook_scope"),
            models.UniqueConstraint(
                F("unit"), Lower("title"), name="runbook_once", condition=Q(retired_at__isnull=True)
            ),
            models.CheckConstraint(name="runbook_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="runbook_in_force_is_checked",
                condition=Q(current__isnull=True) | Q(checked_at__isnull=False, check_due_at__isnull=False),
            ),
            models.CheckConstraint(
                name="runbook_shared_is_in_force", condition=Q(shared=False) | Q(current__isnull=False)
            ),
            models.CheckConstraint(
                name="runbook_retired_says_why", condition=Q(retired_at__isnull=True) | ~Q(retired_because="")
            ),
        )
        indexes = (
            models.Index("unit", "title", name="runbook_of_unit"),
            models.Index("failure_mode", name="runbook_of_failure_mode"),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def is_usable(self) -> bool:
        """Whether it can be carried out: a revision is in force, and it is not retired."""
        return self.current_id is not None and self.retired_at is None

    @property
    def is_stale(self) -> bool:
        """Whether it is in use and nobody has looked for too long whether it still holds."""
        return self.is_usable and self.check_due_at is not None and self.check_due_at < clock.now()


class Revision(models.Model):
    """What a runbook says, or is proposed to say: never changed once it was decided."""

    runbook = models.ForeignKey(Runbook, models.CASCADE, related_name="revisions")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    shared = models.BooleanField(default=False, help_text="The runbook's")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RevisionState, default=RevisionState.PROPOSED)
    purpose = models.TextField(help_text="When it is for, and by what one sees that")
    steps = models.JSONField(help_text="In order: each a title and perhaps a detail")
    reason = models.CharField(max_length=500, help_text="What it changes and why")
    postmortem = models.ForeignKey(
        "postmortems.Postmortem", models.SET_NULL, null=True, blank=True, related_name="runbook_revisions"
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, blank=True, related_name="+")
    decision = models.CharField(max_length=500, blank=True, help_text="What the decider said")

    class Meta:
        ordering = ("-number", "-id")
        constraints = (
            models.UniqueConstraint(fields=["runbook", "number"], name="revision_number"),
            models.UniqueConstraint(fields=["runbook"], name="revision_one_waits", condition=Q(state="proposed")),
            models.UniqueConstraint(fields=["runbook"], name="revision_one_in_force", condition=Q(state="current")),
            models.CheckConstraint(name="revision_says_why", condition=~Q(reason="") & ~Q(purpose="")),
            models.CheckConstraint(
                name="revision_decided_has_its_time",
                condition=Q(state="proposed", decided_at__isnull=True)
                | (~Q(state="proposed") & Q(decided_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="revision_approved_by_another",
                condition=~Q(state__in=["current", "superseded"])
                | Q(proposed_by__isnull=True)
                | Q(decided_by__isnull=True)
                | ~Q(decided_by=F("proposed_by")),
            ),
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
