from __future__ import annotations

from django.db import models
from django.db.models import Q

from hub.lib.witnessed import Witnessed


class PhoneTree(models.Model):
    """Who calls whom, in order, when a team has to be reached whole. Its places are its people."""

    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="phone_trees")
    name = models.CharField(max_length=100)
    wait = models.PositiveSmallIntegerField(
        default=5, help_text="Minutes that each has to answer, until the branch below is called without them"
    )
    version = models.PositiveIntegerField(default=1, help_text="Counts its changes")
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["unit", "name"], condition=Q(retired_at__isnull=True), name="phone_tree_name_once_a_unit"
            ),
            models.CheckConstraint(condition=Q(wait__gte=1, wait__lte=120), name="phone_tree_waits_a_while"),
            models.UniqueConstraint(fields=["id", "unit"], name="phone_tree_scope"),
        )

    def __str__(self) -> str:
        return self.name


class TreePlace(models.Model):
    """Somebody's place in a phone tree: below whom, and after whom. Without anybody above it is called first."""

    tree = models.ForeignKey(PhoneTree, models.CASCADE, related_name="places")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    above = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="below")
    position = models.PositiveSmallIntegerField(help_text="From 1, through the whole tree")

    class Meta:
        ordering = ("position", "id")
        constraints = (models.UniqueConstraint(fields=["tree", "person"], name="phone_tree_names_a_person_once"),)

    def __str__(self) -> str:
        return f"{self.person_id} in {self.tree_id}"


class RunEnd(models.TextChoices):
    """Why nobody is called any more."""

    EVERYBODY = "everybody", "Everybody was reached"
    EXHAUSTED = "exhausted", "Everybody was called, and not all were reached"
    STOPPED = "stopped", "It was stopped"
    OVER = "over", "The incident needed it no longer"


class TreeRun(Witnessed):
    """A phone tree at work for an incident, with its places as they were when it began: they are its calls."""

    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="phone_tree_runs")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    tree = models.ForeignKey(PhoneTree, models.PROTECT, related_name="runs")
    name = models.CharField(max_length=100, help_text="The tree's name, for those who do not see it")
    wait = models.DurationField(help_text="How long each has to answer")
    began_at = models.DateTimeField()
    began_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey("tenants.Person", models.PROTECT, null=True, related_name="+")
    end = models.CharField(max_length=10, choices=RunEnd, null=True)

    class Meta(Witnessed.Meta):
        ordering = ("-began_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["incident", "tree"], condition=Q(ended_at__isnull=True), name="phone_tree_runs_once"
            ),
            models.CheckConstraint(
                name="phone_tree_end_says_why",
                condition=Q(ended_at__isnull=True, end__isnull=True) | Q(ended_at__isnull=False, end__isnull=False),
            ),
            models.UniqueConstraint(fields=["id", "unit", "restricted"], name="phone_tree_run_scope"),
        )

    def __str__(self) -> str:
        return f"{self.name} for {self.incident_id}"


class CallState(models.TextChoices):
    """How far somebody was reached."""

    WAITING = "waiting", "Not called yet"
    CALLED = "called", "Called"
    REACHED = "reached", "Reached"
    SILENT = "silent", "Silent"
    UNREACHABLE = "unreachable", "Not reachable"


class Call(Witnessed):
    """A place of a phone tree at work: whether its person was called, and answered with the code of their own.

    Who was silent or not reachable may answer after all, and then was reached.
    """

    run = models.ForeignKey(TreeRun, models.CASCADE, related_name="calls")
    incident = models.ForeignKey("incidents.Incident", models.CASCADE, related_name="+")
    unit = models.ForeignKey("tenants.BusinessUnit", models.PROTECT, related_name="+")
    restricted = models.BooleanField(default=False)
    person = models.ForeignKey("tenants.Person", models.PROTECT, related_name="+")
    above = models.ForeignKey("self", models.CASCADE, null=True, related_name="below")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=12, choices=CallState, default=CallState.WAITING)
    code_digest = models.CharField(max_length=64, blank=True)
    called_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True, help_text="Until when an answer is waited for, by the logical clock")
    reached_at = models.DateTimeField(null=True)
    message = models.OneToOneField("delivery.Message", models.PROTECT, null=True, related_name="phone_tree_call")

    class Meta(Witnessed.Meta):
        ordering = ("position", "id")
        constraints = (
            models.UniqueConstraint(fields=["run", "person"], name="phone_tree_calls_a_person_once"),
            models.UniqueConstraint(
                fields=["code_digest"], condition=~Q(code_digest=""), name="phone_tree_code_is_of_one_call"
            ),
            models.CheckConstraint(
                name="phone_tree_reached_says_when",
                condition=Q(state="reached", reached_at__isnull=False)
                | (~Q(state="reached") & Q(reached_at__isnull=True)),
            ),
        )

    def __str__(self) -> str:
        return f"{self.person_id}: {self.state}"
