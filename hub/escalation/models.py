from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from hub.lib.witnessed import Witnessed


class Trigger(models.TextChoices):
    """What did not happen in time, so that people are paged."""

    NOT_ACKNOWLEDGED = "not_acknowledged", "Not acknowledged"
    NOT_UPDATED = "not_updated", "No update"
    NOT_MITIGATED = "not_mitigated", "Not mitigated"
    BY_HAND = "by_hand", "Escalated by hand"


class TargetKind(models.TextChoices):
    """Whom a step pages."""

    PERSON = "person", "A person"
    PRIMARY = "primary", "Whoever is on call as primary"
    SECONDARY = "secondary", "Whoever is on call as secondary"
    NEXT = "next", "Whoever comes on call next"
    TEAM = "team", "Everybody with a place in a schedule"
    ON_IT = "on_it", "The incident's commander and responders"
    ROLE = "role", "Everybody with a role in a unit"
    LEADERSHIP = "leadership", "Whoever leads a unit"
    UNIT = "unit", "Another unit, as its own policy begins"
    COORDINATORS = "coordinators", "The enterprise's coordinators"
    ADMITTED = "admitted", "Those admitted to a restricted incident"


OF_A_SCHEDULE = frozenset({TargetKind.PRIMARY, TargetKind.SECONDARY, TargetKind.NEXT, TargetKind.TEAM})
"""Kinds that ask a schedule: the one that is named, or that of the incident's service."""


class Ownership(models.TextChoices):
    """How the incident's unit stands to the service that is affected."""

    OWN = "own", "The unit owns the service"
    FOREIGN = "foreign", "Another unit owns the service"
    NONE = "none", "No service is named"


class CommandedBy(models.TextChoices):
    """Who commands the incident by its unit's ownership model; for a hybrid unit its severity decides."""

    OWN = "own", "The unit commands it itself"
    CENTRAL = "central", "Another unit commands it centrally"


class WhenNobodyOn(models.TextChoices):
    FALL_THROUGH = "fall_through", "Go on to the next step at once"
    DEFER = "defer", "Wait for who comes on next"


class Policy(models.Model):
    """Who is paged, one step after another, when something did not happen in time; null for what is not watched.

    A service may have a policy of its own; the others follow the default of their unit, or of the nearest unit above.
    """

    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="escalation_policies")
    name = models.CharField(max_length=100)
    is_default = models.BooleanField(default=False, help_text="For the unit's incidents whose service has no other")
    acknowledged_within = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes")
    updated_within = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes between two updates")
    mitigated_within = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Minutes")
    repeats = models.PositiveSmallIntegerField(default=0, help_text="How often the steps are gone through again")
    repeat_after = models.PositiveSmallIntegerField(default=15, help_text="Minutes from the last step to the first")
    retired_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name_plural = "policies"
        ordering = ("unit", "name")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(retired_at__isnull=True), name="escalation_policy_once_a_unit"
            ),
            models.UniqueConstraint(
                fields=["unit"],
                condition=Q(is_default=True, retired_at__isnull=True),
                name="escalation_default_once_a_unit",
            ),
            # What children's composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit"], name="escalation_policy_scope"),
        )

    def __str__(self) -> str:
        return self.name


class ServicePolicy(models.Model):
    """A service that has a policy of its own."""

    service = models.OneToOneField("catalog.Service", models.CASCADE, related_name="escalation")
    policy = models.ForeignKey(Policy, models.CASCADE, related_name="service_policies")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")

    class Meta:
        verbose_name_plural = "service policies"
        ordering = ("service",)

    def __str__(self) -> str:
        return f"{self.service_id} by {self.policy_id}"


class PolicyStep(models.Model):
    """A step: when it comes, under which conditions, and whom it pages. A step that does not apply is passed over."""

    policy = models.ForeignKey(Policy, models.CASCADE, related_name="steps")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(help_text="1 comes first")
    wait = models.PositiveSmallIntegerField(default=0, help_text="Minutes after the step before")
    severities = ArrayField(models.CharField(max_length=4), default=list, blank=True, help_text="Empty for all")
    hours = models.JSONField(default=list, blank=True, help_text="Pairs of minutes from Monday 00:00; empty for always")
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="The zone of the hours; empty for the time of each person where they are"
    )
    ownership = models.CharField(max_length=7, choices=Ownership, null=True, blank=True, help_text="None for any")
    commanded_by = models.CharField(
        max_length=7, choices=CommandedBy, null=True, blank=True, help_text="None for whoever commands"
    )
    when_nobody = models.CharField(max_length=12, choices=WhenNobodyOn, default=WhenNobodyOn.FALL_THROUGH)

    class Meta:
        ordering = ("policy", "position")
        constraints = (
            models.UniqueConstraint(fields=["policy", "position"], name="escalation_step_place_once"),
            models.UniqueConstraint(fields=["id", "unit"], name="escalation_step_scope"),
        )

    def __str__(self) -> str:
        return f"Step {self.position} of {self.policy_id}"


class StepTarget(models.Model):
    """One of those whom a step pages."""

    step = models.ForeignKey(PolicyStep, models.CASCADE, related_name="targets")
    unit = models.ForeignKey("tenants.BusinessUnit", models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=12, choices=TargetKind)
    person = models.ForeignKey("tenants.Person", models.CASCADE, null=True, related_name="+")
    schedule = models.ForeignKey(
        "oncall.Schedule", models.CASCADE, null=True, related_name="+", help_text="None: the service's"
    )
    role_key = models.SlugField(max_length=40, blank=True)
    of_unit = models.ForeignKey(
        "tenants.BusinessUnit", models.CASCADE, null=True, related_name="+", help_text="None: the incident's"
    )

    class Meta:
        ordering = ("step", "position", "id")
        constraints = (
            models.CheckConstraint(
                name="escalation_target_is_whole",
                condition=(~Q(kind="person") | Q(person__isnull=False))
                & (~Q(kind="role") | ~Q(role_key=""))
                & (~Q(kind="unit") | Q(of_unit__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of step {self.step_id}"


class RunEnd(models.TextChoices):
    """Why a run pages nobody any more."""

    ACKNOWLEDGED = "acknowledged", "Somebody has acknowledged it"
    ANSWERED = "answered", "Somebody who was paged has it"
    MITIGATED = "mitigated", "It is mitigated"
    RESOLVED = "resolved", "It is over"
    HANDED_OVER = "handed_over", "It was handed over"
    RESTRICTED = "restricted", "It became restricted"
    EXHAUSTED = "exhausted", "All steps were taken"


class Run(Witnessed):
    """A policy at work for an incident and a trigger, from a moment on: the steps as they were then.

    Times are of the logical clock (`ticking`). `round` names each passage through the steps, so that a step of a round
    pages a person once; `repeats` counts the passages since the trigger last began to count.
    """

    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="escalations")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    policy = models.ForeignKey(Policy, models.SET_NULL, null=True, related_name="runs")
    trigger = models.CharField(max_length=16, choices=Trigger)
    chain = models.JSONField(help_text="The policy's steps when the run began")
    began_at = models.DateTimeField()
    counts_from = models.DateTimeField(help_text="What the trigger's time is counted from: the last update, perhaps")
    for_admitted = models.BooleanField(
        default=False, db_default=False, help_text="It pages those admitted to a restricted incident, by no policy"
    )
    round = models.PositiveSmallIntegerField(default=0)
    repeat = models.PositiveSmallIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0, help_text="The step that comes next, from 0")
    next_at = models.DateTimeField()
    paused_until = models.DateTimeField(null=True)
    paused_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    remaining = models.DurationField(null=True, help_text="What was left to wait when it was paused")
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=12, choices=RunEnd, null=True)

    class Meta(Witnessed.Meta):
        ordering = ("began_at", "id")
        indexes = (
            models.Index(fields=["next_at"], name="escalation_due", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["incident", "began_at"], name="escalation_of_incident"),
            models.Index(fields=["began_at", "id"], name="escalation_oldest"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=["incident", "trigger"], condition=Q(ended_at__isnull=True), name="escalation_runs_once"
            ),
            models.CheckConstraint(
                name="escalation_end_says_why",
                condition=Q(ended_at__isnull=True, end__isnull=True) | Q(ended_at__isnull=False, end__isnull=False),
            ),
            models.CheckConstraint(
                name="escalation_pause_keeps_the_rest",
                condition=Q(paused_until__isnull=True, remaining__isnull=True)
                | Q(paused_until=F("next_at"), remaining__isnull=False),
            ),
            # What children's composite foreign keys refer to.
            models.UniqueConstraint(fields=["id", "unit", "restricted"], name="escalation_run_scope"),
        )

    def __str__(self) -> str:
        return f"{self.trigger} of {self.incident_id}"


class Outcome(models.TextChoices):
    """What became of a step when its time came."""

    PAGED = "paged", "People were paged"
    PASSED_OVER = "passed_over", "It did not apply"
    NOBODY = "nobody", "Nobody was on"
    DEFERRED = "deferred", "It waits for who comes on"


class RunStep(Witnessed):
    """A step that a run has taken. One of a round is taken once, whoever sweeps."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="+")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(help_text="From 0")
    outcome = models.CharField(max_length=12, choices=Outcome)
    note = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField(help_text="When its time came, by the logical clock")
    at = models.DateTimeField(help_text="When it was taken")

    class Meta(Witnessed.Meta):
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["run", "round", "position"],
                condition=~Q(outcome="deferred"),
                name="escalation_step_taken_once",
            ),
            models.UniqueConstraint(fields=["id", "unit", "restricted"], name="escalation_run_step_scope"),
        )

    def __str__(self) -> str:
        return f"{self.position} of run {self.run_id}: {self.outcome}"


class Page(Witnessed):
    """Somebody was paged by a step, and this is the message."""

    taken = models.ForeignKey(RunStep, models.CASCADE, related_name="pages")
    run = models.ForeignKey(Run, models.CASCADE, related_name="pages")
    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="+")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=TargetKind, help_text="As what")
    because = models.CharField(max_length=200, help_text="As what, in words")
    message = models.OneToOneField("delivery.Message", models.PROTECT, related_name="escalation_page")

    class Meta(Witnessed.Meta):
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=["taken", "person"], name="escalation_pages_a_person_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} by {self.taken_id}"


class LogicalClock(models.Model):
    """The one row that says how late it is, whatever the machines' clocks say (`ticking`)."""

    now = models.DateTimeField()
    boot = models.CharField(max_length=64, help_text="The start of the machine that moved it last")
    uptime = models.FloatField(help_text="That machine's seconds since then")
    wall = models.DateTimeField(help_text="What its clock said")
    offsets = models.JSONField(default=list, help_text="[logical moment in seconds since 1970, wall minus logical]")

    def __str__(self) -> str:
        return f"{self.now:%Y-%m-%d %H:%M:%S}"
